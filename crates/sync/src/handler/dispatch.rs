//! Which card means what, and who may send it.

use outcrop_xfer::card::session::Codes;
use outcrop_xfer::{Card, Error, ErrorKind, Kind, Reader};

use super::error::{Refusal, Step, Stop};
use super::limits::QUOTED;
use super::round::Round;
use crate::caps::Permission;

pub(super) const MAY_NOT_WRITE: &str = "not authorized to write";
const MAY_NOT_READ: &str = "not authorized to read";
const MAY_NOT_SEE_PRIVATE: &str = "not authorized to sync private content";

impl Round<'_> {
    /// Looks up what must be known before a card of this kind is taken: runs of announcements and
    /// requests end at any other card.
    pub(super) fn before(&mut self, kind: Kind) -> Step {
        match kind {
            Kind::Igot => self.look_up_gimmes(),
            Kind::Gimme => self.look_up_igots(),
            Kind::Comment | Kind::Cookie => Ok(()),
            _ => self.look_up_runs(),
        }
    }

    /// Takes one card.
    pub(super) fn take(&mut self, card: &Card<'_>, reader: &Reader<'_>) -> Step {
        match card {
            Card::Comment(_) | Card::Cookie(_) => Ok(()),
            Card::Login(login) => self.log_in(login, reader.tail()),
            Card::Pragma(pragma) => self.take_pragma(pragma),
            Card::Pull(codes) => self.take_pull(codes),
            Card::Push(codes) => self.take_push(codes),
            Card::Clone(clone) => self.take_clone(*clone),
            Card::Igot(igot) => self.take_igot(*igot),
            Card::Gimme(gimme) => self.take_gimme(gimme.name),
            Card::Private(_) => {
                self.take_private();
                Ok(())
            }
            Card::File(file) => self.take_file(file),
            Card::Cfile(cfile) => self.take_cfile(cfile),
            Card::Uvfile(file) => self.take_unversioned(file),
            Card::Uvgimme(asked) => self.send_unversioned(asked),
            Card::Reqconfig(asked) => self.send_config(asked),
            Card::Config(config) => self.take_config(config),
            Card::Schema(schema) => self.take_schema(schema),
            Card::Xigot(xigot) => self.take_xigot(xigot),
            Card::Xgimme(asked) => self.take_xgimme(asked),
            Card::Xrow(row) => self.take_xrow(row),
            Card::Xdelete(row) => self.take_xdelete(row),
            // Only servers send these.
            _ => Err(bad_command(reader.line())),
        }
    }

    fn take_pull(&mut self, codes: &Codes<'_>) -> Step {
        self.check_project(codes)?;
        if !self.session.may(Permission::Read) {
            return Err(Stop::refused(MAY_NOT_READ));
        }
        self.session.pull = true;
        Ok(())
    }

    fn take_push(&mut self, codes: &Codes<'_>) -> Step {
        self.check_project(codes)?;
        if self.session.may(Permission::Write) {
            self.session.push = true;
        } else if self.session.pull {
            self.tell_message("pull only - not authorized to push");
        } else {
            return Err(Stop::refused(MAY_NOT_WRITE));
        }
        Ok(())
    }

    fn check_project(&self, codes: &Codes<'_>) -> Step {
        if codes.project.as_bytes() == self.codes.project.as_bytes() {
            return Ok(());
        }
        Err(Stop::refused("wrong project"))
    }

    /// The next artifact is private.
    fn take_private(&mut self) {
        let may = self.session.may(Permission::Private);
        self.session.next_is_private = may;
        self.session.drop_next = !may;
        if !may {
            self.tell_error(MAY_NOT_SEE_PRIVATE);
        }
    }

    /// What is private is to be sent.
    pub(super) fn take_send_private(&mut self) {
        self.session.send_private = self.session.may(Permission::Private);
        if !self.session.send_private {
            self.tell_error(MAY_NOT_SEE_PRIVATE);
        }
    }

    /// Refuses artifacts from those who may not push, or have not said that they want to.
    pub(super) fn check_push(&self) -> Step {
        if self.session.push { Ok(()) } else { Err(Stop::refused(MAY_NOT_WRITE)) }
    }

    pub(super) fn refuse_clone(&self) -> Stop {
        Stop::Refused(Refusal {
            words: b"not authorized to clone".to_vec(),
            codes: Some(self.codes.clone()),
        })
    }

    /// What a client is told about a card that cannot be read.
    pub(super) fn unreadable(&self, error: &Error, line: &[u8]) -> Stop {
        match (error.verb, error.kind) {
            (Some("file" | "cfile"), _) if !self.session.push => Stop::refused(MAY_NOT_WRITE),
            (_, ErrorKind::TruncatedPayload { .. } | ErrorKind::PayloadTooLarge { .. }) => {
                Stop::refused(error.to_string())
            }
            (Some(verb @ ("file" | "cfile" | "uvfile")), _) => {
                Stop::refused(format!("malformed {verb} line"))
            }
            (_, ErrorKind::TooManyCards { .. } | ErrorKind::LineTooLong { .. }) => {
                Stop::refused(error.to_string())
            }
            _ => bad_command(line),
        }
    }
}

/// As stock puts it, with the newline of the line.
fn bad_command(line: &[u8]) -> Stop {
    let quoted = line.get(..QUOTED).unwrap_or(line);
    Stop::refused([b"bad command: ", quoted, b"\n"].concat())
}
