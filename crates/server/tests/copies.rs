//! What is stored goes to the socket as it is: no copy of a large blob is made on the way, and none
//! of the whole reply.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use outcrop_repo::Repo;
use outcrop_server::{Hosting, ServiceOptions, XferService};
use outcrop_sync::{HandleOptions, Rng as _, SystemRng, handle_sync};
use served::Fossil;
use tower_service::Service as _;

/// What a client of today asks for that has nothing yet.
const CLONE: &str = "pragma client-version 22900 20260821 165942\nclone 3 1\n";

/// Bytes of a payload that is worth a chunk of its own.
const LARGE: usize = 32 * 1024;

#[tokio::test]
async fn a_clone_is_handed_on_blob_by_blob() {
    let fossil = Fossil::find();
    let file = fossil.path("one.fossil");
    served::create(&file);
    std::fs::create_dir(fossil.path("work")).unwrap();
    fossil.run_in("work", &["open", "--nosync", file.to_str().unwrap()]);
    for number in 0..6 {
        let mut content = vec![0; 700_000 + number * 1_000];
        SystemRng.fill(&mut content).unwrap();
        fossil.commit("work", &format!("{number}.bin"), content, &[]);
    }
    // Where the chunks of the handler's reply are in memory.
    let made = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&made);
    let handler = move |repo: &Repo, request, options: &HandleOptions<'_>| {
        let reply = handle_sync(repo, request, options)?;
        let places = reply.cards.slices().map(|slice| (slice.as_ptr() as usize, slice.len()));
        *seen.lock().unwrap() = places.collect::<Vec<_>>();
        Ok(reply)
    };
    let hosting = Hosting::new(&file).unwrap();
    let mut rounds = XferService::with_handler(hosting, ServiceOptions::default(), handler);
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-fossil")
        .body(Full::new(Bytes::from_static(CLONE.as_bytes())))
        .unwrap();
    let answer = rounds.call(request).await.unwrap();
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/x-fossil-uncompressed");
    let length = answer.body().size_hint().exact().unwrap();
    let mut body = answer.into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        frames.push(frame.unwrap().into_data().unwrap());
    }
    let places: Vec<_> =
        frames.iter().map(|frame| (frame.as_ptr() as usize, frame.len())).collect();
    assert_eq!(places, *made.lock().unwrap(), "the same memory, chunk by chunk");
    assert_eq!(frames.iter().map(Bytes::len).sum::<usize>() as u64, length);

    // Each of the large files is a chunk of its own: just the bytes that are stored.
    let large: BTreeSet<usize> = frames.iter().map(Bytes::len).filter(|len| *len > LARGE).collect();
    let tx = Repo::open(&file).unwrap().read().unwrap();
    let mut stored = BTreeSet::new();
    tx.walk_stored(1, false, |artifact| {
        if artifact.sealed.len() > LARGE {
            stored.insert(artifact.sealed.len());
        }
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert!(stored.len() == 6 && stored.is_subset(&large), "{stored:?} {large:?}");
    let rest: usize = frames.iter().map(Bytes::len).filter(|len| !stored.contains(len)).sum();
    assert!(rest < 2 * 64 * 1024, "{rest} bytes were gathered");

    // The same over a socket has the length that it says.
    let url = serve(rounds).await;
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = served::connect(url);
        let request = served::post("/", CLONE);
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let declared = served::header(&head, CONTENT_LENGTH.as_str()).unwrap();
    assert_eq!(declared, (answer.len() - end).to_string());
    assert!(answer.len() > 6 * 700_000, "{} bytes", answer.len());
}

/// Serves for as long as the test lives.
async fn serve(rounds: XferService) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = outcrop_server::ListenOptions::default();
    tokio::spawn(outcrop_server::serve(listener, rounds, options, std::future::pending()));
    address
}
