//! A repository made by the real `fossil`, with something of everything.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use crate::store_support::Fossil;

/// A project with its check-out in the folder `work`.
pub(crate) struct History<'a> {
    fossil: &'a Fossil,
    /// Counts check-ins, a day each.
    day: u32,
    pub(crate) repository: PathBuf,
}

impl<'a> History<'a> {
    /// Branches, merges, renames, a delta manifest, tags, changed comments, pages, tickets.
    pub(crate) fn make(fossil: &'a Fossil) -> Self {
        let start = ["init", "-A", "alice", "--date-override", "2024-01-01T00:00:00", "h.fossil"];
        fossil.run(&start);
        fs::create_dir(fossil.path("work")).unwrap();
        let mut history = Self { fossil, day: 1, repository: fossil.path("h.fossil") };
        history.work(&["open", "../h.fossil"]);
        history.work(&["settings", "mtime-changes", "off"]);
        history.work(&["settings", "allow-symlinks", "on"]);
        // Later releases forbid them unless told otherwise.
        history.work(&["settings", "forbid-delta-manifests", "off"]);
        history.trunk_and_branches();
        history.pages();
        history
    }

    pub(crate) fn work(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.fossil.run_in("work", arguments)).unwrap()
    }

    fn commit(&mut self, message: &str, more: &[&str]) {
        self.day += 1;
        let date = format!("2024-01-{:02}T10:00:00", self.day);
        self.work(&["addremove"]);
        let basic = ["commit", "--no-warnings", "-m", message, "--date-override", &date];
        self.work(&[&basic, more].concat());
    }

    fn trunk_and_branches(&mut self) {
        let fossil = self.fossil;
        for number in 0..30 {
            fossil.write(&format!("work/many/{number}.txt"), format!("number {number}\n"));
        }
        fossil.write("work/a.txt", "a\n");
        fossil.write("work/dir/b file.txt", "b\n");
        fossil.write("work/run.sh", "#!/bin/sh\n");
        let program = fossil.path("work/run.sh");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        symlink("a.txt", fossil.path("work/link")).unwrap();
        self.commit("first files", &[]);
        fossil.write("work/a.txt", "a on the branch\n");
        self.commit("a branch", &["--branch", "feature", "--bgcolor", "#aabbcc"]);
        self.work(&["mv", "--hard", "a.txt", "alpha.txt"]);
        self.commit("renamed, as a difference", &["--delta"]);
        self.work(&["update", "trunk"]);
        fossil.write("work/c.txt", "c\n");
        self.commit("on the trunk", &["--tag", "v1.0", "--tag", "facade"]);
        self.work(&["merge", "feature"]);
        self.commit("merged feature", &[]);
        self.work(&["update", "feature"]);
        self.work(&["merge", "trunk"]);
        self.commit("merged back", &[]);
        fossil.write("work/d.txt", "d\n");
        self.commit("more on feature", &[]);
        self.work(&["update", "trunk"]);
        self.work(&["merge", "--cherrypick", "feature"]);
        self.commit("picked one", &["--user-override", "bob"]);
        fossil.write("work/e.txt", "e\n");
        self.commit("dead end", &["--branch", "old", "--close"]);
        self.work(&["update", "trunk"]);
        fs::remove_file(fossil.path("work/many/7.txt")).unwrap();
        fossil.write("work/many/8.txt", "number eight\n");
        self.commit("tip of the trunk", &["--delta"]);
        let amended = ["amend", "v1.0", "-m", "on the trunk, amended", "--bgcolor", "#123456"];
        self.work(&amended);
        self.work(&["amend", "old", "--author", "carol"]);
        self.work(&["tag", "add", "--date-override", "2024-01-20", "valued", "v1.0", "a value"]);
        self.work(&["tag", "add", "--propagate", "spread", "feature"]);
        self.work(&["tag", "cancel", "facade", "v1.0"]);
        self.work(&["tag", "add", "decade", "feature"]);
    }

    fn pages(&self) {
        let fossil = self.fossil;
        for (name, text) in [("p1", "one\n"), ("p2", "two *words*\n"), ("gone", "")] {
            fossil.write(name, text);
        }
        self.work(&["wiki", "create", "Some Page", "../p1"]);
        self.work(&["wiki", "commit", "Some Page", "../p2", "-M", "markdown"]);
        self.work(&["wiki", "create", "zero", "../p1"]);
        self.work(&["wiki", "commit", "zero", "../gone"]);
        let note = ["wiki", "create", "a note", "../p1", "-t", "2024-01-05 12:00:00"];
        self.work(&[&note[..], &["--technote-tags", "news", "-M", "plain"]].concat());
        self.work(&["wiki", "create", "other note", "../p2", "-t", "2024-01-06 12:00:00"]);
        self.work(&["attachment", "add", "Some Page", "../p1"]);
        self.work(&["ticket", "add", "title", "It fails", "status", "Open", "type", "Code Defect"]);
        self.work(&["ticket", "add", "title", "Another", "status", "Open"]);
    }
}
