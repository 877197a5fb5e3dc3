//! One round, from its first card to its last.

use std::time::Duration;

use outcrop_format::escape::Escaped;
use outcrop_format::hash::HashName;
use outcrop_repo::config::ConfigReceiver;
use outcrop_repo::receive::{Origin, Receiver};
use outcrop_repo::tx::{ReadTx, WriteTx};
use outcrop_xfer::card::have::Igot;
use outcrop_xfer::card::notice::Notice;
use outcrop_xfer::card::session::Codes;
use outcrop_xfer::{Card, MediaType, Reader, Token, Writer};

use super::batches::Known;
use super::error::{HandleError, Step, Stop};
use super::session::Session;
use super::{HandleOptions, Handled, Message, Trust, limits, moment, tell_time};
use crate::Reply;
use crate::caps::{Permission, Permissions};

/// The transaction of a round.
#[derive(Clone, Copy)]
pub(super) enum Doors<'a> {
    /// One that only reads.
    Read(&'a ReadTx, Clusters),
    Write(&'a WriteTx),
}

/// What becomes of artifacts that wait for clusters, in a round that only reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clusters {
    /// The round stops if there are enough of them, for clusters to be made.
    IfDue,
    /// They are announced one by one.
    Left,
}

/// The codes of the project and of this copy of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectCodes {
    pub(super) server: String,
    pub(super) project: String,
}

impl ProjectCodes {
    /// Tells a client that clones.
    pub(super) fn push(&self, out: &mut Writer) {
        let server = Token::new(self.server.as_bytes()).or_else(|| Token::new(b"x"));
        let project = Token::new(self.project.as_bytes()).or_else(|| Token::new(b"x"));
        if let (Some(server), Some(project)) = (server, project) {
            out.push(&Card::Push(Codes { server, project }));
        }
    }
}

/// A round.
pub(super) struct Round<'a> {
    pub(super) doors: Doors<'a>,
    message: &'a Message,
    pub(super) options: &'a HandleOptions<'a>,
    pub(super) codes: ProjectCodes,
    pub(super) session: Session,
    pub(super) out: Writer,
    /// The form of the reply.
    pub(super) media: MediaType,
    /// When to send no more artifacts.
    deadline: Duration,
    /// Batches that others have got.
    pub(super) known_batches: Option<Known<'a>>,
    pub(super) receiver: Option<Receiver<'a>>,
    pub(super) config_receiver: Option<ConfigReceiver<'a>>,
    /// Announcements in a row that are yet to be looked up.
    pub(super) igots: Vec<Igot>,
    /// Requests in a row that are yet to be looked up.
    pub(super) gimmes: Vec<HashName>,
    /// What the client has announced and is to be asked for.
    pub(super) to_ask: Vec<HashName>,
    /// Artifacts that were heard of for the first time.
    pub(super) new_phantoms: usize,
    /// The client was told that it is too old for what it asks for.
    pub(super) told_too_old: bool,
    /// What has come of it so far.
    pub(super) handled: Handled,
}

impl<'a> Round<'a> {
    pub(super) fn begin(
        doors: Doors<'a>,
        message: &'a Message,
        options: &'a HandleOptions<'a>,
    ) -> Step<Self> {
        let tx = doors.read();
        let project = tx.setting("project-code")?.ok_or(HandleError::NoProjectCode)?;
        let server = tx.setting("server-code")?.unwrap_or_default();
        let shared = tx.shared_rights()?;
        let mut session = Session { shared, login: "anonymous".to_owned(), ..Session::default() };
        session.permissions = Permissions::on_sync(&session.shared, None);
        match &options.trust {
            Trust::Login => {}
            Trust::User(login) => {
                if let Some(user) = tx.user(login)? {
                    session.is(user);
                }
            }
            Trust::Owner => {
                session.permissions = Permissions::owner();
                if let Some((uid, login)) = tx.owner()? {
                    (session.uid, session.login) = (Some(uid), login);
                }
            }
        }
        let budget = number_setting(tx, "max-download", limits::MAX_DOWNLOAD)?;
        let seconds = number_setting(tx, "max-download-time", limits::MAX_DOWNLOAD_TIME)?.max(1);
        let time = Duration::from_secs(seconds.unsigned_abs());
        Ok(Self {
            doors,
            message,
            options,
            codes: ProjectCodes { server, project },
            session,
            out: Writer::with_budget(usize::try_from(budget).unwrap_or(0)),
            media: message.media,
            deadline: options.env.clock.elapsed().saturating_add(time),
            known_batches: None,
            receiver: None,
            config_receiver: None,
            igots: Vec::new(),
            gimmes: Vec::new(),
            to_ask: Vec::new(),
            new_phantoms: 0,
            told_too_old: false,
            handled: Handled::default(),
        })
    }

    /// The same with batches that are kept of what it reads.
    pub(super) fn with_batches(self, known_batches: Option<Known<'a>>) -> Self {
        Self { known_batches, ..self }
    }

    /// Reads all cards, and answers; tells what has come of it in `handled`, however it ends.
    pub(super) fn answer(mut self, handled: &mut Handled) -> Step<Reply> {
        let answered = self.run();
        self.handled.user = self.session.uid.is_some().then(|| self.session.login.clone());
        *handled = self.handled;
        answered.map(|()| Reply { cards: self.out.finish(), media: self.media })
    }

    fn run(&mut self) -> Step {
        let message = self.message;
        if let Some(login) = &message.login {
            self.log_in(login, &message.text)?;
        }
        let mut reader = Reader::with_limits(&message.text, self.options.limits);
        while let Some(card) = reader.next() {
            let card = card.map_err(|error| self.unreadable(&error, reader.line()))?;
            self.handled.operation = self.handled.operation.and(card.kind());
            self.before(card.kind())?;
            self.take(&card, &reader)?;
        }
        self.look_up_runs()?;
        self.close()?;
        tell_time(&mut self.out, self.options.env, 0);
        Ok(())
    }

    pub(super) fn read(&self) -> &'a ReadTx {
        self.doors.read()
    }

    /// The right to write; without it the round starts over.
    pub(super) fn write(&self) -> Step<&'a WriteTx> {
        match self.doors {
            Doors::Read(..) => Err(Stop::MustWrite),
            Doors::Write(tx) => Ok(tx),
        }
    }

    /// What takes in artifacts.
    pub(super) fn receiver(&mut self) -> Step<&mut Receiver<'a>> {
        let tx = self.write()?;
        if self.receiver.is_none() {
            let nonce = self.session.nonce.clone();
            if let Some(nonce) = &nonce
                && tx.is_nonce_used(nonce)?
            {
                return Err(Stop::refused("the request came before: sign it anew"));
            }
            let origin = Origin {
                user: self.session.uid,
                at: moment(self.options.env),
                nonce,
                address: self.options.address.clone(),
            };
            let receiver = tx.receiver(origin).with_max_content(self.options.max_content);
            let sees_private = self.session.may(Permission::Private);
            self.receiver = Some(if sees_private { receiver } else { receiver.without_private() });
        }
        self.receiver.as_mut().ok_or(Stop::MustWrite)
    }

    /// Whether there is room and time for another artifact.
    pub(super) fn has_room(&self) -> bool {
        self.out.has_room() && self.options.env.clock.elapsed() < self.deadline
    }

    /// Tells the client what is wrong, once, without refusing the rest.
    pub(super) fn tell_error(&mut self, words: &str) {
        if self.handled.note(words)
            && let Some(text) = Escaped::new(words.as_bytes())
        {
            self.out.push(&Card::Error(Notice { text }));
        }
    }

    /// The value of a setting that is a number.
    pub(super) fn number_setting(&self, name: &str, usual: i64) -> Step<i64> {
        number_setting(self.read(), name, usual)
    }

    /// The value of a setting that is on or off.
    pub(super) fn switch_setting(&self, name: &str, usual: bool) -> Step<bool> {
        let value = self.read().setting(name)?.unwrap_or_default();
        Ok(match value.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" => true,
            "off" | "no" | "false" | "0" => false,
            _ => usual,
        })
    }

    /// The time, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        moment(self.options.env).unix_millis() / 1000
    }
}

impl<'a> Doors<'a> {
    pub(super) fn read(self) -> &'a ReadTx {
        match self {
            Self::Read(tx, _) => tx,
            Self::Write(tx) => tx,
        }
    }
}

/// As C reads a number: what follows the digits does not matter, and no digits are 0.
fn number_setting(tx: &ReadTx, name: &str, usual: i64) -> Step<i64> {
    let Some(value) = tx.setting(name)? else { return Ok(usual) };
    let value = value.trim_start();
    let digits = value.strip_prefix('-').unwrap_or(value);
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let end = end + value.len() - digits.len();
    Ok(value.get(..end).and_then(|number| number.parse().ok()).unwrap_or(0))
}
