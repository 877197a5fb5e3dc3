//! Users, settings and the configuration: ours and the real fossil read each other.
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
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use support::{Fossil, Ran, outcrop, ran, run};

const REPOSITORY: &str = Fossil::REPOSITORY;

fn file(fossil: &Fossil) -> String {
    fossil.path().join(REPOSITORY).to_str().unwrap().to_owned()
}

fn json(ran: &Ran) -> Value {
    assert_eq!((ran.code, &ran.stderr[..]), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// Runs our program with something on stdin.
fn run_with(args: &[&str], input: &str) -> Ran {
    let mut command = outcrop(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments may be gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    ran(&child.wait_with_output().unwrap())
}

#[test]
fn users_of_ours_are_users_of_stock() {
    let fossil = Fossil::new();
    let file = file(&fossil);
    let mut new = outcrop(["user", "new", "bob", "--caps", "yi", "--contact", "bob@h", "--json"]);
    let made = ran(&new.args(["-R", &file]).env("OUTCROP_PASSWORD", "swordfish").output().unwrap());
    let made = json(&made);
    let expected = json!({"login": "bob", "capabilities": "iy", "contact": "bob@h",
        "changed": made["changed"], "has_password": true});
    assert_eq!(made, expected);
    assert!(fossil.run(["user", "list", "-R", REPOSITORY]).contains("bob@h"));
    assert!(fossil.run(["user", "capabilities", "bob", "-R", REPOSITORY]).contains("iy"));
    // Stock stores the same hash for the same password.
    let stored = || fossil.run(["sql", "-R", REPOSITORY, "SELECT pw FROM user WHERE login='bob'"]);
    let is_that_of_stock = |password: &str| {
        let ours = stored();
        fossil.run(["user", "password", "bob", password, "-R", REPOSITORY]);
        ours == stored()
    };
    assert!(is_that_of_stock("swordfish"));

    let changed = run_with(&["user", "password", "bob", "-R", &file], "sesame\r\nrest\n");
    assert_eq!((changed.code, &changed.stderr[..]), (0, ""));
    assert!(!changed.stdout.contains("sesame"));
    assert!(is_that_of_stock("sesame"));

    let caps = run(["user", "caps", "bob", "", "-R", &file]);
    assert_eq!((caps.code, &caps.stdout[..]), (0, "bob: has other rights; rights: none\n"));
    fossil.run(["user", "capabilities", "bob", "ei", "-R", REPOSITORY]);
    assert_eq!(run(["user", "caps", "bob", "-R", &file]).stdout, "ei\n");

    // What stock makes we list; what we remove stock does not.
    fossil.run(["user", "new", "carol", "carol@h", "pw", "-R", REPOSITORY]);
    let users = json(&run(["user", "ls", "--json", "-R", &file]));
    let carol = users["users"].as_array().unwrap().iter().find(|user| user["login"] == "carol");
    assert_eq!(carol.unwrap()["contact"], "carol@h");
    assert_eq!(
        json(&run(["user", "rm", "carol", "--json", "-R", &file])),
        json!({"removed": "carol"})
    );
    assert!(!fossil.run(["user", "list", "-R", REPOSITORY]).contains("carol"));

    // Without a word about rights, a new user has those of stock's.
    assert_eq!(run(["user", "new", "dan", "--no-password", "-R", &file]).code, 0);
    fossil.run(["user", "new", "erin", "", "pw", "-R", REPOSITORY]);
    let rights = |login: &str| run(["user", "caps", login, "-R", &file]).stdout;
    assert_eq!(rights("dan"), rights("erin"));
}

/// `script` is a terminal: what is typed there is not shown.
#[test]
fn what_is_typed_is_not_shown() {
    let fossil = Fossil::new();
    let file = file(&fossil);
    for (typed, code) in [("hidden\nhidden\n", 0), ("hidden\nunlike\n", 1)] {
        let line = format!("{} user password alice -R {file}", env!("CARGO_BIN_EXE_outcrop"));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).env_remove("OUTCROP_PASSWORD");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("script is missing: apt-get install bsdutils");
        // The terminal itself echoes what is typed before it was told not to.
        let mut shown = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let mut input = child.stdin.take().unwrap();
        for line in typed.split_inclusive('\n') {
            while !said.ends_with(": ") {
                let mut byte = [0];
                std::io::Read::read_exact(&mut shown, &mut byte).unwrap();
                said.push(char::from(byte[0]));
            }
            input.write_all(line.as_bytes()).unwrap();
            said.push('\n');
        }
        drop(input);
        std::io::Read::read_to_string(&mut shown, &mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        assert!(said.contains("New password for alice: "), "{said}");
        assert!(!said.contains("hidden") && !said.contains("unlike"), "{said}");
    }
}

#[test]
fn settings_are_those_of_stock() {
    let fossil = Fossil::new();
    let file = file(&fossil);
    let value = |name: &str| run(["config", "get", name, "-R", &file]);

    let set = json(&run(["config", "set", "crlf-glob", "*", "--json", "-R", &file]));
    assert_eq!((&set["name"], &set["value"]), (&json!("crlf-glob"), &json!("*")));
    let told = fossil.run(["settings", "crlf-glob", "-R", REPOSITORY]);
    assert!(told.contains("(local)") && told.trim().ends_with('*'), "{told}");
    fossil.run(["settings", "max-upload", "123456", "-R", REPOSITORY]);
    assert_eq!(value("max-upload").stdout, "123456\n");
    assert_eq!(run(["config", "unset", "max-upload", "-R", &file]).code, 0);
    assert_eq!(value("max-upload").code, 1);
    assert_eq!(run(["config", "set", "hash-policy", "sha3-only", "-R", &file]).code, 0);
    assert!(fossil.run(["hash-policy", "-R", REPOSITORY]).contains("sha3-only"));

    // A ticket table of another form is made at once.
    let table = "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, \
                 tkt_mtime DATE, tkt_ctime DATE, colour TEXT);";
    assert_eq!(run(["config", "set", "ticket-table", table, "-R", &file]).code, 0);
    let columns =
        fossil.run(["sql", "-R", REPOSITORY, "SELECT name FROM pragma_table_info('ticket')"]);
    assert!(columns.contains("colour"), "{columns}");
}

#[test]
fn the_configuration_travels_between_ours_and_stock() {
    let fossil = Fossil::new();
    let file = file(&fossil);
    let there = fossil.path().join("there.fossil");
    let there = there.to_str().unwrap();
    fossil.run(["init", "--admin-user", "alice", there]);
    fossil.run(["user", "new", "bob", "it's bob", "pw", "-R", REPOSITORY]);
    run(["config", "set", "project-name", "It's\nours", "-R", &file]);
    run(["config", "set", "css", "body { color: #123 }", "-R", &file]);

    // Cards are the same, but for the comments above them.
    let ours = run(["config", "export", "all", "-R", &file]);
    assert_eq!(ours.code, 0);
    fossil.run(["configuration", "export", "all", "stock.txt", "-R", REPOSITORY]);
    let stocks = std::fs::read_to_string(fossil.path().join("stock.txt")).unwrap();
    let cards = |text: &str| text[text.find("\nconfig ").unwrap()..].to_owned();
    assert_eq!(cards(&ours.stdout), cards(&stocks));

    // Stock takes what we export.
    let exported = fossil.path().join("ours.txt");
    let exported = exported.to_str().unwrap();
    let told = json(&run(["config", "export", "all", exported, "--json", "-R", &file]));
    assert_eq!(told["rows"].as_u64().unwrap(), cards(&stocks).matches("\nconfig /").count() as u64);
    fossil.run(["configuration", "import", exported, "-R", there]);
    let again = run(["config", "export", "all", exported, "-R", &file]);
    assert_eq!(again.code, 1, "nothing is written over");
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    let value = |file: &str| run(["config", "get", "project-name", "-R", file]).stdout;
    assert_eq!(value(there), "It's\nours\n");
    assert!(fossil.run(["user", "list", "-R", there]).contains("it's bob"));

    // We take what stock exports; without --merge in place of what is newer.
    let stocks = fossil.path().join("stock.txt");
    let stocks = stocks.to_str().unwrap();
    let ahead = "UPDATE config SET value='Mine', mtime=mtime+1000 WHERE name='project-name'";
    fossil.run(["sql", "-R", there, ahead]);
    let merged = json(&run(["config", "import", "--merge", stocks, "--json", "-R", there]));
    assert_eq!(merged["stored"], 0, "{merged}");
    assert_eq!(value(there), "Mine\n");
    let imported = json(&run(["config", "import", stocks, "--json", "-R", there]));
    assert!(imported["changed"].as_str().unwrap().contains("project"), "{imported}");
    // The time of the report that stock makes itself is no whole number, so stock's import passes
    // it over too.
    assert_eq!(imported["refused"].as_array().unwrap().len(), 1, "{imported}");
    assert_eq!(imported["refused"][0]["row"], "/reportfmt 'All");
    assert_eq!(value(there), "It's\nours\n");
    assert!(fossil.run(["user", "list", "-R", there]).contains("it's bob"));
}

#[test]
fn what_is_wrong_is_told_with_a_next_step() {
    let fossil = Fossil::new();
    let file = file(&fossil);
    let text = fossil.path().join("work/one.txt");
    let text = text.to_str().unwrap();
    let before = std::fs::read(&file).unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["user", "password", "zoe", "-R", &file], 1, "`outcrop user ls` lists all"),
        (&["user", "password", "alice", "-R", &file], 2, "OUTCROP_PASSWORD"),
        (&["user", "caps", "zoe", "i", "-R", &file], 1, "there is no user"),
        (&["user", "caps", "alice", "e i", "-R", &file], 2, "is no right"),
        (&["user", "rm", "nobody", "-R", &file], 1, "has to stay"),
        (&["user", "new", "alice", "-R", &file], 1, "choose another login"),
        (&["user", "ls", "-R", "nowhere.fossil"], 1, "there is no file"),
        (&["user", "ls", "-R", text], 1, "is not a SQLite database"),
        (&["user", "ls"], 2, "--repository"),
        (&["config", "get", "nonsense", "-R", &file], 1, "is not set"),
        (&["config", "unset", "nonsense", "-R", &file], 1, "is not set"),
        (&["config", "set", "project-code", "x", "-R", &file], 2, "stays as it is"),
        (&["config", "set", "hash-policy", "md5", "-R", &file], 2, "sha3-only"),
        (&["config", "export", "looks", "-R", &file], 2, "one of email"),
        (&["config", "import", text, "-R", &file], 1, "is no exported configuration"),
        (&["config", "import", "nowhere", "-R", &file], 1, "cannot read nowhere"),
    ];
    for (args, code, words) in cases {
        let failed = run(*args);
        assert_eq!((failed.code, &failed.stdout[..]), (*code, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
        let failed = run(args.iter().chain(&["--json"]));
        assert_eq!(failed.code, *code);
        let error: Value = serde_json::from_str(&failed.stderr).unwrap();
        assert!(error["error"].as_str().unwrap().contains(words), "{args:?}: {error}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before, "and nothing has changed");
}
