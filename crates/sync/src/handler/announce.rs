//! What ends a reply: what we ask for, what we have, and where else the project is.

use outcrop_format::escape::Escaped;
use outcrop_repo::receive::Origin;
use outcrop_repo::tx::Announced;
use outcrop_xfer::Card;
use outcrop_xfer::card::have::Igot;
use outcrop_xfer::card::notice::{Comment, Notice};
use outcrop_xfer::card::pragma::Pragma;

use super::error::{HandleError, Step, Stop, not_received};
use super::limits::PLACE_LIFETIME;
use super::moment;
use super::round::{Clusters, Doors, Round};
use crate::HttpUrl;
use crate::caps::Permission;

impl Round<'_> {
    /// Ends the round, once every card has been taken.
    pub(super) fn close(&mut self) -> Step {
        // First, since what has come may name what has not, and clusters take names from the rest.
        if let Some(receiver) = self.receiver.take() {
            let linked = receiver.finish().map_err(HandleError::from)?;
            self.handled.counts.linked += linked.artifacts;
            self.handled.counts.check_ins += linked.check_ins;
        }
        // After it: what has come is linked as things were.
        self.apply_config()?;
        if self.session.push {
            self.ask()?;
        }
        let first_of_clone = self.session.announce_all && !self.session.asked;
        if first_of_clone || self.session.pull && self.session.catalog {
            self.announce(Announced::Public)?;
        } else if self.session.pull {
            self.make_clusters()?;
            self.announce(Announced::Unclustered)?;
        }
        if self.session.pull && self.session.send_private {
            self.announce(Announced::Private)?;
        }
        if self.session.links && self.session.may(Permission::Read) {
            self.tell_places()?;
        }
        self.tell_tables()?;
        Ok(())
    }

    /// Makes clusters if enough artifacts wait for them, or stops for them to be made.
    fn make_clusters(&mut self) -> Step {
        match self.doors {
            Doors::Read(_, Clusters::Left) => Ok(()),
            _ if !self.read().clusters_are_due()? => Ok(()),
            Doors::Read(_, Clusters::IfDue) => Err(Stop::ClustersAreDue),
            Doors::Write(tx) => {
                // They come from here, whoever the client is.
                let at = moment(self.options.env);
                let origin = Origin { user: None, at, nonce: None, address: None };
                let mut receiver = tx.receiver(origin);
                receiver.make_clusters().map_err(not_received)?;
                receiver.finish().map_err(HandleError::from)?;
                Ok(())
            }
        }
    }

    /// Tells which clusters there are, those too that a cluster names. Stock tells those too who may
    /// not read.
    pub(super) fn announce_clusters(&mut self) -> Step {
        let may_read = self.session.may(Permission::Read);
        if !may_read || std::mem::replace(&mut self.session.clusters_told, true) {
            return Ok(());
        }
        let mut clusters = Vec::new();
        self.read().announce(Announced::Clusters, |rid, name| {
            if !self.session.has.contains(&rid) {
                clusters.push(Igot { name, private: false });
            }
        })?;
        if !clusters.is_empty() {
            self.comment(b" sending-clusters");
            for igot in clusters {
                self.out.push(&Card::Igot(igot));
            }
            self.comment(b" end-of-clusters");
        }
        Ok(())
    }

    /// Announces what the client is not known to have. What is private is announced anyway: the
    /// client may hold it as public.
    fn announce(&mut self, which: Announced) -> Step {
        let private = which == Announced::Private;
        let (out, has) = (&mut self.out, &self.session.has);
        self.doors.read().announce(which, |rid, name| {
            if private || !has.contains(&rid) {
                out.push(&Card::Igot(Igot { name, private }));
            }
        })?;
        Ok(())
    }

    /// Tells where else the project can be found.
    fn tell_places(&mut self) -> Step {
        let Some(here) = &self.options.base_url else { return Ok(()) };
        let lifetime = i64::try_from(PLACE_LIFETIME.as_secs()).unwrap_or(i64::MAX);
        for place in self.read().places(here, self.now().saturating_sub(lifetime))? {
            let Some(address) = shareable(&place.url) else { continue };
            let words = (Escaped::new(address.as_bytes()), Escaped::new(place.about.as_bytes()));
            if let ((Some(url), Some(arg)), Ok(mtime)) = (words, u64::try_from(place.seen)) {
                self.out.push(&Card::Pragma(Pragma::Link { url, arg, mtime }));
            }
        }
        Ok(())
    }

    fn comment(&mut self, text: &[u8]) {
        if let Some(comment) = Comment::new(text) {
            self.out.push(&Card::Comment(comment));
        }
    }

    /// Tells the client something that is no error, once.
    pub(super) fn tell_message(&mut self, words: &str) {
        if self.handled.note(words)
            && let Some(notice) = Notice::new(words)
        {
            self.out.push(&Card::Message(notice));
        }
    }
}

/// The address of another place, as it may be told: without user and password. `None` for what only
/// its own machine can reach.
pub(super) fn shareable(url: &str) -> Option<String> {
    let url: HttpUrl = url.parse().ok()?;
    (!url.host().contains("localhost")).then(|| url.without_user().to_string())
}

#[cfg(test)]
mod tests {
    use super::shareable;

    #[test]
    fn addresses_are_told_without_passwords() {
        for (url, told) in [
            ("http://alice:pw@example.org:8080/rocks", Some("http://example.org:8080/rocks")),
            ("https://Example.org/a", Some("https://example.org/a")),
            ("http://localhost:8080/", None),
            ("http://my.localhost/", None),
            ("file:///home/alice/x.fossil", None),
            ("nonsense", None),
        ] {
            assert_eq!(shareable(url).as_deref(), told, "{url}");
        }
    }
}
