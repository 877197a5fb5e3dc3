//! Deltas: one file told as a change of another.
//!
//! A repository keeps most versions of a file as a delta against another version, and the sync
//! protocol carries the same deltas. A *delta* makes a *target* out of a *source*. It has three
//! parts, without anything between them:
//!
//! | part       | form            | meaning                                             |
//! |------------|-----------------|-----------------------------------------------------|
//! | header     | `SIZE` newline  | the target has `SIZE` bytes                         |
//! | operations | `LEN@OFFSET,`   | append `LEN` bytes of the source, from `OFFSET` on  |
//! |            | `LEN:BYTES`     | append these `LEN` bytes                            |
//! | trailer    | `CHECKSUM;`     | the target has this [`checksum`], and the delta ends |
//!
//! Numbers are in base 64, most significant digit first, with the digits
//! `0`…`9`, `A`…`Z`, `_`, `a`…`z`, `~` for 0 to 63: `9` is nine, `A` ten and `10` sixty-four.
//! So the delta of a text is a text, and one can read it:
//!
//! ```
//! use outcrop_repo::delta::{Op, apply, create, ops, output_size};
//!
//! let source = b"The quick brown fox jumps over the lazy dog.";
//! let target = b"The quick brown fox jumped over the lazy dog, twice.";
//!
//! let delta = create(source, target);
//! assert_eq!(delta, b"p\nO@0,2:edI@P,8:, twice.3ZqZ~P;");
//!
//! // `p` is 52, which is the size of the target.
//! assert_eq!(output_size(&delta)?, target.len());
//!
//! // `O@0,` copies the first 24 bytes, up to "jump"; `2:ed` inserts two of its own; and so on.
//! let operations = ops(&delta)?.collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(operations[0], Op::Copy { offset: 0, len: 24 });
//! assert_eq!(operations[1], Op::Insert(b"ed"));
//!
//! // The last argument is the largest target the caller is ready to hold.
//! assert_eq!(apply(source, &delta, 1000)?, target);
//! assert!(apply(source, &delta, 10).is_err());
//! # Ok::<(), outcrop_repo::delta::DeltaError>(())
//! ```
//!
//! The copies of a delta may overlap in the source and come in any order, so a block that moved
//! costs a few bytes, and a small delta can make a large target. [`apply`] trusts nothing that
//! the delta says about sizes.
//!
//! # What differs from Fossil
//!
//! Fossil's releases do not compute the checksum when they apply a delta, read a missing number
//! as zero, let a number overflow, and ignore what follows the trailer. Fossil writes none of
//! these, and here they are errors: of content that belongs to the name it is stored under,
//! nothing is lost. Deltas made here are read by every Fossil, but they are not the very bytes
//! that Fossil's encoder would write: any delta which leads to the target will do.

mod apply;
mod checksum;
mod create;
mod error;
mod index;
mod int;
mod matching;
mod ops;
mod script;

pub use apply::{apply, apply_into};
pub use checksum::checksum;
pub use create::create;
pub use error::DeltaError;
pub use ops::{Op, Ops, ops, output_size};
