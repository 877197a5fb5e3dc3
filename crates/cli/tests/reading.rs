//! What stock wrote is listed the same: check-ins, files, branches, tags, pages and tickets.
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

use std::{collections::BTreeMap, path::PathBuf};

use outcrop_oracle::{Shape, Stock, rich};
use serde_json::Value;
use support::{outcrop, run};

/// A repository in which stock has had a hand in everything.
struct Scene {
    stock: Stock,
    repository: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        let mut shape = Shape::tame();
        shape.natural = true;
        // Stock tells what was picked among what a check-in comes from.
        shape.cherrypicks = false;
        // What is not here cannot be shown by either.
        shape.withheld = false;
        let repository = rich(&stock, "rich", 7, &shape).repository;
        Self { stock, repository }
    }

    fn file(&self) -> &str {
        self.repository.to_str().unwrap()
    }

    /// What our program prints, as JSON.
    fn ours(&self, args: &[&str]) -> Value {
        let end = args.iter().position(|word| *word == "--").unwrap_or(args.len());
        let (options, names) = args.split_at(end);
        let done = run([options, &["--json", "-R", self.file()], names].concat());
        assert_eq!((done.code, &done.stderr[..]), (0, ""), "{args:?}");
        serde_json::from_str(&done.stdout).unwrap()
    }

    fn theirs(&self, args: &[&str]) -> String {
        self.stock.ok(&[args, &["-R", self.file()]].concat())
    }

    /// Lines of stock's timeline in a format, without what it says itself.
    fn timeline(&self, args: &[&str], format: &str) -> Vec<String> {
        let basic = ["-n", "0", "-F", format];
        let said = self.theirs(&[&["timeline"], args, &basic].concat());
        said.lines().filter(|line| !line.starts_with("+++ ")).map(str::to_owned).collect()
    }

    /// The times of all events, by names.
    fn times(&self) -> BTreeMap<String, String> {
        let sql = "SELECT uuid || ' ' || mtime FROM event JOIN blob ON rid = objid;";
        let said = self.stock.sql(&self.repository, sql);
        let lines = said.lines().map(|line| line.trim_matches('\'').split_once(' ').unwrap());
        lines.map(|(name, time)| (name.to_owned(), time.to_owned())).collect()
    }
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

/// The same names, in an order by time; what happened at the same time may stand in any.
fn same_order(ours: &[String], theirs: &[String], times: &BTreeMap<String, String>, what: &str) {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    assert_eq!(sorted(ours), sorted(theirs), "{what}");
    let by_time =
        |names: &[String]| names.iter().map(|name| times[name].clone()).collect::<Vec<_>>();
    assert_eq!(by_time(ours), by_time(theirs), "{what}");
}

fn log_is_that_of_stock(scene: &Scene) {
    let times = scene.times();
    for (ours, theirs) in [
        (&["log"][..], &["-t", "ci"][..]),
        (&["log", "--type", "all"], &[]),
        (&["log", "--type", "wiki"], &["-t", "w"]),
        (&["log", "--type", "t"], &["-t", "t"]),
        (&["log", "--branch", "trunk"], &["-t", "ci", "-b", "trunk"]),
        (&["log", "trunk"], &["parents", "trunk", "-t", "ci"]),
    ] {
        let entries = scene.ours(&[ours, &["-n", "0"]].concat());
        let names = texts(&entries["entries"], "name");
        assert!(names.len() > 3, "{ours:?}: {names:?}");
        same_order(&names, &scene.timeline(theirs, "%H"), &times, &format!("{ours:?}"));
        assert_eq!(entries["more"], false);
    }
    let entries = scene.ours(&["log", "-n", "0"]);
    let told = |entry: &Value| {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        // Where nobody is named, stock shows a sign.
        let user = Some(text("user")).filter(|user| !user.is_empty()).unwrap_or("?".to_owned());
        let mut tags = texts_of(&entry["tags"]);
        tags.sort();
        // Stock shows each comment in one line.
        let comment = text("comment").replace(['\n', '\t'], " ").replace('\r', "");
        format!("{}|{}|{}|{}|{comment}", text("name"), user, text("branch"), tags.join(", "))
    };
    let mut ours: Vec<_> = entries["entries"].as_array().unwrap().iter().map(told).collect();
    let mut theirs: Vec<_> = scene
        .timeline(&["-t", "ci"], "%H|%a|%b|%t|%c")
        .iter()
        .map(|line| {
            let parts: Vec<_> = line.splitn(5, '|').collect();
            let mut tags: Vec<_> = parts[3].split(", ").filter(|tag| !tag.is_empty()).collect();
            tags.sort_unstable();
            // What no tag puts on a branch is on the main one, as stock says in other places.
            let branch = if parts[2].is_empty() { "trunk" } else { parts[2] };
            format!("{}|{}|{branch}|{}|{}", parts[0], parts[1], tags.join(", "), parts[4])
        })
        .collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

fn texts_of(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn files_are_those_of_stock(scene: &Scene) {
    let names = texts(&scene.ours(&["log", "-n", "0"])["entries"], "name");
    let mut read = 0;
    for (at, check_in) in names.iter().enumerate() {
        let listed = scene.ours(&["ls", check_in]);
        assert_eq!(listed["check_in"], **check_in);
        let sql = format!("SELECT uuid || ' ' || filename FROM files_of_checkin('{check_in}');");
        let said = scene.stock.sql(&scene.repository, &sql);
        let mut theirs: Vec<_> =
            said.lines().map(|line| line.trim_matches('\'').replace("''", "'")).collect();
        let mut ours: Vec<_> = texts(&listed["files"], "hash")
            .iter()
            .zip(texts(&listed["files"], "name"))
            .map(|(hash, name)| format!("{hash} {name}"))
            .collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "{check_in}");
        // All files of a few check-ins.
        for name in texts(&listed["files"], "name").iter().filter(|_| at % 5 == 0) {
            let args = ["cat", "-r", check_in, "-R", scene.file(), "--", name];
            let ours = outcrop(args).output().unwrap();
            assert!(ours.status.success() && ours.stderr.is_empty(), "{name}: {ours:?}");
            let hash = scene.ours(&["cat", "-r", check_in, "--", name]);
            let hash = hash["files"][0]["hash"].as_str().unwrap().to_owned();
            let theirs = scene.stock.run(&["artifact", &hash, "-R", scene.file()]);
            assert!(ours.stdout == theirs.stdout, "{check_in} {name}");
            read += 1;
        }
    }
    assert!(read > 20, "{read} files were read");
}

fn names_are_those_of_stock(scene: &Scene) {
    let entries = scene.ours(&["log", "-n", "0"]);
    let name = entries["entries"][5]["name"].as_str().unwrap();
    let date = scene.timeline(&["-t", "ci", "before", name], "%d")[0].clone();
    let branch = entries["entries"].as_array().unwrap();
    let branch = branch.iter().find_map(|entry| entry["branch"].as_str().filter(|b| *b != "trunk"));
    let (dated, start) = (format!("trunk:{date}"), format!("start:{}", branch.unwrap()));
    let root = format!("root:{}", branch.unwrap());
    let is_ours = |form: &str, theirs: &str| {
        assert_eq!(scene.ours(&["ls", form])["check_in"], theirs, "{form}");
        let log = scene.ours(&["log", form, "-n", "1"]);
        assert_eq!(log["entries"][0]["name"], theirs, "{form}");
    };
    for form in [name, &name[..8], "tip", "trunk", branch.unwrap(), &start, &root] {
        is_ours(form, &scene.timeline(&["parents", form, "-t", "ci"], "%H")[0]);
    }
    // Of dates stock tells no ancestors.
    for (form, of_branch) in [(&date, ""), (&dated, "AND value = 'trunk'")] {
        let sql = format!(
            "SELECT uuid FROM event JOIN blob ON rid = objid JOIN tagxref USING(rid) \
             WHERE type = 'ci' AND tagxref.tagid = 8 AND tagtype > 0 {of_branch} \
             AND event.mtime <= julianday('{date}.999') ORDER BY event.mtime DESC LIMIT 1;"
        );
        let theirs = scene.stock.sql(&scene.repository, &sql);
        is_ours(form, theirs.trim().trim_matches('\''));
    }
}

fn histories_of_files_are_those_of_stock(scene: &Scene) {
    let times = scene.times();
    let said = scene.stock.sql(&scene.repository, "SELECT name FROM filename;");
    let names = said.lines().map(|name| name.trim_matches('\'').replace("''", "'"));
    let mut told = 0;
    // Stock takes these for patterns.
    for name in &names.filter(|name| !name.contains(['*', '[', '?'])).collect::<Vec<_>>() {
        let ours =
            texts(&scene.ours(&["log", "-n", "0", &format!("--file={name}")])["entries"], "name");
        let theirs = scene.timeline(&["-t", "ci", "-p", name], "%H");
        same_order(&ours, &theirs, &times, name);
        told += ours.len();
    }
    assert!(told > 10, "{told} check-ins");
    // A folder, and what a check-in comes from: what is in both.
    let names = |args: &[&str]| {
        texts(&scene.ours(&[&["log", "-n", "0"], args].concat())["entries"], "name")
    };
    let folder = names(&["--file", "src"]);
    let ancestors = names(&[&folder[0]]);
    let mut both = folder.clone();
    both.retain(|name| ancestors.contains(name));
    assert_eq!(names(&[&folder[0], "--file", "src/"]), both);
    assert!(!both.is_empty() && both.len() < folder.len().max(ancestors.len()), "{both:?}");
    let trunk = names(&["trunk"]);
    let by_alice = names(&["trunk", "--user", "alice", "--since", "2001-01-01"]);
    let mut theirs = names(&["--user", "alice"]);
    theirs.retain(|name| trunk.contains(name));
    assert_eq!(by_alice, theirs);
}

fn lists_are_those_of_stock(scene: &Scene) {
    let lines = |args: &[&str]| -> Vec<String> {
        let said = scene.theirs(args);
        said.lines().map(|line| line.trim_start_matches(['*', '#', ' ']).to_owned()).collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    for (ours, theirs) in [("--all", "-a"), ("--closed", "-c")] {
        let branches = texts(&scene.ours(&["branch", "ls", ours])["branches"], "name");
        assert_eq!(sorted(branches), sorted(lines(&["branch", "list", theirs])), "{ours}");
    }
    let tags = texts(&scene.ours(&["tag", "ls"])["tags"], "name");
    assert_eq!(sorted(tags), sorted(lines(&["tag", "list"])));
    let raw = scene.ours(&["tag", "ls", "trunk", "--raw"]);
    let told = |tag: &Value| match tag["value"].as_str().filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={value}", tag["name"].as_str().unwrap()),
        None => tag["name"].as_str().unwrap().to_owned(),
    };
    let ours: Vec<_> = raw["tags"].as_array().unwrap().iter().map(told).collect();
    let theirs = lines(&["tag", "list", "trunk", "--raw", "-t", "cancel", "--inverse"]);
    assert_eq!(sorted(ours), sorted(theirs));

    let pages = texts(&scene.ours(&["wiki", "ls"])["pages"], "title");
    assert_eq!(pages, lines(&["wiki", "list"]));
    let all = texts(&scene.ours(&["wiki", "ls", "--all"])["pages"], "title");
    assert_eq!(sorted(all), sorted(lines(&["wiki", "list", "--all", "-a"])));
    for title in &pages {
        // Stock shows a text without the white space at its end.
        let ours = run(["wiki", "cat", title, "-R", scene.file()]).stdout;
        assert_eq!(ours.trim_end(), scene.theirs(&["wiki", "export", title]).trim_end(), "{title}");
    }
    let notes = scene.ours(&["technote", "ls"]);
    let theirs = lines(&["wiki", "list", "-t", "-s"]);
    let theirs: Vec<_> =
        theirs.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(sorted(texts(&notes["technotes"], "id")), sorted(theirs));
    let shown = scene.theirs(&["ticket", "show", "0", "--quote"]);
    let mut rows = shown.lines();
    let at = rows.next().unwrap().split('\t').position(|column| column == "tkt_uuid").unwrap();
    let theirs: Vec<_> = rows.map(|row| row.split('\t').nth(at).unwrap().to_owned()).collect();
    let tickets = texts(&scene.ours(&["ticket", "ls"])["tickets"], "id");
    assert_eq!(sorted(tickets.clone()), sorted(theirs));
    assert!(pages.len() > 1 && tickets.len() > 1, "{pages:?} {tickets:?}");
    let history = scene.theirs(&["ticket", "history", &tickets[0]]);
    let changes = scene.ours(&["ticket", "history", &tickets[0]]);
    let count = changes["changes"].as_array().unwrap().len();
    assert_eq!(history.matches("Ticket Change by ").count(), count, "{history}");
}

#[test]
fn what_stock_wrote_is_listed_the_same() {
    let scene = Scene::new();
    log_is_that_of_stock(&scene);
    files_are_those_of_stock(&scene);
    names_are_those_of_stock(&scene);
    histories_of_files_are_those_of_stock(&scene);
    lists_are_those_of_stock(&scene);
}
