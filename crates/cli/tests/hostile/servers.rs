//! A server that says what it is told to, and a client process that believes it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use outcrop_repo::Repo;

use crate::scene::{copy_to, seal};
use crate::support::{Ran, outcrop, ran};
use crate::table::{is_full, peak_of, tell};

/// How long a client may take to see that it gets nowhere.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a client does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    Clone,
    Pull,
    Sync,
}

/// One thing that a server does, and what the client makes of it.
pub(crate) struct ServerCase {
    pub(crate) name: &'static str,
    pub(crate) asks: Asks,
    /// Answers the request of this number, from 1.
    pub(crate) act: fn(usize, &mut TcpStream),
    /// The exit code of the client.
    pub(crate) code: i32,
    /// Words that it says.
    pub(crate) says: &'static str,
    /// Bytes of memory that it may have needed at its peak.
    pub(crate) memory: u64,
    /// What must be true of the repository afterwards, if there is one.
    pub(crate) after: fn(&Repo),
}

/// Runs each case with a client process of its own.
pub(crate) fn run(cases: &[ServerCase]) {
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let url = serve(case.act);
        let (ran, peak) = ask(case.asks, &url, folder.path());
        let said = format!("exit {}: {}{}", ran.code, ran.stdout, ran.stderr);
        tell(case.name, &said.replace('\n', " "), peak);
        assert_eq!(ran.code, case.code, "{}: {said}", case.name);
        assert!(said.contains(case.says), "{}: {said}", case.name);
        assert!(!said.contains("panicked"), "{}: {said}", case.name);
        assert!(peak <= case.memory, "{}: {} MiB", case.name, peak >> 20);
        let file = folder.path().join("project.fossil");
        if let Ok(repo) = Repo::open(file) {
            let all = outcrop_repo::verify::Subset::ALL;
            let report = repo.read().unwrap().verify_artifacts(all, |_| {}).unwrap();
            assert!(report.artifacts_are_sound(), "{}: {report:?}", case.name);
            (case.after)(&repo);
        }
    }
}

/// Nothing more than that all is sound.
pub(crate) fn sound(_: &Repo) {}

/// Serves for as long as the test runs; gives the URL.
fn serve(act: fn(usize, &mut TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://alice:sesame@{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                read_request(&mut stream);
                act(number + 1, &mut stream);
            });
        }
    });
    url
}

fn read_request(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut request, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    while let Ok(len) = stream.read(&mut piece)
        && len > 0
    {
        request.extend_from_slice(&piece[..len]);
        let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if request.len() >= end + 4 + length {
            break;
        }
    }
}

fn ask(asks: Asks, url: &str, folder: &Path) -> (Ran, u64) {
    let file = folder.join("project.fossil");
    let word = match asks {
        Asks::Clone => "clone",
        Asks::Pull => "pull",
        Asks::Sync => "sync",
    };
    let mut command = outcrop([word, "--timeout", "2", "--attempts", "1", url]);
    if asks == Asks::Clone {
        command.arg(&file);
    } else {
        copy_to(folder);
        command.arg("-R").arg(&file);
    }
    let (out, err) = (folder.join("out"), folder.join("err"));
    command.stdout(Stdio::from(fs::File::create(&out).unwrap()));
    command.stderr(Stdio::from(fs::File::create(&err).unwrap()));
    let mut child = command.spawn().unwrap();
    let (begun, mut peak) = (Instant::now(), 0);
    let status = loop {
        // It only ever grows, and nobody sees the last of it once the process is gone.
        peak = peak_of(child.id()).unwrap_or_default().max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        // What is larger takes longer.
        let patience = if is_full() { PATIENCE * 10 } else { PATIENCE };
        assert!(begun.elapsed() < patience, "{word} does not end");
        thread::sleep(Duration::from_millis(2));
    };
    let (stdout, stderr) = (fs::read(out).unwrap(), fs::read(err).unwrap());
    (ran(&std::process::Output { status, stdout, stderr }), peak)
}

/// A reply of card text.
pub(crate) fn cards(stream: &mut TcpStream, text: impl AsRef<[u8]>) {
    sealed(stream, &seal(text.as_ref()));
}

/// A reply that may be an envelope.
pub(crate) fn sealed(stream: &mut TcpStream, body: &[u8]) {
    answer(stream, "200 OK", "Content-Type: application/x-fossil\r\n", body);
}

/// Any answer, after which the connection ends. Headers end with a new line.
pub(crate) fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // The client may have heard enough.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}
