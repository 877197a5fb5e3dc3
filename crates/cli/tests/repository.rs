//! Commands on a repository file: what we make stock takes, and what stock makes we read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use support::{Fossil, outcrop, run};

const REPOSITORY: &str = Fossil::REPOSITORY;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn stock_goes_on_from_a_repository_of_ours() {
    let fossil = Fossil::new();
    let path = fossil.path().join("ours.fossil");
    let file = path.to_str().unwrap();
    for naming in [&[][..], &["--sha1"]] {
        let mut args = vec!["init", file, "--admin-user", "alice", "--project-name", "Ours"];
        args.extend(naming);
        args.push("--json");
        let made = run(args);
        assert_eq!((made.code, &made.stderr[..]), (0, ""));
        let made = json(&made.stdout);
        let check_in = made["initial_check_in"].as_str().unwrap();
        assert_eq!(check_in.len(), if naming.is_empty() { 64 } else { 40 });

        assert!(fossil.run(["info", "-R", file]).contains("Ours"));
        let work = if naming.is_empty() { "work-sha3" } else { "work-sha1" };
        let checkout = fossil.checkout("ours.fossil", work);
        fossil.commit(&checkout, "first.txt", "first\n");
        fossil.run(["rebuild", file]);
        assert!(fossil.run(["test-integrity", file]).contains("0 errors"));

        // A file, its manifest, and the initial check-in.
        let verified = json(&run(["verify", "--json", file]).stdout);
        assert_eq!(
            (verified["sound"].as_bool(), verified["checked"].as_u64()),
            (Some(true), Some(3))
        );
        let content = run(["artifact", check_in, "-R", file]).stdout;
        assert_eq!(content, fossil.run(["artifact", check_in, "-R", file]));
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn every_artifact_of_stock_is_read_and_verified() {
    let fossil = Fossil::new();
    fossil.run(["rebuild", "--compress", REPOSITORY]);
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    let sql = "SELECT uuid FROM blob";
    let names = fossil.run(["sql", "-R", REPOSITORY, sql]);
    let names: Vec<_> = names.lines().map(|name| name.trim_matches('\'')).collect();
    assert_eq!(names.len(), 5);
    for name in &names {
        let read = run(["artifact", name, "-R", file]);
        assert_eq!(read.stdout, fossil.run(["artifact", name, "-R", REPOSITORY]));
        let known = json(&run(["artifact", "--json", &name[..10], "-R", file]).stdout);
        assert_eq!(known["name"], **name);
        assert_eq!(known["size"], read.stdout.len());
    }

    let verified = run(["verify", file]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);
    assert!(verified.stdout.starts_with("5 artifacts ("), "{}", verified.stdout);
    let parts = ["1/2", "2/2"].map(|part| {
        let report = json(&run(["verify", "--json", "--subset", part, file]).stdout);
        report["checked"].as_u64().unwrap()
    });
    assert_eq!(parts.iter().sum::<u64>(), 5);
}

#[test]
fn damage_is_found_and_never_printed_as_content() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    // One file of four bytes gets the stored content of another one.
    let sql = "UPDATE blob SET content = (SELECT content FROM blob WHERE size = 10), size = 10 \
               WHERE size = 4";
    let grown = fossil.checkout(REPOSITORY, "grown");
    fossil.commit(&grown, "three.txt", "ten bytes\n");
    fossil.run(["sql", "-R", REPOSITORY, sql]);

    let verified = run(["verify", "--json", file]);
    assert_eq!(verified.code, 5);
    let report = json(&verified.stdout);
    assert_eq!(report["sound"].as_bool(), Some(false));
    let [damaged] = &report["damaged"].as_array().unwrap()[..] else { panic!("{report}") };
    let name = damaged["name"].as_str().unwrap();
    let in_words = run(["verify", file]);
    assert_eq!(in_words.code, 5);
    assert!(in_words.stdout.contains(name), "{}", in_words.stdout);

    let read = run(["artifact", name, "-R", file]);
    assert_eq!((read.code, &read.stdout[..]), (5, ""));
    assert!(read.stderr.contains("damaged"), "{}", read.stderr);
}

#[test]
fn wrong_files_and_names_are_told_with_a_next_step() {
    let fossil = Fossil::new();
    let path = fossil.path().join(REPOSITORY);
    let file = path.to_str().unwrap();
    let missing = fossil.path().join("missing.fossil");
    let text = fossil.path().join("work/one.txt");

    let cases = [
        (vec!["verify", missing.to_str().unwrap()], 1, "there is no file"),
        (vec!["verify", text.to_str().unwrap()], 1, "is not a SQLite database"),
        (vec!["verify", "--subset", "3/2", file], 2, "n/t"),
        (vec!["artifact", "0000", "-R", file], 1, "there is no artifact \"0000\""),
        (vec!["artifact", "", "-R", file], 1, "there is no artifact \"\""),
        (vec!["init", file, "--admin-user", "alice"], 1, "exists already"),
        (vec!["init", "x.fossil", "--admin-user", "a", "--project-code", "12"], 1, "40"),
    ];
    for (args, code, words) in cases {
        let failed = run(&args);
        assert_eq!((failed.code, &failed.stdout[..]), (code, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
    }

    let mut nobody = outcrop(["init", "x.fossil"]);
    for name in ["FOSSIL_USER", "USER", "LOGNAME", "USERNAME"] {
        nobody.env_remove(name);
    }
    let failed = nobody.current_dir(fossil.path()).output().unwrap();
    assert_eq!(failed.status.code(), Some(2));
    assert!(!fossil.path().join("x.fossil").exists());
}
