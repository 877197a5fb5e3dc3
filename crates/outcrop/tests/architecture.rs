//! The rules of the house that no compiler holds: who may import whom, and who may touch what.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each crate, and the crates of ours that it may import. The order is from the roof down.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("outcrop", &["server", "sync", "repo", "xfer", "format"]),
    ("cli", &["server", "sync", "repo", "xfer", "format"]),
    ("fuzz-checks", &["server", "sync", "repo", "xfer", "format"]),
    ("server", &["sync", "repo", "xfer", "format"]),
    ("sync", &["repo", "xfer", "format"]),
    ("repo", &["format"]),
    ("xfer", &["format"]),
    ("format", &[]),
];

/// Words that only some files below `crates` may hold: the word, where it is at home, and why.
const AT_HOME: &[(&str, &[&str], &str)] = &[
    ("flate2::", &["format/src/envelope.rs"], "one place knows zlib"),
    ("sha1_checked::", &["format/src/hash.rs"], "one place names artifacts"),
    ("rusqlite::", &["repo/src/tx"], "only transactions open doors to SQL"),
    ("tokio::", &["sync/", "server/", "cli/"], "the codec and the repository know no async"),
    ("std::net", &["sync/", "server/", "cli/"], "the codec and the repository know no network"),
    ("std::fs", &["repo/", "server/", "cli/"], "the codec and the session know no files"),
    ("SystemTime::now", &["sync/src/env", "server/", "cli/"], "clocks are injected"),
    ("time::Instant", &["sync/src/env", "sync/src/http", "server/", "cli/"], "clocks are injected"),
];

/// Files are to stay near 300 lines, tests included; past this they want to be two.
const LONGEST: usize = 450;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file below `crates/*/src`, with its path from `crates` on and its text.
fn sources() -> Vec<(String, String)> {
    let root = crates();
    let mut files = Vec::new();
    for folder in fs::read_dir(&root).unwrap() {
        collect(&folder.unwrap().path().join("src"), &mut files);
    }
    files.sort();
    assert!(files.len() > 40, "only {} source files were found", files.len());
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(&file).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The code of a file without its unit tests and its comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_run_one_way() {
    let mut seen = 0;
    for folder in fs::read_dir(crates()).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(krate, _)| *krate == name)
            .unwrap_or_else(|| panic!("crates/{name} has no place in MAY_IMPORT"));
        for import in imports(&manifest) {
            assert!(allowed.contains(&import), "{name} imports {import}");
        }
        seen += 1;
    }
    assert_eq!(seen, MAY_IMPORT.len());
}

/// The crates of ours in the section `[dependencies]`.
fn imports(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.strip_prefix("outcrop-"))
        .map(|rest| rest.split(['.', ' ', '=']).next().unwrap())
}

#[test]
fn the_order_of_the_rooms_has_no_circle() {
    for (at, (_, imports)) in MAY_IMPORT.iter().enumerate() {
        for import in *imports {
            let below = MAY_IMPORT.iter().skip(at + 1).any(|(krate, _)| krate == import);
            assert!(below, "{import} does not stand below what imports it");
        }
    }
}

#[test]
fn words_stay_at_home() {
    let mut strays = Vec::new();
    for (name, text) in sources() {
        for (word, homes, why) in AT_HOME {
            let at_home = homes.iter().any(|home| name.starts_with(home));
            if !at_home && code(&text).any(|line| line.contains(word)) {
                strays.push(format!("{name} holds `{word}`: {why}"));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn files_stay_small() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_library_denies_missing_docs_and_forbids_unsafe() {
    let workspace = fs::read_to_string(crates().join("../Cargo.toml")).unwrap();
    for lint in ["unsafe_code = \"forbid\"", "missing_docs = \"deny\""] {
        assert!(workspace.contains(lint), "{lint}");
    }
    for folder in fs::read_dir(crates()).unwrap() {
        let manifest = folder.unwrap().path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{}", manifest.display());
    }
}
