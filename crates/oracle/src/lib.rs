//! The real `fossil` as the judge.
//!
//! A crate for tests and scripts only; it knows nothing of the product but how a blob is
//! compressed, so that no mistake of the product can hide in what judges it.
//!
//! | item | does |
//! |---|---|
//! | [`Stock`] | drives the real program in a scratch folder |
//! | [`StockServer`] | serves a repository with it, and can be cut off |
//! | [`rich()`] | makes a repository with everything that Fossil knows, for a seed |
//! | [`compare()`] | tells two repository files apart, row by row, in names instead of ids |
//! | [`Corpus`] | a large repository for benchmarks, made once |
//! | [`whole()`] | stores every artifact of a file whole, so that a rebuild goes in order of rids |
// What goes wrong here fails a test, loudly.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod corpus;
mod delta;
mod digest;
mod random;
mod server;
mod stock;
mod whole;

pub mod compare;
pub mod rich;

pub use compare::{Differences, Options, compare};
pub use corpus::Corpus;
pub use random::Random;
pub use rich::{Rich, Shape, rich};
pub use server::StockServer;
pub use stock::Stock;
pub use whole::whole;
