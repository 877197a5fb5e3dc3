//! Repositories that are deep or wide.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{io, thread};

use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_repo::artifact::Moment;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::{Repo, delta};

use crate::stage::{Stage, USER, text};

/// Lines of the file that a chain is made of.
const LINES: usize = 40;
/// How many artifacts the longest chain of deltas has.
const DEPTH: &str = "
    WITH RECURSIVE chain (rid, depth) AS (
        SELECT rid, 1 FROM blob WHERE rid NOT IN (SELECT rid FROM delta)
        UNION ALL
        SELECT delta.rid, chain.depth + 1 FROM chain JOIN delta ON delta.srcid = chain.rid
    )
    SELECT max(depth) FROM chain;
";
/// When the one check-in of a wide repository was made.
const TIME: &str = "1500000000 +0000";

/// A repository in which so many artifacts stand in a row, each a delta of the one before.
pub(crate) fn chain(stage: &Stage, length: usize) -> PathBuf {
    let path = stage.vacant("chain.fossil");
    stage.stock.ok(&["init", "-A", USER, text(&path)]);
    let mut random = Random::new(1);
    let mut lines: Vec<_> = (0..LINES).map(|_| random.any()).collect();
    let repo = Repo::open(&path).unwrap();
    let tx = repo.write().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = Moment::since_1970(u64::try_from(now.as_millis()).unwrap());
    let mut receiver = tx.receiver(Origin { user: None, at, nonce: None, address: None });
    let mut row = Vec::with_capacity(length);
    let mut before: Option<(HashName, Vec<u8>)> = None;
    for number in 0..length {
        lines[number % LINES] = random.any();
        let content: Vec<_> = lines.iter().map(|line| format!("A line with {line}.\n")).collect();
        let content = content.concat().into_bytes();
        let name = HashName::sha3_of(&content);
        let difference = before.as_ref().map(|(_, old)| delta::create(old, &content));
        let source = before.map(|(name, _)| name);
        row.push((name, source, difference.unwrap_or_else(|| content.clone())));
        before = Some((name, content));
    }
    // Those that come after what they build upon would not all be stored as deltas of it.
    for (name, source, sent) in row.iter().rev() {
        let payload = Payload::Plain(sent);
        let incoming = Incoming { name: *name, source: *source, payload, private: false };
        receiver.receive(&incoming).unwrap();
    }
    receiver.finish().unwrap();
    tx.commit().unwrap();
    repo.settle().unwrap();
    let depth: usize = stage.stock.sql(&path, DEPTH).trim().parse().unwrap();
    assert_eq!(depth, length, "all of them stand in one chain");
    path
}

/// A repository with so many files in its one check-in, imported by stock.
pub(crate) fn wide(stage: &Stage, files: usize) -> PathBuf {
    imported(stage, "wide.fossil", move |out| {
        for number in 0..files {
            let content = format!("This is file {number}.\n");
            let folder = number % 500;
            writeln!(out, "M 100644 inline folder{folder}/file{number}.txt")?;
            writeln!(out, "data {}\n{content}", content.len())?;
        }
        Ok(())
    })
}

/// A repository with one huge file that does not compress, imported by stock.
pub(crate) fn huge(stage: &Stage, bytes: usize) -> PathBuf {
    imported(stage, "huge.fossil", move |out| {
        writeln!(out, "M 100644 inline huge.bin\ndata {bytes}")?;
        let mut random = Random::new(1);
        for _ in 0..bytes / size_of::<u64>() {
            out.write_all(&random.any().to_le_bytes())?;
        }
        out.write_all(&vec![0; bytes % size_of::<u64>()])?;
        writeln!(out)
    })
}

/// A repository with one check-in.
fn imported<F>(stage: &Stage, name: &str, files: F) -> PathBuf
where
    F: FnOnce(&mut dyn io::Write) -> io::Result<()> + Send + 'static,
{
    let path = stage.vacant(name);
    let (reader, writer) = io::pipe().unwrap();
    let writing = thread::spawn(move || {
        let mut out = io::BufWriter::with_capacity(1 << 20, writer);
        writeln!(out, "commit refs/heads/master\nmark :1")?;
        writeln!(out, "committer {USER} <{USER}@example.org> {TIME}\ndata 5\nFiles")?;
        files(&mut out)?;
        out.flush()
    });
    let arguments = ["import", "--git", "--force", "--rename-master", "trunk", "-A", USER];
    let output = stage.stock.run_with("", &[&arguments[..], &[text(&path)]].concat(), reader);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writing.join().unwrap().unwrap();
    path
}
