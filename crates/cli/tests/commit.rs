//! `outcrop commit`: what it writes, stock reads, checks out, rebuilds and goes on from.
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
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::Stdio,
};

use outcrop_oracle::{Options, Stock, compare};
use serde_json::{Value, json};
use support::{Ran, outcrop, ran, run};

/// A repository of stock's making, and a folder with files that ours commits from.
struct Scene {
    stock: Stock,
    repository: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        let repository = stock.path("project.fossil");
        stock.ok(&["init", "-A", "alice", "project.fossil"]);
        stock.write("files/README.md", "# Hello\n");
        stock.write("files/src/größe & more.c", "int x;\n");
        stock.write("files/src/run.sh", "#!/bin/sh\n");
        stock.write("files/src/deep/er/data", [0, 1, 255]);
        stock.write("files/src/empty", "");
        stock.write("files/src/.hidden", "hidden\n");
        stock.write("files/src/main.o", "object\n");
        let program = fs::Permissions::from_mode(0o755);
        fs::set_permissions(stock.path("files/src/run.sh"), program).unwrap();
        symlink("run.sh", stock.path("files/src/link")).unwrap();
        Self { stock, repository }
    }

    fn file(&self) -> &str {
        self.repository.to_str().unwrap()
    }

    /// Commits from the folder.
    fn commit_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = outcrop(["commit", "-R", self.file()]);
        command.args(args).current_dir(self.stock.path("files")).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments may be gone before it reads.
        let _ = child.stdin.take().unwrap().write_all(input);
        ran(&child.wait_with_output().unwrap())
    }

    fn commit(&self, args: &[&str]) -> Value {
        let done = self.commit_with(&[args, &["--json"]].concat(), b"");
        assert_eq!((done.code, &done.stderr[..]), (0, ""), "{args:?}");
        serde_json::from_str(&done.stdout).unwrap()
    }

    fn theirs(&self, args: &[&str]) -> String {
        self.stock.ok(&[args, &["-R", self.file()]].concat())
    }

    /// The names of files, as stock lists them.
    fn listed(&self, check_in: &str) -> Vec<String> {
        let said = self.theirs(&["ls", "-r", check_in]);
        let mut names: Vec<_> = said.lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    /// A rebuild of stock leaves every row as ours has written it.
    fn is_sound(&self) {
        let copy = self.stock.copy(&self.repository, "rebuilt.fossil");
        self.stock.rebuild(&copy);
        let options = Options::derived().without("fx_outcrop_awaited_pick");
        let differences = compare(&self.repository, &copy, &options);
        assert!(differences.is_empty(), "ours left, stock's right:\n{differences}");
        self.stock.test_integrity(&self.repository);
        assert_eq!(run(["verify", self.file()]).code, 0);
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

fn changes(made: &Value) -> Vec<(&str, &str)> {
    let files = made["files"].as_array().unwrap().iter();
    files.map(|file| (text(file, "change"), text(file, "name"))).collect()
}

#[test]
fn stock_reads_checks_out_and_goes_on() {
    let scene = Scene::new();
    let args = ["README.md", "src", "--ignore", "*.o", "--symlinks", "--tag", "v0"];
    let first = ["./src/run.sh", "-m", "First\nfiles, größer"];
    let first = scene.commit(&[&args[..], &first].concat());
    let name = text(&first, "check_in");
    assert_eq!(first["left_out"], json!(["src/.hidden", "src/main.o"]));
    let expected = ["README.md", "src/deep/er/data", "src/empty", "src/größe & more.c", "src/link"];
    assert_eq!(scene.listed(name), [&expected[..], &["src/run.sh"]].concat());
    let info = scene.theirs(&["info", name]);
    for words in [&name[..40], "First files, größer (user: alice)", "tags:", "v0, trunk", "parent:"]
    {
        assert!(info.contains(words), "{words}: {info}");
    }
    let manifest = scene.theirs(&["artifact", name]);
    assert_eq!(run(["artifact", name, "-R", scene.file()]).stdout, manifest);

    // A check-out has the same files, and nothing to say about them.
    let stock = &scene.stock;
    fs::create_dir(stock.path("work")).unwrap();
    scene.theirs(&["settings", "allow-symlinks", "on"]);
    stock.ok_in("work", &["open", "--nosync", scene.file()]);
    assert_eq!(stock.ok_in("work", &["changes"]), "");
    for name in ["README.md", "src/deep/er/data", "src/empty", "src/größe & more.c"] {
        let path = |folder: &str| fs::read(stock.path(format!("{folder}/{name}"))).unwrap();
        assert_eq!(path("work"), path("files"), "{name}");
    }
    assert_eq!(fs::read_link(stock.path("work/src/link")).unwrap().to_str(), Some("run.sh"));
    let mode = fs::metadata(stock.path("work/src/run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o100, 0o100);
    scene.is_sound();

    // Stock goes on from ours, and ours from stock's.
    stock.write("work/theirs.txt", "theirs\n");
    stock.ok_in("work", &["add", "theirs.txt"]);
    stock.ok_in("work", &["commit", "--no-warnings", "-m", "theirs"]);
    let theirs = stock.ok_in("work", &["info"]);
    stock.write("files/README.md", "# Hello again\n");
    let second = scene.commit(&["README.md", "-m", "second"]);
    assert!(theirs.contains(&text(&second, "parent")[..40]), "{theirs}");
    assert_eq!(changes(&second), [("edited", "README.md")]);
    stock.ok_in("work", &["update"]);
    assert_eq!(fs::read(stock.path("work/README.md")).unwrap(), b"# Hello again\n");
    assert!(stock.path("work/theirs.txt").exists());
    scene.is_sound();
}

#[test]
fn files_get_other_names_and_go() {
    let scene = Scene::new();
    scene.commit(&["README.md", "=src", "-m", "the folder's files at the root"]);
    let stored =
        ["README.md", "deep/er/data", "empty", "größe & more.c", "link", "main.o", "run.sh"];
    assert_eq!(scene.listed("trunk"), stored);
    let piped = scene.commit_with(&["doc/from stdin=-", "-m", "piped", "--json"], b"piped\n");
    assert_eq!(piped.code, 0, "{}", piped.stderr);
    assert_eq!(scene.theirs(&["cat", "doc/from stdin", "-r", "trunk"]), "piped\n");
    // Followed, a link is what it leads to.
    assert_eq!(scene.theirs(&["cat", "link", "-r", "trunk"]), "#!/bin/sh\n");

    let rename = ["--rename", "deep", "shallow", "--rename", "README.md", "READ"];
    let edit = ["READ=README.md", "--remove", "doc", "-m", "renamed"];
    scene.stock.write("files/README.md", "# Hello, changed\n");
    let renamed = scene.commit(&[&rename[..], &edit].concat());
    let told = changes(&renamed);
    assert_eq!(
        told,
        [("edited", "READ"), ("removed", "doc/from stdin"), ("renamed", "shallow/er/data")]
    );
    assert_eq!(renamed["files"][0]["old_name"], "README.md");
    let told = scene.theirs(&["timeline", "-p", "READ", "-t", "ci"]);
    assert!(told.contains("renamed"), "{told}");

    // What is not in the folder any more goes, but for what was only left out.
    scene.commit(&["src", "--dotfiles", "-m", "a folder too"]);
    fs::remove_file(scene.stock.path("files/src/empty")).unwrap();
    fs::remove_dir_all(scene.stock.path("files/src/deep")).unwrap();
    let mirrored = scene.commit(&["src", "--mirror", "-m", "mirrored"]);
    assert_eq!(changes(&mirrored), [("removed", "src/deep/er/data"), ("removed", "src/empty")]);
    assert!(scene.listed("trunk").contains(&"src/.hidden".to_owned()));
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(scene.stock.path("files/src/run.sh"), mode).unwrap();
    let plain = scene.commit(&["src/run.sh", "-m", "no program"]);
    assert_eq!(changes(&plain), [("mode", "src/run.sh")]);
    scene.is_sound();
}

#[test]
fn branches_begin_go_on_and_end() {
    let scene = Scene::new();
    let trunk = scene.commit(&["README.md", "-m", "on the trunk"]);
    let side =
        scene.commit(&["src/run.sh", "-m", "a branch", "-b", "side", "--branchcolor", "#c0ffc0"]);
    assert_eq!((&side["new_branch"], &side["parent"]), (&json!(true), &trunk["check_in"]));
    let more = scene.commit(&["src/empty", "-m", "more", "-b", "side"]);
    assert_eq!((&more["new_branch"], &more["parent"]), (&json!(false), &side["check_in"]));
    scene.commit(&["src/main.o", "-m", "meanwhile"]);
    let merge = ["--merge", "side", "--integrate", "-m", "merged", "src/run.sh", "src/empty"];
    let merged = scene.commit(&merge);
    let info = scene.theirs(&["info", text(&merged, "check_in")]);
    assert!(info.contains("merged-from:"), "{info}");
    let list = |option: &str| scene.theirs(&["branch", "list", option]);
    assert!(list("-c").contains("side"), "{}", list("-c"));
    assert_eq!(list("-a").lines().count(), 2);

    // What is private stays so, and gets a branch of its own.
    let hidden = scene.commit(&["src/.hidden", "--private", "-m", "a secret"]);
    assert_eq!(hidden["branch"], "private");
    let known = run(["artifact", text(&hidden, "check_in"), "--json", "-R", scene.file()]);
    assert_eq!(serde_json::from_str::<Value>(&known.stdout).unwrap()["private"], true);
    let ended = scene.commit(&["README.md=src/run.sh", "-m", "a dead end", "-b", "end", "--close"]);
    assert!(list("-c").contains("end"));
    let forked = ["README.md=src/run.sh", "-m", "forked", "--allow-fork", "--parent"];
    scene.commit(&[&forked[..], &[text(&trunk, "check_in")]].concat());
    // Of two leaves the newest is the tip.
    let date = ["--date", "2024-01-02", "--allow-older"];
    let old = scene.commit(&[&["src/main.o", "-m", "old", "-b", "dated"][..], &date].concat());
    assert!(scene.theirs(&["info", text(&old, "check_in")]).contains("2024-01-02 00:00:00"));
    let delta =
        scene.commit(&["README.md=src/main.o", "--delta", "-m", "a difference", "-b", "dated"]);
    assert_eq!((&delta["delta_manifest"], &delta["branch"]), (&json!(true), &json!("dated")));
    assert!(scene.theirs(&["artifact", text(&delta, "check_in")]).starts_with("B "));
    assert_eq!(text(&ended, "branch"), "end");
    scene.is_sound();
}

#[test]
fn settings_of_the_project_count() {
    let scene = Scene::new();
    let set = |name: &str, value: &str| scene.theirs(&["settings", name, value]);
    set("ignore-glob", "*.o,src/deep*");
    let made = scene.commit(&[".", "-m", "all"]);
    assert_eq!(made["left_out"], json!(["src/.hidden", "src/deep/", "src/main.o"]));
    // A setting that the project keeps in a file goes before that of the repository.
    scene.stock.write("files/.fossil-settings/ignore-glob", "README*\n");
    scene.commit(&[".fossil-settings/ignore-glob", "-m", "a setting of the project"]);
    let made = scene.commit(&[".", "--dotfiles", "-m", "all but one"]);
    assert_eq!(made["left_out"], json!(["README.md"]));
    scene.stock.write("files/README.md", "# Other\n");
    let made = scene.commit(&[".", "--no-ignore", "-m", "and that"]);
    assert_eq!(changes(&made), [("edited", "README.md")]);
    set("allow-symlinks", "on");
    let linked = scene.commit(&["src", "-m", "links are links"]);
    assert_eq!(changes(&linked), [("edited", "src/link")]);
    assert_eq!(scene.theirs(&["cat", "src/link", "-r", "trunk"]), "run.sh");
    set("dont-commit", "on");
    let refused = scene.commit_with(&["README.md", "-m", "x", "--allow-empty"], b"");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("outcrop config unset dont-commit"), "{}", refused.stderr);
}
