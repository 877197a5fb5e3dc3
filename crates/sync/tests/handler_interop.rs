//! The real client against our handler and against stock's server, on copies of the same file: it
//! says the same words, and both ends hold the same artifacts afterwards.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod handler_support;

use handler_support::{Fossil, listener};
use outcrop_repo::Repo;

/// One server, and what the clients said.
struct Stage<'a> {
    fossil: &'a Fossil,
    /// Distinguishes the files of the two servers.
    name: &'static str,
    address: String,
    transcript: Vec<String>,
}

impl Stage<'_> {
    fn file(&self, client: &str) -> String {
        format!("{}-{client}.fossil", self.name)
    }

    fn server(&self) -> String {
        format!("{}.fossil", self.name)
    }

    fn url(&self, user: &str) -> String {
        let user = if user.is_empty() { String::new() } else { format!("{user}:{user}-pw@") };
        format!("http://{user}{}/", self.address)
    }

    /// Runs a client, and notes what it says.
    fn run(&mut self, arguments: &[&str]) {
        let output = self.fossil.attempt("", arguments);
        self.transcript.push(format!("$ {}", arguments[0]));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).replace('\r', "\n");
        let said: Vec<String> = said.lines().filter_map(|line| self.plain(line)).collect();
        self.transcript.extend(said);
        self.transcript.push(format!("exit {:?}", output.status.code()));
    }

    fn clone_as(&mut self, user: &str, client: &str, more: &[&str]) {
        let (url, file) = (self.url(user), self.file(client));
        self.run(&[&["clone", "--once", "-A", "alice"], more, &[&url, &file]].concat());
    }

    /// Pushes, pulls or syncs as a user.
    fn exchange(&mut self, verb: &str, user: &str, client: &str, more: &[&str]) {
        let (url, file) = (self.url(user), self.file(client));
        self.run(&[&[verb, &url, "-R", &file, "--once"], more].concat());
    }

    /// Adds a check-in to the repository of a client.
    fn commit(&self, client: &str, file: &str) {
        let checkout = format!("{}-{client}-{file}", self.name);
        let repository = format!("../{}", self.file(client));
        std::fs::create_dir(self.fossil.path(&checkout)).unwrap();
        self.fossil.run_in(&checkout, &["open", &repository]);
        self.fossil.run_in(&checkout, &["settings", "autosync", "off"]);
        self.fossil.write(&format!("{checkout}/{file}"), format!("{file} is new\n"));
        self.fossil.write(&format!("{checkout}/a.txt"), format!("{file}\nis here\n").repeat(40));
        self.fossil.run_in(&checkout, &["add", file]);
        let date = "2040-05-06T07:08:09";
        self.fossil.commit(&checkout, file, &["--date-override", date, "--user-override", "al"]);
        self.fossil.run_in(&checkout, &["close", "--force"]);
    }

    /// Notes which artifacts a repository holds, and what they mean there.
    fn note(&mut self, repository: &str) {
        self.transcript.push(self.fossil.artifacts(repository));
        for sql in [
            "SELECT uuid, type, user, comment FROM event JOIN blob ON rid=objid ORDER BY uuid",
            "SELECT uuid FROM leaf JOIN blob USING(rid) ORDER BY uuid",
            "SELECT uuid, tagname, value FROM tagxref JOIN tag USING(tagid) JOIN blob USING(rid) \
             ORDER BY uuid, tagname",
            "SELECT uuid FROM unclustered JOIN blob USING(rid) ORDER BY uuid",
        ] {
            self.transcript.push(self.fossil.sql(repository, sql));
        }
        self.fossil.finds_it_whole(repository);
    }

    /// A line without what is never the same twice.
    fn plain(&self, line: &str) -> Option<String> {
        let changing = ["wire bytes", "% complete", "server-id", "admin-user"];
        let line = line.trim();
        let is_empty = line.is_empty() || changing.iter().any(|word| line.contains(word));
        let line = line.replace(&self.address, "SERVER").replace(self.name, "NAME");
        (!is_empty).then_some(line)
    }
}

/// Plays a scene before both servers. Each has a copy of the repository, changed by `sql`.
/// The words must come up.
fn play(fossil: &Fossil, scene: &str, sql: &str, words: &[&str], act: impl Fn(&mut Stage<'_>)) {
    play_with(fossil, "rocks.fossil", scene, sql, words, act);
}

fn play_with(
    fossil: &Fossil,
    repository: &str,
    scene: &str,
    sql: &str,
    words: &[&str],
    act: impl Fn(&mut Stage<'_>),
) {
    let mut transcripts = Vec::new();
    for name in ["stock", "ours"] {
        let name: &'static str = format!("{scene}-{name}").leak();
        let server = format!("{name}.fossil");
        fossil.copy(repository, &server);
        fossil.sql(&server, sql);
        let address = if name.ends_with("stock") {
            fossil.serve_by_stock(&server)
        } else {
            listener::serve(Repo::open(fossil.path(&server)).unwrap())
        };
        let mut stage = Stage { fossil, name, address, transcript: Vec::new() };
        act(&mut stage);
        transcripts.push(stage.transcript);
    }
    let (ours, stock) = (transcripts.pop().unwrap(), transcripts.pop().unwrap());
    let difference = stock.iter().zip(&ours).position(|(stock, ours)| stock != ours);
    assert!(
        stock == ours,
        "{scene}: differ at {difference:?}\nSTOCK {}\nOURS {}",
        stock.join("\n"),
        ours.join("\n")
    );
    for words in words {
        assert!(ours.iter().any(|line| line.contains(words)), "{scene}: no {words:?}: {ours:#?}");
    }
}

const CLOSED: &str = "UPDATE user SET cap='' WHERE login IN ('nobody','anonymous')";

#[test]
fn real_clients_see_no_difference() {
    let fossil = Fossil::find();
    fossil.project("rocks");

    play(&fossil, "clone", "", &["Round-trips: 2   Artifacts sent: 0  received: 2"], |stage| {
        stage.clone_as("", "a", &[]);
        stage.note(&stage.file("a"));
        stage.clone_as("alice", "b", &["--unversioned"]);
        stage.note(&stage.file("b"));
    });
    play(&fossil, "private", "", &["not authorized to sync private content"], |stage| {
        stage.clone_as("xenia", "a", &["--private"]);
        stage.note(&stage.file("a"));
        stage.clone_as("alice", "b", &["--private"]);
        stage.clone_as("alice", "c", &[]);
        stage.exchange("pull", "xenia", "c", &["--private"]);
        stage.note(&stage.file("c"));
        stage.exchange("pull", "alice", "c", &["--private"]);
    });
    play(&fossil, "push", "", &["Artifacts sent: 3"], |stage| {
        stage.clone_as("alice", "a", &[]);
        stage.clone_as("alice", "b", &[]);
        stage.commit("a", "one");
        stage.exchange("push", "alice", "a", &[]);
        stage.exchange("push", "alice", "a", &[]);
        stage.note(&stage.server());
        stage.commit("b", "two");
        stage.exchange("sync", "alice", "b", &[]);
        stage.exchange("pull", "", "a", &[]);
        stage.note(&stage.server());
        stage.note(&stage.file("a"));
        stage.note(&stage.file("b"));
        stage.exchange("sync", "alice", "b", &["--verily"]);
    });
    fossil.project_of_many("rocks", "many");
    play_with(&fossil, "many.fossil", "clusters", "", &["Artifacts sent: 0"], |stage| {
        stage.fossil.copy("rocks.fossil", &stage.file("a"));
        stage.exchange("pull", "", "a", &[]);
        stage.note(&stage.server());
        stage.note(&stage.file("a"));
        stage.exchange("pull", "", "a", &[]);
    });
    let words = ["login failed", "not authorized to write"];
    play(&fossil, "rights", "", &words, |stage| {
        stage.clone_as("bob", "a", &[]);
        stage.commit("a", "one");
        for user in ["bob", "carol", "", "mallory"] {
            stage.exchange("push", user, "a", &[]);
            stage.exchange("sync", user, "a", &[]);
        }
        stage.note(&stage.server());
    });
    let words = ["login failed", "not authorized to clone", "not authorized to read"];
    play(&fossil, "closed", CLOSED, &words, |stage| {
        stage.clone_as("", "a", &[]);
        stage.clone_as("bob", "b", &[]);
        stage.clone_as("mallory", "c", &[]);
        stage.clone_as("carol", "d", &[]);
        for user in ["", "bob", "mallory"] {
            stage.exchange("pull", user, "d", &[]);
        }
    });
    let other = "UPDATE config SET value='00' WHERE name='project-code'";
    play(&fossil, "project", other, &["wrong project"], |stage| {
        stage.fossil.copy("rocks.fossil", &stage.file("a"));
        for verb in ["pull", "push", "sync"] {
            stage.exchange(verb, "", "a", &[]);
        }
    });
    play(&fossil, "unversioned", "", &["fresh"], |stage| {
        stage.clone_as("alice", "a", &[]);
        let file = stage.file("a");
        stage.fossil.write("fresh", "fresh\n");
        let add = ["uv", "add", "fresh", "--mtime", "2030-01-01", "-R"];
        stage.fossil.run(&[&add[..], &[&file]].concat());
        let url = stage.url("alice");
        stage.run(&["uv", "sync", &url, "-R", &file]);
        for repository in [stage.server(), file] {
            let rows = "SELECT name, mtime, hash, sz FROM unversioned ORDER BY name";
            let listed = stage.fossil.sql(&repository, rows);
            stage.transcript.push(listed);
        }
    });
    let setup = "UPDATE user SET cap='s' WHERE login='carol'";
    play(&fossil, "config", setup, &["not authorized to push configuration"], |stage| {
        stage.clone_as("carol", "a", &[]);
        let file = stage.file("a");
        for (verb, user) in [("pull", "carol"), ("pull", "bob"), ("push", "carol"), ("push", "bob")]
        {
            let url = stage.url(user);
            stage.fossil.sql(&file, "UPDATE config SET mtime=1 WHERE name='project-name'");
            stage.run(&["config", verb, "all", &url, "-R", &file]);
        }
    });
}
