//! Every file of the committed corpora passes its check.
// A test says what it expects by unwrapping.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{fs, path::Path};

use outcrop_fuzz_checks::CHECKS;

#[test]
fn every_corpus_passes_its_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, check) in CHECKS {
        let mut files: Vec<_> =
            fs::read_dir(root.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 10, "the corpus of {name} has only {} files", files.len());
        for file in &files {
            println!("{}", file.display());
            check(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_check_has_its_target() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut found: Vec<_> = fs::read_dir(targets)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    let mut expected: Vec<_> = CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort();
    assert_eq!(found, expected);
}
