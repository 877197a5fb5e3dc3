//! A repository without deltas.

use std::path::Path;

use crate::Stock;

/// Stores every artifact of a repository whole.
///
/// Stock's rebuild processes what is a delta right after what it is a delta of; without deltas it
/// goes in the order of rids. It is stock itself that expands what was stored.
///
/// # Panics
///
/// If stock cannot expand an artifact whose source is there.
pub fn whole(stock: &Stock, repository: &Path) {
    stock.sql(
        repository,
        "CREATE TEMP TABLE expanded AS \
           SELECT rid, compress(content(uuid)) AS content FROM blob \
            WHERE size >= 0 AND rid IN (SELECT rid FROM delta);\n\
         UPDATE blob SET content = (SELECT content FROM expanded WHERE rid = blob.rid) \
          WHERE rid IN (SELECT rid FROM expanded WHERE content IS NOT NULL);\n\
         DELETE FROM delta WHERE rid IN (SELECT rid FROM expanded WHERE content IS NOT NULL);\n",
    );
}
