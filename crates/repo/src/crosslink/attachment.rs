//! Attachments, and how the timeline tells of them.

use super::LinkError;
use super::linker::{Linker, value};
use super::text::html;
use super::time;
use crate::artifact::Attachment;
use crate::tx::derived::{AttachmentRow, EventKind, EventRow};

impl Linker<'_> {
    pub(super) fn link_attachment(
        &mut self,
        rid: i64,
        attachment: &Attachment<'_>,
    ) -> Result<(), LinkError> {
        let target = value(attachment.link.target);
        let content = attachment.link.content.map(|content| content.to_hex().as_bytes().into());
        self.tx.put_attachment(&AttachmentRow {
            rid,
            mtime: time::of(attachment.date),
            content,
            target: target.clone(),
            file_name: attachment.link.file_name().into_owned().into(),
            comment: attachment.comment.map(value).unwrap_or_default(),
            user: attachment.user.map(value),
        })?;
        self.groups.attached.insert(target.to_vec());
        Ok(())
    }

    /// Puts attachments on the timeline, once it is known what they are attached to.
    pub(super) fn tell_attachments(&mut self) -> Result<(), LinkError> {
        for target in std::mem::take(&mut self.groups.attached) {
            let rows = self.tx.attachments_of(&target)?;
            if rows.is_empty() {
                continue;
            }
            self.tx.mark_latest_attachments(&target)?;
            let (kind, last_version) = self.attached_to(&target)?;
            for row in rows {
                let came_before = row.rid < last_version;
                let mut event = EventRow::new(kind, row.mtime);
                event.user.clone_from(&row.user);
                event.comment = Some(self.attachment_told(kind, &row, came_before).into());
                self.show(row.rid, event)?;
            }
        }
        Ok(())
    }

    /// What kind of thing attachments belong to, and its last version if it is a technote. What is
    /// no ticket or technote here is taken for a wiki page.
    fn attached_to(&mut self, target: &[u8]) -> Result<(EventKind, i64), LinkError> {
        let is_name = matches!(target.len(), 40 | 64) && target.iter().all(u8::is_ascii_hexdigit);
        if !is_name {
            return Ok((EventKind::Wiki, 0));
        }
        if self.tx.tag_number(&[b"tkt-", target].concat())?.is_some() {
            return Ok((EventKind::Ticket, 0));
        }
        let Some(tag) = self.tx.tag_number(&[b"event-", target].concat())? else {
            return Ok((EventKind::Wiki, 0));
        };
        let last = self.tx.tagged(tag)?.into_iter().max();
        Ok((EventKind::Technote, last.map_or(0, crate::Rid::get)))
    }

    /// The attachment in words. Those of the removal of a file from a technote depend on whether
    /// `came_before` a version of the technote.
    fn attachment_told(&self, kind: EventKind, row: &AttachmentRow, came_before: bool) -> Vec<u8> {
        let (file, target) = (html(&row.file_name), &*row.target);
        let (link, shown) = (self.digits.link(target), self.digits.show(target));
        let place = match kind {
            EventKind::Wiki => [b"wiki page [".as_slice(), &html(target), b"]"].concat(),
            EventKind::Ticket => [b"ticket [".as_slice(), link, b"|", shown, b"]"].concat(),
            _ => [b"tech note [/technote/".as_slice(), link, b"|", shown, b"]"].concat(),
        };
        if let Some(content) = row.content.as_deref().filter(|content| !content.is_empty()) {
            let content = self.digits.link(content);
            let link = [b"[/artifact/".as_slice(), content, b"|", &file, b"]"].concat();
            return [b"Add attachment ".as_slice(), &link, b" to ", &place].concat();
        }
        let file = if kind == EventKind::Technote && !came_before {
            let name = self.digits.link(&row.file_name);
            [b"/artifact/".as_slice(), name, b"|", &file].concat()
        } else {
            file
        };
        [b"Delete attachment \"".as_slice(), &file, b"\" from ", &place].concat()
    }
}
