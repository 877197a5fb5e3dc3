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

#[test]
fn help_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    for command in ["outcrop", "init", "artifact", "verify", "rebuild", "cards", "ping", "record"] {
        let args = [command, "--help"];
        let shown = run(args.iter().filter(|arg| **arg != "outcrop"));
        assert_eq!((shown.code, &shown.stderr[..]), (0, ""));
        let path = folder.join(command).with_extension("txt");
        if env::var_os("OUTCROP_BLESS").is_some() {
            fs::write(&path, &shown.stdout).unwrap();
        }
        assert_eq!(shown.stdout, fs::read_to_string(&path).unwrap(), "{}", path.display());
    }
}
