//! The same request to stock's server and to ours, on copies of the same file: the same answer.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod handler_support;

use std::fs;
use std::path::{Path, PathBuf};

use handler_support::{Fossil, essence, opened, ours, told};
use outcrop_repo::Repo;
use outcrop_sync::Request;
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, MediaType, Reader};

/// Answers of both to one request, each on a fresh copy of a repository.
fn both(
    fossil: &Fossil,
    repository: &str,
    message: &[u8],
) -> [(Option<MediaType>, Vec<String>); 2] {
    let file = format!("{repository}.fossil");
    fossil.copy(&file, "stock.fossil");
    fossil.copy(&file, "ours.fossil");
    let (_, stock_media, stock) = opened(&fossil.answer("stock.fossil", message));
    let repo = Repo::open(fossil.path("ours.fossil")).unwrap();
    let (our_media, ours) = ours(&repo, message);
    // Stock announces a delta whose source it lacks as if it had the content. It has not, and the
    // client, who has just sent it, need not be told.
    let waiting = sent_as_deltas(message);
    let stock = told(&stock).into_iter().filter(|line| !waiting.contains(line)).collect();
    [(stock_media, essence(stock)), (Some(our_media), essence(told(&ours)))]
}

/// Announcements of the artifacts that a request sends as deltas.
fn sent_as_deltas(message: &[u8]) -> Vec<String> {
    let (_, _, text) = opened(message);
    let cards = Reader::new(&text).map_while(Result::ok);
    cards
        .filter_map(|card| match card {
            Card::File(file) => file.source.map(|_| format!("igot {}", file.name)),
            _ => None,
        })
        .collect()
}

/// Where stock answers something else: the capture, what we answer, and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    (
        "bad-command/02",
        "error bad\\scommand:\\squarry\\n",
        "stock tells the last error, we the first",
    ),
    ("card-text-plain/01", "igot ", "stock takes a blank line for a bad command"),
    ("card-text-plain/02", "igot ", "the same"),
    ("card-text-plain/03", "igot ", "the same"),
    ("clone-v2/05", "error Fossil\\sversion", "2.29 refuses the number 0, which 2.21 takes for 1"),
    (
        "login-failed/04",
        "error multiple\\slogin\\scards",
        "2.21 adds up the rights of several logins",
    ),
    (
        "unversioned-readonly/02",
        "error Write\\spermissions",
        "2.21 says nothing, and takes nothing",
    ),
    ("wrong-hash/01", "error wrong\\shash\\son", "stock answers with a page for people"),
];

fn captures(release: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire").join(release);
    let mut found = Vec::new();
    for scenario in fs::read_dir(root).unwrap() {
        for file in fs::read_dir(scenario.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.to_str().unwrap().ends_with("-request.http") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The same message with its login as a card instead of a cookie, which 2.21 does not know.
fn without_cookie(message: &[u8]) -> Vec<u8> {
    let (head, media, text) = opened(message);
    let cookie = head.lines().find_map(|line| line.strip_prefix("Cookie: "));
    let Some(Ok(login)) = cookie.and_then(Login::from_cookies) else { return message.to_vec() };
    let request =
        Request { media: media.unwrap(), login: Some(login), ..Request::new(text.into()) };
    let body = request.into_body().unwrap().to_vec();
    let head: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with("Cookie:") && !line.starts_with("Content-Length:"))
        .collect();
    let head =
        format!("{}\r\nContent-Length: {}\r\n\r\n", head.join("\r\n").trim_end(), body.len());
    [head.into_bytes(), body].concat()
}

#[test]
fn every_captured_request_has_the_answer_of_stock() {
    let fossil = Fossil::find();
    fossil.project("rocks");
    let mut differ = Vec::new();
    let mut compared = 0;
    for release in ["2.21", "2.29"] {
        for path in captures(release) {
            let message = without_cookie(&fs::read(&path).unwrap());
            let [stock, ours] = both(&fossil, "rocks", &message);
            compared += 1;
            let name = path.to_str().unwrap();
            let known = DIFFERENT.iter().find(|(of, ..)| name.contains(of));
            let same = known.map_or(stock == ours, |(_, words, _)| ours.1[0].starts_with(words));
            if !same {
                differ.push(format!("{}\n  stock {stock:#?}\n  ours {ours:#?}", path.display()));
            }
        }
    }
    assert!(differ.is_empty(), "{} of {compared}: {}", differ.len(), differ.join("\n"));
}
