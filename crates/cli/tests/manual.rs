//! Completions that a shell takes, and a manual page for every command.
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

use std::{collections::BTreeSet, fs, process::Command};

use support::{commands, ran, run};

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("outcrop.bash");
    let printed = run(["completions", "bash"]);
    assert_eq!((printed.code, &printed.stderr[..]), (0, ""));
    fs::write(&script, printed.stdout).unwrap();
    let complete = |words: &str, last: usize| {
        let line = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _outcrop outcrop \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{}]}}\"; \
             echo \"${{COMPREPLY[@]}}\"",
            script.display(),
            last - 1
        );
        let done = ran(&Command::new("bash").args(["-c", &line]).output().unwrap());
        assert_eq!((done.code, &done.stderr[..]), (0, ""), "{words}");
        done.stdout.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("outcrop comm", 1), ["commit"]);
    assert_eq!(complete("outcrop wiki wr", 2), ["write"]);
    assert_eq!(complete("outcrop commit --allow-f", 2), ["--allow-fork"]);
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let printed = run(["completions", shell]);
        assert_eq!(printed.code, 0, "{shell}");
        assert!(
            printed.stdout.contains("commit") && printed.stdout.contains("allow-fork"),
            "{shell}"
        );
    }
    assert_eq!(run(["completions", "tcsh"]).code, 2);
}

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("new/man1");
    let written = run(["man", pages.to_str().unwrap()]);
    assert_eq!((written.code, &written.stderr[..]), (0, ""));
    let name = |command: &Vec<String>| {
        let words: Vec<_> =
            ["outcrop"].into_iter().chain(command.iter().map(String::as_str)).collect();
        format!("{}.1", words.join("-"))
    };
    let wanted: BTreeSet<_> = commands().iter().map(name).collect();
    let found = fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap());
    let found: BTreeSet<_> = found.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(found, wanted);
    for page in &found {
        let text = fs::read_to_string(pages.join(page)).unwrap();
        for heading in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert!(text.contains(heading), "{page} has no {heading}");
        }
        assert_eq!(text.contains(".SH EXAMPLES\n.nf\n"), page != "outcrop.1", "{page}");
        assert!(!text.contains("Examples:"), "{page}");
    }
    // Once more, in place of what is there.
    assert_eq!(run(["man", pages.to_str().unwrap()]).code, 0);
    let printed = run(["man"]).stdout;
    assert_eq!(printed, fs::read_to_string(pages.join("outcrop.1")).unwrap());
    let taken = run(["man", "/dev/null/x"]);
    assert_eq!((taken.code, &taken.stdout[..]), (1, ""));
    assert!(taken.stderr.contains("cannot write /dev/null/x"), "{}", taken.stderr);
}
