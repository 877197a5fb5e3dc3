//! Disks that take no more.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use outcrop_oracle::Stock;

use crate::support::{Background, Ran, outcrop, ran};

/// Makes it a failure if no small disk can be made.
const NEEDED: &str = "OUTCROP_NEEDS_TMPFS";

/// Bytes of the small disk.
const DISK: u64 = 6 << 20;

/// In which a shell's limit of sizes counts.
const BLOCK: u64 = 512;

/// A folder in which room can be made scarce.
pub(crate) enum Disk {
    /// Files may not grow beyond a size. Works everywhere, but each file has a limit of its own, and
    /// SQLite takes what comes of it for a fault of the disk.
    Limited { folder: PathBuf, most: u64 },
    /// A file system of a few megabytes, in a namespace of mounts that a sleeping process holds.
    Small { holder: Background, folder: PathBuf },
}

impl Disk {
    pub(crate) fn limited(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        Self::Limited { folder, most: u64::MAX }
    }

    /// A file system of its own; says so loudly where none can be made.
    pub(crate) fn small(folder: PathBuf) -> Option<Self> {
        fs::create_dir(&folder).unwrap();
        let script = "mount -t tmpfs -o size=$1 small \"$0\" && echo ready && exec cat";
        let mut unshare = Command::new("unshare");
        unshare.args(["-Urm", "sh", "-c", script]).arg(&folder).arg(DISK.to_string());
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let why = match unshare.spawn() {
            Err(error) => error.to_string(),
            Ok(mut child) => {
                let mut line = String::new();
                let stdout = child.stdout.take().unwrap();
                BufReader::new(stdout).read_line(&mut line).unwrap();
                if line == "ready\n" {
                    return Some(Self::Small { holder: Background(child), folder });
                }
                ran(&child.wait_with_output().unwrap()).stderr
            }
        };
        assert!(std::env::var_os(NEEDED).is_none(), "no small disk can be made: {why}");
        // Not by `eprintln!`, which nobody sees of a test that passes.
        let words = format!("NOT CHECKED: a disk that is full; none can be mounted here: {why}\n");
        std::io::stderr().write_all(words.as_bytes()).unwrap();
        None
    }

    /// Where a file is, for programs that this starts.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Limited { folder, .. } | Self::Small { folder, .. } => folder.join(name),
        }
    }

    /// A program that sees this disk, and finds no more room than there is.
    pub(crate) fn command(&self, program: &Command) -> Command {
        let mut command = match self {
            Self::Limited { most, .. } => {
                let limit = if *most == u64::MAX {
                    "unlimited".to_owned()
                } else {
                    most.div_ceil(BLOCK).to_string()
                };
                let mut command = Command::new("sh");
                // Who ignores the signal is told by an error.
                command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &limit]);
                command
            }
            Self::Small { .. } => self.inside(),
        };
        command.arg(program.get_program()).args(program.get_args());
        command.env("USER", "alice").stdin(Stdio::null());
        command
    }

    /// What runs a program in the namespace of the small disk.
    fn inside(&self) -> Command {
        let Self::Small { holder, .. } = self else { panic!("no small disk") };
        let mut command = Command::new("nsenter");
        let id = holder.0.id().to_string();
        command.args(["-t", &id, "-U", "-m", "--preserve-credentials", "--"]);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&self.command(&outcrop(arguments)).output().unwrap())
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(&outcrop(arguments));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Leaves so many bytes of room: on the disk, or for what is to grow beyond `size`.
    pub(crate) fn leave(&mut self, size: u64, room: u64) {
        match self {
            Self::Limited { most, .. } => *most = size + room,
            Self::Small { .. } => {
                let ballast = self.path("ballast");
                let script = "rm -f \"$0\"; free=$(df -P -k \"${0%/*}\" | awk 'NR==2{print $4}'); \
                              head -c $(( free * 1024 - $1 )) /dev/zero > \"$0\"";
                let room = room.to_string();
                let made =
                    self.inside().args(["sh", "-c", script]).arg(&ballast).arg(room).output();
                let made = ran(&made.unwrap());
                assert_eq!((made.code, &made.stderr[..]), (0, ""));
            }
        }
    }

    /// Makes room again.
    pub(crate) fn make_room(&mut self) {
        match self {
            Self::Limited { most, .. } => *most = u64::MAX,
            Self::Small { .. } => self.remove("ballast"),
        }
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path(name);
        match self {
            Self::Limited { .. } => drop(fs::remove_file(path)),
            Self::Small { .. } => {
                assert!(self.inside().arg("rm").arg("-f").arg(path).status().unwrap().success());
            }
        }
    }

    /// Puts a file there.
    pub(crate) fn put(&self, from: &Path, name: &str) {
        let mut copy = match self {
            Self::Limited { .. } => Command::new("cp"),
            Self::Small { .. } => {
                let mut inside = self.inside();
                inside.arg("cp");
                inside
            }
        };
        assert!(copy.arg(from).arg(self.path(name)).status().unwrap().success());
    }

    /// What lies there.
    pub(crate) fn list(&self) -> Vec<String> {
        let mut list = match self {
            Self::Limited { .. } => Command::new("ls"),
            Self::Small { .. } => {
                let mut inside = self.inside();
                inside.arg("ls");
                inside
            }
        };
        let listed = ran(&list.arg(self.path("")).output().unwrap());
        listed.stdout.lines().filter(|name| *name != "ballast").map(str::to_owned).collect()
    }

    /// Stock and `outcrop verify` find nothing amiss with a repository there. Gives the names of its
    /// artifacts and of its unversioned files.
    pub(crate) fn judged(&self, stock: &Stock, name: &str, case: &str) -> String {
        let path = self.path(name);
        let file = path.to_str().unwrap();
        let verified = self.run(&["verify", file]);
        assert_eq!(verified.code, 0, "{case}: {verified:?}");
        let fossil = |arguments: &[&str]| {
            let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
            let mut command = Command::new(program);
            let mut command = self.command(command.args(arguments));
            command.env("HOME", stock.path("")).env("FOSSIL_HOME", stock.path(""));
            ran(&command.output().unwrap())
        };
        let said = fossil(&["test-integrity", "-R", file]);
        let sound = said.stdout.contains(" 0 errors") && said.stdout.contains("check: ok");
        assert!(said.code == 0 && sound, "{case}: {said:?}");
        let names = "SELECT uuid FROM blob WHERE size>=0 UNION ALL SELECT name FROM unversioned";
        let names = fossil(&["sql", "--no-repository", file, names]);
        assert!(names.code == 0 && names.stderr.is_empty(), "{case}: {names:?}");
        names.stdout
    }
}
