//! Derived tables, verified and made anew, beside those of the real fossil.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use support::{Fossil, run};

const REPOSITORY: &str = Fossil::REPOSITORY;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The rows that a query of stock gives.
fn rows(fossil: &Fossil, sql: &str) -> String {
    fossil.run(["sql", "-R", REPOSITORY, sql])
}

/// What the derived tables hold, without the numbers that only this file has.
const TABLES: [&str; 6] = [
    "SELECT type, mtime, objid, user, comment, omtime FROM event ORDER BY objid",
    "SELECT mid, fid, pmid, pid, name, mperm, isaux FROM mlink JOIN filename USING(fnid) \
     ORDER BY 1, 2, 3, 4, 5",
    "SELECT pid, cid, isprim, mtime, baseid FROM plink ORDER BY 1, 2",
    "SELECT tagname, tagtype, srcid, origid, value, mtime, rid FROM tagxref JOIN tag USING(tagid) \
     ORDER BY rid, tagname",
    "SELECT rid FROM leaf ORDER BY 1",
    "SELECT rid FROM unclustered ORDER BY 1",
];

#[test]
fn what_is_wrong_with_derived_rows_is_told_and_rebuilt() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    fossil.run(["rebuild", file]);
    let stocks = TABLES.map(|sql| rows(&fossil, sql));
    assert!(stocks.iter().all(|rows| !rows.trim().is_empty()), "{stocks:?}");
    let sound = run(["verify", file]);
    assert_eq!((sound.code, &sound.stderr[..]), (0, ""), "{}", sound.stdout);
    assert!(sound.stdout.contains("derived rows compared: 0 missing, 0 stale"), "{}", sound.stdout);

    let plant = "DELETE FROM leaf; UPDATE event SET comment = 'forged' WHERE comment = 'two.txt'; \
                 INSERT INTO plink(pid, cid) VALUES(1, 987)";
    rows(&fossil, plant);
    let before = std::fs::read(&path).unwrap();
    let told = run(["verify", file]);
    assert_eq!(told.code, 5);
    for words in [
        "table leaf: 1 missing, 0 stale",
        "comment is \"forged\", should be \"two.txt\"",
        "cid record 987 (which does not exist)",
    ] {
        assert!(told.stdout.contains(words), "{words}: {}", told.stdout);
    }
    assert!(told.stderr.contains("`outcrop rebuild`"), "{}", told.stderr);
    let told = run(["verify", "--json", file]);
    assert_eq!((told.code, &told.stderr[..]), (5, ""));
    let report = json(&told.stdout);
    assert_eq!(report["sound"], false);
    assert_eq!(report["damaged"].as_array().unwrap().len(), 0);
    let derived = &report["derived"];
    assert_eq!((&derived["missing"], &derived["stale"]), (&1.into(), &2.into()), "{derived}");
    let leaf = derived["tables"].as_array().unwrap().iter().find(|of| of["table"] == "leaf");
    assert_eq!(leaf.unwrap()["findings"][0]["kind"], "missing");
    // Artifacts are sound, all of them and in parts.
    for only in [&["--artifacts"][..], &["--subset", "1/1"], &["--artifacts", "--subset", "2/3"]] {
        let artifacts = run(["verify", "--json", file].iter().chain(only));
        assert_eq!(artifacts.code, 0, "{only:?}: {}", artifacts.stdout);
        assert!(json(&artifacts.stdout)["derived"].is_null(), "{only:?}");
    }
    assert!(before == std::fs::read(&path).unwrap(), "verify has written");

    let rebuilt = run(["rebuild", file]);
    assert_eq!((rebuilt.code, &rebuilt.stderr[..]), (0, ""));
    assert_eq!(rebuilt.stdout, "3 artifacts linked, 3 of them check-ins\n");
    assert_eq!(TABLES.map(|sql| rows(&fossil, sql)), stocks);
    assert_eq!(run(["verify", file]).code, 0);
    assert!(fossil.run(["test-integrity", file]).contains(" 0 errors"));
    let settings = "SELECT value FROM config WHERE name IN ('aux-schema', 'rebuilt') ORDER BY name";
    assert!(rows(&fossil, settings).starts_with("'2015-01-24'\n'outcrop "));
    let quiet = run(["rebuild", "--quiet", file]);
    assert_eq!((quiet.code, &quiet.stdout[..]), (0, ""));
    assert_eq!(json(&run(["rebuild", "--json", file]).stdout)["check_ins"], 3);
}

#[test]
fn what_is_shunned_leaves_with_a_rebuild() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    let name = rows(&fossil, "SELECT uuid FROM blob WHERE size = 4");
    let name = name.trim().trim_matches('\'');
    rows(&fossil, &format!("INSERT INTO shun(uuid, mtime) VALUES('{name}', 0)"));
    let verified = run(["verify", file]);
    assert_eq!(verified.code, 5, "{}", verified.stdout);
    assert!(verified.stdout.contains(name), "{}", verified.stdout);
    let rebuilt = json(&run(["rebuild", "--json", file]).stdout);
    assert_eq!(rebuilt["purged"], serde_json::json!([name]));
    assert_eq!(run(["artifact", name, "-R", file]).code, 1);
    assert_eq!(run(["verify", file]).code, 0);
    let ours = TABLES.map(|sql| rows(&fossil, sql));
    fossil.run(["rebuild", file]);
    assert_eq!(TABLES.map(|sql| rows(&fossil, sql)), ours);
}

#[test]
fn damage_is_not_rebuilt_away() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    let check_in = "SELECT min(objid) FROM event WHERE objid NOT IN (SELECT srcid FROM delta)";
    rows(&fossil, &format!("UPDATE blob SET content = x'00' WHERE rid = ({check_in})"));
    let refused = run(["rebuild", file]);
    assert_eq!((refused.code, &refused.stdout[..]), (5, ""));
    assert!(refused.stderr.contains("1 artifacts are damaged"), "{}", refused.stderr);
    assert_eq!(rows(&fossil, "SELECT count(*) FROM event").trim(), "3");
    let forced = json(&run(["rebuild", "--force", "--json", file]).stdout);
    assert_eq!((&forced["damaged"], &forced["check_ins"]), (&1.into(), &2.into()), "{forced}");
    assert_eq!(rows(&fossil, "SELECT count(*) FROM event").trim(), "2");
    // The rows are those of the artifacts that can be read; the damage stays.
    let verified = json(&run(["verify", "--json", file]).stdout);
    assert_eq!(verified["damaged"].as_array().unwrap().len(), 1, "{verified}");
    assert_eq!(verified["derived"]["tables"].as_array().unwrap().len(), 0, "{verified}");
}

#[test]
fn a_setting_that_is_refused_changes_nothing() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    rows(&fossil, "REPLACE INTO config(name, value) VALUES('ticket-table', 'DROP TABLE user')");
    let before = std::fs::read(&path).unwrap();
    let rebuilt = run(["rebuild", file]);
    assert_eq!((rebuilt.code, &rebuilt.stdout[..]), (1, ""));
    for words in ["nothing was changed", "`ticket-table`", "remove it", "fossil ui"] {
        assert!(rebuilt.stderr.contains(words), "{words}: {}", rebuilt.stderr);
    }
    let verified = run(["verify", file]);
    assert_eq!(verified.code, 1, "{}", verified.stdout);
    assert!(verified.stdout.contains("could not be compared"), "{}", verified.stdout);
    assert_eq!(run(["verify", "--artifacts", file]).code, 0);
    assert!(before == std::fs::read(&path).unwrap(), "something was written");
}
