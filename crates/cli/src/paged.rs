//! Lists that the repository gives a page at a time.

use outcrop_repo::tx::DatabaseError;

/// All of a list. `page` gives those behind the last one that it gave, or the first.
pub(crate) fn all<T>(
    mut page: impl FnMut(Option<&T>) -> Result<Vec<T>, DatabaseError>,
) -> Result<Vec<T>, DatabaseError> {
    let mut all = Vec::new();
    loop {
        let more = page(all.last())?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}
