//! The help of every command, as committed. `OUTCROP_BLESS=1 cargo test` writes it anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{env, fs, path::Path};

use support::run;

const COMMANDS: &[&str] = &[
    "outcrop",
    "init",
    "serve",
    "artifact",
    "verify",
    "rebuild",
    "info",
    "backup",
    "compact",
    "user",
    "user ls",
    "user new",
    "user password",
    "user caps",
    "user rm",
    "uv",
    "uv ls",
    "uv add",
    "uv cat",
    "uv rm",
    "config",
    "config get",
    "config set",
    "config unset",
    "config export",
    "config import",
    "shun",
    "shun add",
    "shun rm",
    "shun purge",
    "shun ls",
    "cards",
    "ping",
    "record",
    "http",
    "test-http",
    "cgi",
    "scgi",
];

#[test]
fn help_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    for command in COMMANDS {
        let words = command.split(' ').chain(["--help"]).filter(|word| *word != "outcrop");
        let shown = run(words);
        assert_eq!((shown.code, &shown.stderr[..]), (0, ""));
        let path = folder.join(command.replace(' ', "-")).with_extension("txt");
        if env::var_os("OUTCROP_BLESS").is_some() {
            fs::write(&path, &shown.stdout).unwrap();
        }
        assert_eq!(shown.stdout, fs::read_to_string(&path).unwrap(), "{}", path.display());
    }
}
