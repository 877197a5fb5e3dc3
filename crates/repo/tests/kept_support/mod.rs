//! What a repository keeps beside artifacts: rows to compare, and files of `fossil configuration`.
// Each test uses what it needs.
#![allow(dead_code)]

use std::path::Path;

use outcrop_format::envelope;
use outcrop_repo::Repo;
use outcrop_repo::config::{Acceptance, Areas, ConfigItem, ConfigOutcome, Consequences};

use crate::store_support::{rows, tamper};

/// The tables that are exchanged, with what else is in their rows, and two logs that Fossil keeps
/// and nobody else may touch.
pub(crate) const TABLES: &[(&str, &str)] = &[
    ("config", "name, value, mtime"),
    ("shun", "uuid, mtime, scom"),
    ("user", "uid, login, pw, cap, cookie, ipaddr, cexpire, info, mtime, photo, jx"),
    ("reportfmt", "rn, owner, title, mtime, cols, sqlcode, jx"),
    ("concealed", "hash, mtime, content"),
    (
        "subscriber",
        "subscriberId, semail, suname, sverified, sdonotcall, sdigest, ssub, sctime, mtime, smip, \
         lastContact",
    ),
    ("accesslog", "uname, ipaddr, success, mtime"),
    ("admin_log", "id, time, page, who, what"),
];

/// All rows of these tables, as text; those of one release of Fossil left out.
pub(crate) fn kept(path: &Path) -> Vec<(&'static str, Vec<String>)> {
    let there = |table: &str| {
        let sql = format!("SELECT 1 FROM sqlite_schema WHERE name = '{table}'");
        !rows(path, &sql, |_| ()).is_empty()
    };
    let dump = |table: &str, columns: &str| {
        let sql = match table {
            // Written by whoever opens the file.
            "config" => format!("SELECT {columns} FROM config WHERE name NOT LIKE 'ckout:%'"),
            _ => format!("SELECT {columns} FROM {table}"),
        };
        let mut dump = rows(path, &sql, |row| {
            let values = 0..row.as_ref().column_count();
            let values = values.map(|column| format!("{:?}", row.get_ref(column).unwrap()));
            values.collect::<Vec<_>>().join("|")
        });
        dump.sort();
        dump
    };
    let of = |(table, columns): &(&'static str, &str)| {
        (*table, if there(table) { dump(table, columns) } else { Vec::new() })
    };
    TABLES.iter().map(of).collect()
}

/// A repository with rows in every area, odd ones among them.
pub(crate) fn fill(path: &Path) {
    tamper(
        path,
        "REPLACE INTO config(name, value, mtime) VALUES
           ('css', 'body { color: ''black'' }\n\n', 1700000001),
           ('header', '<h1>\u{fc}ber ''''</h1>', 1700000002),
           ('logo-image', X'00ff27200a', 1700000003),
           ('footer', NULL, 1700000004),
           ('timeline-utc', 1, 1700000005),
           ('project-name', '', 1700000006),
           ('ignore-glob', '*.o' || char(10) || ' *.tmp', 1700000007),
           ('hash-policy', 2, 1700000008),
           ('ticket-title-expr', 'title', 1700000009),
           ('user-color-map', 'alice #ff0000', 1700000010),
           ('xfer-push-script', 'set note ''pushed''', 1700000011),
           ('th1-uri-regexp', '^http', 1700000012),
           ('walias:/old', '/wiki?name=Quarry', 1700000013),
           ('walias:/older', 'x', 1700000014),
           ('interwiki:stone', '{\"base\":\"http://stone.example.org/\"}', 1700000015),
           ('mimetypes', 'never changed', NULL),
           ('last-sync-pw', '00ff', 1700000016),
           ('skin:mine', 'stays here', 1700000017);
         INSERT INTO shun(uuid, mtime, scom) VALUES
           ('deadbeefdeadbeefdeadbeefdeadbeefdeadbeef', 1700000001, 'a mistake, isn''t it'),
           ('0123456789012345678901234567890123456789012345678901234567890123', 1700000002, NULL);
         INSERT INTO user(login, pw, cap, info, mtime, photo, jx, cookie) VALUES
           ('o''hara', 'cleartext pw', 'ei', 'Dan <dan@example.org>', 1700000001, X'89504e47', NULL,
            'a cookie'),
           ('carol', NULL, NULL, NULL, 1700000002, NULL, '{\"x\":1}', NULL);
         INSERT INTO reportfmt(owner, title, mtime, cols, sqlcode, jx) VALUES
           ('alice', 'Mine', 1700000001, '#fff a' || char(10) || '#000 b',
            'SELECT ''x'', 1 FROM ticket', '{\"desc\":\"d\"}'),
           (NULL, 'It''s', 1700000002, NULL, 'SELECT 1', NULL);
         INSERT INTO concealed(hash, content, mtime) VALUES
           ('9c91a8ee7d1a9d4c6f4a14b17f5b3dd1a2f1d6ef', 'eve@example.org', 1700000001);
         CREATE TABLE subscriber(
           subscriberId INTEGER PRIMARY KEY, subscriberCode BLOB DEFAULT (randomblob(32)) UNIQUE,
           semail TEXT UNIQUE COLLATE nocase, suname TEXT, sverified BOOLEAN DEFAULT true,
           sdonotcall BOOLEAN, sdigest BOOLEAN, ssub TEXT, sctime INTDATE, mtime INTDATE,
           smip TEXT, lastContact INT);
         CREATE TABLE pending_alert(
           eventid TEXT PRIMARY KEY, sentSep BOOLEAN DEFAULT false,
           sentDigest BOOLEAN DEFAULT false, sentMod BOOLEAN DEFAULT false) WITHOUT ROWID;
         CREATE TABLE accesslog(uname TEXT, ipaddr TEXT, success BOOLEAN, mtime TIMESTAMP);
         INSERT INTO accesslog VALUES('alice', '127.0.0.1', 1, 2460000.5);
         CREATE TABLE admin_log(
           id INTEGER PRIMARY KEY, time INTEGER, page TEXT, who TEXT, what TEXT);
         INSERT INTO admin_log VALUES(1, 5, 'page', 'alice', 'Changed it');
         INSERT INTO subscriber(semail, suname, sverified, sdonotcall, sdigest, ssub, sctime, mtime,
                                smip) VALUES
           ('o''eve@example.org', NULL, 1, 0, 1, 'acf', 1600000000, 1700000001, '127.0.0.1'),
           ('unverified@example.org', NULL, 0, 0, 0, 'a', 1600000000, 1700000002, NULL);",
    );
}

/// A file as `fossil configuration export` writes it, without the comment on top.
pub(crate) fn file_of(items: &[ConfigItem]) -> Vec<u8> {
    let cards = items.iter().flat_map(|item| {
        let head = format!("config {} {}\n", item.name, item.payload.len());
        [head.as_bytes(), &item.payload, b"\n"].concat()
    });
    cards.collect()
}

/// The `config` cards of a text, with nothing but lines between them.
pub(crate) fn cards_of(mut text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut cards = Vec::new();
    while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&text[..end]).into_owned();
        text = &text[end + 1..];
        let words: Vec<&str> = line.split(' ').collect();
        if let ["config", name, size] = *words {
            let (payload, rest) = text.split_at(size.parse().unwrap());
            cards.push((name.as_bytes().to_vec(), payload.to_vec()));
            text = rest.strip_prefix(b"\n").unwrap();
        }
    }
    cards
}

/// The text in a captured message.
pub(crate) fn captured(message: &[u8]) -> Vec<u8> {
    let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = message.split_at(split);
    let head = String::from_utf8_lossy(head);
    if head.contains("Content-Type: application/x-fossil\r\n") {
        envelope::open(body, 1_000_000).unwrap()
    } else {
        body.to_vec()
    }
}

/// Receives cards into a repository.
pub(crate) fn receive(
    repo: &Repo,
    cards: &[(Vec<u8>, Vec<u8>)],
    areas: Areas,
    overwrite: bool,
) -> (Vec<ConfigOutcome>, Consequences) {
    let tx = repo.write().unwrap();
    let mut receiver = tx.config_receiver(Acceptance { areas, overwrite });
    let outcomes =
        cards.iter().map(|(name, payload)| receiver.receive(name, payload).unwrap()).collect();
    let consequences = receiver.consequences();
    tx.commit().unwrap();
    (outcomes, consequences)
}
