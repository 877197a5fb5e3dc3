//! A disk that is full: what cannot be done says so and what may help, what was there before is
//! unharmed, and all goes on once there is room.
//!
//! Two disks are tried: one on which files may not grow beyond a size, which can be had everywhere,
//! and a small file system, which takes the right to mount one. Where that is missing a line on
//! stderr says so; with `OUTCROP_NEEDS_TMPFS` set it is a failure.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping"
)]
mod disk_support;
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Child, Command},
};

use disk_support::Disk;
use outcrop_oracle::{Random, Stock};
use support::{outcrop, ran, run, serving::get};

/// How many bytes there may be left.
const ROOMS: [u64; 3] = [0, 20 << 10, 70 << 10];

/// Bytes of what is to be stored: more than there ever is room for.
const LARGE: usize = 200_000;

/// The repository, and what is to be done with it.
struct Scene {
    stock: Stock,
    /// As it was in the beginning.
    origin: PathBuf,
    /// A clone that has something to push.
    clone: PathBuf,
    /// A large file, and a small one.
    large: PathBuf,
    small: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        let [origin, clone] = ["origin.fossil", "clone.fossil"].map(|name| stock.path(name));
        let [large, small] = ["large", "small"].map(|name| stock.path(name));
        let mut random = Random::new(4);
        let bytes: Vec<u8> = (0..LARGE / 8).flat_map(|_| random.any().to_le_bytes()).collect();
        fs::write(&large, bytes).unwrap();
        fs::write(&small, "a few words\n").unwrap();
        let file = origin.to_str().unwrap();
        stock.ok(&["init", "-A", "alice", file]);
        stock.ok(&["user", "capabilities", "nobody", "cghijoyz", "-R", file]);
        let scene = Self { stock, origin, clone, large, small };
        let [origin, clone, large, small_path] = scene.words();
        let [large, small] = [format!("large={large}"), format!("small={small_path}")];
        for arguments in [
            &["uv", "add", small_path, "--as", "kept", "-R", origin][..],
            &["commit", "-m", "small", "-R", origin, &small],
            &["clone", origin, clone],
            &["commit", "-m", "large", "-R", clone, &large],
        ] {
            let done = ran(&outcrop(arguments).output().unwrap());
            assert_eq!(done.code, 0, "{done:?}");
        }
        scene
    }

    fn words(&self) -> [&str; 4] {
        [&self.origin, &self.clone, &self.large, &self.small].map(|path| path.to_str().unwrap())
    }
}

/// What a command says that finds no room.
fn says_what_to_do(said: &str) -> bool {
    said.contains("make room on the disk and try again")
        || said.contains("see whether the disk is full")
}

fn commands(disk: &mut Disk) {
    let scene = Scene::new();
    let [origin, clone, large, _] = scene.words();
    disk.put(&scene.origin, "it.fossil");
    let size = scene.origin.metadata().unwrap().len();
    let [it, new, other, copy] = ["it", "new", "other", "copy"]
        .map(|name| disk.path(&format!("{name}.fossil")).to_str().unwrap().to_owned());
    let before = disk.judged(&scene.stock, "it.fossil", "before");
    // The names, the arguments, and whether no file may grow at all: a new one, or the journal of
    // what changes a file without making it larger.
    let named = format!("large={large}");
    let cases: [(&str, Vec<&str>, bool); 8] = [
        ("commit", vec!["commit", "-m", "large", "-R", &it, &named], false),
        ("uv add", vec!["uv", "add", large, "--as", "large", "-R", &it], false),
        ("rebuild", vec!["rebuild", &it], true),
        ("compact", vec!["compact", &it], true),
        ("pull", vec!["pull", "-R", &it, clone], false),
        ("backup", vec!["backup", clone, &copy], true),
        ("init", vec!["init", &new], true),
        ("clone", vec!["clone", clone, &other], true),
    ];
    let mut failures: BTreeMap<&str, usize> = BTreeMap::new();
    for room in ROOMS {
        for (name, arguments, from_nothing) in &cases {
            let case = format!("{name} with {room} bytes of room");
            disk.leave(if *from_nothing { 0 } else { size }, room);
            let done = disk.run(arguments);
            disk.make_room();
            if done.code == 0 {
                // There was room: from the beginning, so that the next has the same.
                disk.put(&scene.origin, "it.fossil");
            } else {
                assert_eq!(done.code, 1, "{case}: {done:?}");
                assert!(says_what_to_do(&done.stderr), "{case}: {done:?}");
                *failures.entry(name).or_default() += 1;
                assert_eq!(disk.judged(&scene.stock, "it.fossil", &case), before, "{case}");
            }
            // What a clone has left is gone on with; nothing else leaves anything.
            let may_stay =
                |left: &&String| *left != "it.fossil" && !left.starts_with("other.fossil");
            let left: Vec<_> = disk.list();
            let stray: Vec<_> = left.iter().filter(may_stay).collect();
            assert!(done.code == 0 || stray.is_empty(), "{case}: {stray:?}");
            let again = disk.run(arguments);
            let works = again.code == 0 || done.code == 0;
            assert!(works, "{case}: once there is room: {again:?}");
            for left in disk.list() {
                disk.remove(&left);
            }
            disk.put(&scene.origin, "it.fossil");
        }
    }
    for (name, ..) in &cases {
        assert!(
            failures.get(name).is_some_and(|times| *times > 1),
            "{name} found room: {failures:?}"
        );
    }
    assert_ne!(origin, it);
}

/// `outcrop serve` on a disk, with its address.
fn serve(disk: &Disk) -> (Child, String) {
    let it = disk.path("it.fossil");
    let mut server =
        disk.spawn(&["serve", it.to_str().unwrap(), "--listen", "127.0.0.1:0", "--json"]);
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.split_once("http://127.0.0.1:").expect("an address").1;
    let port = port.split(|letter: char| !letter.is_ascii_digit()).next().unwrap();
    (server, format!("http://127.0.0.1:{port}/"))
}

/// Ends a server as a system does; gives what it has logged.
fn end(mut server: Child) -> String {
    assert!(Command::new("kill").arg(server.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    server.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(server.wait().unwrap().success(), "{log}");
    log
}

fn server(disk: &mut Disk) {
    let scene = Scene::new();
    let [_, clone, ..] = scene.words();
    disk.put(&scene.origin, "it.fossil");
    let size = scene.origin.metadata().unwrap().len();
    let before = disk.judged(&scene.stock, "it.fossil", "before");
    let push = |url: &str| {
        let push = ["push", "--once", "--attempts", "1", "-R", clone, url];
        ran(&outcrop(push).output().unwrap())
    };
    let mut told = 0;
    for room in [0, 70 << 10] {
        let case = format!("{room} bytes of room");
        disk.leave(size, room);
        let (running, url) = serve(disk);
        let failed = push(&url);
        assert_eq!(failed.code, 1, "{case}: {failed:?}");
        told += usize::from(failed.stderr.contains("the server's disk is full"));
        let why = failed.stderr.contains("the server's disk is full")
            || failed.stderr.contains("the server's log says why");
        assert!(why, "{case}: {failed:?}");
        disk.make_room();
        let is_small = matches!(disk, Disk::Small { .. });
        // The same server works on, unless its limit is its own.
        let (running, url) = if is_small {
            (running, url)
        } else {
            let log = end(running);
            assert!(says_what_to_do(&log), "{case}: {log}");
            serve(disk)
        };
        // Of a push that was cut off, rounds before may stay; nothing is lost.
        let now = disk.judged(&scene.stock, "it.fossil", &case);
        assert!(before.lines().all(|name| now.contains(name)), "{case}");
        let pushed = push(&url);
        assert_eq!(pushed.code, 0, "{case}: {pushed:?}");
        let log = end(running);
        assert!(!is_small || says_what_to_do(&log), "{case}: {log}");
        let after = disk.judged(&scene.stock, "it.fossil", &case);
        assert_eq!(after.lines().count(), before.lines().count() + 2, "{case}: {after}");
        for left in disk.list() {
            disk.remove(&left);
        }
        disk.put(&scene.origin, "it.fossil");
    }
    assert!(told > 0 || matches!(disk, Disk::Limited { .. }), "no client is told of the disk");
}

/// What a server gives whose disk is full: a clone, and its page.
fn is_read(scene: &Scene, url: &str, case: &str) {
    let copy = scene.stock.path("copy.fossil");
    let cloned = run(["clone", "--once", "--attempts", "1", url, copy.to_str().unwrap()]);
    assert_eq!(cloned.code, 0, "{case}: {cloned:?}");
    scene.stock.test_integrity(&copy);
    fs::remove_file(copy).unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let page = get(address, "/");
    assert!(page.starts_with("HTTP/1.0 200 "), "{case}: {page}");
}

/// A file that keeps a write-ahead log, or is about to, needs room even to be read, as SQLite is
/// used to reading it.
fn reading(disk: &mut Disk) {
    let scene = Scene::new();
    let [_, clone, _, small] = scene.words();
    let push = |url: &str| run(["push", "--once", "--attempts", "1", "-R", clone, url]);
    // The first push changes the file to a log, or gets part of the way.
    for room in (0..=72).step_by(8).map(|kilobytes| kilobytes << 10) {
        let case = format!("a first push with {room} bytes of room");
        disk.put(&scene.origin, "it.fossil");
        disk.leave(0, room);
        let (running, url) = serve(disk);
        let failed = push(&url);
        assert_eq!(failed.code, 1, "{case}: {failed:?}");
        is_read(&scene, &url, &case);
        let log = end(running);
        let (running, url) = serve(disk);
        is_read(&scene, &url, &format!("{case}, started anew: {log}"));
        end(running);
        disk.make_room();
        disk.remove("it.fossil");
    }
    // One that has kept a log for long.
    disk.put(&scene.origin, "it.fossil");
    let (running, url) = serve(disk);
    assert_eq!(push(&url).code, 0);
    end(running);
    let named = format!("small={small}");
    assert_eq!(run(["commit", "-m", "more", "-R", clone, &named, "--allow-empty"]).code, 0);
    disk.leave(0, 0);
    let (running, url) = serve(disk);
    let case = "a file with a log, and no room";
    is_read(&scene, &url, case);
    assert_eq!(push(&url).code, 1, "{case}");
    is_read(&scene, &url, case);
    disk.make_room();
    let pushed = push(&url);
    assert_eq!(pushed.code, 0, "{case}: {pushed:?}");
    end(running);
    disk.judged(&scene.stock, "it.fossil", case);
}

/// A folder for a disk.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    (folder, disk)
}

#[test]
fn commands_that_reach_a_limit_of_sizes_do_no_harm() {
    let (_folder, disk) = folder();
    commands(&mut Disk::limited(disk));
}

#[test]
fn commands_on_a_full_disk_do_no_harm() {
    let (_folder, disk) = folder();
    if let Some(mut disk) = Disk::small(disk) {
        commands(&mut disk);
    }
}

#[test]
fn a_server_that_reaches_a_limit_of_sizes_loses_nothing() {
    let (_folder, disk) = folder();
    server(&mut Disk::limited(disk));
}

#[test]
fn a_server_on_a_full_disk_loses_nothing_and_works_on_once_there_is_room() {
    let (_folder, disk) = folder();
    if let Some(mut disk) = Disk::small(disk) {
        server(&mut disk);
    }
}

#[test]
fn a_server_on_a_full_disk_gives_what_is_there() {
    let (_folder, disk) = folder();
    if let Some(mut disk) = Disk::small(disk) {
        reading(&mut disk);
    }
}
