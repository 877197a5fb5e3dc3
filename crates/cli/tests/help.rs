//! The help of every command, as committed. `OUTCROP_BLESS=1 cargo test` writes it anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{collections::BTreeMap, env, fs, path::Path};

use support::{commands, run};

/// What is committed: the text of each file, by its name.
fn committed(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn help_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let mut shown = BTreeMap::new();
    for command in commands() {
        let help = run(command.iter().map(String::as_str).chain(["--help"]));
        assert_eq!((help.code, &help.stderr[..]), (0, ""), "{command:?}");
        let name = if command.is_empty() { "outcrop".to_owned() } else { command.join("-") };
        shown.insert(format!("{name}.txt"), help.stdout);
    }
    if env::var_os("OUTCROP_BLESS").is_some() {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for (name, text) in &shown {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let committed = committed(&folder);
    let how = "if that is meant, OUTCROP_BLESS=1 cargo test -p outcrop-cli --test help writes it \
               anew, to be looked at and committed";
    for (name, text) in &shown {
        let Some(before) = committed.get(name) else {
            panic!("tests/help/{name} is missing; {how}")
        };
        if let Some((now, then)) = text.lines().zip(before.lines()).find(|(now, then)| now != then)
        {
            panic!("tests/help/{name} has\n  {then}\nand the help is\n  {now}\n{how}");
        }
        assert_eq!(text, before, "tests/help/{name} has another end than the help; {how}");
    }
    let stale: Vec<_> = committed.keys().filter(|name| !shown.contains_key(*name)).collect();
    assert!(stale.is_empty(), "tests/help has {stale:?} of no command; {how}");
}

/// Each help says in a sentence what for, shows examples, tells what `--json` prints, and fits.
#[test]
fn help_teaches() {
    let all = commands();
    let mut lacks = Vec::new();
    for command in &all {
        let help = run(command.iter().map(String::as_str).chain(["--help"])).stdout;
        let mut must = |holds: bool, what: &str| {
            if !holds {
                lacks.push(format!("outcrop {}: {what}", command.join(" ")));
            }
        };
        let about = help.lines().next().unwrap();
        must(about.len() > 10 && !about.starts_with("Usage"), "what it is for");
        if command.is_empty() {
            continue;
        }
        must(help.contains("\nExamples:\n  "), "examples");
        let is_group =
            all.iter().any(|other| other.len() > command.len() && other.starts_with(command));
        must(is_group || help.contains("With --json"), "what --json prints");
        let (_, end) = help.rsplit_once("  -v, --verbose").unwrap();
        // What does not fit goes on in a line of its own, before the next one.
        let lines: Vec<_> = end.lines().collect();
        let is_cut = |pair: &[&str]| {
            !pair[0].is_empty() && !pair[0].contains([' ', ':']) && !pair[1].is_empty()
        };
        must(!lines.windows(2).any(is_cut), "lines that fit the width of 100");
    }
    assert!(lacks.is_empty(), "helps lack:\n{}", lacks.join("\n"));
}
