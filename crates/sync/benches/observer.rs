//! What it costs to be watched: by nobody, by observers that do nothing, by one that counts, and by
//! `Traced` where nobody listens.
//!
//! `cargo bench -p outcrop-sync --bench observer`, with `--features otel` for `Otel` without an SDK
#![allow(missing_docs, clippy::unwrap_used)] // a benchmark stops at what it does not expect

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_sync::{
    HandleOptions, Observer, Progress, Request, Session, SyncOptions, Traced, handle_sync,
};
use tempfile::TempDir;

/// Artifacts that a pull brings: so few that some pulls are not disturbed, and no clusters are made.
const ARTIFACTS: u32 = 90;

const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";

fn main() {
    divan::main();
}

/// Counts artifacts.
#[derive(Default)]
struct Counter(AtomicU64);

impl Observer for Counter {
    fn progress(&self, _: &Progress) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Who watches, by name.
const WATCHERS: &[&str] = &[
    "()",
    "three of ()",
    "a counter",
    "Traced, nobody listens",
    #[cfg(feature = "otel")]
    "Otel, no SDK",
];

fn observer(name: &str) -> Arc<dyn Observer> {
    let nobody = || Arc::new(()) as Arc<dyn Observer>;
    match name {
        "three of ()" => Arc::new(vec![nobody(), nobody(), nobody()]),
        "a counter" => Arc::new(Counter::default()),
        "Traced, nobody listens" => Arc::new(Traced),
        #[cfg(feature = "otel")]
        "Otel, no SDK" => Arc::new(outcrop_sync::Otel::global()),
        _ => nobody(),
    }
}

/// A server with many artifacts, and a repository without them.
struct Scene {
    folder: TempDir,
    server: Repo,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
    let options = CreateOptions {
        project_code: Some(PROJECT.to_owned()),
        ..CreateOptions::new("admin", now)
    };
    let path = folder.path().join("server.fossil");
    let server = Repo::create(&path, &options, &mut |bytes| bytes.fill(3)).unwrap().repo;
    fs::copy(&path, folder.path().join("empty.fossil")).unwrap();
    let tx = server.write().unwrap();
    let mut receiver = tx.receiver(Origin { user: None, at: now, nonce: None, address: None });
    for number in 0..ARTIFACTS {
        let content = format!("{number}\n").repeat(100).into_bytes();
        let name = HashName::sha3_of(&content);
        let payload = Payload::Plain(&content);
        receiver.receive(&Incoming { name, source: None, payload, private: false }).unwrap();
    }
    receiver.finish().unwrap();
    tx.commit().unwrap();
    Scene { folder, server }
});

/// One call through the trait object, which is all that an observer of nothing costs.
#[divan::bench(args = WATCHERS)]
fn one_call(bencher: Bencher<'_, '_>, watcher: &str) {
    let observer = observer(watcher);
    let progress = Progress::Received { name: HashName::sha3_of(b""), bytes: 7 };
    bencher.bench_local(|| black_box(&observer).progress(black_box(&progress)));
}

/// The smallest request that there is: its answer takes as little time as any.
#[divan::bench(args = WATCHERS)]
fn a_handled_ping(bencher: Bencher<'_, '_>, watcher: &str) {
    let options = HandleOptions { observer: observer(watcher), ..HandleOptions::default() };
    let cards = Bytes::from_static(b"pragma client-version 22900 20260821 165942\n");
    bencher.bench_local(|| {
        handle_sync(&SCENE.server, Request::new(cards.clone().into()), &options).unwrap()
    });
}

/// The files of one pull, which are gone after it.
struct Copy(PathBuf);

impl Copy {
    fn of(empty: &Path) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = empty.with_file_name(format!("client{number}.fossil"));
        fs::copy(empty, &path).unwrap();
        Self(path)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// All of a pull, both sides on one thread, and only one of them watched.
#[divan::bench(args = WATCHERS, sample_count = 200, sample_size = 1)]
fn a_pull(bencher: Bencher<'_, '_>, watcher: &str) {
    let empty = SCENE.folder.path().join("empty.fossil");
    let handling = HandleOptions::default();
    bencher.counter(ItemsCount::new(ARTIFACTS)).with_inputs(|| Copy::of(&empty)).bench_local_refs(
        |copy| {
            let mut options = SyncOptions { observer: observer(watcher), ..SyncOptions::pull() };
            if let Some(own) = options.observer.for_one() {
                options.observer = own;
            }
            let mut session = Session::new(Repo::open(&copy.0).unwrap(), options).unwrap();
            while let Some(request) = session.next_request().unwrap() {
                let reply = handle_sync(&SCENE.server, request, &handling).unwrap();
                session.receive(&reply).unwrap();
            }
            assert_eq!(session.outcome().total.received, u64::from(ARTIFACTS));
        },
    );
}
