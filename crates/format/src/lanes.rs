//! Many contents hashed side by side.
//!
//! One hash is a chain: every block needs the result of the block before, so most of a processor
//! waits. Two contents do not wait for each other. Here each content has a *lane*, and one vector
//! instruction takes the same step in all lanes at once. A batch of small artifacts is hashed
//! several times faster than one after the other.
//!
//! | file | holds |
//! |---|---|
//! | `schedule` | which content is in which lane, and how far all of them may run together |
//! | `columns` | the states of all lanes |
//! | `sha3` | SHA3-256: eight, four or one Keccak state |
//! | `md5` | MD5: sixteen, four or one state |
//!
//! # How it is fast without `unsafe`
//!
//! The hashes are plain loops over arrays of lanes. The loop over lanes is the innermost and its
//! body is one straight round, which is the form that the compiler turns into vector instructions.
//! `multiversion` compiles these loops once for each level of vector instructions and picks the
//! version when the program runs. States pass between functions by reference only: arrays passed
//! by value are copied lane by lane.
//!
//! More lanes are not always better: eight SHA3 states fit in the registers of AVX-512, but not in
//! those of AVX2, which is faster with four at a time. Each hash knows what suits the processor.
//! `multiversion` asks more of a processor than AVX-512 before it uses the wide version: the first
//! ones that had it slow down under it, and are given the AVX2 version.
//!
//! # What a mix of lengths costs
//!
//! The longest contents start first, and a lane that is done takes the next content, so the lanes
//! stay busy until the contents run out. The few that are left then continue in fewer lanes, and
//! the very last one alone, with the ordinary implementation.
//!
//! ```
//! use outcrop_format::{hash::HashName, lanes};
//!
//! let contents: [&[u8]; 3] = [b"one", b"", b"another"];
//! assert_eq!(lanes::sha3_of_many(&contents), contents.map(HashName::sha3_of));
//! ```

mod columns;
mod md5;
mod schedule;
mod sha3;

use crate::hash::HashName;

/// The names that `contents` have under SHA3-256, in the same order.
#[must_use]
pub fn sha3_of_many(contents: &[&[u8]]) -> Vec<HashName> {
    // Nothing runs beside a single content.
    if let [content] = contents {
        return vec![HashName::sha3_of(content)];
    }
    schedule::digests::<sha3::Sha3, { sha3::WIDTH }>(contents)
        .into_iter()
        .map(HashName::from_sha3)
        .collect()
}

/// The MD5 digests of `contents`, in the same order.
#[must_use]
pub fn md5_of_many(contents: &[&[u8]]) -> Vec<[u8; 16]> {
    schedule::digests::<md5::Md5, { md5::WIDTH }>(contents)
}
