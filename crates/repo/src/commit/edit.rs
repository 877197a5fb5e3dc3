//! Tags, pages, tickets and attachments, written upon the version that is there.

use outcrop_format::hash::HashName;

use super::error::EditError;
use super::store::{Naming, Store};
use super::{Author, Written};
use crate::artifact::{Artifact, Moment, TagAction};
use crate::compose::{
    NewAttachment, NewControl, NewTag, NewTechnote, NewTicket, NewTicketField, NewWiki,
};
use crate::id::Rid;
use crate::read::PageText;
use crate::tx::WriteTx;

/// The type of text that needs no N card.
const DEFAULT_MIMETYPE: &str = "text/x-fossil-wiki";

/// Tags that tie artifacts to a page, a ticket or a technote.
const RESERVED_TAGS: [&str; 3] = ["wiki-", "tkt-", "event-"];

/// What fields of tickets start with whose values Fossil keeps out of the artifacts.
const PRIVATE_FIELD: &str = "private_";

/// A change of a tag on one artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagChange<'a> {
    /// What becomes of the tag.
    pub action: TagAction,
    /// The name. On check-ins, the tags that people give start with `sym-`.
    pub name: &'a str,
    /// The artifact.
    pub target: Rid,
    /// The value, if the tag is to have one.
    pub value: Option<&'a str>,
}

/// A new version of a wiki page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WikiEdit<'a> {
    /// The name of the page.
    pub title: &'a str,
    /// The type of the text; with `None` that of the version before.
    pub mimetype: Option<&'a str>,
    /// The page. An empty one deletes it.
    pub text: &'a str,
    /// Why it is changed.
    pub comment: Option<&'a str>,
}

/// A new version of a technote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TechnoteEdit<'a> {
    /// The identifier that all versions share. A new technote needs one chosen at random.
    pub id: &'a str,
    /// The point of the timeline where it stands.
    pub time: Moment,
    /// What the timeline shows.
    pub comment: &'a str,
    /// The type of the text; with `None` that of the version before.
    pub mimetype: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// Tags of this version, without `sym-`.
    pub tags: &'a [&'a str],
    /// The colour that the timeline paints behind it.
    pub background: Option<&'a str>,
}

/// A file to be attached, or taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentEdit<'a> {
    /// The identifier of a ticket or technote, the name of a forum post, or else of a wiki page.
    pub target: &'a str,
    /// The name of the file.
    pub file_name: &'a str,
    /// The file. `None` takes the one of this name off.
    pub content: Option<&'a [u8]>,
    /// What it is about.
    pub comment: Option<&'a str>,
}

impl WriteTx {
    /// Puts tags on artifacts, or takes them off.
    pub fn change_tags(
        &self,
        changes: &[TagChange<'_>],
        author: Author<'_>,
    ) -> Result<Written, EditError> {
        let mut tags = Vec::with_capacity(changes.len());
        let mut private = false;
        for change in changes {
            let TagChange { action, name, target, value } = *change;
            if RESERVED_TAGS.iter().any(|prefix| name.starts_with(prefix)) {
                return Err(EditError::ReservedTag(name.to_owned()));
            }
            let row = self.blob(target)?.filter(|row| !row.is_phantom());
            let row = row.ok_or(EditError::NoTarget(target))?;
            private |= row.private;
            tags.push(NewTag { action, name, target: Some(row.name), value });
        }
        let control = NewControl { date: author.at, tags: &tags, user: author.login };
        self.write_one(&control.compose()?, author, private)
    }

    /// Writes a version of a wiki page upon the newest, or a first one.
    pub fn write_wiki(
        &self,
        edit: &WikiEdit<'_>,
        author: Author<'_>,
    ) -> Result<Written, EditError> {
        let before = self.wiki_page(edit.title)?;
        let page = NewWiki {
            comment: edit.comment,
            date: author.at,
            title: edit.title,
            mimetype: mimetype(edit.mimetype, before.as_ref()),
            parents: &parent(before.as_ref()),
            user: author.login,
            text: edit.text,
        };
        self.write_one(&page.compose()?, author, false)
    }

    /// Writes a version of a technote upon the newest, or a first one.
    pub fn write_technote(
        &self,
        edit: &TechnoteEdit<'_>,
        author: Author<'_>,
    ) -> Result<Written, EditError> {
        let before = self.technote(edit.id)?;
        let names: Vec<_> = edit.tags.iter().map(|tag| format!("sym-{tag}")).collect();
        let mut tags: Vec<_> =
            names.iter().map(|name| NewTag::on_itself(TagAction::Add, name, None)).collect();
        if edit.background.is_some() {
            tags.push(NewTag::on_itself(TagAction::Add, "bgcolor", edit.background));
        }
        let technote = NewTechnote {
            comment: Some(edit.comment),
            date: author.at,
            time: edit.time,
            id: edit.id,
            mimetype: mimetype(edit.mimetype, before.as_ref()),
            parents: &parent(before.as_ref()),
            tags: &tags,
            user: Some(author.login),
            text: edit.text,
        };
        self.write_one(&technote.compose()?, author, false)
    }

    /// Changes fields of a ticket. The first change of an identifier, which should be chosen at
    /// random, makes the ticket.
    pub fn change_ticket(
        &self,
        id: &str,
        fields: &[NewTicketField<'_>],
        author: Author<'_>,
    ) -> Result<Written, EditError> {
        for field in fields {
            if field.name.starts_with(PRIVATE_FIELD) {
                return Err(EditError::PrivateField(field.name.to_owned()));
            }
            if field.name.starts_with("tkt_") || !self.has_ticket_field(field.name)? {
                return Err(EditError::NoSuchField(field.name.to_owned()));
            }
        }
        let ticket = NewTicket { date: author.at, fields, id, user: author.login };
        self.write_one(&ticket.compose()?, author, false)
    }

    /// Attaches a file, or takes one off.
    pub fn attach(
        &self,
        edit: &AttachmentEdit<'_>,
        author: Author<'_>,
    ) -> Result<Written, EditError> {
        let AttachmentEdit { target, file_name, content, comment } = *edit;
        if !self.can_have_attachments(target)? {
            return Err(EditError::NothingToAttachTo(target.to_owned()));
        }
        let naming = Naming::of(self)?;
        let content_name = match content {
            Some(content) if Artifact::parse(content).is_ok() => {
                return Err(EditError::LooksLikeAnArtifact);
            }
            Some(content) => Some(naming.name(self, content)?),
            None if self.is_attached(target, file_name)? => None,
            None => {
                return Err(EditError::NotAttached(file_name.to_owned(), target.to_owned()));
            }
        };
        let attachment = NewAttachment {
            file_name,
            target,
            content: content_name,
            comment,
            date: author.at,
            mimetype: None,
            user: Some(author.login),
        };
        let artifact = attachment.compose()?;
        let mut store = Store::new(self, author, naming, false)?;
        if let Some(content) = content {
            store.put(content)?;
        }
        let written = store.put(&artifact)?;
        store.finish(&written)?;
        Ok(written)
    }

    fn write_one(
        &self,
        artifact: &[u8],
        author: Author<'_>,
        private: bool,
    ) -> Result<Written, EditError> {
        let mut store = Store::new(self, author, Naming::of(self)?, private)?;
        let written = store.put(artifact)?;
        store.finish(&written)?;
        Ok(written)
    }
}

fn parent(before: Option<&PageText>) -> Vec<HashName> {
    before.iter().map(|page| page.name).collect()
}

/// The type that is asked for, or that of the version before.
fn mimetype<'a>(wanted: Option<&'a str>, before: Option<&'a PageText>) -> Option<&'a str> {
    wanted.or_else(|| before?.mimetype.as_deref()).filter(|mimetype| *mimetype != DEFAULT_MIMETYPE)
}
