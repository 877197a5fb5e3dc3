//! What every command prints with `--json`, against the schemas in `crates/cli/schemas`.
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
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use serde_json::{Value, json};
use support::{Background, Fossil, Ran, Recording, commands, outcrop, ran, run, schema};

/// Commands that speak HTTP with a client: that is all they print.
const SPEAK_HTTP: [&str; 3] = ["cgi", "http", "test-http"];

/// All commands that do something themselves, with dashes between their words.
fn leaves() -> BTreeSet<String> {
    let all = commands();
    let is_leaf = |command: &&Vec<String>| {
        !all.iter().any(|other| other.len() > command.len() && other.starts_with(command))
    };
    all.iter().filter(is_leaf).map(|command| command.join("-")).collect()
}

/// The command that a command line is of.
fn command_of(args: &[&str], leaves: &BTreeSet<String>) -> String {
    let two = args.get(..2).map(|words| words.join("-")).unwrap_or_default();
    let name = if leaves.contains(&two) { two } else { args[0].to_owned() };
    assert!(leaves.contains(&name), "{args:?} is no command");
    name
}

fn matches(line: &str, name: &str) -> Value {
    let value: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
    let faults = schema::faults(&value, &schema::read(name));
    assert!(faults.is_empty(), "{name}: {faults:?}\n{line}");
    value
}

/// One JSON object in one line.
fn is_object(text: &str, name: &str) -> Value {
    assert_eq!(text.matches('\n').count(), 1, "{name}: {text}");
    assert!(text.ends_with('\n'), "{name}: {text}");
    matches(text, name)
}

fn is_error(failed: &Ran, code: i32, args: &[&str]) {
    assert_eq!((failed.code, &failed.stdout[..]), (code, ""), "{args:?}: {}", failed.stderr);
    is_object(&failed.stderr, "error");
}

fn run_with(args: &[&str], input: &str) -> Ran {
    let mut command = outcrop(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that fails may be gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    ran(&child.wait_with_output().unwrap())
}

/// A repository, and the commands that have been run on it.
struct Scene {
    fossil: Fossil,
    file: String,
    leaves: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Scene {
    fn new() -> Self {
        let fossil = Fossil::new();
        let file = fossil.path().join(Fossil::REPOSITORY).to_str().unwrap().to_owned();
        Self { fossil, file, leaves: leaves(), seen: BTreeSet::new() }
    }

    /// A path in the scratch folder.
    fn path(&self, name: &str) -> String {
        self.fossil.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command that succeeds, and gives what it has printed; on another repository it fails.
    fn ok(&mut self, args: &[&str], input: &str) -> Value {
        let name = command_of(args, &self.leaves);
        let done = run_with(&[args, &["--json"]].concat(), input);
        assert_eq!((done.code, &done.stderr[..]), (0, ""), "{args:?}: {}", done.stdout);
        let value = is_object(&done.stdout, &name);
        self.seen.insert(name);
        if args.contains(&&*self.file) {
            let nowhere = self.path("nowhere.fossil");
            let is_file = |word: &&str| **word == self.file;
            let elsewhere: Vec<_> =
                args.iter().map(|word| if is_file(word) { &*nowhere } else { *word }).collect();
            is_error(&run_with(&[&elsewhere[..], &["--json"]].concat(), input), 1, args);
        }
        value
    }

    /// The same for a command that works on the repository and only reads: it does so in every tone.
    fn read(&mut self, args: &[&str]) -> Value {
        let file = self.file.clone();
        let args = [args, &["-R", &file]].concat();
        for tone in ["--quiet", "--verbose"] {
            let done = run(args.iter().chain(&[tone]));
            assert_eq!((done.code, &done.stderr[..]), (0, ""), "{args:?} {tone}");
        }
        self.ok(&[&args[..], &["-v"]].concat(), "");
        self.ok(&args, "")
    }

    /// The same for a command that writes to the repository.
    fn write(&mut self, args: &[&str], input: &str) -> Value {
        self.ok(&[args, &["-R", &self.file.clone()]].concat(), input)
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

fn history(scene: &mut Scene) {
    let one = scene.path("work/one.txt");
    let put = |name: &str| format!("{name}={one}");
    let first = scene.write(&["commit", &put("new.txt"), "-m", "new"], "");
    assert_eq!(
        (&first["new_branch"], &first["files"][0]["change"]),
        (&json!(false), &json!("added"))
    );
    let rename = ["commit", "--rename", "new.txt", "b.txt", "--remove", "two.txt", "-m", "-"];
    let second = scene.write(&[&rename[..], &["-b", "side", "--tag", "t"]].concat(), "renamed\n");
    assert_eq!(second["files"].as_array().unwrap().len(), 2, "{second}");
    scene.write(&["commit", "--allow-empty", "-m", "x", "--dry-run"], "");
    scene.read(&["ls"]);
    let listed = scene.read(&["ls", "side", "*.txt"]);
    assert_eq!(listed["files"][0]["old_name"], "new.txt");
    scene.read(&["cat", "one.txt", "b.txt", "--checkin", "side"]);
    let log = scene.read(&["log", "--type", "all", "-n", "3"]);
    assert_eq!(log["more"], true);
    scene.read(&["log", "side"]);
    scene.read(&["branch", "ls", "--all"]);
    scene.write(&["branch", "close", "side"], "");
    scene.write(&["branch", "reopen", "side"], "");
    scene.write(&["tag", "add", "v1", "trunk", "a value"], "");
    scene.write(&["tag", "add", "v1", "side", "--propagate"], "");
    scene.read(&["tag", "ls"]);
    scene.read(&["tag", "ls", "side", "--raw"]);
    scene.read(&["tag", "find", "v1"]);
    scene.read(&["tag", "find", "trunk", "-n", "1"]);
    scene.write(&["tag", "cancel", "v1", "side"], "");
    scene.read(&["artifact", "trunk"]);
    let plain = text(&listed["files"][0], "hash").to_owned();
    assert!(scene.read(&["artifact", &plain])["kind"].is_null());
}

fn pages(scene: &mut Scene) {
    assert_eq!(scene.write(&["wiki", "write", "Page", "-M", "plain"], "text\n")["created"], true);
    assert_eq!(scene.write(&["wiki", "write", "Page"], "other\n")["created"], false);
    scene.read(&["wiki", "ls", "--all"]);
    assert_eq!(scene.read(&["wiki", "cat", "Page"])["text"], "other\n");
    let file = scene.path("work/one.txt");
    scene.write(&["attachment", "add", "Page", &file, "-m", "why"], "");
    scene.read(&["attachment", "ls", "Page"]);
    scene.read(&["attachment", "cat", "Page", "one.txt"]);
    scene.write(&["attachment", "rm", "Page", "one.txt"], "");
    scene.write(&["wiki", "rm", "Page"], "");
    let note = scene.write(&["technote", "write", "A note"], "text\n");
    let note = text(&note, "id").to_owned();
    let again = ["technote", "write", "A note", "--id", &note[..8], "--tag", "news"];
    assert_eq!(scene.write(&again, "more\n")["created"], false);
    scene.read(&["technote", "ls"]);
    assert_eq!(scene.read(&["technote", "cat", &note])["text"], "more\n");
    let ticket = scene.write(&["ticket", "add", "title=It fails", "--from", "comment=-"], "why\n");
    let ticket = text(&ticket, "id").to_owned();
    scene.write(&["ticket", "set", &ticket[..8], "status=Fixed", "+comment=more"], "");
    let listed = scene.read(&["ticket", "ls", "status=Fixed"]);
    assert_eq!(listed["tickets"][0]["fields"]["comment"], "why\nmore");
    scene.read(&["ticket", "show", &ticket]);
    assert_eq!(scene.read(&["ticket", "history", &ticket])["changes"].as_array().unwrap().len(), 2);
    scene.read(&["ticket", "fields"]);
}

fn keeping(scene: &mut Scene) {
    let file = scene.file.clone();
    scene.ok(&["init", &scene.path("made.fossil")], "");
    scene.ok(&["info", &file], "");
    scene.ok(&["verify", &file], "");
    scene.ok(&["verify", "--artifacts", &file], "");
    scene.ok(&["backup", &file, &scene.path("copy.fossil")], "");
    scene.ok(&["compact", &file], "");
    scene.write(&["uv", "add", "-", "--as", "note"], "text\n");
    scene.read(&["uv", "ls", "n*"]);
    scene.read(&["uv", "cat", "note"]);
    scene.write(&["uv", "rm", "note"], "");
    scene.write(&["user", "new", "bob", "--no-password"], "");
    scene.read(&["user", "ls"]);
    scene.write(&["user", "password", "bob"], "secret\n");
    scene.read(&["user", "caps", "bob"]);
    scene.write(&["user", "caps", "bob", "ei"], "");
    scene.write(&["user", "contact", "bob", "bob@example.org"], "");
    scene.write(&["user", "rm", "bob"], "");
    scene.write(&["config", "set", "project-name", "Ours"], "");
    scene.read(&["config", "ls"]);
    scene.read(&["config", "get", "project-name"]);
    let exported = scene.path("project.txt");
    scene.write(&["config", "export", "project", &exported], "");
    scene.write(&["config", "import", &exported], "");
    scene.write(&["config", "unset", "project-name"], "");
    let shunned = scene.write(&["shun", "add", &"a".repeat(40), "-m", "why"], "");
    assert_eq!(shunned["removed"], json!([]));
    scene.read(&["shun", "ls"]);
    scene.write(&["shun", "purge"], "");
    scene.write(&["shun", "rm", "aaaa"], "");
    scene.ok(&["rebuild", &file], "");
    scene.ok(&["completions", "bash"], "");
    scene.ok(&["man"], "");
    scene.ok(&["man", &scene.path("man1")], "");
}

/// Sessions as a server's first user. What they say of it never holds the password.
fn sessions(scene: &mut Scene, url: &str, created: &Value) {
    let (user, password) = (text(created, "admin_user"), text(created, "admin_password"));
    let url = &*url.replace("://", &format!("://{user}:{password}@"));
    let copy = scene.path("copied.fossil");
    let cloned = scene.ok(&["clone", "--save-http-password", "-u", url, &copy], "");
    assert!(cloned["session"]["received"].as_u64() > Some(0), "{cloned}");
    for command in [
        &["pull"][..],
        &["push"],
        &["sync", "-u"],
        &["uv", "sync"],
        &["uv", "revert"],
        &["config", "pull", "skin"],
        &["config", "push", "skin"],
    ] {
        let ended = scene.ok(&[command, &["-R", &copy]].concat(), "");
        assert!(!ended.to_string().contains(password), "{ended}");
        let refused =
            run([command, &["-R", &copy, "http://127.0.0.1:1/", "--attempts", "1", "--json"]]
                .concat());
        is_error(&refused, 4, command);
    }
    let before = fs::read(&copy).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scene.ok(&["pull", "-R", &copy], "");
    scene.ok(&["sync", "-u", "-R", &copy], "");
    assert!(fs::read(&copy).unwrap() == before, "nothing is new, so nothing is written");
    let scgi = ["scgi", "--listen", "127.0.0.1:0", "--json", &copy];
    let (serving, line) = first_line(&scgi);
    matches(&line, "scgi");
    scene.seen.insert("scgi".to_owned());
    assert_eq!(serving.interrupt(), 0);
}

/// Starts a server that tells where it is.
fn first_line(args: &[&str]) -> (Background, String) {
    let mut child = outcrop(args).stdout(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let serving = Background(child);
    (serving, stdout.lines().next().unwrap().unwrap())
}

/// Servers tell where they are, and go on.
fn network(scene: &mut Scene) {
    let folder = scene.path("served");
    let (serving, line) =
        first_line(&["serve", "--listen", "127.0.0.1:0", "--create", "--json", &folder]);
    let address = matches(&line, "serve");
    let url = format!("{}demo", text(&address, "listening"));
    scene.seen.insert("serve".to_owned());
    scene.ok(&["ping", &url], "");
    sessions(scene, &url, &address["created"]);
    let captures = scene.path("captures");
    let mut recording = Recording::start(&["--upstream", &url, &captures, "--json"]);
    let address = matches(&recording.line(), "record");
    let clone = scene.path("clone.fossil");
    scene.fossil.run(["clone", text(&address, "listening"), &clone]);
    let exchange = matches(&recording.line(), "record");
    assert!(exchange["reply"]["cards"].is_object(), "{exchange}");
    scene.seen.insert("record".to_owned());
    assert_eq!(recording.process.interrupt(), 0);
    assert_eq!(serving.interrupt(), 0);
    let files: Vec<_> =
        fs::read_dir(&captures).unwrap().map(|entry| entry.unwrap().path()).collect();
    scene.ok(&["cards", files[0].to_str().unwrap()], "");
}

#[test]
fn every_command_prints_what_its_schema_says() {
    let mut scene = Scene::new();
    history(&mut scene);
    pages(&mut scene);
    keeping(&mut scene);
    network(&mut scene);
    let mut wanted = scene.leaves;
    for name in SPEAK_HTTP {
        assert!(wanted.remove(name), "{name} is no command");
    }
    assert_eq!(scene.seen, wanted, "commands that were run, and those there are");
    let files = fs::read_dir(schema::folder()).unwrap().map(|entry| entry.unwrap().path());
    let schemas: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    wanted.insert("error".to_owned());
    assert_eq!(schemas, wanted, "schemas, and commands");
}

#[test]
fn wrong_usage_is_json_too() {
    for command in commands() {
        let words = command.iter().map(String::as_str);
        let args: Vec<_> = words.chain(["--nonsense", "--json"]).collect();
        is_error(&run(&args), 2, &args);
    }
    // What was found is told, and that it is wrong too.
    let scene = Scene::new();
    let damage = "UPDATE event SET comment='forged'; INSERT INTO plink(pid, cid) VALUES(1, 987)";
    scene.fossil.run(["sql", "-R", Fossil::REPOSITORY, damage]);
    let wrong = run(["verify", "--json", &scene.file]);
    assert_eq!(wrong.code, 5);
    is_object(&wrong.stdout, "verify");
    let bad = scene.path("work/one.txt");
    let cards = run(["cards", "--json", &bad]);
    assert_eq!(cards.code, 1);
    assert!(is_object(&cards.stdout, "cards")["messages"][0]["error"].is_object());
    is_object(&cards.stderr, "error");
}

/// A schema that anything fits would prove nothing.
#[test]
fn schemas_refuse_what_is_wrong() {
    let good = json!({"branches": [{"name": "trunk", "tip": "a".repeat(64), "time": 1,
        "closed": false, "check_ins": 3}]});
    let schema = schema::read("branch-ls");
    assert_eq!(schema::faults(&good, &schema), [""; 0]);
    let with = |field: &str, value: Value| {
        let mut bad = good.clone();
        bad["branches"][0][field] = value;
        schema::faults(&bad, &schema)
    };
    for (field, value) in [
        ("name", json!(1)),
        ("tip", json!("abc")),
        ("time", json!("2024")),
        ("closed", Value::Null),
        ("check_ins", json!(-1)),
        ("check_ins", json!(1.5)),
        ("more", json!(1)),
    ] {
        assert_eq!(with(field, value).len(), 1, "{field}");
    }
    let mut bad = good;
    bad["branches"][0].as_object_mut().unwrap().remove("closed");
    assert_eq!(schema::faults(&bad, &schema).len(), 1);
    let either = schema::read("record");
    assert_eq!(schema::faults(&json!({"listening": "x", "upstream": "y"}), &either), [""; 0]);
    assert_eq!(schema::faults(&json!({"listening": "x"}), &either).len(), 1);
}
