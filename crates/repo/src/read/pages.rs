//! Wiki pages, technotes, and the files attached to them and to tickets.

use outcrop_format::hash::HashName;

use super::Position;
use crate::artifact::{Artifact, Moment};
use crate::content::ContentError;
use crate::id::Rid;
use crate::tx::{DatabaseError, ReadTx};

/// The newest version of a wiki page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WikiPage {
    /// What the page is called.
    pub title: String,
    /// Its newest version.
    pub rid: Rid,
    /// When that was written.
    pub time: Moment,
    /// Whether that is empty: then the page is deleted.
    pub is_deleted: bool,
    /// How many versions there are.
    pub versions: u64,
}

/// The newest version of a technote.
#[derive(Debug, Clone, PartialEq)]
pub struct TechnoteVersion {
    /// The identifier that all versions share.
    pub id: String,
    /// The newest version.
    pub rid: Rid,
    /// The point of the timeline where it stands.
    pub time: Moment,
    /// What the timeline shows.
    pub comment: String,
    /// Where the list goes on below it.
    pub position: Position,
}

/// A file attached to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// The attachment's own artifact.
    pub rid: Rid,
    /// The name of the file.
    pub file_name: String,
    /// The content.
    pub content: HashName,
    /// When it was attached.
    pub time: Moment,
    /// What the file is about.
    pub comment: String,
    /// Who attached it.
    pub user: String,
}

/// A page, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageText {
    /// The version.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
    /// When it was written.
    pub time: Moment,
    /// Who wrote it.
    pub user: Option<String>,
    /// The type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<String>,
    /// The text, empty if the page is deleted.
    pub text: Vec<u8>,
}

/// Why a page was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The artifact is of another kind.
    #[error("artifact {0} is neither a wiki page nor a technote")]
    NotAPage(HashName),
    /// The artifact cannot be had.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl ReadTx {
    /// A wiki page at its newest. `None` if there never was one of that title.
    pub fn wiki_page(&self, title: &str) -> Result<Option<PageText>, PageError> {
        self.newest_page_version(title)?.map(|rid| self.page_text(rid)).transpose()
    }

    /// A technote at its newest, by its identifier.
    pub fn technote(&self, id: &str) -> Result<Option<PageText>, PageError> {
        self.newest_technote_version(id)?.map(|rid| self.page_text(rid)).transpose()
    }

    /// One version of a wiki page or technote.
    pub fn page_text(&self, rid: Rid) -> Result<PageText, PageError> {
        let name = self.blob(rid)?.ok_or(ContentError::Unknown(rid))?.name;
        let content = self.content(rid)?;
        let (time, user, mimetype, text) = match Artifact::parse(&content) {
            Ok(Artifact::Wiki(wiki)) => (wiki.date, Some(wiki.user), wiki.mimetype, wiki.text),
            Ok(Artifact::Technote(note)) => (note.date, note.user, note.mimetype, note.text),
            _ => return Err(PageError::NotAPage(name)),
        };
        let (user, mimetype) = (user.map(|text| text.to_string()), mimetype.map(|t| t.to_string()));
        Ok(PageText { rid, name, time, user, mimetype, text: text.to_vec() })
    }
}
