//! The rules of the house that no compiler holds: who may import whom, and who may touch what.
// A test says what it expects by unwrapping and panicking.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each crate, and the crates of ours that it may import. The order is from the roof down.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("outcrop", &["server", "sync", "repo", "xfer", "format"]),
    ("cli", &["server", "sync", "repo", "xfer", "format"]),
    // It has the oracle drive stock and make corpora.
    ("bench", &["oracle", "sync", "repo", "xfer", "format"]),
    // It has the oracle tell repositories apart.
    ("fuzz-checks", &["oracle", "server", "sync", "repo", "xfer", "format"]),
    // It plays worlds of the whole product but its servers, and judges what it finds in files.
    ("sim", &["oracle", "sync", "repo", "xfer", "format"]),
    // It judges the product, so it shares with it only how a blob is compressed.
    ("oracle", &["format"]),
    ("server", &["sync", "repo", "xfer", "format"]),
    ("sync", &["repo", "xfer", "format"]),
    ("repo", &["format"]),
    ("xfer", &["format"]),
    ("format", &[]),
];

/// Paths that only some files below `crates` may use, by import or in place: the path, where it is at
/// home, and why.
const AT_HOME: &[(&str, &[&str], &str)] = &[
    ("flate2", &["format/src/envelope.rs"], "one place knows zlib"),
    ("sha1_checked", &["format/src/hash.rs"], "one place names artifacts"),
    // The oracle compares tables as they stand, whoever wrote them.
    ("rusqlite", &["repo/src/tx", "oracle/", "sim/src/raw"], "only transactions open doors to SQL"),
    (
        "tokio",
        &["sync/", "server/", "cli/", "bench/src/load", "fuzz-checks/src/exchange"],
        "the codec and the repository know no async",
    ),
    ("hyper", &["sync/", "server/"], "only transports and servers know HTTP"),
    (
        "std::net",
        &["sync/", "server/", "cli/", "oracle/src/server", "bench/src/server"],
        "the codec and the repository know no network",
    ),
    (
        "std::fs",
        // An external command is handed its messages in files.
        &[
            "repo/",
            "server/",
            "cli/",
            "oracle/",
            "fuzz-checks/",
            "bench/",
            "sim/",
            "sync/src/process/command",
        ],
        "the codec and the session know no files",
    ),
    (
        "std::process::Command",
        &["sync/src/process/", "cli/src/allocator", "oracle/", "bench/"],
        "only some transports start programs, and this one itself",
    ),
    ("SystemTime::now", &["sync/src/env", "server/", "cli/", "bench/"], "clocks are injected"),
    (
        "Instant::now",
        &["sync/src/env", "sync/src/stall", "server/", "cli/", "oracle/src/stock", "bench/"],
        "clocks are injected",
    ),
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
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens_tests = |next: &&str| next.contains("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(opens_tests) {
            // They stand at the end of their file.
            break;
        }
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// Every path that the code imports, groups taken apart: `use a::{b, c::d}` is `a::b` and `a::c::d`.
fn imported(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let Some((_, tree)) = statement.rsplit_once("use ") else { continue };
        let tree: String = tree.split_whitespace().collect();
        expand("", &tree, &mut paths);
    }
    paths
}

/// Takes one tree of imports apart.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, group)) = tree.split_once('{') else {
        paths.push(format!("{prefix}{tree}"));
        return;
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let prefix = format!("{prefix}{head}");
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &group[start..at], paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < group.len() {
        expand(&prefix, &group[start..], paths);
    }
}

/// Whether the code uses a path, by import or in place.
fn uses(code: &str, path: &str) -> bool {
    let below = format!("{path}::");
    let in_place = if path.ends_with("::now") { path } else { &below };
    code.contains(in_place)
        || imported(code).iter().any(|import| import == path || import.starts_with(&below))
}

#[test]
fn imports_are_taken_apart() {
    let code = "use a::{b, c::{d, e as f}};\npub(crate) use g;\nfn h() { std::fs::read(x); }\n";
    assert_eq!(imported(code), ["a::b", "a::c::d", "a::c::easf", "g"]);
    let code = "use std::{\n    fs,\n    net::TcpStream,\n};\n";
    assert!(uses(code, "std::fs") && uses(code, "std::net") && !uses(code, "std::io"));
    assert!(uses("let x = rusqlite::Connection::open(y);", "rusqlite"));
    assert!(uses("let t = SystemTime::now();", "SystemTime::now"));
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
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter_map(|name| match name {
            "outcrop" => Some(name),
            name => name.strip_prefix("outcrop-"),
        })
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
fn paths_stay_at_home() {
    let mut strays = Vec::new();
    for (name, text) in sources() {
        if name.ends_with("/testing.rs") {
            continue;
        }
        let code = code(&text);
        for (path, homes, why) in AT_HOME {
            let at_home = homes.iter().any(|home| name.starts_with(home));
            if !at_home && uses(&code, path) {
                strays.push(format!("{name} uses `{path}`: {why}"));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

/// Links of the documents to files of the project.
#[test]
fn links_lead_somewhere() {
    let root = crates().join("..");
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "RELIABILITY.md",
        "fuzz/README.md",
    ] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if !link.starts_with("http") {
                let file = root.join(document).with_file_name(link);
                assert!(file.exists(), "{document} links to {link}");
            }
        }
    }
}

/// The files of tests that a document names.
#[test]
fn promises_name_tests_that_exist() {
    let root = crates().join("..");
    let text = fs::read_to_string(root.join("RELIABILITY.md")).unwrap();
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).collect();
    let is_heading = |row: &str| row.contains("| |") || row.starts_with("| promise |");
    let mut named = 0;
    for row in rows.into_iter().filter(|row| !is_heading(row)) {
        let tests: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test holds: {row}");
        for test in tests {
            let file = root.join(test);
            assert!(file.exists(), "RELIABILITY.md names {test}");
            let is_corpora = test.ends_with('/');
            let is_command = test.starts_with("scripts/");
            let is_test = fs::read_to_string(file)
                .is_ok_and(|text| text.contains("#[test]") || text.contains("#[tokio::test"));
            assert!(is_test || is_corpora || is_command, "{test} holds no test");
            named += 1;
        }
    }
    assert!(named > 50, "only {named} tests are named");
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
