//! Writes first corpora from the goldens: `scripts/fuzz seed`.
// A tool for developers: it may stop with a panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use outcrop_format::hash::sha1_of_parts;
use outcrop_xfer::{Card, Limits, MediaType, Reader};

/// Larger inputs slow a fuzzer down more than they teach it.
const LARGEST: usize = 8 * 1024;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for file in files(&root.join("testdata/wire"), "http") {
        plant_message(&root, &fs::read(file).unwrap());
    }
    for session in folders(&root.join("testdata/wire")) {
        plant_session(&root, &session);
    }
    for file in files(&root.join("testdata/artifact"), "artifact") {
        plant(&root, "artifact", &fs::read(file).unwrap());
    }
    for file in files(&root.join("testdata/delta"), "delta") {
        plant_delta(&root, &file);
    }
}

/// A captured HTTP message: its body, its card text, and its login if it has one.
fn plant_message(root: &Path, message: &[u8]) {
    let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&message[..split]);
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let body = Bytes::copy_from_slice(&message[split..]);
    plant(root, "envelope", &body);
    if let Some(cookie) = header("Cookie:") {
        plant(root, "login", cookie.as_bytes());
    }
    let media = header("Content-Type:").and_then(|name| name.parse::<MediaType>().ok());
    if let Some(text) = media.and_then(|media| media.open(body, &Limits::default()).ok()) {
        plant(root, "reader", &text);
        if head.starts_with("POST") {
            plant(root, "handler", without_login(&text));
        }
        plant_config(root, &text);
        if text.starts_with(b"login ") {
            plant(root, "login", &text);
        }
    }
}

/// The messages of a captured session: its requests as they came over a connection, and its replies
/// as those of a server that a client and a clone are told to ask.
fn plant_session(root: &Path, folder: &Path) {
    let (mut replies, mut taken) = (Vec::new(), files(folder, "http"));
    taken.sort();
    for message in taken.iter().map(|file| fs::read(file).unwrap()) {
        let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8_lossy(&message[..split]);
        let media = head.lines().find_map(|line| line.strip_prefix("Content-Type:"));
        let media = media.and_then(|name| name.trim().parse::<MediaType>().ok());
        let body = Bytes::copy_from_slice(&message[split..]);
        let text = media.and_then(|media| media.open(body, &Limits::default()).ok());
        if head.starts_with("POST") {
            let over_ssh = u8::from(folder.ends_with("ssh"));
            plant(root, "exchange", &[&[over_ssh][..], &message].concat());
            let head = "POST /project HTTP/1.0\r\nContent-Type: application/x-fossil-debug\r\n\
                        Content-Length: *\r\n\r\n";
            if let Some(text) = text {
                plant(root, "exchange", &[b"\0", head.as_bytes(), &text].concat());
            }
        } else {
            replies.extend(text);
        }
    }
    let replies = replies.join(&b"---\n"[..]);
    for mode in [0x00, 0x05, 0x3c, 0xff] {
        plant(root, "client", &[&[mode][..], &replies].concat());
    }
    for protocol in [1, 2, 3] {
        plant(root, "clone", &[&[protocol][..], &replies].concat());
    }
}

/// The rows of the configuration in a text, each behind the name of its card.
fn plant_config(root: &Path, text: &[u8]) {
    let mut reader = Reader::new(text);
    while let Some(Ok(card)) = reader.next() {
        if let Card::Config(config) = card {
            plant(root, "config", &[config.name.as_bytes(), b"\n", &config.content].concat());
        }
    }
}

/// The cards after the login: the check logs in itself.
fn without_login(text: &[u8]) -> &[u8] {
    match text.iter().position(|&byte| byte == b'\n') {
        Some(end) if text.starts_with(b"login ") => &text[end + 1..],
        _ => text,
    }
}

/// A delta behind its source, split as the check splits them.
fn plant_delta(root: &Path, file: &Path) {
    let source = fs::read(file.with_extension("source")).unwrap();
    let split = u16::try_from(source.len()).unwrap_or(u16::MAX).to_le_bytes();
    plant(root, "delta", &[&split[..], &source, &fs::read(file).unwrap()].concat());
}

/// The folders below a folder that have none in them.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    if below.is_empty() {
        return vec![folder.to_owned()];
    }
    below.iter().flat_map(|folder| folders(folder)).collect()
}

/// The files below a folder that have this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|ext| ext == extension) {
            found.push(path);
        }
    }
    found
}

/// Adds a file to a corpus, named by its content as the fuzzer does.
fn plant(root: &Path, target: &str, content: &[u8]) {
    if content.len() > LARGEST {
        return;
    }
    let corpus = root.join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).unwrap();
    fs::write(corpus.join(sha1_of_parts([content]).to_string()), content).unwrap();
}
