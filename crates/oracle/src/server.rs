//! A stock server that a test can cut off.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Stock;

/// A repository served by stock, for as long as the process lasts: each request is answered by
/// `fossil http`.
#[derive(Debug)]
pub struct StockServer {
    stock: Arc<Stock>,
    repository: PathBuf,
    address: String,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    requests: AtomicUsize,
    cut_after: AtomicUsize,
}

impl StockServer {
    /// Serves a repository on a port of its own.
    #[must_use]
    pub fn start(stock: &Arc<Stock>, repository: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let counts =
            Counts { requests: AtomicUsize::new(0), cut_after: AtomicUsize::new(usize::MAX) };
        let counts = Arc::new(counts);
        let server = Self {
            stock: Arc::clone(stock),
            repository: repository.to_owned(),
            address,
            counts: Arc::clone(&counts),
        };
        let (stock, repository) = (Arc::clone(stock), repository.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // A client that goes away before it has said all is of no interest.
                let Ok(request) = read(&stream) else { continue };
                let number = counts.requests.fetch_add(1, Ordering::SeqCst) + 1;
                if number > counts.cut_after.load(Ordering::SeqCst) {
                    continue;
                }
                let answer = answer(&stock, &repository, &request);
                drop(stream.write_all(&answer));
            }
        });
        server
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Path {
        &self.repository
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL; with a user, whose password is the name and `-pw`, if one is named.
    #[must_use]
    pub fn url(&self, user: Option<&str>) -> String {
        match user {
            Some(user) => format!("http://{user}:{user}-pw@{}/", self.address),
            None => format!("http://{}/", self.address),
        }
    }

    /// How many requests came.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    /// Cuts the connection instead of an answer, after so many requests in all.
    pub fn cut_after(&self, requests: usize) {
        self.counts.cut_after.store(requests, Ordering::SeqCst);
    }

    /// The program that answers.
    #[must_use]
    pub const fn stock(&self) -> &Arc<Stock> {
        &self.stock
    }
}

fn answer(stock: &Stock, repository: &Path, request: &[u8]) -> Vec<u8> {
    let mut input = tempfile::NamedTempFile::new().unwrap();
    input.write_all(request).unwrap();
    let arguments = ["http", "--nossl", "--ipaddr", "10.1.2.3"].map(str::as_ref);
    let arguments = [&arguments[..], &[repository.as_os_str()]].concat();
    stock.run_with("", &arguments, File::open(input.path()).unwrap()).stdout
}

/// Reads one request, as many bytes as it says that it has.
fn read(stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut stream = BufReader::new(stream);
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        message.extend_from_slice(line.as_bytes());
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    message.extend(body);
    Ok(message)
}
