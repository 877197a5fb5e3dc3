//! Tables that are looked up millions of times while a whole repository is gone over.
//!
//! Their hash is faster than the usual one of the standard library. It is seeded at random too, so that
//! nobody can prepare names that fall into one place.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A table that is looked up very often.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set that is looked up very often.
pub(crate) type Set<K> = HashSet<K, RandomState>;
