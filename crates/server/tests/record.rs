//! `Recorder` between a client and a server of a few lines each.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

use std::{
    future::pending,
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use outcrop_server::record::{RecordError, RecordOptions, Recorder};
use tokio::{sync::oneshot, task::spawn_blocking, time::timeout};

/// A server that answers each connection with `reply`; gives its address and what it was sent.
fn upstream(reply: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let log = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            while !request.ends_with("# hi\n") {
                let mut some = [0; 1024];
                let len = stream.read(&mut some).unwrap();
                request.push_str(str::from_utf8(&some[..len]).unwrap());
            }
            log.lock().unwrap().push(request);
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    (address, seen)
}

fn options(upstream: SocketAddr, path: &str, folder: &Path) -> RecordOptions {
    let url = format!("http://{upstream}{path}").parse().unwrap();
    RecordOptions { stall: Duration::from_secs(2), ..RecordOptions::new(url, folder) }
}

const REQUEST: &str = "POST / HTTP/1.0\r\nHost: here\r\nUSER-agent:  Fossil/2.21 \r\n\
    Content-Type: application/x-fossil-debug\r\nContent-Length: 5\r\n\r\n# hi\n";

/// Sends a request and reads until the connection is closed, as stock's client does.
async fn ask(address: SocketAddr, request: &'static str) -> String {
    let asked = spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    });
    timeout(Duration::from_secs(10), asked).await.unwrap().unwrap()
}

fn kept(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[tokio::test]
async fn both_messages_are_kept_as_they_came_and_passed_on() {
    let (server, seen) = upstream(
        "HTTP/1.1 200 OK\r\nX-oDD: yes\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/x-fossil-debug\r\n\r\n5\r\n# ho\n\r\n0\r\n\r\n",
    );
    let scratch = tempfile::tempdir().unwrap();
    let recorder = Recorder::bind(options(server, "/project", scratch.path())).await;
    let recorder = recorder.unwrap();
    let address = recorder.local_addr();
    let (numbers, told) = std::sync::mpsc::channel();
    tokio::spawn(recorder.run(pending(), move |exchange| {
        assert!(exchange.reply.is_ok());
        numbers.send(exchange.number).unwrap();
    }));

    let reply = ask(address, REQUEST).await.to_lowercase();
    assert!(reply.contains("x-odd: yes\r\n"), "{reply}");
    assert!(reply.contains("content-length: 5\r\n"), "{reply}");
    assert!(reply.contains("connection: close\r\n"), "{reply}");
    assert!(!reply.contains("chunked") && reply.ends_with("\r\n\r\n# ho\n"), "{reply}");

    let sent = seen.lock().unwrap()[0].clone();
    assert!(sent.starts_with("POST /project HTTP/1."), "{sent}");
    assert!(sent.contains(&format!(": {server}\r\n")), "{sent}");
    assert!(sent.contains("USER-agent: Fossil/2.21\r\n"), "{sent}");
    assert!(!sent.contains("here"), "{sent}");

    assert_eq!(told.recv().unwrap(), 1);
    assert_eq!(kept(scratch.path(), "01-request.http"), REQUEST);
    assert_eq!(
        kept(scratch.path(), "01-reply.http"),
        "HTTP/1.1 200 OK\r\nX-oDD: yes\r\nContent-Length: 5\r\n\
         Content-Type: application/x-fossil-debug\r\n\r\n# ho\n"
    );
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let (server, seen) = upstream("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n# ha ha\n\n");
    let scratch = tempfile::tempdir().unwrap();
    for (max_body, requests) in [(4, 0), (5, 1)] {
        let options = RecordOptions { max_body, ..options(server, "", scratch.path()) };
        let recorder = Recorder::bind(options).await.unwrap();
        let address = recorder.local_addr();
        tokio::spawn(recorder.run(pending(), |_| {}));
        let reply = ask(address, REQUEST).await;
        assert!(reply.contains(" 502 ") && reply.contains("larger than the limit"), "{reply}");
        assert_eq!(seen.lock().unwrap().len(), requests);
    }
}

#[tokio::test]
async fn it_stops_when_told_and_does_not_wait_for_the_idle() {
    let (server, _) = upstream("");
    let scratch = tempfile::tempdir().unwrap();
    let recorder = Recorder::bind(options(server, "", scratch.path())).await.unwrap();
    let address = recorder.local_addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(recorder.run(async { drop(stopped.await) }, |_| {}));

    let idle = spawn_blocking(move || TcpStream::connect(address).unwrap());
    let mut idle = idle.await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    timeout(Duration::from_secs(1), running).await.unwrap().unwrap();
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
    let _ = idle.shutdown(Shutdown::Both);
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn what_cannot_begin_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let busy = RecordOptions { listen: address, ..options(address, "", scratch.path()) };
    let error = Recorder::bind(busy).await.unwrap_err();
    assert!(matches!(error, RecordError::Listen { .. }), "{error}");

    let file = scratch.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Recorder::bind(options(address, "", &file)).await.unwrap_err();
    assert!(matches!(error, RecordError::Folder { .. }), "{error}");
}
