//! Forum posts, and the titles that the timeline gives them.

use super::LinkError;
use super::linker::Linker;
use super::pages::markup_of;
use super::tags::links;
use super::time;
use crate::artifact::{Artifact, Forum};
use crate::tx::derived::{BacklinkSource, EventKind, EventRow, ForumRow};

/// The title of a thread whose first post has none.
const DELETED: &[u8] = b"(Deleted)";

/// The title of a thread whose first post is not here.
const UNKNOWN: &[u8] = b"<i>Unknown</i>";

impl Linker<'_> {
    pub(super) fn link_post(&mut self, rid: i64, post: &Forum<'_>) -> Result<(), LinkError> {
        self.add_version(rid, post.parent.as_slice(), post.date)?;
        let root = match &post.thread_root {
            Some(root) => self.number(root)?,
            None => rid,
        };
        let previous = self.post_number(post.parent.as_ref())?;
        let answers = self.post_number(post.in_reply_to.as_ref())?;
        let mtime = time::of(post.date);
        self.tx.put_post(&ForumRow { rid, root, previous, answers, mtime })?;
        self.groups.threads.insert(root);
        if !post.text.is_empty() {
            let links = links(post.text, markup_of(post.mimetype), post.date.julian_day());
            self.tx.put_backlinks(BacklinkSource::Forum, rid, &links)?;
        }
        Ok(())
    }

    fn post_number(
        &mut self,
        name: Option<&outcrop_format::hash::HashName>,
    ) -> Result<Option<i64>, LinkError> {
        let Some(name) = name else { return Ok(None) };
        Ok(Some(self.number(name)?).filter(|rid| *rid != 0))
    }

    /// Puts the posts of threads on the timeline. The last title that was given to a thread, in the
    /// order of the artifacts, is that of all its posts up to there.
    pub(super) fn tell_threads(&mut self) -> Result<(), LinkError> {
        for root in std::mem::take(&mut self.groups.threads) {
            let mut told: Vec<(ForumRow, Vec<u8>, EventRow, Vec<u8>)> = Vec::new();
            for row in self.tx.thread(root)? {
                let Some(content) = self.content(row.rid)? else { continue };
                let Ok(Artifact::Forum(post)) = Artifact::parse(&content) else { continue };
                let mut event = EventRow::new(EventKind::Forum, row.mtime);
                event.user = Some(super::linker::value(post.user));
                let title = if row.answers.is_none() {
                    let title = post.title.map(|title| title.decode().into_owned());
                    let title = title.filter(|title| !title.is_empty());
                    let title = title.unwrap_or_else(|| DELETED.to_vec());
                    for (.., of) in &mut told {
                        of.clone_from(&title);
                    }
                    title
                } else {
                    let of_root = told.iter().find(|(of, ..)| of.rid == root);
                    of_root.map_or_else(|| UNKNOWN.to_vec(), |(.., title)| title.clone())
                };
                told.push((row, what_is_done(&row, &post).to_vec(), event, title));
            }
            for (row, verb, mut event, title) in told {
                event.comment = Some([&verb, b": ".as_slice(), &title].concat().into());
                self.show(row.rid, event)?;
            }
        }
        Ok(())
    }
}

/// How the timeline calls a post.
fn what_is_done(row: &ForumRow, post: &Forum<'_>) -> &'static [u8] {
    match (row.answers, row.previous) {
        (None, None) => b"Post",
        (None, Some(_)) => b"Edit",
        (Some(_), _) if post.text.first().is_none_or(|byte| *byte == 0) => b"Delete reply",
        (Some(_), Some(_)) => b"Edit reply",
        (Some(_), None) => b"Reply",
    }
}
