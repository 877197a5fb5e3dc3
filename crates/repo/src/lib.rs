//! Fossil repository content: deltas and structural artifacts.

pub mod artifact;
pub mod delta;
