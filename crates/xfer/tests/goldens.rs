//! Every captured message decodes to cards and encodes back to the very same bytes.
// A test says what it expects by unwrapping, indexing and panicking.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod support;

use std::collections::BTreeSet;

use bytes::Bytes;
use outcrop_xfer::{Card, ErrorKind, Kind, Limits, Reader, Writer, login::Login};
use support::Capture;

/// Captures that are not what we would write, each with what we say of it: requests that were bad
/// on purpose, and replies in which stock Fossil fails to speak its own protocol.
const ODDITIES: &str = include_str!("oddities.txt");

fn encode(text: &[u8]) -> Result<Vec<u8>, outcrop_xfer::Error> {
    let mut writer = Writer::new();
    for card in Reader::new(text) {
        writer.push(&card?);
    }
    Ok(writer.finish().to_vec())
}

/// What is odd about a capture; `None` if its cards encode to the very bytes they came from.
fn oddity(capture: &Capture) -> Option<String> {
    if capture.media().is_none() {
        let content_type = capture.header("content-type").unwrap_or("no content type");
        return Some(format!("no cards, but {content_type}"));
    }
    let text = capture.text();
    match encode(&text) {
        Ok(encoded) if encoded == text => None,
        Ok(encoded) => Some(format!("written as {}", encoded.escape_ascii())),
        Err(error) => Some(error.to_string()),
    }
}

#[test]
fn every_message_survives_the_round_trip() {
    let captures = Capture::all();
    let odd: Vec<_> = captures
        .iter()
        .filter_map(|capture| Some(format!("{}: {}", capture.name, oddity(capture)?)))
        .collect();
    assert_eq!(odd, ODDITIES.lines().collect::<Vec<_>>());
    assert!(captures.len() - odd.len() > 500);
}

#[test]
fn every_envelope_can_be_made_again() {
    for capture in Capture::all() {
        let Some(media) = capture.media() else {
            continue;
        };
        let text = capture.text();
        let sealed = media.seal(text.clone().into()).unwrap();
        let opened = media.open(Bytes::from(sealed.to_vec()), &Limits::default()).unwrap();
        assert_eq!(opened, text, "{}", capture.name);
    }
}

#[test]
fn the_captures_show_every_card_that_stock_sends() {
    let seen: BTreeSet<Kind> = Capture::all()
        .iter()
        .filter(|capture| capture.media().is_some())
        .flat_map(|capture| {
            let text = capture.text();
            Reader::new(&text).map_while(Result::ok).map(|card| card.kind()).collect::<Vec<_>>()
        })
        .collect();
    // No release of stock Fossil sends a cookie, and none knows extension tables.
    let unseen: Vec<_> = Kind::ALL.iter().copied().filter(|kind| !seen.contains(kind)).collect();
    assert_eq!(
        unseen,
        [Kind::Cookie, Kind::Schema, Kind::Xigot, Kind::Xgimme, Kind::Xrow, Kind::Xdelete]
    );
}

/// The people of the captures, their passwords, and the project.
const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";
const PASSWORDS: [(&str, &str); 5] = [
    ("admin", "admin-pw"),
    ("alice", "alice-pw"),
    ("bob", "bob-pw"),
    ("carol", "carol-pw"),
    (r"dan o\hara", "dan-pw"),
];

/// The login of a captured request, and the bytes that its nonce must cover.
fn login(capture: &Capture) -> Option<(Login<'static>, Vec<u8>)> {
    let text = capture.text();
    if let Some(cookie) = capture.header("cookie").and_then(Login::from_cookies) {
        return Some((cookie.unwrap(), text.to_vec()));
    }
    let mut reader = Reader::new(&text);
    while let Some(Ok(card)) = reader.next() {
        if let Card::Login(login) = card {
            let login = Login { user: login.user.into_owned(), ..login };
            return Some((login, reader.tail().to_vec()));
        }
    }
    None
}

#[test]
fn the_logins_of_stock_clients_prove_who_they_are() {
    let (mut cards, mut cookies, mut refused) = (0, 0, 0);
    for capture in Capture::all() {
        let is_request = capture.name.ends_with("-request.http");
        if !is_request || capture.media().is_none() {
            continue;
        }
        let Some((login, tail)) = login(&capture) else {
            continue;
        };
        let user = login.user.to_text();
        let password = PASSWORDS.iter().find(|(name, _)| *name == user).map(|(_, pw)| *pw);
        let proves = login.covers(&tail)
            && password.is_some_and(|pw| login.is_signed_with(pw.as_bytes(), PROJECT));
        if proves {
            cards += usize::from(capture.header("cookie").is_none());
            cookies += usize::from(capture.header("cookie").is_some());
        } else {
            let scenario = capture.name.split('/').nth(1).unwrap();
            assert!(
                ["login-failed", "clone-refused"].contains(&scenario),
                "{}: {user} is not believed",
                capture.name
            );
            refused += 1;
        }
    }
    assert!(cards > 50 && cookies > 10 && refused > 3, "{cards} {cookies} {refused}");
}

/// Offsets of errors are those of the text, and the error shows the line at fault.
#[test]
fn a_bad_command_is_found_where_it_is() {
    let captures = Capture::all();
    let bad = captures.iter().filter(|capture| {
        capture.name.contains("/bad-command/") && capture.name.ends_with("request.http")
    });
    let errors: Vec<_> = bad
        .filter_map(|capture| {
            let text = capture.text();
            let error = Reader::new(&text).find_map(Result::err)?;
            assert!(error.offset < text.len());
            Some(error)
        })
        .collect();
    assert!(errors.iter().any(|error| error.kind == ErrorKind::UnknownCard));
    assert!(errors.iter().any(|error| error.near == "quarry"));
}
