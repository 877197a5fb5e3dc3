//! Clones that are interrupted at random points, by killing either side or cutting what is between,
//! and resumed: the same rows come out as of a clean clone, and little comes twice.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

use std::{
    env,
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use outcrop_oracle::{Options, Random, Stock, compare};

/// Bytes of a reply, as the server is told; one artifact may come on top.
const ROUND: u64 = 10_000;
/// The largest artifact, with its card.
const LARGEST: u64 = 8_000;

/// What stands between client and server: it counts, and cuts.
struct Relay {
    address: SocketAddr,
    /// Where it leads.
    server: Arc<Mutex<SocketAddr>>,
    /// Bytes that have gone to clients.
    brought: Arc<AtomicU64>,
    /// After so many further bytes everything is cut.
    left: Arc<AtomicI64>,
}

impl Relay {
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap(),
            server: Arc::new(Mutex::new(server)),
            brought: Arc::default(),
            left: Arc::new(AtomicI64::new(i64::MAX)),
        };
        let (server, brought, left) =
            (Arc::clone(&relay.server), Arc::clone(&relay.brought), Arc::clone(&relay.left));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(*server.lock().unwrap()) else { continue };
                let (brought, left) = (Arc::clone(&brought), Arc::clone(&left));
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || carry(from, to, |_| true));
                thread::spawn(move || {
                    carry(server, client, |bytes| {
                        brought.fetch_add(bytes as u64, Ordering::SeqCst);
                        left.fetch_sub(bytes.cast_signed() as i64, Ordering::SeqCst) > 0
                    });
                });
            }
        });
        relay
    }
}

/// Carries bytes for as long as `goes_on` says so, and then ends both connections.
fn carry(mut from: TcpStream, mut to: TcpStream, mut goes_on: impl FnMut(usize) -> bool) {
    let mut bytes = [0; 1024];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        if !goes_on(len) || to.write_all(&bytes[..len]).is_err() {
            break;
        }
    }
    // Whoever is gone already is no matter.
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

/// `outcrop serve`, started; killed when dropped.
struct Server(Child);

impl Server {
    fn start(repository: &Path) -> (Self, SocketAddr) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
        command.arg("serve").arg(repository).args(["--listen", "127.0.0.1:0", "--json"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_once("http://127.0.0.1:").unwrap().1;
        let port = port.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        (Self(child), format!("127.0.0.1:{port}").parse().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}

fn client(url: &str, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
    command.args(["clone", "--attempts", "1", "-u", "-A", "alice", url]).arg(file);
    command.env("USER", "alice").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A project that takes some thirty rounds.
fn project(stock: &Stock) -> PathBuf {
    let repository = stock.path("origin.fossil");
    let file = repository.to_str().unwrap();
    stock.ok(&["init", "-A", "alice", file]);
    let mut random = Random::new(1);
    let mut stream = String::new();
    for number in 1..=120 {
        let mut text = String::new();
        for _ in 0..100 {
            writeln!(text, "{:x}", random.any()).unwrap();
        }
        let comment = format!("check-in {number}");
        let date = 1_700_000_000 + number * 60;
        let name = number % 7;
        write!(
            stream,
            "commit refs/heads/trunk\nmark :{number}\ncommitter alice <a> {date} +0000\n\
             data {}\n{comment}\n",
            comment.len()
        )
        .unwrap();
        if number > 1 {
            writeln!(stream, "from :{}", number - 1).unwrap();
        }
        writeln!(stream, "M 644 inline file{name}\ndata {}\n{text}", text.len()).unwrap();
    }
    stock.write("stream", &stream);
    let import = ["import", "--git", "--incremental", file];
    let input = std::fs::File::open(stock.path("stream")).unwrap();
    let imported = stock.run_with("", &import, input);
    assert!(imported.status.success(), "{imported:?}");
    stock.write("word", stream.get(..4_000).unwrap());
    stock.ok(&["uv", "add", "word", "--as", "uv.txt", "-R", file]);
    let small = format!("REPLACE INTO config(name,value,mtime) VALUES('max-download',{ROUND},0);");
    stock.sql(&repository, &small);
    repository
}

/// A clone that nobody interrupts; gives how many bytes came, and how long it took.
fn clean(relay: &Relay, file: &Path) -> (u64, Duration) {
    let before = relay.brought.load(Ordering::SeqCst);
    let begun = Instant::now();
    let output = client(&format!("http://{}/", relay.address), file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (relay.brought.load(Ordering::SeqCst) - before, begun.elapsed())
}

/// What interrupts a clone.
#[derive(Debug, Clone, Copy)]
enum Blow {
    KillClient,
    KillServer,
    Cut,
}

/// A clone that a blow may hit; gives whether it was complete all the same.
fn hit(
    blow: Blow,
    server: &mut Server,
    (relay, repository, file): (&Relay, &Path, &Path),
    (bytes, time): (u64, Duration),
    random: &mut Random,
) -> Output {
    let part =
        |whole: u64, random: &mut Random| whole * u64::try_from(random.below(1000)).unwrap() / 1000;
    let wait = Duration::from_micros(part(u64::try_from(time.as_micros()).unwrap(), random));
    if matches!(blow, Blow::Cut) {
        relay.left.store(part(bytes, random).cast_signed(), Ordering::SeqCst);
    }
    let mut child = client(&format!("http://{}/", relay.address), file).spawn().unwrap();
    match blow {
        Blow::KillClient => {
            thread::sleep(wait);
            // SIGKILL: nothing can be done about it.
            child.kill().unwrap();
        }
        Blow::KillServer => {
            thread::sleep(wait);
            server.0.kill().unwrap();
            server.0.wait().unwrap();
        }
        Blow::Cut => {}
    }
    let output = child.wait_with_output().unwrap();
    if matches!(blow, Blow::KillServer) {
        let (restarted, address) = Server::start(repository);
        *server = restarted;
        *relay.server.lock().unwrap() = address;
    }
    relay.left.store(i64::MAX, Ordering::SeqCst);
    output
}

#[test]
fn a_clone_is_resumed_wherever_it_was_interrupted() {
    let wanted = env::var("OUTCROP_INTERRUPTIONS").ok().and_then(|number| number.parse().ok());
    let (wanted, mut interruptions) = (wanted.unwrap_or(50), 0);
    let stock = Stock::find();
    let repository = project(&stock);
    let (mut server, address) = Server::start(&repository);
    let relay = Relay::start(address);
    // A pull lets the server make clusters, so that all clones find the same.
    let first = stock.path("first.fossil");
    clean(&relay, &first);
    let pull = ["pull", "-R", first.to_str().unwrap()];
    let pulled = Command::new(env!("CARGO_BIN_EXE_outcrop")).args(pull).output().unwrap();
    assert!(pulled.status.success(), "{pulled:?}");
    let whole = stock.path("whole.fossil");
    let expected = clean(&relay, &whole);
    let bytes = expected.0;
    assert!(bytes > 10 * ROUND, "{bytes} bytes are too few rounds");
    let mut random = Random::new(2);
    for number in 0.. {
        if interruptions >= wanted {
            break;
        }
        let file = stock.path(format!("copy{number}.fossil"));
        let before = relay.brought.load(Ordering::SeqCst);
        let (mut hits, mut done) = (0, false);
        while !done && hits < 6 {
            let blow = *random.pick(&[Blow::KillClient, Blow::KillServer, Blow::Cut]);
            let place = (&relay, &*repository, &*file);
            let output = hit(blow, &mut server, place, expected, &mut random);
            done = output.status.success();
            hits += u64::from(!done);
        }
        if !done {
            let output = client(&format!("http://{}/", relay.address), &file).output().unwrap();
            // The blow may have fallen after the last byte was stored.
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let is_done = output.status.success() || said.contains("is a repository already");
            assert!(is_done, "copy {number} after {hits} interruptions: {output:?}");
        }
        interruptions += hits;
        let came = relay.brought.load(Ordering::SeqCst) - before;
        // Also what is asked to catch up takes a round or two.
        let most = bytes + (hits + 1) * 2 * (ROUND + LARGEST);
        assert!(came <= most, "copy {number}: {came} bytes with {hits} interruptions, not {most}");
        let options = Options::default().without("user");
        let differences = compare(&whole, &file, &options);
        assert!(differences.is_empty(), "copy {number}: {differences}");
        stock.test_integrity(&file);
        std::fs::remove_file(&file).unwrap();
    }
}
