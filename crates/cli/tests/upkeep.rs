//! Copies, counts, unversioned files and what is shunned: beside the real fossil.
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

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use support::{Fossil, Ran, outcrop, ran, run};

const REPOSITORY: &str = Fossil::REPOSITORY;

fn json(ran: &Ran) -> Value {
    assert_eq!((ran.code, &ran.stderr[..]), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

fn path(fossil: &Fossil, name: &str) -> String {
    fossil.path().join(name).to_str().unwrap().to_owned()
}

fn number(fossil: &Fossil, repository: &str, sql: &str) -> u64 {
    fossil.run(["sql", "-R", repository, sql]).trim().parse().unwrap()
}

/// The hash of the file with this content, by stock.
fn hash_of(fossil: &Fossil, file: &str) -> String {
    let sql = format!(
        "SELECT b.uuid FROM mlink m JOIN filename f USING(fnid) JOIN blob b ON b.rid=m.fid \
         WHERE f.name='{file}'"
    );
    fossil.run(["sql", "-R", REPOSITORY, &sql]).trim().trim_matches('\'').to_owned()
}

fn is_sound(fossil: &Fossil, repository: &str) -> bool {
    fossil.run(["test-integrity", repository]).contains("0 errors")
}

#[test]
fn counts_are_those_of_stock() {
    let fossil = Fossil::new();
    let work = fossil.path().join("work");
    fossil.run_in(&work, ["branch", "new", "side", "trunk"]);
    fs::write(work.join("note"), "x").unwrap();
    fossil.run_in(&work, ["uv", "add", "note"]);
    fossil.run([
        "sql",
        "-R",
        REPOSITORY,
        "INSERT INTO shun(uuid) VALUES(lower(hex(randomblob(20))))",
    ]);
    fossil.run(["remote-url", "https://alice:secret@example.org/x", "-R", REPOSITORY]);
    let file = path(&fossil, REPOSITORY);
    let info = json(&run(["info", "--json", &file]));
    for (name, sql) in [
        ("artifacts", "SELECT count(*) FROM blob WHERE size>=0"),
        ("deltas", "SELECT count(*) FROM delta"),
        ("check_ins", "SELECT count(*) FROM event WHERE type='ci'"),
        ("leaves", "SELECT count(*) FROM leaf"),
        ("content_size", "SELECT sum(size) FROM blob WHERE size>0"),
        ("users", "SELECT count(*) FROM user"),
    ] {
        assert_eq!(info[name].as_u64().unwrap(), number(&fossil, REPOSITORY, sql), "{name}");
    }
    let branches = fossil.run(["branch", "list", "-a", "-R", REPOSITORY]);
    assert_eq!(info["branches"].as_u64().unwrap(), branches.lines().count() as u64);
    assert_eq!(info["branches"], 2);
    assert_eq!((&info["unversioned_files"], &info["shunned"]), (&json!(1), &json!(1)));
    assert_eq!(info["project_code"], fossil.project_code());
    assert_eq!(info["size"].as_u64().unwrap(), fs::metadata(&file).unwrap().len());
    assert_eq!((&info["journal_mode"], &info["content_schema"]), (&json!("delete"), &json!("2")));
    assert_eq!(info["last_sync_url"], "https://alice@example.org/x");

    let words = run(["info", &file]);
    assert!(words.stdout.contains(&fossil.project_code()), "{}", words.stdout);
    assert!(!words.stdout.contains("secret"), "{}", words.stdout);
}

#[test]
fn a_copy_is_a_repository_and_a_compact_one_too() {
    let fossil = Fossil::new();
    let work = fossil.path().join("work");
    let lines = (0..2000).map(|line| format!("{line} {}\n", line * 7919 % 1000));
    let text: String = lines.collect();
    for round in 0..4 {
        fossil.commit(&work, "grown", &format!("{text}{}\n", "x".repeat(round)));
    }
    fossil.run(["sql", "-R", REPOSITORY, "PRAGMA journal_mode=wal"]);
    let (file, copy) = (path(&fossil, REPOSITORY), path(&fossil, "copy.fossil"));

    let made = json(&run(["backup", "--json", &file, &copy]));
    assert_eq!(made, json!({"copy": copy, "size": fs::metadata(&copy).unwrap().len()}));
    assert!(is_sound(&fossil, &copy));
    let artifacts = |repository: &str| number(&fossil, repository, "SELECT count(*) FROM blob");
    assert_eq!(artifacts(&copy), artifacts(&file));
    let again = run(["backup", &file, &copy]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    assert_eq!(run(["backup", "--overwrite", &file, &copy]).code, 0);
    let itself = run(["backup", "--overwrite", &file, &file]);
    assert_eq!(itself.code, 1);
    assert!(itself.stderr.contains("is the repository itself"), "{}", itself.stderr);

    // Stock has stored the older versions as deltas: whole again, there is something to do.
    let whole = copy;
    let deltas = fossil.run(["sql", "-R", &whole, "SELECT rid FROM delta"]);
    let copied = fossil.checkout("copy.fossil", "copied");
    for rid in deltas.lines() {
        fossil.run_in(&copied, ["test-content-undelta", rid]);
    }
    let compacted = json(&run(["compact", "--json", &whole]));
    assert!(compacted["deltas"].as_u64().unwrap() >= 3, "{compacted}");
    let left = compacted["size_after"].as_u64().unwrap();
    assert!(left < compacted["size_before"].as_u64().unwrap(), "{compacted}");
    assert_eq!(left, fs::metadata(&whole).unwrap().len());
    assert!(is_sound(&fossil, &whole));
    let report = run(["compact", "--no-vacuum", &whole]);
    assert_eq!((report.code, &report.stderr[..]), (0, ""), "no bar where nobody looks");
    assert!(report.stdout.contains("0 became deltas"), "{}", report.stdout);
    assert_eq!(run(["compact", "--quiet", &whole]).stdout, "");
}

#[test]
fn unversioned_files_are_those_of_stock() {
    let fossil = Fossil::new();
    let file = path(&fossil, REPOSITORY);
    let mut add = outcrop(["uv", "add", "work/one.txt", "./work/two.txt", "--json", "-R", &file]);
    let added = json(&ran(&add.current_dir(fossil.path()).output().unwrap()));
    assert_eq!(added["added"][1]["name"], "work/two.txt");
    assert_eq!(fossil.run(["uv", "cat", "work/two.txt", "-R", REPOSITORY]), "two\n".repeat(5000));
    assert_eq!(fossil.run(["uv", "list", "-R", REPOSITORY]).lines().count(), 2);
    let hash = json(&run(["uv", "cat", "--json", "work/one.txt", "-R", &file]))["hash"].clone();
    assert!(
        fossil.run(["uv", "list", "-l", "-R", REPOSITORY]).contains(&hash.as_str().unwrap()[..10])
    );

    let mut script = outcrop(["uv", "add", "-", "--as", "piped", "-R", &file]);
    script.stdin(fs::File::open(fossil.path().join("work/one.txt")).unwrap());
    assert_eq!(ran(&script.output().unwrap()).stdout, "piped: added\n");
    assert_eq!(fossil.run(["uv", "cat", "piped", "-R", REPOSITORY]), "one\n");

    fs::write(fossil.path().join("stock"), "stock\n").unwrap();
    fossil.run(["uv", "add", "stock", "-R", REPOSITORY]);
    assert_eq!(run(["uv", "cat", "stock", "-R", &file]).stdout, "stock\n");
    let removed = json(&run(["uv", "rm", "piped", "work/one.txt", "--json", "-R", &file]));
    assert_eq!(removed, json!({"removed": ["piped", "work/one.txt"]}));
    fossil.run(["uv", "rm", "stock", "-R", REPOSITORY]);
    let left = json(&run(["uv", "ls", "--json", "-R", &file]));
    let names: Vec<_> =
        left["files"].as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(names, ["work/two.txt"]);
    assert_eq!(fossil.run(["uv", "ls", "-R", REPOSITORY]).trim(), "work/two.txt");

    for (args, code, words) in [
        (&["uv", "cat", "piped", "-R", &file][..], 1, "`outcrop uv ls` lists all"),
        (&["uv", "rm", "nothing", "-R", &file], 1, "there is no unversioned file"),
        (&["uv", "add", "/etc/hostname", "-R", &file], 2, "--as NAME"),
        (&["uv", "add", "-", "-R", &file], 2, "--as NAME"),
        (&["uv", "add", "a", "b", "--as", "c", "-R", &file], 2, "one file"),
        (&["uv", "add", "nowhere", "-R", &file], 1, "cannot read nowhere"),
        (&["uv", "add", "/etc/hostname", "--as", "../x", "-R", &file], 1, "cannot be called"),
    ] {
        let failed = run(args);
        assert_eq!((failed.code, &failed.stdout[..]), (code, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
    }
    fossil.run(["sql", "-R", REPOSITORY, "UPDATE unversioned SET content='x', sz=1, encoding=0"]);
    let damaged = run(["uv", "cat", "work/two.txt", "-R", &file]);
    assert_eq!((damaged.code, &damaged.stdout[..]), (5, ""));
}

#[test]
fn what_is_shunned_leaves_and_comes_back() {
    let fossil = Fossil::new();
    let file = path(&fossil, REPOSITORY);
    let before = path(&fossil, "before.fossil");
    fs::copy(&file, &before).unwrap();
    let name = hash_of(&fossil, "two.txt");
    let added = run(["shun", "add", &name[..12], "-m", "too long", "--json", "-R", &file]);
    let added = json(&added);
    let expected = json!({"shunned": [name], "new": [name], "removed": [name], "forgotten": [],
        "kept": []});
    assert_eq!(added, expected);
    let listed = json(&run(["shun", "ls", "--json", "-R", &file]));
    assert_eq!(
        (&listed["shunned"][0]["name"], &listed["shunned"][0]["comment"]),
        (&json!(name), &json!("too long"))
    );
    assert_eq!(run(["artifact", &name, "-R", &file]).code, 1);
    let shunned = format!("SELECT count(*) FROM shun WHERE uuid='{name}' AND scom='too long'");
    assert_eq!(number(&fossil, REPOSITORY, &shunned), 1);
    // A rebuild of stock finds what ours has left, row for row.
    let rows = "SELECT count(*), (SELECT count(*) FROM mlink), (SELECT count(*) FROM event), \
                (SELECT count(*) FROM plink) FROM blob";
    let ours = fossil.run(["sql", "-R", REPOSITORY, rows]);
    fossil.run(["rebuild", REPOSITORY]);
    assert_eq!(fossil.run(["sql", "-R", REPOSITORY, rows]), ours);

    // Wanted again, it comes with the next pull.
    assert_eq!(
        json(&run(["shun", "rm", &name, "--json", "-R", &file])),
        json!({"unshunned": [name]})
    );
    fossil.run(["pull", &before, "--once", "-R", REPOSITORY]);
    assert_eq!(run(["artifact", &name, "-R", &file]).stdout, "two\n".repeat(5000));

    // A check-in that is only hidden is shown again.
    let check_in = fossil.run(["sql", "-R", REPOSITORY,
        "SELECT uuid FROM blob JOIN event ON objid=rid WHERE type='ci' ORDER BY event.mtime DESC LIMIT 1"]);
    let check_in = check_in.trim().trim_matches('\'');
    let shown = || number(&fossil, REPOSITORY, "SELECT count(*) FROM event WHERE type='ci'");
    let all = shown();
    assert_eq!(run(["shun", "add", "--keep", check_in, "-R", &file]).code, 0);
    assert_eq!(shown(), all - 1);
    assert_eq!(run(["shun", "rm", &check_in[..6], "-R", &file]).code, 0);
    assert_eq!(shown(), all);
    assert_eq!(run(["shun", "add", "--keep", check_in, "-R", &file]).code, 0);
    let purged = json(&run(["shun", "purge", "--json", "-R", &file]));
    assert_eq!(purged["removed"], json!([check_in]));
    assert!(is_sound(&fossil, REPOSITORY));

    for (args, words) in [
        (&["shun", "add", "zz", "-R", &file][..], "give all 40 or 64 digits"),
        (&["shun", "add", "", "-R", &file], "give more digits"),
        (&["shun", "add", &name[..3], "-R", &file], "at least 4 digits"),
        (&["shun", "rm", "1234", "-R", &file], "`outcrop shun ls` lists what is"),
    ] {
        let failed = run(args);
        assert_eq!((failed.code, &failed.stdout[..]), (1, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
    }
}

#[test]
fn what_damaged_artifacts_mean_is_not_given_up() {
    let fossil = Fossil::new();
    let file = path(&fossil, REPOSITORY);
    let name = hash_of(&fossil, "two.txt");
    let damage = "UPDATE blob SET content=x'00' WHERE rid=(SELECT max(objid) FROM event)";
    fossil.run(["sql", "-R", REPOSITORY, damage]);
    let before = fs::read(&file).unwrap();
    let failed = run(["shun", "add", &name, "-R", &file]);
    assert_eq!((failed.code, &failed.stdout[..]), (5, ""), "{}", failed.stderr);
    assert!(failed.stderr.contains("`outcrop verify` tells which"), "{}", failed.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
}

/// Who may not write is told so, whoever runs the test: for the administrator nothing is forbidden.
#[test]
fn a_file_that_may_not_be_written_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let fossil = Fossil::new();
    let file = path(&fossil, REPOSITORY);
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(Path::new(&file), 0o444);
    mode(fossil.path(), 0o555);
    let before = fs::read(&file).unwrap();
    let args = ["config", "set", "project-name", "x", "-R", &file];
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let output = if is_root {
        let program = env!("CARGO_BIN_EXE_outcrop");
        let mut command = Command::new("setpriv");
        // The right to pass over modes is what is given up.
        command.args(["--bounding-set=-all", "--inh-caps=-all", program]).args(args);
        command
            .stdin(Stdio::null())
            .output()
            .expect("setpriv is missing: apt-get install util-linux")
    } else {
        outcrop(args).output().unwrap()
    };
    mode(fossil.path(), 0o755);
    let failed = ran(&output);
    assert_eq!((failed.code, &failed.stdout[..]), (1, ""), "{}", failed.stderr);
    assert!(failed.stderr.contains("see whether you may write the file"), "{}", failed.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
}
