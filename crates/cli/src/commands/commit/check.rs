//! What is refused before anything is written, beside what the repository itself refuses.

use std::collections::BTreeMap;

use outcrop_repo::{artifact::Artifact, tx::ReadTx};

use super::{CommitArgs, changes::Changes, gather::is_on};
use crate::failure::{Exit, Failure};

/// Lines that Fossil writes around what a merge could not decide. A line in one of these forms
/// begins with the text here.
const CONFLICT: [&[u8]; 5] = [
    b"<<<<<<< BEGIN MERGE CONFLICT: local copy shown first <<<<<<<<<<<<",
    b"####### SUGGESTED CONFLICT RESOLUTION follows ###################",
    b"||||||| COMMON ANCESTOR content follows |||||||||||||||||||||||||",
    b"======= MERGED IN content follows ===============================",
    b">>>>>>> END MERGE CONFLICT >>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>",
];

/// Whether anyone may commit at all.
pub(super) fn may_commit(tx: &ReadTx) -> Result<(), Failure> {
    if is_on(tx.setting("dont-commit")?.as_deref()) {
        let message = "the setting dont-commit forbids check-ins in this repository: \
                       `outcrop config unset dont-commit` allows them";
        return Err(Failure::new(Exit::Failed, &message));
    }
    Ok(())
}

/// Whether the files may be in a check-in.
pub(super) fn files(tx: &ReadTx, args: &CommitArgs, changes: &Changes) -> Result<(), Failure> {
    let refused = |message: String| Err(Failure::new(Exit::Failed, &message));
    for file in &changes.put {
        if !args.allow.conflict && has_conflict(&file.content) {
            return refused(format!(
                "{:?} holds a merge conflict that nobody has decided: --allow-conflict takes it as \
                 it is",
                file.name
            ));
        }
        if !args.allow.artifact && Artifact::parse(&file.content).is_ok() {
            return refused(format!(
                "{:?} has the form of an artifact, and would be taken for one: compress it first, \
                 or let it be one with --allow-artifact",
                file.name
            ));
        }
    }
    if !case_matters(tx)?
        && let Some((one, other)) = differing_in_case(changes)
    {
        return refused(format!(
            "{one:?} and {other:?} differ in case only, and the setting case-sensitive is off: give \
             one of them another name"
        ));
    }
    Ok(())
}

fn has_conflict(content: &[u8]) -> bool {
    content
        .split(|byte| *byte == b'\n')
        .any(|line| CONFLICT.iter().any(|mark| line.starts_with(mark)))
}

/// Whether names that differ in case only are two names. Where nothing is set, as the system has it.
fn case_matters(tx: &ReadTx) -> Result<bool, Failure> {
    let usual = !cfg!(any(windows, target_os = "macos"));
    Ok(tx.setting("case-sensitive")?.map_or(usual, |value| is_on(Some(&value))))
}

/// A new name, and one that it differs from in case only.
fn differing_in_case(changes: &Changes) -> Option<(&str, &str)> {
    let gone = |name: &&String| {
        !changes.removed.contains(*name) && !changes.renamed.iter().any(|(old, _)| old == *name)
    };
    let mut names = BTreeMap::new();
    for name in changes.before.iter().filter(gone) {
        names.insert(name.to_ascii_lowercase(), name.as_str());
    }
    let new = changes.renamed.iter().map(|(_, new)| new);
    for name in new.chain(changes.put.iter().map(|file| &file.name)) {
        let known = *names.entry(name.to_ascii_lowercase()).or_insert(name);
        if known != name {
            return Some((name, known));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_lines_of_their_own() {
        let mark = CONFLICT[0];
        assert!(has_conflict(&[b"a\n", mark, b"\nb\n"].concat()));
        assert!(has_conflict(mark));
        assert!(!has_conflict(&[b"a\n ", mark].concat()));
        assert!(!has_conflict(b"<<<<<<< HEAD\n=======\n"));
    }

    #[test]
    fn names_are_compared_without_case() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let rename = |old: &str, new: &str| vec![(old.to_owned(), new.to_owned())];
        let mut changes = Changes {
            before: names(&["README", "a/b"]),
            renamed: rename("a/b", "readme"),
            ..Changes::default()
        };
        assert_eq!(differing_in_case(&changes), Some(("readme", "README")));
        changes.renamed = rename("README", "readme");
        assert_eq!(differing_in_case(&changes), None);
    }
}
