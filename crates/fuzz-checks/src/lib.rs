//! What the fuzz targets check, as plain functions.
//!
//! Each function takes any bytes and panics if a promise is broken. A fuzz target calls it with
//! what the fuzzer thinks of; `tests/replay.rs` calls it with every file of the committed corpora,
//! so that what was found once stays found without a fuzzer.
// To panic is the purpose of these functions.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, clippy::panic)]

mod artifact;
mod config;
mod crosslink;
mod delta;
mod envelope;
mod handler;
mod login;
mod markup;
mod reader;

pub use artifact::artifact;
pub use config::config;
pub use crosslink::crosslink;
pub use delta::delta;
pub use envelope::envelope;
pub use handler::handler;
pub use login::login;
pub use markup::markup;
pub use reader::reader;

/// A function that checks something about any bytes.
pub type Check = fn(&[u8]);

/// Every check, under the name of its fuzz target and of its folder in `fuzz/corpus`.
pub const CHECKS: &[(&str, Check)] = &[
    ("artifact", artifact),
    ("config", config),
    ("crosslink", crosslink),
    ("delta", delta),
    ("envelope", envelope),
    ("handler", handler),
    ("login", login),
    ("markup", markup),
    ("reader", reader),
];
