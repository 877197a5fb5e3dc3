//! Is a server there, who does it say it is, and what time has it?

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use outcrop_xfer::{
    Card, Chunks, Limits, Reader, Writer,
    card::{
        notice::Comment,
        pragma::{Pragma, Version},
    },
};

use crate::{Credentials, DIALECT, Env, Request, SyncError, Transport, timestamp};

/// Random bytes in the comment that makes a message unique.
const NONCE: usize = 20;

/// What a server answered to a [`ping`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The release of Fossil that the server speaks like, if it told.
    pub version: Option<Version>,
    /// How many seconds the server's clock is ahead of ours, if it told its time. The server tells
    /// whole seconds, and the reply took a while, so a second either way means nothing.
    pub skew: Option<i64>,
    /// Time from the request to the reply.
    pub round_trip: Duration,
    /// Whether the request was signed by a user.
    pub logged_in: bool,
    /// Why the server refused, if it did: `login failed`, say.
    pub errors: Vec<String>,
    /// What else the server has to say to a person.
    pub messages: Vec<String>,
}

/// Exchanges one round that asks for nothing, as `fossil sync --ping` does.
///
/// With [`Credentials`] the round also proves that the server knows the user. They are signed with
/// the project code, which a ping cannot find out by itself: the caller has it, from a clone of the
/// project, or signs with a stored secret.
///
/// That the server refuses is no error here: see [`Ping::errors`].
pub async fn ping(
    transport: &dyn Transport,
    env: Env<'_>,
    credentials: Option<&Credentials>,
) -> Result<Ping, SyncError> {
    let cards = cards(env)?;
    let login = credentials.and_then(|credentials| credentials.sign(&cards));
    let logged_in = login.is_some();
    let request = Request { login, ..Request::new(cards) };

    let sent = env.clock.elapsed();
    let reply = transport.exchange(request).await?;
    let round_trip = env.clock.elapsed().saturating_sub(sent);
    let arrival = env.clock.now();

    let mut ping = Ping {
        version: None,
        skew: None,
        round_trip,
        logged_in,
        errors: Vec::new(),
        messages: Vec::new(),
    };
    for card in Reader::with_limits(&reply.text(), Limits::default()) {
        ping.take(&card?, arrival);
    }
    Ok(ping)
}

/// The version that we speak, and a comment that no other message has.
fn cards(env: Env<'_>) -> Result<Chunks, SyncError> {
    let mut nonce = [0; NONCE];
    env.rng.fill(&mut nonce).map_err(SyncError::Random)?;
    let mut text = String::from(" ");
    for byte in nonce {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
    }

    let mut writer = Writer::new();
    writer.push(&Card::Pragma(Pragma::ClientVersion(DIALECT)));
    if let Some(comment) = Comment::new(text.as_bytes()) {
        writer.push(&Card::Comment(comment));
    }
    Ok(writer.finish())
}

impl Ping {
    /// Notes what a card of the reply tells. Cards that tell nothing are passed over: a server may
    /// have settings that make it say more than it was asked.
    fn take(&mut self, card: &Card<'_>, arrival: SystemTime) {
        match card {
            Card::Pragma(Pragma::ServerVersion(version)) => self.version = Some(*version),
            Card::Error(notice) => self.errors.push(notice.text.to_text()),
            Card::Message(notice) => self.messages.push(notice.text.to_text()),
            Card::Comment(comment) => {
                let clock = comment.timestamp().and_then(timestamp::seconds);
                self.skew = clock.map(|clock| clock - unix_seconds(arrival)).or(self.skew);
            }
            _ => {}
        }
    }
}

fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReplayTransport, env::testing::Frozen};

    async fn answer(reply: &'static str) -> Result<Ping, SyncError> {
        ping(&ReplayTransport::new([reply]), Frozen::default().env(), None).await
    }

    #[tokio::test]
    async fn the_request_is_what_stock_sends() {
        let server = ReplayTransport::new([""]);
        let credentials = Credentials::new("alice", "alice-pw", Some("5eed")).unwrap();
        let pong = ping(&server, Frozen::default().env(), Some(&credentials)).await.unwrap();
        assert!(pong.logged_in);

        let [request] = &server.requests()[..] else { panic!("not one request") };
        let text = request.cards.to_vec();
        assert_eq!(
            str::from_utf8(&text).unwrap(),
            format!("pragma client-version 22900 20260821 165942\n# {}\n", "AB".repeat(20))
        );
        let login = request.login.as_ref().unwrap();
        assert!(login.covers(&text));
        assert!(login.is_signed_with(b"alice-pw", "5eed"));
    }

    #[tokio::test]
    async fn version_clock_and_words_are_told() {
        let pong = answer(
            "pragma server-version 22100 20230226 192424\nmessage slow\\stoday\n\
             error login\\sfailed\n# timestamp 2026-01-31T12:00:07 errors 1\n",
        )
        .await
        .unwrap();
        assert_eq!(pong.version.map(|version| version.release), Some(22100));
        assert_eq!(pong.skew, Some(7));
        assert_eq!(pong.round_trip, Duration::from_millis(250));
        assert_eq!(pong.errors, ["login failed"]);
        assert_eq!(pong.messages, ["slow today"]);
        assert!(!pong.logged_in);
    }

    #[tokio::test]
    async fn a_server_that_tells_nothing_is_alive_too() {
        let pong = answer("").await.unwrap();
        assert_eq!((pong.version, pong.skew), (None, None));
    }

    #[tokio::test]
    async fn faults_are_told_apart() {
        let error = answer("pragma a\nquarry\n").await.unwrap_err();
        assert!(matches!(&error, SyncError::BadReply(bad) if bad.card == 1), "{error}");
        let nobody = ReplayTransport::default();
        let error = ping(&nobody, Env::system(), None).await.unwrap_err();
        assert!(matches!(error, SyncError::Transport(_)), "{error}");
    }
}
