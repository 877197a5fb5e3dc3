//! `backlink`, `attachment` and `forumpost`.

use super::super::blobs::whole_number;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::{AsText, Value, text, time, value};

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum BacklinkSource {
    /// In the comment of a check-in.
    Comment,
    /// In a ticket change.
    Ticket,
    /// In a wiki page. The number that goes with it is that of the page's tag.
    Wiki,
    /// In a forum post.
    Forum,
}

/// A link to an artifact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BacklinkRow {
    /// The digits that the link names the artifact by.
    pub(crate) target: String,
    pub(crate) mtime: f64,
}

/// A row of `attachment`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttachmentRow {
    pub(crate) rid: i64,
    pub(crate) mtime: f64,
    /// The name of the content; none if the file was taken off.
    pub(crate) content: Option<Value>,
    pub(crate) target: Value,
    pub(crate) file_name: Value,
    pub(crate) comment: Value,
    pub(crate) user: Option<Value>,
}

/// A row of `forumpost`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ForumRow {
    pub(crate) rid: i64,
    /// The first version of the post that began the thread.
    pub(crate) root: i64,
    /// The version that this one takes the place of.
    pub(crate) previous: Option<i64>,
    pub(crate) answers: Option<i64>,
    pub(crate) mtime: f64,
}

const DOING: &str = "record what artifacts mean";
const READING: &str = "read what artifacts mean";

/// Made when the first post comes, as Fossil does.
const FORUM_TABLE: &str = include_str!("../../schema/forum.sql");

impl BacklinkSource {
    const fn number(self) -> i64 {
        match self {
            Self::Comment => 0,
            Self::Ticket => 1,
            Self::Wiki => 2,
            Self::Forum => 4,
        }
    }
}

impl ReadTx {
    /// All attachments of a wiki page, ticket or technote.
    pub(crate) fn attachments_of(
        &self,
        target: &[u8],
    ) -> Result<Vec<AttachmentRow>, DatabaseError> {
        let sql = "SELECT attachid, mtime, src, filename, comment, user \
                   FROM attachment WHERE target = ?1 ORDER BY attachid";
        self.all(READING, sql, [AsText(target)], |row| {
            Ok(AttachmentRow {
                rid: whole_number(row, 0)?,
                mtime: time(row, 1)?.unwrap_or_default(),
                content: value(row, 2)?,
                target: target.into(),
                file_name: value(row, 3)?.unwrap_or_default(),
                comment: value(row, 4)?.unwrap_or_default(),
                user: value(row, 5)?,
            })
        })
    }

    /// All posts of a thread, in the order of their numbers.
    pub(crate) fn thread(&self, root: i64) -> Result<Vec<ForumRow>, DatabaseError> {
        let sql = "SELECT fpid, froot, fprev, firt, fmtime FROM forumpost \
                   WHERE froot = ?1 ORDER BY fpid";
        self.all(READING, sql, [root], |row| {
            Ok(ForumRow {
                rid: whole_number(row, 0)?,
                root: whole_number(row, 1)?,
                previous: row.get(2)?,
                answers: row.get(3)?,
                mtime: time(row, 4)?.unwrap_or_default(),
            })
        })
    }

    fn has_forum(&self) -> Result<bool, DatabaseError> {
        let schema = self.written.schema();
        let sql = format!(
            "SELECT 1 FROM {schema}.sqlite_schema WHERE type = 'table' AND name = 'forumpost'"
        );
        Ok(self.first(READING, &sql, [], |_| Ok(()))?.is_some())
    }
}

impl WriteTx {
    /// Writes the links of a text in place of those that it had.
    pub(crate) fn put_backlinks(
        &self,
        source: BacklinkSource,
        id: i64,
        links: &[BacklinkRow],
    ) -> Result<(), DatabaseError> {
        let kind = source.number();
        let sql = "DELETE FROM backlink WHERE srcid = ?1 AND srctype = ?2";
        self.execute(DOING, sql, (id, kind))?;
        let sql = "REPLACE INTO backlink(target, srctype, srcid, mtime) VALUES(?1, ?2, ?3, ?4)";
        self.execute_each(DOING, sql, links.iter().map(|link| (&link.target, kind, id, link.mtime)))
    }

    pub(crate) fn put_attachment(&self, row: &AttachmentRow) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO attachment(attachid, mtime, src, target, filename, comment, user) \
                   VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = (
            row.rid,
            row.mtime,
            text(row.content.as_ref()),
            AsText(&row.target),
            AsText(&row.file_name),
            AsText(&row.comment),
            text(row.user.as_ref()),
        );
        self.execute(DOING, sql, values)?;
        Ok(())
    }

    /// Marks the newest attachments of each file name.
    pub(crate) fn mark_latest_attachments(&self, target: &[u8]) -> Result<(), DatabaseError> {
        let sql = "UPDATE attachment SET isLatest = (mtime == (SELECT max(mtime) \
                   FROM attachment x WHERE x.target = attachment.target \
                   AND x.filename = attachment.filename)) WHERE target = ?1";
        self.execute(DOING, sql, [AsText(target)])?;
        Ok(())
    }

    pub(crate) fn put_post(&self, row: &ForumRow) -> Result<(), DatabaseError> {
        if !self.has_forum()? {
            self.execute_all(DOING, &self.written.making(FORUM_TABLE))?;
        }
        let sql = "REPLACE INTO forumpost(fpid, froot, fprev, firt, fmtime) \
                   VALUES(?1, ?2, ?3, ?4, ?5)";
        self.execute(DOING, sql, (row.rid, row.root, row.previous, row.answers, row.mtime))?;
        Ok(())
    }
}
