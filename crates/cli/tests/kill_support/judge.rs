//! What is amiss with a file.

use std::{collections::BTreeSet, path::Path};

use outcrop_oracle::{Random, Stock};

use crate::support::{outcrop, ran};

/// What a repository has: artifacts by their hash, and unversioned files by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) artifacts: BTreeSet<String>,
    pub(crate) files: BTreeSet<String>,
}

impl Held {
    pub(crate) fn len(&self) -> usize {
        self.artifacts.len() + self.files.len()
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.artifacts.extend(more.artifacts);
        self.files.extend(more.files);
    }
}

/// The public artifacts whose content is there, and all unversioned files, as stock lists them.
pub(crate) fn held(stock: &Stock, file: &Path) -> Held {
    let sql = "SELECT 'artifact ' || uuid FROM blob \
               WHERE size >= 0 AND rid NOT IN (SELECT rid FROM private) \
               UNION ALL SELECT 'file ' || name FROM unversioned \
               WHERE hash IS NOT NULL";
    let mut held = Held::default();
    for line in sqlite(stock, file, sql).lines() {
        let line = line.trim_matches('\'');
        if let Some(name) = line.strip_prefix("artifact ") {
            held.artifacts.insert(name.to_owned());
        } else if let Some(name) = line.strip_prefix("file ") {
            held.files.insert(name.to_owned());
        }
    }
    held
}

/// What SQLite prints. On the way it may undo what was left half done, and says so on stderr.
pub(crate) fn sqlite(stock: &Stock, file: &Path, sql: &str) -> String {
    let arguments = ["sql".as_ref(), "--no-repository".as_ref(), file.as_os_str(), sql.as_ref()];
    let said = ran(&stock.run(&arguments));
    if said.code == 0 { said.stdout } else { format!("{said:?}") }
}

/// What is amiss with a whole repository, in which all this must be.
pub(crate) fn complaints(
    stock: &Stock,
    file: &Path,
    acknowledged: &Held,
    random: &mut Random,
) -> Vec<String> {
    let mut judges: [fn(&Stock, &Path) -> Option<String>; 3] = [database, ours, theirs];
    random.shuffle(&mut judges);
    let mut all: Vec<_> = judges.iter().filter_map(|judge| judge(stock, file)).collect();
    let found = held(stock, file);
    let lost = acknowledged.artifacts.difference(&found.artifacts);
    all.extend(lost.map(|name| format!("the artifact {name} is lost")));
    for name in &acknowledged.files {
        if found.files.contains(name) {
            all.extend(unreadable(file, name));
        } else {
            all.push(format!("the file {name} is lost"));
        }
    }
    all
}

/// What SQLite finds amiss.
pub(crate) fn database(stock: &Stock, file: &Path) -> Option<String> {
    let said = sqlite(stock, file, "PRAGMA integrity_check");
    (said.trim().trim_matches('\'') != "ok").then(|| format!("integrity_check: {said}"))
}

/// What `outcrop verify` finds amiss.
fn ours(_: &Stock, file: &Path) -> Option<String> {
    let said = ran(&outcrop(["verify".as_ref(), file.as_os_str()]).output().unwrap());
    (said.code != 0).then(|| format!("outcrop verify: {said:?}"))
}

/// What `fossil test-integrity` finds amiss.
fn theirs(stock: &Stock, file: &Path) -> Option<String> {
    let said = ran(&stock.run(&["test-integrity".as_ref(), "-R".as_ref(), file.as_os_str()]));
    let sound = said.code == 0
        && said.stdout.contains(" 0 errors")
        && said.stdout.contains("integrity-check: ok");
    // It prints a line for every artifact.
    let verdict = said.stdout.split(['\r', '\n']).filter(|line| line.contains("artifact"));
    (!sound).then(|| {
        format!("test-integrity: {} {:?} {}", said.code, verdict.collect::<Vec<_>>(), said.stderr)
    })
}

/// Why an unversioned file cannot be read: what it holds is compared with its hash.
fn unreadable(file: &Path, name: &str) -> Option<String> {
    let cat = ["uv".as_ref(), "cat".as_ref(), name.as_ref(), "-R".as_ref(), file.as_os_str()];
    let said = ran(&outcrop(cat).output().unwrap());
    (said.code != 0).then(|| format!("uv cat {name}: {} {}", said.code, said.stderr))
}
