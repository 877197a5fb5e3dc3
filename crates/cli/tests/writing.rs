//! Tags, branches, pages, tickets and attachments that ours writes: stock reads them, and its
//! rebuild leaves every row as it is.
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

use std::path::PathBuf;

use outcrop_oracle::{Options, Stock, compare};
use serde_json::Value;
use support::{outcrop, ran};

struct Scene {
    stock: Stock,
    repository: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        let repository = stock.path("project.fossil");
        stock.ok(&["init", "-A", "alice", "project.fossil"]);
        stock.write("page.md", "# One\n\nSee [two].\n");
        stock.write("other.md", "# Two\n");
        Self { stock, repository }
    }

    /// Runs ours, which succeeds; gives what it prints.
    fn ours(&self, args: &[&str]) -> String {
        let mut command = outcrop([args, &["-R", self.repository.to_str().unwrap()]].concat());
        let done = ran(&command.current_dir(self.stock.path("")).output().unwrap());
        assert_eq!((done.code, &done.stderr[..]), (0, ""), "{args:?}");
        done.stdout
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ours(&[args, &["--json"]].concat())).unwrap()
    }

    fn theirs(&self, args: &[&str]) -> String {
        self.stock.ok(&[args, &["-R", self.repository.to_str().unwrap()]].concat())
    }

    fn is_sound(&self) {
        let copy = self.stock.copy(&self.repository, "rebuilt.fossil");
        self.stock.rebuild(&copy);
        let options = Options::derived().without("fx_outcrop_awaited_pick");
        let differences = compare(&self.repository, &copy, &options);
        assert!(differences.is_empty(), "ours left, stock's right:\n{differences}");
        self.stock.test_integrity(&self.repository);
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

#[test]
fn pages_are_those_of_stock() {
    let scene = Scene::new();
    assert_eq!(
        scene.ours(&["wiki", "write", "A page", "page.md", "-M", "markdown"]),
        "A page: made\n"
    );
    assert_eq!(scene.theirs(&["wiki", "export", "A page"]), "# One\n\nSee [two].\n");
    let second = scene.json(&["wiki", "write", "A page", "other.md"]);
    assert_eq!(scene.theirs(&["wiki", "export", "A page"]), "# Two\n");
    let artifact = scene.theirs(&["artifact", text(&second, "hash")]);
    // What it comes from is told, and the type is that of the version before.
    assert!(artifact.contains("\nP ") && artifact.contains("\nN text/x-markdown\n"), "{artifact}");
    assert!(artifact.contains("\nU alice\n"), "{artifact}");
    scene.ours(&["wiki", "write", "another", "page.md", "--new", "--date", "2024-05-06T07:08:09"]);
    assert!(scene.theirs(&["timeline", "-t", "w"]).contains("=== 2024-05-06 ==="));
    assert_eq!(scene.theirs(&["wiki", "list"]), "A page\nanother\n");
    assert_eq!(scene.ours(&["wiki", "rm", "A page", "-v"]).lines().count(), 2);
    assert_eq!(scene.theirs(&["wiki", "list"]), "another\n");
    assert_eq!(scene.ours(&["wiki", "ls"]), "another\n");
    assert_eq!(scene.ours(&["wiki", "ls", "--all"]), "A page  (deleted)\nanother\n");
    // A deleted page can be written again.
    assert_eq!(scene.json(&["wiki", "write", "A page", "page.md", "--new"])["created"], true);

    let note = ["technote", "write", "A note", "page.md", "-M", "plain", "--tag", "news"];
    let when = ["--time", "2024-01-15 12:00", "--bgcolor", "#ffeeff"];
    let made = scene.json(&[&note[..], &when].concat());
    let id = text(&made, "id");
    assert_eq!(scene.theirs(&["wiki", "export", "-t", id]), "# One\n\nSee [two].\n");
    assert_eq!(scene.theirs(&["wiki", "export", "-t", "news"]), "# One\n\nSee [two].\n");
    assert!(
        scene
            .theirs(&["wiki", "list", "-t", "-s"])
            .starts_with(&format!("{id} 2024-01-15 12:00:00"))
    );
    scene.ours(&["technote", "write", "A note!", "other.md", "--id", &id[..10]]);
    assert_eq!(scene.theirs(&["wiki", "export", "-t", id]), "# Two\n");
    assert_eq!(scene.theirs(&["wiki", "list", "-t", "-s"]).lines().count(), 1);
    assert!(scene.ours(&["technote", "ls"]).contains("2024-01-15 12:00:00  A note!"));

    scene.ours(&["attachment", "add", "another", "page.md", "-m", "why not"]);
    scene.ours(&["attachment", "add", &id[..8], "other.md", "--as", "two.md"]);
    let rows = "SELECT target || ' ' || filename FROM attachment WHERE isLatest ORDER BY 1;";
    let listed = scene.stock.sql(&scene.repository, rows);
    assert!(listed.contains("another page.md"), "{listed}");
    assert!(listed.contains(&format!("{id} two.md")), "{listed}");
    assert_eq!(scene.ours(&["attachment", "cat", "another", "page.md"]), "# One\n\nSee [two].\n");
    let rows =
        "SELECT count(*) FROM attachment WHERE isLatest AND src <> '' AND comment = 'why not';";
    assert_eq!(scene.stock.sql(&scene.repository, rows).trim(), "1");
    scene.ours(&["attachment", "rm", "another", "page.md"]);
    assert_eq!(scene.stock.sql(&scene.repository, rows).trim(), "0");
    assert_eq!(scene.ours(&["attachment", "ls", "another"]), "");
    scene.is_sound();
}

#[test]
fn tickets_are_those_of_stock() {
    let scene = Scene::new();
    let made =
        ["ticket", "add", "title=It fails\nbadly", "status=Open", "--from", "comment=page.md"];
    let made = scene.json(&made);
    let id = text(&made, "id");
    let shown = || scene.theirs(&["ticket", "show", "0", "--quote"]);
    assert!(shown().contains("It\\sfails\\nbadly") && shown().contains("#\\sOne"), "{}", shown());
    let set = ["ticket", "set", &id[..12], "status=Fixed", "+comment=\nand more"];
    assert_eq!(scene.ours(&set), format!("{id}: changed\n"));
    assert!(shown().contains("Fixed") && shown().contains("\\nand\\smore"), "{}", shown());
    let history = scene.theirs(&["ticket", "history", id]);
    assert!(history.contains("Append to comment"), "{history}");
    let told = scene.ours(&["ticket", "history", id]);
    assert!(told.contains("  +comment:") && told.contains("  status:      Fixed"), "{told}");

    // Stock changes what ours made, and ours what stock made.
    scene.theirs(&["ticket", "set", id, "status", "Closed"]);
    assert!(scene.ours(&["ticket", "show", id]).contains("status:      Closed\n"));
    scene.theirs(&["ticket", "add", "title", "Another", "status", "Open"]);
    let listed = scene.json(&["ticket", "ls", "status=Open"]);
    assert_eq!(listed["tickets"].as_array().unwrap().len(), 1);
    let other = text(&listed["tickets"][0], "id").to_owned();
    scene.ours(&["ticket", "set", &other, "status=Review", "--date", "2099-01-01"]);
    assert!(shown().contains("Review"), "{}", shown());
    let fields = scene.ours(&["ticket", "fields"]);
    let theirs = scene.theirs(&["ticket", "list", "fields"]);
    let sorted = |text: &str| {
        let own = text.lines().filter(|name| !name.starts_with("tkt_"));
        let mut names: Vec<_> = own.map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(&fields), sorted(&theirs));
    scene.is_sound();
}

#[test]
fn tags_are_those_of_stock() {
    let scene = Scene::new();
    scene.ours(&["commit", "page.md", "-m", "one"]);
    scene.ours(&["commit", "other.md", "-m", "two", "-b", "side"]);
    let added = scene.json(&["tag", "add", "v 1", "trunk"]);
    assert_eq!((text(&added, "tag"), text(&added, "action")), ("sym-v 1", "add"));
    let artifact = scene.theirs(&["artifact", text(&added, "hash")]);
    assert!(
        artifact.contains(&format!("\nT +sym-v\\s1 {}\n", text(&added, "target"))),
        "{artifact}"
    );
    scene.ours(&["tag", "add", "spread", "root:side", "a value", "--propagate"]);
    scene.ours(&["tag", "add", "bgcolor", "side", "#ff0000", "--raw"]);
    scene.ours(&["tag", "add", "comment", "side", "amended\nby ours", "--raw"]);
    assert_eq!(scene.theirs(&["tag", "list"]), scene.ours(&["tag", "ls"]));
    let found = scene.theirs(&["tag", "find", "v 1", "-t", "ci"]);
    assert!(found.contains("one"), "{found}");
    let raw = scene.theirs(&["tag", "list", "side", "--raw"]);
    assert!(raw.contains("bgcolor=#ff0000") && raw.contains("sym-spread=a value"), "{raw}");
    assert!(scene.theirs(&["timeline", "-t", "ci"]).contains("amended by ours"));
    assert!(scene.ours(&["log", "-n", "1"]).contains("amended by ours"));
    let found = scene.json(&["tag", "find", "spread"]);
    assert_eq!(found["found"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["found"][0]["inherited"], true);

    scene.ours(&["tag", "cancel", "v 1", "v 1"]);
    assert!(!scene.theirs(&["tag", "list"]).contains("v 1"));
    scene.ours(&["tag", "cancel", "spread", "side"]);
    assert!(!scene.theirs(&["tag", "list", "side"]).contains("spread"));
    assert!(scene.theirs(&["tag", "list", "root:side"]).contains("spread"));

    assert_eq!(scene.ours(&["branch", "ls"]), "side\ntrunk\n");
    scene.ours(&["branch", "close", "side"]);
    assert!(scene.theirs(&["branch", "list", "-c"]).contains("side"));
    assert_eq!(scene.ours(&["branch", "ls"]), "trunk\n");
    assert_eq!(scene.ours(&["branch", "ls", "-a"]), "side  (closed)\ntrunk\n");
    scene.ours(&["branch", "reopen", "side"]);
    assert_eq!(scene.theirs(&["branch", "list", "-c"]), "");
    // On a page a tag has no beginning of its own, as with stock.
    scene.ours(&["wiki", "write", "Page", "page.md"]);
    let page = scene.json(&["wiki", "cat", "Page"]);
    let tagged = scene.json(&["tag", "add", "reviewed", text(&page, "hash")]);
    assert_eq!(text(&tagged, "tag"), "reviewed");
    assert!(scene.theirs(&["tag", "find", "--raw", "reviewed"]).contains(text(&page, "hash")));
    scene.is_sound();
}
