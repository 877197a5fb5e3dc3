//! Stock `fossil`, our server and our commands at work on one file at the same time: nobody fails,
//! everybody sees the work of the others, and all that anyone was told is there in the end.
//!
//! Everyone works for some seconds; `OUTCROP_TOGETHER=60` makes it a minute. One thing stock does not
//! promise, with other processes of stock neither: a command that begins to read and goes on to write
//! is told "database is locked" at once if someone else has written meanwhile, and is given again.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;
mod together_support;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use outcrop_oracle::{Stock, StockServer};
use support::{
    Ran, outcrop, ran,
    serving::{Serving, get},
};
use together_support::{PAGES, Ui};

/// How often stock is given a command again that finds the file locked.
const ATTEMPTS: usize = 100;

/// After so many of them the others make way: on a slow machine somebody would always have written
/// while stock was on its way from reading to writing.
const BEFORE_WAY_IS_MADE: usize = 10;

/// For so long at a time.
const MOST_WAY: Duration = Duration::from_secs(2);

/// How long everyone works, in seconds, unless the environment says otherwise.
const USUAL: u64 = 6;

/// So often at least each one's work must have come to an end.
const LEAST: usize = 2;

/// One file, and who works on it.
struct Scene {
    stock: Arc<Stock>,
    /// The file that everyone uses.
    file: PathBuf,
    end: Instant,
    /// How many are to be made way for.
    held_up: AtomicUsize,
    /// How often stock was told that the file is locked.
    locked: AtomicUsize,
}

impl Scene {
    fn new() -> Self {
        let stock = Arc::new(Stock::find());
        let file = stock.path("it.fossil");
        let path = file.to_str().unwrap();
        stock.ok(&["init", "-A", "alice", path]);
        stock.ok(&["user", "capabilities", "nobody", "cghijoyz", "-R", path]);
        // The editor of its pages may be used on all files.
        stock.ok(&["settings", "fileedit-glob", "*", "-R", path]);
        let (held_up, locked) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { stock, file, end: Instant::now(), held_up, locked }
    }

    /// From now on everyone works.
    fn begin(&mut self) {
        let seconds = env::var("OUTCROP_TOGETHER").map_or(USUAL, |number| number.parse().unwrap());
        self.end = Instant::now() + Duration::from_secs(seconds);
    }

    /// Works again and again until it is time to end. Gives the names that were acknowledged.
    fn work(&self, who: &str, mut work: impl FnMut(usize) -> Option<String>) -> BTreeSet<String> {
        let mut acknowledged = BTreeSet::new();
        let mut rounds = 0;
        while Instant::now() < self.end || rounds < LEAST {
            acknowledged.extend(work(rounds));
            rounds += 1;
            let since = Instant::now();
            // Two that are held up would wait for each other for ever.
            while self.held_up.load(Ordering::SeqCst) > 0 && since.elapsed() < MOST_WAY {
                thread::sleep(Duration::from_millis(5));
            }
        }
        println!("{who}: {rounds} times, {} acknowledged", acknowledged.len());
        acknowledged
    }

    /// A check-out of stock's, of the file or of a clone.
    fn check_out(&self, name: &str, repository: &Path) {
        fs::create_dir(self.stock.path(name)).unwrap();
        self.fossil(name, &["open", "--nosync", repository.to_str().unwrap()]);
        self.fossil(name, &["settings", "autosync", "off"]);
        self.fossil(name, &["settings", "mtime-changes", "off"]);
    }

    /// Runs stock until it does not find the file locked.
    fn fossil(&self, folder: &str, arguments: &[&str]) -> Ran {
        self.unless_locked(|| {
            let done = ran(&self.stock.run_in(folder, arguments));
            let said = format!("{}{}", done.stdout, done.stderr);
            if done.code == 0 && !said.contains("Error") {
                return Some(done);
            }
            assert!(said.contains("database is locked"), "fossil {arguments:?}: {done:?}");
            None
        })
    }

    /// Has stock do something until it does not find the file locked.
    fn unless_locked<T>(&self, mut attempted: impl FnMut() -> Option<T>) -> T {
        for attempt in 0..ATTEMPTS {
            if let Some(done) = attempted() {
                if attempt >= BEFORE_WAY_IS_MADE {
                    self.held_up.fetch_sub(1, Ordering::SeqCst);
                }
                return done;
            }
            self.locked.fetch_add(1, Ordering::SeqCst);
            if attempt + 1 == BEFORE_WAY_IS_MADE {
                self.held_up.fetch_add(1, Ordering::SeqCst);
            }
        }
        panic!("the file is always locked");
    }

    /// Stock's `ui` commits on top of what it committed last.
    fn ui_commits(&self, ui: &Ui, last: &mut String, number: usize) -> String {
        let content = format!("edited+{number}");
        *last = self.unless_locked(|| ui.commit(last, "edited", &content));
        last.clone()
    }

    /// Stock commits; gives the name of the check-in.
    fn stock_commits(&self, folder: &str, number: usize) -> String {
        self.stock.write(format!("{folder}/{folder}"), format!("{folder} {number}"));
        if number == 0 {
            self.fossil(folder, &["add", folder]);
        }
        let comment = format!("{folder} {number}");
        let branch = ["--branch", folder];
        let branch = if number == 0 { &branch[..] } else { &[] };
        let commit = ["commit", "--no-warnings", "--allow-older", "-m", &comment];
        let done = self.fossil(folder, &[&commit[..], branch].concat());
        let name = done.stdout.lines().find_map(|line| line.strip_prefix("New_Version: "));
        name.expect("the name of a check-in").to_owned()
    }

    /// Our program commits to a file, on a branch of its own; gives the name of the check-in.
    fn we_commit(&self, file: &Path, who: &str, number: usize) -> String {
        self.stock.write(who, format!("{who} {number}"));
        let mut commit = outcrop(["commit", "-m", who, "--branch", who, "-R"]);
        commit.arg(file).arg(who).current_dir(self.stock.path(""));
        let done = well(ran(&commit.output().unwrap()), who);
        done.stdout.split(' ').next().unwrap().to_owned()
    }

    /// All is there, for both programs, and sound.
    fn judge(&self, acknowledged: &BTreeSet<String>) {
        println!(
            "stock was told {} times that the file is locked",
            self.locked.load(Ordering::SeqCst)
        );
        let sql = "SELECT uuid FROM blob JOIN event ON objid=rid WHERE type='ci';";
        let listed = self.stock.sql(&self.file, sql);
        let listed: BTreeSet<_> = listed.lines().map(|line| line.trim_matches('\'')).collect();
        let lost: Vec<_> =
            acknowledged.iter().filter(|name| !listed.contains(name.as_str())).collect();
        assert!(lost.is_empty(), "lost, or not on the timeline: {lost:?}");
        let mut verify = outcrop(["verify"]);
        well(ran(&verify.arg(&self.file).output().unwrap()), "verify");
        self.stock.test_integrity(&self.file);
        let integrity = self.stock.sql(&self.file, "PRAGMA integrity_check;");
        assert_eq!(integrity.trim().trim_matches('\''), "ok");
    }
}

/// A run that must end well.
#[track_caller]
fn well(done: Ran, who: &str) -> Ran {
    assert_eq!(done.code, 0, "{who}: {done:?}");
    done
}

fn run(who: &str, arguments: &[&str]) -> Ran {
    well(ran(&outcrop(arguments).output().unwrap()), who)
}

#[test]
fn everyone_works_on_one_file() {
    let mut scene = Scene::new();
    let file = scene.file.to_str().unwrap().to_owned();
    let [ours, theirs, other] =
        ["ours", "theirs", "other"].map(|name| scene.stock.path(format!("{name}.fossil")));
    for clone in [&ours, &theirs, &other] {
        run("clone", &["clone", "--once", &file, clone.to_str().unwrap()]);
    }
    scene.check_out("beside", &scene.file);
    scene.check_out("remote", &theirs);
    let server = Serving::start(&[&file], 1);
    let url = format!("http://{}/", server.address());
    // The same file, answered by stock: by a process for each request, and by one that stays.
    let stock_server = StockServer::start(&scene.stock, &scene.file);
    let mut ui = Ui::start(&scene.stock, &scene.file);
    scene.stock.write("edited", "by hand");
    let edited = ["-m", "to be edited", "--branch", "edited", "-R", &file];
    let mut commit = outcrop([&["commit"][..], &edited, &["edited"]].concat());
    let first = well(ran(&commit.current_dir(scene.stock.path("")).output().unwrap()), "commit");
    let mut last = first.stdout.split(' ').next().unwrap().to_owned();
    scene.begin();
    let scene = &scene;
    let push = |from: &Path, to: &str, who: &str, number| {
        let name = scene.we_commit(from, who, number);
        run(who, &["push", "--once", "-R", from.to_str().unwrap(), to]);
        Some(name)
    };
    let acknowledged: BTreeSet<String> = thread::scope(|scope| {
        let workers = [
            scope.spawn(|| {
                scene.work("stock commits", |at| Some(scene.stock_commits("beside", at)))
            }),
            scope.spawn(|| {
                scene.work("we commit", |at| Some(scene.we_commit(&scene.file, "local", at)))
            }),
            scope.spawn(|| scene.work("we push", |at| push(&ours, &url, "pushed", at))),
            scope.spawn(|| {
                scene.work("stock pushes, to any server", |at| {
                    let name = scene.stock_commits("remote", at);
                    let to = [&url, &stock_server.url(None), &ui.url()][at % 3].clone();
                    scene.fossil("remote", &["push", &to, "--once"]);
                    Some(name)
                })
            }),
            scope.spawn(|| {
                scene.work("we pull", |at| {
                    let name = scene.we_commit(&other, "pulled", at);
                    run("pull", &["pull", "--once", "-R", &file, other.to_str().unwrap()]);
                    Some(name)
                })
            }),
            scope.spawn(|| {
                scene.work("both look", |_| {
                    run("verify", &["verify", &file]);
                    scene.fossil("", &["timeline", "-n", "3", "-R", &file]);
                    None
                })
            }),
            scope.spawn(|| scene.work("stock's ui shows", |at| look(&ui, at))),
            scope.spawn(|| {
                scene.work("stock's ui commits", |at| Some(scene.ui_commits(&ui, &mut last, at)))
            }),
        ];
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // While it is served, and after.
    scene.judge(&acknowledged);
    shown_by_both(&acknowledged, &mut ui, &server);
    let (code, said) = server.terminate();
    assert_eq!(code, 0, "{said}");
    scene.judge(&acknowledged);
    // Each sees the work of all others.
    run("pull", &["pull", "--once", "-R", ours.to_str().unwrap(), &file]);
    let log = run("log", &["log", "-R", ours.to_str().unwrap(), "--limit", "0", "--json"]);
    let unseen = acknowledged.iter().find(|name| !log.stdout.contains(name.as_str()));
    assert_eq!(unseen, None, "not in the log of a clone");
}

/// The next of the pages of stock's `ui`, which must come.
fn look(ui: &Ui, number: usize) -> Option<String> {
    ui.page(PAGES[number % PAGES.len()]);
    None
}

/// Stock's `ui`, which has run all the time, and our server show what everyone has committed.
fn shown_by_both(acknowledged: &BTreeSet<String>, ui: &mut Ui, server: &Serving) {
    assert!(ui.lives(), "stock's ui has ended");
    let timeline = ui.page("/timeline?n=all");
    for name in acknowledged {
        assert!(timeline.contains(&name[..10]), "{name} is not on the timeline of stock's ui");
    }
    for path in PAGES {
        ui.page(path);
    }
    // Our page names the newest only.
    let page = get(&server.address(), "/");
    assert!(page.starts_with("HTTP/1.0 200 "), "{page}");
    let newest = acknowledged.iter().filter(|name| page.contains(&name[..10])).count();
    assert!(newest > 0, "our server shows nothing of it: {page}");
}

/// A rebuild of stock's drops tables and makes them anew, in one transaction.
#[test]
fn stock_rebuilds_what_is_served_and_written() {
    let mut scene = Scene::new();
    let file = scene.file.to_str().unwrap().to_owned();
    let ours = scene.stock.path("ours.fossil");
    run("clone", &["clone", "--once", &file, ours.to_str().unwrap()]);
    let server = Serving::start(&[&file], 1);
    let url = format!("http://{}/", server.address());
    let mut ui = Ui::start(&scene.stock, &scene.file);
    scene.begin();
    let scene = &scene;
    let acknowledged: BTreeSet<String> = thread::scope(|scope| {
        let workers = [
            scope.spawn(|| {
                scene.work("stock rebuilds", |_| {
                    scene.fossil("", &["rebuild", &file]);
                    None
                })
            }),
            scope.spawn(|| {
                scene.work("we commit", |at| Some(scene.we_commit(&scene.file, "local", at)))
            }),
            scope.spawn(|| {
                scene.work("we push", |at| {
                    let name = scene.we_commit(&ours, "pushed", at);
                    run("push", &["push", "--once", "-R", ours.to_str().unwrap(), &url]);
                    Some(name)
                })
            }),
            scope.spawn(|| {
                scene.work("we look", |_| {
                    run("verify", &["verify", &file]);
                    None
                })
            }),
            scope.spawn(|| scene.work("stock's ui shows", |at| look(&ui, at))),
        ];
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    scene.judge(&acknowledged);
    shown_by_both(&acknowledged, &mut ui, &server);
    let (code, said) = server.terminate();
    assert_eq!(code, 0, "{said}");
    scene.judge(&acknowledged);
}
