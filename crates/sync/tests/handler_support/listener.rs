//! A web server of a few lines around `handle_sync`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use outcrop_repo::Repo;
use outcrop_sync::Reply;

/// Serves a repository on a port of its own for as long as the process lasts; gives the address.
pub(crate) fn serve(repo: Repo) -> String {
    listen(move |message| answer(message, &repo))
}

/// Calls `answer` with whole HTTP requests, and sends what it gives.
pub(crate) fn listen(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), Arc::clone(&answer));
            thread::spawn(move || {
                let message = read(&stream);
                // A client that is gone does not matter.
                drop(stream.write_all(&answer(&message)));
            });
        }
    });
    address
}

/// Reads one request, as many bytes as it says that it has.
fn read(stream: &TcpStream) -> Vec<u8> {
    let mut stream = BufReader::new(stream);
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
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
    stream.read_exact(&mut body).unwrap();
    message.extend(body);
    message
}

/// Our answer, as a server of HTTP/1.0 sends it: one that closes the connection.
fn answer(message: &[u8], repo: &Repo) -> Vec<u8> {
    let (media, text) = super::ours(repo, message);
    let body = Reply { cards: text.into(), media }.into_body().unwrap().to_vec();
    let head = format!(
        "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: {media}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}
