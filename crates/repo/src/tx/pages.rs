//! Wiki pages, technotes and attachments, listed.

use super::ReadTx;
use super::blobs::{name, rid};
use super::error::DatabaseError;
use super::timeline::{lossy, moment, page};
use crate::id::Rid;
use crate::read::{AttachedFile, Position, TechnoteVersion, WikiPage};

const DOING: &str = "list pages";

/// The value of a page's tag is the size of its text.
pub(super) const WIKI_PAGES: &str = "SELECT substr(t.tagname, 6), x.rid, max(x.mtime), \
       x.value + 0 = 0, count(*) \
     FROM tag t CROSS JOIN tagxref x \
     WHERE t.tagname > 'wiki-' || ?1 AND t.tagname < 'wiki.' \
       AND x.tagid = t.tagid AND x.tagtype > 0 AND typeof(x.value + 0) = 'integer' \
     GROUP BY t.tagname ORDER BY t.tagname LIMIT ?2";

pub(super) const NEWEST_VERSION: &str = "SELECT x.rid FROM tag t CROSS JOIN tagxref x \
     WHERE t.tagname = ?1 AND x.tagid = t.tagid AND x.tagtype > 0 \
     ORDER BY x.mtime DESC, x.rid DESC LIMIT 1";

pub(super) const TECHNOTES: &str = "SELECT substr(t.tagname, 7), e.objid, e.mtime, \
       coalesce(e.ecomment, e.comment, '') \
     FROM event e CROSS JOIN tag t \
     WHERE e.type = 'e' AND t.tagid = e.tagid \
       AND e.mtime <= ?1 AND (e.mtime < ?1 OR e.objid < ?2) \
     ORDER BY e.mtime DESC, e.objid DESC LIMIT ?3";

pub(super) const ATTACHMENTS: &str = "SELECT a.attachid, a.filename, a.src, a.mtime, \
       coalesce(a.comment, ''), coalesce(a.user, '') \
     FROM attachment a WHERE a.target = ?1 AND a.filename > ?2 AND a.isLatest AND a.src <> '' \
     ORDER BY a.filename LIMIT ?3";

impl ReadTx {
    /// Wiki pages, by title, deleted ones too: those behind `after`, up to `limit`, and no more
    /// than [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn wiki_pages(&self, after: &str, limit: usize) -> Result<Vec<WikiPage>, DatabaseError> {
        self.all(DOING, WIKI_PAGES, (after, page(limit)), |row| {
            Ok(WikiPage {
                title: lossy(row, 0)?.unwrap_or_default(),
                rid: rid(row, 1)?,
                time: moment(row, 2)?,
                is_deleted: row.get(3)?,
                versions: row.get::<_, i64>(4)?.unsigned_abs(),
            })
        })
    }

    /// Technotes, newest first: up to `limit`, and no more than
    /// [`LIST_ROWS`](crate::limits::LIST_ROWS). To go on, ask again from the last one's position.
    pub fn technotes(
        &self,
        from: Option<Position>,
        limit: usize,
    ) -> Result<Vec<TechnoteVersion>, DatabaseError> {
        let (day, below) = from.map_or((1e9, i64::MAX), |from| (from.julian_day, from.rid.get()));
        self.all(DOING, TECHNOTES, (day, below, page(limit)), |row| {
            let version = rid(row, 1)?;
            Ok(TechnoteVersion {
                id: lossy(row, 0)?.unwrap_or_default(),
                rid: version,
                time: moment(row, 2)?,
                comment: lossy(row, 3)?.unwrap_or_default(),
                position: Position { julian_day: row.get(2)?, rid: version },
            })
        })
    }

    /// The files that are attached to a page, ticket, technote or post, by name: those behind
    /// `after`, up to `limit`, and no more than [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn attachments(
        &self,
        target: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<AttachedFile>, DatabaseError> {
        self.all(DOING, ATTACHMENTS, (target, after, page(limit)), |row| {
            Ok(AttachedFile {
                rid: rid(row, 0)?,
                file_name: lossy(row, 1)?.unwrap_or_default(),
                content: name(row, 2)?,
                time: moment(row, 3)?,
                comment: lossy(row, 4)?.unwrap_or_default(),
                user: lossy(row, 5)?.unwrap_or_default(),
            })
        })
    }

    /// The newest version of a wiki page, deleted or not.
    pub(crate) fn newest_page_version(&self, title: &str) -> Result<Option<Rid>, DatabaseError> {
        self.newest_version(&format!("wiki-{title}"))
    }

    /// The newest version of a technote.
    pub(crate) fn newest_technote_version(&self, id: &str) -> Result<Option<Rid>, DatabaseError> {
        self.newest_version(&format!("event-{id}"))
    }

    fn newest_version(&self, tag: &str) -> Result<Option<Rid>, DatabaseError> {
        self.first(DOING, NEWEST_VERSION, [tag], |row| rid(row, 0))
    }
}
