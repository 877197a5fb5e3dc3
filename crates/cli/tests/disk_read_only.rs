//! A file that may not be written, in a folder that may not be written either: who wants to write is
//! told so, nothing changes, and all goes on once it may.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use outcrop_oracle::Stock;
use support::{Background, Ran, outcrop, ran};

/// A repository in a folder of its own, and a clone elsewhere that has something to push.
struct Scene {
    stock: Stock,
    folder: PathBuf,
    file: PathBuf,
    clone: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let stock = Stock::find();
        stock.write("folder/word", "a few words\n");
        let folder = stock.path("folder");
        let [file, clone] = [folder.join("it.fossil"), stock.path("clone.fossil")];
        let path = file.to_str().unwrap();
        stock.ok(&["init", "-A", "alice", path]);
        stock.ok(&["user", "capabilities", "nobody", "cghijoyz", "-R", path]);
        let scene = Self { stock, folder, file, clone };
        let path = scene.clone.to_str().unwrap();
        for arguments in [
            &["clone", scene.file.to_str().unwrap(), path][..],
            &["commit", "-m", "x", "word", "-R", path],
        ] {
            let done = ran(&outcrop(arguments).current_dir(&scene.folder).output().unwrap());
            assert_eq!(done.code, 0, "{done:?}");
        }
        scene
    }

    /// Whether file and folder may be written.
    fn writable(&self, may: bool) {
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&self.file, if may { 0o644 } else { 0o444 });
        mode(&self.folder, if may { 0o755 } else { 0o555 });
    }

    /// All that lies in the folder.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let mut content: Vec<_> =
            paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        content.sort();
        content
    }
}

/// Our program as someone for whom modes count: for the administrator nothing is forbidden.
fn bound(arguments: &[&str]) -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !is_root {
        return outcrop(arguments);
    }
    // The right to pass over modes is what is given up.
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-all", "--inh-caps=-all", env!("CARGO_BIN_EXE_outcrop")]);
    command.args(arguments).env("USER", "alice").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Ran {
    ran(&command.output().expect("setpriv is missing: apt-get install util-linux"))
}

#[test]
fn commands_on_what_may_not_be_written_change_nothing() {
    let scene = Scene::new();
    let [it, clone] = [&scene.file, &scene.clone].map(|path| path.to_str().unwrap());
    let [new, other, copy] = ["new", "other", "copy"]
        .map(|name| scene.folder.join(format!("{name}.fossil")).to_str().unwrap().to_owned());
    let before = scene.content();
    for arguments in [
        &["commit", "-m", "word", "-R", it, "word"][..],
        &["uv", "add", "word", "-R", it],
        &["rebuild", it],
        &["compact", it],
        &["pull", "--once", "-R", it, clone],
        &["init", &new],
        &["clone", clone, &other],
        &["backup", clone, &copy],
    ] {
        scene.writable(false);
        let refused = run(bound(arguments).current_dir(&scene.folder));
        scene.writable(true);
        assert_eq!(refused.code, 1, "{arguments:?}: {refused:?}");
        let told = ["see whether you may write the file and its folder", "Permission denied"];
        let is_told = told.iter().any(|words| refused.stderr.contains(words));
        assert!(is_told, "{arguments:?}: {refused:?}");
        assert!(scene.content() == before, "{arguments:?} changed something");
    }
    // Who only reads may go on.
    scene.writable(false);
    for arguments in [&["verify", it][..], &["log", "-R", it], &["info", it]] {
        assert_eq!(run(&mut bound(arguments)).code, 0, "{arguments:?}");
    }
    scene.writable(true);
    let done = run(bound(&["commit", "-m", "word", "-R", it, "word"]).current_dir(&scene.folder));
    assert_eq!(done.code, 0, "{done:?}");
    scene.stock.test_integrity(&scene.file);
}

#[test]
fn a_server_of_what_may_not_be_written_serves_it_and_takes_nothing() {
    let scene = Scene::new();
    let [it, clone] = [&scene.file, &scene.clone].map(|path| path.to_str().unwrap());
    let before = scene.content();
    scene.writable(false);
    let mut serve = bound(&["serve", it, "--listen", "127.0.0.1:0"]);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let server = Background(child);
    let url = format!("http://{}", line.trim().split_once("http://").expect("a URL").1);
    let push = ["push", "--once", "--attempts", "1", "-R", clone, &url];
    let refused = run(&mut outcrop(push));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("the server's log says why"), "{refused:?}");
    let fresh = scene.stock.path("fresh.fossil");
    let cloned = run(&mut outcrop(["clone", "--once", &url, fresh.to_str().unwrap()]));
    assert_eq!(cloned.code, 0, "{cloned:?}");
    drop(server);
    let mut log = String::new();
    stderr.read_to_string(&mut log).unwrap();
    assert!(log.contains("see whether you may write the file and its folder"), "{log}");
    scene.writable(true);
    assert!(scene.content() == before, "something has changed");
}

/// A writer was killed, and the reader may not undo what it has left: the one case in which reading
/// takes the right to write.
#[test]
fn who_may_not_undo_what_a_killed_writer_left_is_told_who_can() {
    let scene = Scene::new();
    let it = scene.file.to_str().unwrap();
    let half = scene.folder.join("half.fossil");
    // Copied in the middle of a change that is larger than the cache.
    let copy = |suffix| format!(".shell cp '{it}{suffix}' '{}{suffix}'\n", half.display());
    let script = format!(
        "PRAGMA cache_size=2;\nBEGIN IMMEDIATE;\nUPDATE blob SET content=zeroblob(100000);\n\
         {}{}ROLLBACK;\n",
        copy(""),
        copy("-journal")
    );
    scene.stock.sql(&scene.file, &script);
    let journal = scene.folder.join("half.fossil-journal");
    let before = (fs::read(&half).unwrap(), fs::read(&journal).unwrap());
    for path in [&half, &journal] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    }
    scene.writable(false);
    let refused = run(&mut bound(&["verify", half.to_str().unwrap()]));
    scene.writable(true);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("half.fossil-journal beside it"), "{refused:?}");
    assert!((fs::read(&half).unwrap(), fs::read(&journal).unwrap()) == before);
    for path in [&half, &journal] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let verified = run(&mut bound(&["verify", half.to_str().unwrap()]));
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(!journal.exists());
}
