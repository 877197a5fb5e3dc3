//! What the fuzz targets check, as plain functions.
//!
//! Each function takes any bytes and panics if a promise is broken. A fuzz target calls it with
//! what the fuzzer thinks of; `tests/replay.rs` calls it with every file of the committed corpora,
//! so that what was found once stays found without a fuzzer.
// To panic is the purpose of these functions.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod artifact;
mod client;
mod clone;
mod config;
mod crosslink;
mod delta;
mod envelope;
mod exchange;
mod handler;
mod login;
mod markup;
mod reader;
mod replies;
mod scene;

pub use artifact::artifact;
pub use client::client;
pub use clone::clone;
pub use config::config;
pub use crosslink::crosslink;
pub use delta::delta;
pub use envelope::envelope;
pub use exchange::exchange;
pub use handler::handler;
pub use login::login;
pub use markup::markup;
pub use reader::reader;

/// A function that checks something about any bytes.
pub type Check = fn(&[u8]);

/// Every check, under the name of its fuzz target and of its folder in `fuzz/corpus`.
pub const CHECKS: &[(&str, Check)] = &[
    ("artifact", artifact),
    ("client", client),
    ("clone", clone),
    ("config", config),
    ("crosslink", crosslink),
    ("delta", delta),
    ("envelope", envelope),
    ("exchange", exchange),
    ("handler", handler),
    ("login", login),
    ("markup", markup),
    ("reader", reader),
];
