//! Deltas that Fossil made, kept under `testdata/delta`. `make.sh` there makes them anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

use outcrop_repo::delta::{apply, create, output_size};
use std::fs;
use std::path::{Path, PathBuf};

/// The stored deltas, whose source and target lie beside them.
fn goldens() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/delta");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut deltas: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "delta")).collect();
    deltas.sort();
    assert_eq!(deltas.len(), 7, "{deltas:?}");
    deltas
}

#[test]
fn deltas_by_fossil_lead_to_their_targets() {
    for path in goldens() {
        let [delta, source, target] =
            ["delta", "source", "target"].map(|kind| fs::read(path.with_extension(kind)).unwrap());
        assert_eq!(output_size(&delta), Ok(target.len()), "{}", path.display());
        let made = apply(&source, &delta, target.len());
        assert!(made.as_ref() == Ok(&target), "{}: {made:?}", path.display());
    }
}

#[test]
fn our_deltas_are_no_longer() {
    for path in goldens() {
        let [delta, source, target] =
            ["delta", "source", "target"].map(|kind| fs::read(path.with_extension(kind)).unwrap());
        let ours = create(&source, &target);
        assert!(ours.len() <= delta.len(), "{}: {}", path.display(), ours.escape_ascii());
    }
}
