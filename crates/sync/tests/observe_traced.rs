//! What `tracing` is told: which spans there are, what is in them, and what must never be.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use observe_support::{Faulty, PASSWORD, PROJECT, Scene, pulling, status, unreachable};
use outcrop_repo::config::Areas;
use outcrop_sync::{
    Account, CloneOptions, HandleOptions, Observer as _, Remote, Remotes, ReplayTransport, Request,
    Retry, SyncOptions, Traced, Unversioned, clone_blocking, handle_sync, sync_blocking,
};
use outcrop_xfer::login::{Login, Secret};
use outcrop_xfer::{Card, Writer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A span, or an event.
#[derive(Debug, Clone, Default)]
struct Told {
    /// `None` for events.
    name: Option<&'static str>,
    level: String,
    /// The number of the span around it.
    parent: Option<u64>,
    fields: BTreeMap<String, String>,
    is_closed: bool,
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Told {
    #[track_caller]
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

/// Keeps all that is told, spans with their number.
#[derive(Default, Clone)]
struct Kept {
    /// In the order in which they begin.
    spans: Arc<Mutex<Vec<(u64, Told)>>>,
    events: Arc<Mutex<Vec<Told>>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Kept {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        assert_eq!(metadata.target(), "outcrop_sync");
        let parent = context.span(id).unwrap().parent().map(|parent| parent.id().into_u64());
        let name = Some(metadata.name());
        let mut told =
            Told { name, level: metadata.level().to_string(), parent, ..Told::default() };
        attributes.record(&mut told);
        self.spans.lock().unwrap().push((id.into_u64(), told));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.change(id, |told| values.record(told));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let parent = context.event_span(event).map(|span| span.id().into_u64());
        let level = event.metadata().level().to_string();
        let mut told = Told { level, parent, ..Told::default() };
        event.record(&mut told);
        self.events.lock().unwrap().push(told);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.change(&id, |told| told.is_closed = true);
    }
}

impl Kept {
    /// All that is told while something is done.
    fn during(work: impl FnOnce()) -> Self {
        Self::during_at(Level::TRACE, work)
    }

    fn during_at(level: Level, work: impl FnOnce()) -> Self {
        let kept = Self::default();
        let filter = tracing_subscriber::filter::LevelFilter::from_level(level);
        let subscriber = tracing_subscriber::registry().with(kept.clone()).with(filter);
        tracing::subscriber::with_default(subscriber, work);
        kept
    }

    fn change(&self, id: &Id, change: impl FnOnce(&mut Told)) {
        let mut spans = self.spans.lock().unwrap();
        let found = spans.iter_mut().find(|(number, _)| *number == id.into_u64());
        change(&mut found.unwrap().1);
    }

    fn spans(&self, name: &str) -> Vec<(u64, Told)> {
        let all = self.spans.lock().unwrap().clone();
        all.into_iter().filter(|(_, told)| told.name == Some(name)).collect()
    }

    fn only_span(&self, name: &str) -> (u64, Told) {
        let found = self.spans(name);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    fn events(&self) -> Vec<Told> {
        self.events.lock().unwrap().clone()
    }

    #[track_caller]
    fn event(&self, message: &str) -> Told {
        let found = self.events().into_iter().find(|told| told.field("message") == message);
        found.unwrap_or_else(|| panic!("no {message:?} in {:?}", self.events()))
    }

    /// All of it, as text.
    fn text(&self) -> String {
        format!("{:?} {:?}", self.spans.lock().unwrap(), self.events.lock().unwrap())
    }
}

fn handling() -> HandleOptions<'static> {
    let address = Some("10.1.2.3".to_owned());
    HandleOptions { observer: Arc::new(Traced), address, ..HandleOptions::default() }
}

const VERSION: &str = "pragma client-version 22900 20260821 165942\n";

const SOON: Retry =
    Retry { attempts: 3, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };

#[test]
fn a_session_is_a_span_with_a_span_for_each_round() {
    let scene = Scene::new(2);
    let flaky = Faulty::new(scene.transport(), |number| (number == 2).then(unreachable));
    let options = SyncOptions { retry: SOON, ..pulling(Traced) };
    let kept = Kept::during(|| drop(sync_blocking(&scene.client, &flaky, options).unwrap()));
    let (session, told) = kept.only_span("session");
    assert_eq!((told.parent, told.is_closed, told.level.as_str()), (None, true, "INFO"));
    assert_eq!((told.field("operation"), told.field("remote")), ("pull", "somewhere"));
    assert_eq!((told.field("rounds"), told.field("received")), ("2", "2"));
    assert!(told.field("repository").ends_with("client.fossil"));
    assert!(!told.fields.contains_key("sent") && !told.fields.contains_key("error"));

    let rounds = kept.spans("round");
    assert_eq!(rounds.len(), 2);
    for ((_, told), number) in rounds.iter().zip(["1", "2"]) {
        assert_eq!((told.parent, told.field("round")), (Some(session), number));
        assert!(told.is_closed && told.field("bytes_received").parse::<u64>().unwrap() > 0);
    }
    assert_eq!(rounds[1].1.field("received"), "2");
    let retry = kept.event("no reply, trying again");
    assert_eq!((retry.parent, retry.level.as_str()), (Some(rounds[1].0), "WARN"));
    assert_eq!((retry.field("kind"), retry.field("failed")), ("unreachable", "1"));
    let received = kept.events().into_iter().filter(|told| told.field("message") == "received");
    assert_eq!(received.filter(|told| told.parent == Some(session)).count(), 2);
    assert_eq!(kept.event("completed").parent, Some(session));
}

#[test]
fn a_request_is_a_span() {
    let scene = Scene::new(2);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let wanted = Scene::first_new();
    let cards = format!("{VERSION}push 0 {PROJECT}\npull 0 {PROJECT}\ngimme {wanted}\n");
    let asked = Request { trace_parent: parent.parse().ok(), ..signed("dev", PASSWORD, &cards) };
    let kept = Kept::during(|| drop(handle_sync(&scene.server, asked, &handling()).unwrap()));
    let (request, told) = kept.only_span("request");
    assert_eq!((told.field("operation"), told.field("address")), ("sync", "10.1.2.3"));
    assert_eq!((told.field("wrote"), told.field("user")), ("false", "dev"));
    assert_eq!((told.field("media"), told.field("sent")), ("application/x-fossil", "1"));
    assert_eq!((told.field("traceparent"), told.is_closed), (parent, true));
    assert_eq!(kept.event("answered").parent, Some(request));
}

#[test]
fn who_listens_less_closely_hears_less() {
    let scene = Scene::new(2);
    let kept = Kept::during_at(Level::INFO, || {
        drop(sync_blocking(&scene.client, &scene.transport(), pulling(Traced)).unwrap());
    });
    assert_eq!((kept.spans("session").len(), kept.spans("round").len()), (1, 0));
    assert_eq!(kept.events().len(), 1, "{:?}", kept.events());
    // And nobody: nothing is made.
    assert!(
        std::thread::spawn(|| outcrop_sync::Observer::for_one(&Traced).is_none()).join().is_ok()
    );
}

#[test]
fn a_session_is_part_of_what_it_is_begun_in() {
    let scene = Scene::new(0);
    let kept = Kept::during(|| {
        let work = tracing::info_span!(target: "outcrop_sync", "work");
        let _inside = work.enter();
        drop(sync_blocking(&scene.client, &scene.transport(), pulling(Traced)).unwrap());
    });
    assert_eq!(kept.only_span("session").1.parent, Some(kept.only_span("work").0));
}

#[test]
fn a_session_within_a_session_is_part_of_that() {
    let (scene, inner) = (Scene::new(1), Scene::new(0));
    let kept = Kept::during(|| {
        let own = Traced.for_one().unwrap();
        let options = SyncOptions { observer: own, ..SyncOptions::pull() };
        let within = options.clone();
        let server = Faulty::new(scene.transport(), move |number| {
            if number == 1 {
                sync_blocking(&inner.client, &inner.transport(), within.clone()).unwrap();
            }
            None
        });
        drop(sync_blocking(&scene.client, &server, options).unwrap());
    });
    let [(outer, one), (inner, two)] = &kept.spans("session")[..] else { panic!() };
    assert_eq!((one.parent, two.parent), (None, Some(*outer)));
    assert_eq!((one.field("rounds"), two.field("rounds")), ("2", "1"));
    let parents: Vec<_> = kept.spans("round").iter().map(|(_, round)| round.parent).collect();
    assert_eq!(parents, [Some(*outer), Some(*inner), Some(*outer)]);
}

#[test]
fn what_fails_is_told() {
    let scene = Scene::new(0);
    let name = outcrop_format::hash::HashName::sha3_of(b"new\n");
    let words = "message mind\\sthe\\sstep\nerror not\\sfor\\syou\n";
    let server = ReplayTransport::new([format!("file {name} 4\nnew\n{words}")]);
    let kept = Kept::during(|| {
        sync_blocking(&scene.client, &server, pulling(Traced)).unwrap_err();
    });
    let (session, told) = kept.only_span("session");
    assert_eq!((told.field("kind"), told.is_closed), ("refused", true));
    assert_eq!((told.field("rounds"), told.field("received")), ("1", "1"));
    let (round, told) = kept.only_span("round");
    assert_eq!(told.field("error"), "the server refuses: not for you");
    let failed = kept.event("the session has failed");
    assert_eq!((failed.parent, failed.level.as_str()), (Some(session), "ERROR"));
    let said = kept.event("the server says");
    assert_eq!((said.parent, said.field("words")), (Some(round), "mind the step"));

    // A round that gets no reply ends with its session.
    let dead = Faulty::new(scene.transport(), |_| Some(status(404)));
    let kept = Kept::during(|| {
        sync_blocking(&scene.client, &dead, pulling(Traced)).unwrap_err();
    });
    let (_, told) = kept.only_span("round");
    assert_eq!((told.field("kind"), told.is_closed), ("status", true));

    let mut remotes = Remotes::new();
    let dead = Faulty::new(scene.transport(), |_| Some(unreachable()));
    remotes.push(Remote::new("near", Box::new(dead)));
    remotes.push(Remote::new("far", Box::new(scene.transport())));
    let options = SyncOptions { retry: Retry::NEVER, ..pulling(Traced) };
    let kept = Kept::during(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(remotes.sync(&scene.client, options)).unwrap();
    });
    assert_eq!(kept.spans("session").len(), 2);
    let changed = kept.event("another server is asked");
    assert_eq!((changed.field("from"), changed.field("to")), ("near", "far"));
}

fn signed(login: &str, password: &str, cards: &str) -> Request {
    let secret = Secret::new(PROJECT, login, password);
    let signed = Login::sign(login, &secret, [cards.as_bytes()]).unwrap();
    let login = Login { user: signed.user.into_owned(), ..signed };
    Request { login: Some(login), ..Request::new(Bytes::copy_from_slice(cards.as_bytes()).into()) }
}

#[test]
fn requests_that_are_refused_or_fail_are_told() {
    let scene = Scene::new(0);
    let push = format!("push 0 {PROJECT}\n");
    let kept = Kept::during(|| {
        handle_sync(&scene.server, signed("dev", "wrong", &push), &handling()).unwrap();
    });
    let (request, told) = kept.only_span("request");
    assert_eq!((told.field("refusal"), told.field("login_failed")), ("login failed", "true"));
    let refused = kept.event("refused");
    assert_eq!((refused.parent, refused.level.as_str()), (Some(request), "INFO"));

    let tx = scene.server.write().unwrap();
    tx.unset_setting("project-code").unwrap();
    tx.commit().unwrap();
    let kept = Kept::during(|| {
        handle_sync(&scene.server, signed("dev", PASSWORD, &push), &handling()).unwrap_err();
    });
    assert_eq!(kept.only_span("request").1.field("kind"), "no_project_code");
    assert_eq!(kept.event("no answer").level, "ERROR");
}

/// The password of `dev`, as the server keeps it and sends it to who may see it.
fn stored_password(scene: &Scene) -> String {
    let asked = signed("dev", PASSWORD, "reqconfig /user\n");
    let reply = handle_sync(&scene.server, asked, &HandleOptions::default()).unwrap();
    let text = String::from_utf8_lossy(&reply.text()).into_owned();
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_hash = |word: &&str| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
    words.find(is_hash).unwrap_or_else(|| panic!("no hash in {text}")).to_owned()
}

/// Nonce and signature of a login.
fn nonce_and_signature(login: Login<'static>) -> (String, String) {
    let mut writer = Writer::new();
    writer.push(&Card::Login(login));
    let line = String::from_utf8(writer.finish().to_vec()).unwrap();
    let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    (words[2].clone(), words[3].clone())
}

#[test]
fn no_secret_is_ever_told() {
    let scene = Scene::new(3);
    let everything = SyncOptions {
        push: true,
        private: true,
        unversioned: Unversioned::Sync,
        config_pull: Areas::ALL,
        ..pulling(Traced).with_account(Account::new("dev", PASSWORD))
    };
    let cloning = CloneOptions { sync: everything.clone(), ..CloneOptions::new() };
    let stored = stored_password(&scene);
    let login = signed("dev", PASSWORD, "pull 0 0\n").login.unwrap();
    let (nonce, signature) = nonce_and_signature(login);
    // A login card that cannot be read is quoted to who has sent it.
    let bad = format!("login dev {nonce} {signature} and more words than it may have\n");
    let kept = Kept::during(|| {
        sync_blocking(&scene.client, &scene.transport(), everything.clone()).unwrap();
        let (_, cloned) = clone_blocking(scene.path("clone"), &scene.transport(), cloning).unwrap();
        assert!(cloned.sync.total.config_received > 0);
        let wrong = everything.with_account(Account::new("dev", "hush-hush"));
        sync_blocking(&scene.client, &scene.transport(), wrong).unwrap_err();
        let asked = signed("dev", PASSWORD, "reqconfig /all\n");
        handle_sync(&scene.server, asked, &handling()).unwrap();
        for cards in [bad.clone(), format!("# a comment\n{bad}")] {
            let reply =
                handle_sync(&scene.server, Request::new(Bytes::from(cards).into()), &handling());
            assert!(String::from_utf8_lossy(&reply.unwrap().text()).contains("error "));
        }
    });
    let text = kept.text();
    assert!(text.contains("login_failed") && text.contains("\"user\": \"dev\""), "{text}");
    assert!(text.contains("refusal\": \"bad command: login\""), "{text}");
    for hidden in [PASSWORD, "hush", &stored, &nonce, &signature] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}
