//! The corpus: the same for the same numbers, imported whole, made once.
// A test says what it expects by unwrapping and panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

use outcrop_oracle::Corpus;
use rusqlite::Connection;

#[test]
fn a_corpus_has_five_artifacts_a_check_in_and_is_made_once() {
    let mut corpus = Corpus::default();
    (corpus.check_ins, corpus.files) = (400, 30);
    let stock = Corpus::stock();
    let folder = stock.path("corpus");
    let repository = corpus.cached(&stock, &folder);
    stock.test_integrity(&repository);

    let connection = Connection::open(&repository).unwrap();
    let count = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM event WHERE type = 'ci'"), 400);
    let artifacts = count("SELECT count(*) FROM blob WHERE size >= 0");
    assert!((1700..2200).contains(&artifacts), "{artifacts} artifacts");
    assert!(count("SELECT count(*) FROM delta") > artifacts / 2);
    assert!(
        count(
            "SELECT count(*) FROM tagxref JOIN tag USING(tagid) WHERE tagname GLOB 'sym-branch-*'"
        ) > 10
    );
    assert!(count("SELECT count(*) FROM plink WHERE NOT isprim") > 0);

    let written = std::fs::metadata(&repository).unwrap().modified().unwrap();
    assert_eq!(corpus.cached(&stock, &folder), repository);
    assert_eq!(std::fs::metadata(&repository).unwrap().modified().unwrap(), written);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn a_seed_tells_the_whole_history() {
    let stream = |seed| {
        let mut corpus = Corpus::quick();
        (corpus.check_ins, corpus.files, corpus.seed) = (50, 10, seed);
        let mut bytes = Vec::new();
        corpus.write(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(stream(1), stream(1));
    assert_ne!(stream(1), stream(2));
}
