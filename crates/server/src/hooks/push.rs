//! A push, as it is told.

use std::path::{Path, PathBuf};

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::read::EventKind;
use outcrop_repo::tx::{DatabaseError, ReadTx};
use outcrop_sync::Handled;
use serde::Serialize;

use super::limits;

/// What one push, or several that are told together, have brought.
#[derive(Debug, Clone)]
pub(super) struct Push {
    /// The repository, and its name among those that are served.
    pub(super) file: PathBuf,
    pub(super) told: Told,
    /// What is still to be looked up, and where.
    unresolved: Vec<HashName>,
    repo: Option<Repo>,
}

/// The line that is told, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    event: &'static str,
    pub(super) repository: String,
    project_code: Option<String>,
    /// Who has pushed; none if it was several, or nobody in particular.
    pub(super) user: Option<String>,
    pub(super) address: Option<String>,
    time: String,
    /// Requests that brought it.
    rounds: u64,
    artifacts: u64,
    artifact_names: Vec<String>,
    check_ins: u64,
    check_in_list: Vec<CheckIn>,
    unversioned_files: u64,
    unversioned_names: Vec<String>,
}

/// A check-in that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct CheckIn {
    name: String,
    branch: Option<String>,
    user: String,
    comment: String,
    time: String,
    parents: Vec<String>,
    private: bool,
}

impl Push {
    /// What a round has brought; `None` if that is nothing to tell of.
    pub(super) fn of(
        repo: &Repo,
        name: String,
        address: Option<String>,
        at: Moment,
        handled: &Handled,
    ) -> Option<Self> {
        let counts = &handled.counts;
        if !handled.wrote || counts.received + counts.unversioned_received == 0 {
            return None;
        }
        let told = Told {
            event: "push",
            repository: name,
            project_code: None,
            user: handled.user.clone(),
            address,
            time: second(at),
            rounds: 1,
            artifacts: counts.received,
            artifact_names: first(handled.new_artifacts.iter().map(ToString::to_string)),
            check_ins: counts.check_ins,
            check_in_list: Vec::new(),
            unversioned_files: counts.unversioned_received,
            unversioned_names: first(handled.changed_files.iter().cloned()),
        };
        Some(Self {
            file: repo.path().to_owned(),
            told,
            unresolved: handled.new_artifacts.clone(),
            repo: Some(repo.clone()),
        })
    }

    /// Whether both are of the same person at the same place, so that they may well be one push.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.file == other.file
            && self.told.user == other.told.user
            && self.told.address == other.told.address
    }

    /// Tells of both as one.
    pub(super) fn merge(&mut self, other: Self) {
        let (told, more) = (&mut self.told, other.told);
        told.user = told.user.take().filter(|user| more.user.as_ref() == Some(user));
        told.address = told.address.take().filter(|one| more.address.as_ref() == Some(one));
        told.time = more.time;
        told.rounds += more.rounds;
        told.artifacts += more.artifacts;
        told.check_ins += more.check_ins;
        told.unversioned_files += more.unversioned_files;
        extend(&mut told.artifact_names, more.artifact_names);
        extend(&mut told.unversioned_names, more.unversioned_names);
        let room = limits::NAMED.saturating_sub(self.unresolved.len());
        self.unresolved.extend(other.unresolved.into_iter().take(room));
        self.repo = other.repo.or(self.repo.take());
    }

    /// Looks up which artifacts are check-ins, and what they are. Blocks.
    pub(super) fn resolve(&mut self) -> Result<(), DatabaseError> {
        let Some(repo) = &self.repo else { return Ok(()) };
        let tx = repo.read()?;
        self.told.project_code = tx.setting("project-code")?;
        for name in &self.unresolved {
            if self.told.check_in_list.len() == limits::CHECK_INS {
                break;
            }
            if let Some(check_in) = check_in(&tx, name)? {
                self.told.check_in_list.push(check_in);
            }
        }
        drop(tx);
        self.unresolved.clear();
        // Whoever waits to have the file closed need not wait for whom it is told to.
        self.repo = None;
        Ok(())
    }

    /// One of one artifact.
    #[cfg(test)]
    pub(super) fn example(repository: &str, user: &str) -> Self {
        let told = Told {
            event: "push",
            repository: repository.to_owned(),
            project_code: None,
            user: Some(user.to_owned()),
            address: Some("192.0.2.1".to_owned()),
            time: "2024-01-02T03:04:05Z".to_owned(),
            rounds: 1,
            artifacts: 1,
            artifact_names: vec!["a".to_owned()],
            check_ins: 0,
            check_in_list: Vec::new(),
            unversioned_files: 0,
            unversioned_names: Vec::new(),
        };
        Self { file: repository.into(), told, unresolved: Vec::new(), repo: None }
    }

    /// The line, without its end.
    pub(super) fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.told)
    }
}

/// What an artifact is, if it is a check-in.
fn check_in(tx: &ReadTx, name: &HashName) -> Result<Option<CheckIn>, DatabaseError> {
    let Some(rid) = tx.rid_of(name)? else { return Ok(None) };
    let entry = tx.event(rid)?.filter(|entry| entry.kind == EventKind::CheckIn);
    let Some(entry) = entry else { return Ok(None) };
    let mut parents = Vec::new();
    for parent in tx.parents(rid)?.into_iter().take(limits::PARENTS) {
        parents.extend(tx.blob(parent.rid)?.map(|blob| blob.name.to_string()));
    }
    Ok(Some(CheckIn {
        name: name.to_string(),
        branch: entry.branch,
        user: entry.user,
        comment: entry.comment,
        time: second(entry.time),
        parents,
        private: tx.is_private(rid.get())?,
    }))
}

/// A time, to the second, in UTC.
fn second(at: Moment) -> String {
    let text = at.to_string();
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

fn first(names: impl Iterator<Item = String>) -> Vec<String> {
    names.take(limits::NAMED).collect()
}

fn extend(names: &mut Vec<String>, more: Vec<String>) {
    let room = limits::NAMED.saturating_sub(names.len());
    names.extend(more.into_iter().take(room));
}

/// What a repository is called among those that are served: its path below their folder, without
/// the extension.
pub(super) fn name_of(file: &Path, root: Option<&Path>) -> String {
    let below = root.and_then(|root| file.strip_prefix(root).ok());
    let below = below.filter(|below| below.components().next().is_some());
    let named = below.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
    named.with_extension("").to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Told {
        pub(in crate::hooks) fn rounds(&self) -> u64 {
            self.rounds
        }
    }

    #[test]
    fn two_pushes_are_told_as_one() {
        let mut one = Push::example("a", "alice");
        let mut other = Push::example("a", "bob");
        other.told.artifact_names = (0..limits::NAMED * 2).map(|name| name.to_string()).collect();
        other.told.artifacts = 5_000;
        other.told.time = "2024-01-02T03:04:06Z".to_owned();
        assert!(!one.is_of(&other) && one.is_of(&Push::example("a", "alice")));
        one.merge(other);
        let line: serde_json::Value = serde_json::from_slice(&one.line().unwrap()).unwrap();
        assert_eq!(line["artifacts"], 5_001);
        assert_eq!(line["artifact_names"].as_array().unwrap().len(), limits::NAMED);
        assert_eq!(
            (&line["user"], &line["address"]),
            (&serde_json::Value::Null, &"192.0.2.1".into())
        );
        assert_eq!((&line["time"], &line["rounds"]), (&"2024-01-02T03:04:06Z".into(), &2.into()));
        assert!(!one.line().unwrap().contains(&b'\n'));
    }

    #[test]
    fn names_are_those_by_which_repositories_are_served() {
        let root = Some(Path::new("/srv/repos"));
        for (file, root, name) in [
            ("/srv/repos/one.fossil", root, "one"),
            ("/srv/repos/sub/v1.0.fossil", root, "sub/v1.0"),
            ("/elsewhere/one.fossil", root, "one"),
            ("/elsewhere/one.fossil", None, "one"),
            ("/elsewhere/one.fossil", Some(Path::new("/elsewhere/one.fossil")), "one"),
        ] {
            assert_eq!(name_of(Path::new(file), root), name);
        }
    }
}
