//! What local commands refuse: with a cause, a next step and an exit code, and without a trace.
#![cfg(unix)]
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
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::{Command, Stdio},
};

use outcrop_oracle::Stock;
use serde_json::Value;
use support::{Ran, outcrop, ran};

/// What goes wrong: the arguments, the exit code, and words of the error.
type Case<'a> = (&'a [&'a str], i32, &'a str);

/// A repository of two check-ins on the trunk, a closed branch and a page, and files to be refused.
struct Scene {
    stock: Stock,
    repository: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        let repository = stock.path("project.fossil");
        stock.ok(&["init", "-A", "alice", "project.fossil"]);
        stock.write("files/one.txt", "one\n");
        stock.write("files/two.txt", "two\n");
        let scene = Self { stock, repository };
        for args in [
            &["commit", "one.txt", "-m", "first", "--tag", "first"][..],
            &["commit", "dir/two.txt=two.txt", "-m", "second"],
            &["commit", "two.txt", "-m", "ended", "-b", "ended", "--close"],
            &["wiki", "write", "Page", "one.txt"],
            &["wiki", "write", "Gone", "one.txt"],
            &["wiki", "rm", "Gone"],
        ] {
            let done = scene.ours(args);
            assert_eq!(done.code, 0, "{args:?}: {}", done.stderr);
        }
        scene
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = outcrop(args);
        command.args(["-R", self.repository.to_str().unwrap()]);
        command.current_dir(self.stock.path("files"));
        command
    }

    fn ours(&self, args: &[&str]) -> Ran {
        ran(&self.command(args).output().unwrap())
    }

    fn sql(&self, statements: &str) -> String {
        self.stock.sql(&self.repository, statements)
    }

    /// Each fails as told, in words and as JSON, and the repository stays as it is.
    fn refuses(&self, cases: &[Case<'_>]) {
        let before = fs::read(&self.repository).unwrap();
        for (args, code, words) in cases {
            let failed = self.ours(args);
            let told = (failed.code, &failed.stdout[..]);
            assert_eq!(told, (*code, ""), "{args:?}: {}", failed.stderr);
            assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
            let failed = self.ours(&[*args, &["--json"]].concat());
            assert_eq!((failed.code, &failed.stdout[..]), (*code, ""), "{args:?}");
            let error: Value = serde_json::from_str(&failed.stderr).unwrap();
            assert!(error["error"].as_str().unwrap().contains(words), "{args:?}: {error}");
        }
        assert!(before == fs::read(&self.repository).unwrap(), "something was written");
    }
}

#[test]
fn check_ins_are_refused_that_stock_refuses() {
    let scene = Scene::new();
    let files = scene.stock.path("files");
    let conflict = "<<<<<<< BEGIN MERGE CONFLICT: local copy shown first <<<<<<<<<<<<\n";
    scene.stock.write("files/conflict", format!("a\n{conflict}b\n"));
    let manifest = scene.ours(&["artifact", "trunk"]).stdout;
    scene.stock.write("files/manifest", manifest);
    scene.stock.write("files/.fslckout", "x");
    scene.stock.write("files/back\\slash", "x");
    symlink("nowhere", files.join("dangling")).unwrap();
    fs::create_dir(files.join("loop")).unwrap();
    symlink("..", files.join("loop/up")).unwrap();
    let empty = ["commit", "-m", "x", "--allow-empty"];
    let with = |args: &[&'static str]| [&empty[..], args].concat();
    scene.refuses(&[
        (&["commit", "one.txt", "-m", "x"], 1, "--allow-empty makes a check-in"),
        (&["commit", "two.txt=one.txt", "-m", "x", "-b", "ended"], 1, "outcrop branch reopen"),
        (&["commit", "two.txt", "-m", "x", "--parent", "first"], 1, "--allow-fork"),
        (&with(&["-b", "trunk", "--parent", "ended"]), 1, "open branch \"trunk\" already"),
        (&with(&["--date", "2001-01-01"]), 1, "--allow-older"),
        (&with(&["--parent", "nothing"]), 1, "`outcrop log` lists them"),
        (&with(&["--merge", "Page"]), 1, "there is no check-in \"Page\""),
        (&with(&["--tag", "abc"]), 1, "could be taken for the beginning of a hash"),
        (&with(&["--branch", "beef"]), 1, "could be taken for the beginning of a hash"),
        (&with(&["--branch", " "]), 1, "cannot be the name of a tag or branch"),
        (&with(&["--remove", "none"]), 1, "`outcrop ls` lists"),
        (&with(&["--rename", "none", "some"]), 1, "`outcrop ls` lists"),
        (
            &with(&["--rename", "one.txt", "dir/two.txt"]),
            1,
            "there is a file \"dir/two.txt\" already",
        ),
        (&["commit", "-m", "x", "../x=one.txt"], 1, "NAME=PATH"),
        (&["commit", "-m", "x", "back\\slash"], 1, "every system can hold"),
        (&["commit", "-m", "x", ".fslckout"], 1, "every system can hold"),
        (&["commit", "-m", "x", "dir=one.txt"], 1, "both a file and a folder"),
        (&["commit", "-m", "x", "conflict"], 1, "--allow-conflict"),
        (&["commit", "-m", "x", "manifest"], 1, "--allow-artifact"),
        (&["commit", "-m", "x", "dangling"], 1, "leads nowhere"),
        (&["commit", "-m", "x", "loop"], 1, "leads back to a folder above"),
        (&["commit", "-m", "x", "nowhere"], 1, "cannot read nowhere"),
        (&["commit", "-M", "nowhere", "one.txt"], 1, "cannot read nowhere"),
    ]);
    scene.sql(
        "REPLACE INTO config(name, value) VALUES('case-sensitive', 'off'), \
               ('forbid-delta-manifests', '1');",
    );
    scene.refuses(&[
        (&["commit", "-m", "x", "ONE.txt=two.txt"], 1, "differ in case only"),
        (&["commit", "-m", "x", "--rename", "one.txt", "DIR/TWO.txt"], 1, "differ in case only"),
        (&["commit", "-m", "x", "two.txt", "--delta"], 1, "leave --delta out"),
    ]);
    // The same, where it is asked for.
    for args in [
        &["commit", "-m", "x", "conflict", "--allow-conflict"][..],
        &["commit", "-m", "x", "dangling", "loop", "--symlinks"],
        &["commit", "-m", "x", "two.txt", "--parent", "first", "--allow-fork"],
        &["commit", "-m", "x", "--rename", "one.txt", "ONE.txt", "--parent", "first", "-b", "case"],
    ] {
        let done = scene.ours(args);
        assert_eq!(done.code, 0, "{args:?}: {}", done.stderr);
    }
}

#[test]
fn command_lines_are_refused_before_anything_is_read() {
    let scene = Scene::new();
    let long = "x".repeat(101);
    scene.refuses(&[
        (&["commit", "one.txt"], 2, "--message"),
        (&["commit", "one.txt", "-m", "x", "-M", "two.txt"], 2, "cannot be used with"),
        (&["commit", "one.txt", "-m", " \n"], 2, "the message is empty"),
        (&["commit", "-m", "x"], 2, "<PATH>"),
        (&["commit", "-m", "x", "-"], 2, "NAME=-"),
        (&["commit", "-m", "-", "x=-"], 2, "stdin can be one file or the message"),
        (&["commit", "-m", "x", "/etc/hostname"], 2, "NAME=PATH"),
        (&["commit", "-m", "x", "../files/one.txt"], 2, "NAME=PATH"),
        (&["commit", "-m", "x", "=one.txt"], 2, "needs a name"),
        (&["commit", "-m", "x", "one.txt=two.txt", "one.txt"], 2, "two files would be called"),
        (&["commit", "-m", "x", "one.txt", "--remove", "one.txt"], 2, "both removed and given"),
        (&["commit", "-m", "x", "one.txt", "--mirror"], 2, "--mirror needs a folder"),
        (&["commit", "-m", "x", "two.txt", "--date", "yesterday"], 2, "2024-05-06"),
        (&["commit", "-m", "x", "two.txt", "--user", "zoe"], 1, "outcrop user new"),
        (&["log", "--type", "nonsense"], 2, "one of all, check-in"),
        (&["log", "--since", "12:00"], 2, "2024-05-06"),
        (&["ticket", "add", "title"], 2, "FIELD=VALUE"),
        (&["ticket", "add", "--from", "a=-", "--from", "b=-"], 2, "one field only"),
        (&["wiki", "write", "x", "one.txt", "-M", "html"], 2, "one of fossil, markdown and plain"),
        (&["wiki", "write", &long, "one.txt"], 1, "cannot be the name of a wiki page"),
    ]);
    let nobody = |args: &[&str], name: &str| {
        let mut command = scene.command(args);
        ran(&command.env("USER", name).output().unwrap())
    };
    let args = ["commit", "two.txt", "-m", "x", "--dry-run"];
    let failed = nobody(&args, "zoe");
    assert_eq!((failed.code, &failed.stdout[..]), (2, ""));
    for words in ["nobody knows who you are", "--user", "`outcrop user ls` lists all"] {
        assert!(failed.stderr.contains(words), "{}", failed.stderr);
    }
    scene.stock.ok(&["user", "default", "alice", "-R", scene.repository.to_str().unwrap()]);
    assert_eq!(nobody(&args, "zoe").code, 0, "the repository knows who writes by default");
}

#[test]
fn names_are_refused_that_stand_for_nothing_or_for_several() {
    let scene = Scene::new();
    let row = |digit: &str, rid: u32| {
        let name = format!("abcd{}", digit.repeat(60));
        format!(
            "INSERT INTO blob(rid, rcvid, size, uuid) VALUES({rid}, 0, -1, '{name}');
             INSERT INTO event(type, mtime, objid, user, comment) VALUES('ci', 2460000.0, {rid}, 'a', 'b');"
        )
    };
    scene.sql(&[row("1", 901), row("2", 902)].concat());
    scene.refuses(&[
        (&["ls", "nothing"], 1, "there is no check-in \"nothing\""),
        (&["ls", "dir"], 1, "`outcrop ls trunk dir`"),
        (&["ls", "abcd"], 1, "give more digits"),
        (&["ls", "current"], 1, "stands for a check-in of a check-out"),
        (&["ls", "trunk", "*.c"], 1, "no file of check-in"),
        (&["ls", "Page"], 1, "`outcrop log` lists them"),
        (&["cat", "none.txt"], 1, "`outcrop ls` lists"),
        (&["cat", "one.txt", "ONE.TXT"], 1, "has no file \"ONE.TXT\""),
        (&["cat", "two.txt", "-r", "1999-01-01"], 1, "there is no check-in"),
        (&["log", "abcd"], 1, "abcd2222"),
        (&["log", "--branch", "none"], 1, "`outcrop branch ls --all` lists all"),
        (&["log", "--file", "none"], 1, "no check-in has a file or folder \"none\""),
        (&["artifact", "abcd"], 1, "several names begin with"),
        (&["artifact", "abcd11"], 1, "a sync with its origin brings it"),
        (&["artifact", "none"], 1, "there is no artifact"),
        (&["tag", "add", "x", "none"], 1, "there is no artifact"),
        (&["tag", "add", "beef", "trunk"], 1, "could be taken for the beginning of a hash"),
        (&["tag", "add", "wiki-x", "trunk", "--raw"], 1, "Fossil keeps for pages"),
        (&["tag", "cancel", "x", "trunk"], 1, "`outcrop tag ls trunk` lists"),
        (&["tag", "find", "x"], 1, "`outcrop tag ls` lists"),
        (&["branch", "close", "x"], 1, "`outcrop branch ls --all` lists all"),
        (&["branch", "close", "ended"], 1, "closed already"),
        (&["branch", "reopen", "trunk"], 1, "open already"),
        (&["wiki", "cat", "x"], 1, "`outcrop wiki ls` lists all"),
        (&["wiki", "cat", "Gone"], 1, "was deleted"),
        (&["wiki", "rm", "Gone"], 1, "there is no wiki page"),
        (&["wiki", "write", "Page", "one.txt", "--new"], 1, "leave --new out"),
        (&["wiki", "write", "x"], 1, "`outcrop wiki rm`"),
        (&["technote", "cat", "1234"], 1, "`outcrop technote ls` lists all"),
        (
            &["technote", "write", "x", "one.txt", "--id", "12"],
            1,
            "`outcrop technote ls` lists all",
        ),
        (&["ticket", "show", "1234"], 1, "`outcrop ticket ls` lists all"),
        (&["ticket", "ls", "colour=red"], 1, "`outcrop ticket fields` lists"),
        (&["ticket", "add", "colour=red"], 1, "`outcrop ticket fields` lists"),
        (&["ticket", "add", "private_contact=x"], 1, "is private"),
        (&["ticket", "set", "1234", "title=x"], 1, "`outcrop ticket ls` lists all"),
        (&["attachment", "ls", "none"], 1, "`outcrop wiki ls`"),
        (&["attachment", "cat", "Page", "x"], 1, "`outcrop attachment ls` lists"),
        (&["attachment", "rm", "Page", "x"], 1, "no file \"x\" is attached"),
        (&["attachment", "add", "Page", "-"], 2, "--as"),
    ]);
    scene.stock.write("files/latin", b"\xe9t\xe9\n");
    scene.refuses(&[(&["wiki", "write", "x", "latin"], 1, "no text in UTF-8")]);
}

#[test]
fn damage_is_told_apart_from_what_is_not_there() {
    let scene = Scene::new();
    let one = "(SELECT fid FROM mlink JOIN filename USING(fnid) WHERE name = 'one.txt')";
    let two = "(SELECT fid FROM mlink JOIN filename USING(fnid) WHERE name = 'dir/two.txt')";
    // The bytes of the other file: whole, and not what the name says.
    let swap = format!(
        "UPDATE blob SET content = (SELECT content FROM blob WHERE rid = {two}) \
                        WHERE rid = {one};"
    );
    scene.sql(&swap);
    scene.refuses(&[(&["cat", "one.txt"], 5, "has another hash")]);
    scene.sql(&format!("UPDATE blob SET content = x'00' WHERE rid = {one};"));
    scene.refuses(&[
        (&["cat", "one.txt"], 5, "`outcrop verify` tells what can still be read"),
        (&["commit", "two.txt", "-m", "the checksum needs all files"], 5, "is damaged"),
    ]);
    assert_eq!(scene.ours(&["ls"]).code, 0, "the list of files can be read");
    let tip = "(SELECT objid FROM event WHERE type = 'ci' AND comment = 'second')";
    scene.sql(&format!("UPDATE blob SET content = x'00' WHERE rid = {tip};"));
    scene.refuses(&[
        (&["ls"], 5, "is damaged"),
        (&["cat", "one.txt"], 5, "is damaged"),
        (&["commit", "two.txt", "-m", "x"], 5, "is damaged"),
        (&["artifact", "trunk"], 5, "is damaged"),
    ]);
    assert_eq!(scene.ours(&["log"]).code, 0, "the tables are sound");
    fs::write(&scene.repository, &fs::read(&scene.repository).unwrap()[..20_000]).unwrap();
    for args in [&["ls"][..], &["log"], &["wiki", "ls"], &["commit", "two.txt", "-m", "x"]] {
        let failed = scene.ours(args);
        assert_eq!((failed.code, &failed.stdout[..]), (5, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains("`outcrop verify`"), "{args:?}: {}", failed.stderr);
    }
}

/// Who may not write is told so, whoever runs the test: for the administrator nothing is forbidden.
#[test]
fn a_file_that_may_not_be_written_is_read_and_no_more() {
    let scene = Scene::new();
    let mode = |path: &PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = scene.stock.path("");
    mode(&scene.repository, 0o444);
    mode(&folder, 0o555);
    let before = fs::read(&scene.repository).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        // The right to pass over modes is what is given up.
        command.args(["--bounding-set=-all", "--inh-caps=-all", env!("CARGO_BIN_EXE_outcrop")]);
        command.args(args).args(["-R", scene.repository.to_str().unwrap()]);
        command.current_dir(scene.stock.path("files")).env("USER", "alice").stdin(Stdio::null());
        ran(&command.output().expect("setpriv is missing: apt-get install util-linux"))
    };
    let read = [run(&["ls"]), run(&["log"]), run(&["wiki", "cat", "Page"])];
    let write = [
        run(&["commit", "two.txt", "-m", "x"]),
        run(&["wiki", "write", "Page", "two.txt"]),
        run(&["tag", "add", "x", "trunk"]),
        run(&["ticket", "add", "title=x"]),
    ];
    mode(&folder, 0o755);
    for done in read {
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    for failed in write {
        assert_eq!((failed.code, &failed.stdout[..]), (1, ""));
        assert!(failed.stderr.contains("see whether you may write the file"), "{}", failed.stderr);
    }
    assert!(before == fs::read(&scene.repository).unwrap(), "something was written");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let scene = Scene::new();
    for args in [&["log"][..], &["ls"], &["cat", "one.txt"], &["log", "--json"], &["wiki", "ls"]] {
        let mut command = scene.command(args);
        let (reader, writer) = std::io::pipe().unwrap();
        // Gone before anything is said.
        drop(reader);
        let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        drop(command);
        let mut stderr = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), &stderr[..]), (Some(0), ""), "{args:?}");
    }
}

/// `script` is a terminal.
#[test]
fn colour_is_for_terminals_that_want_it() {
    let scene = Scene::new();
    let on_terminal = |variable: Option<&str>| {
        let line = format!(
            "{} log -v -R {}",
            env!("CARGO_BIN_EXE_outcrop"),
            scene.repository.to_str().unwrap()
        );
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).env("TERM", "xterm");
        command.env_remove("NO_COLOR");
        if let Some(value) = variable {
            command.env("NO_COLOR", value);
        }
        ran(&command.output().expect("script is missing: apt-get install bsdutils")).stdout
    };
    assert!(on_terminal(None).contains("\x1b[36m"), "colour on a terminal");
    assert!(!on_terminal(Some("1")).contains('\x1b'), "unless it is not wanted");
    assert!(!scene.ours(&["log", "-v"]).stdout.contains('\x1b'), "and none in a pipe");
}
