//! Writes a first corpus of artifacts that belong together: `scripts/fuzz seed`.
//!
//! They come from repositories that the oracle makes with the real fossil. Each file of the corpus
//! holds one artifact, those that it names and those that name it.
// A tool for developers: it may stop with a panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::Path;

use outcrop_format::hash::sha1_of_parts;
use outcrop_oracle::rich::{Artifact, Fate};
use outcrop_oracle::{Random, Shape, Stock, rich};

/// Larger inputs slow a fuzzer down more than they teach it.
const LARGEST: usize = 4 * 1024;

/// As many artifacts stand in one file.
const MOST: usize = 12;

/// How many files there are for each kind of artifact.
const FILES: usize = 12;

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/crosslink");
    fs::create_dir_all(&corpus).unwrap();
    let stock = Stock::find();
    for (seed, shape) in [(1, Shape::tame()), (2, Shape::wild())] {
        let made = rich(&stock, &format!("seed{seed}"), seed, &shape);
        let related = related(&made.artifacts);
        let mut random = Random::new(seed);
        let mut written = BTreeMap::new();
        let mut order: Vec<usize> = (0..made.artifacts.len()).collect();
        random.shuffle(&mut order);
        for place in order {
            let files = written.entry(made.artifacts[place].kind).or_insert(0);
            if *files == FILES {
                continue;
            }
            let story = story(&made.artifacts, &around(&related, place), &mut random);
            if story.len() <= LARGEST {
                *files += 1;
                fs::write(corpus.join(sha1_of_parts([&story[..]]).to_string()), story).unwrap();
            }
        }
    }
}

/// For each artifact, those that it names and those that name it.
fn related(all: &[Artifact]) -> Vec<BTreeSet<usize>> {
    let places: HashMap<&[u8], usize> =
        all.iter().enumerate().map(|(place, artifact)| (artifact.name.as_bytes(), place)).collect();
    let mut related = vec![BTreeSet::new(); all.len()];
    for (place, artifact) in all.iter().enumerate() {
        for word in artifact.bytes.split(|byte| !byte.is_ascii_hexdigit()) {
            if let Some(other) = places.get(word) {
                related[place].insert(*other);
                related[*other].insert(place);
            }
        }
    }
    related
}

/// An artifact, those that are related to it, and so on, but not too many.
fn around(related: &[BTreeSet<usize>], place: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([place]);
    let mut next = VecDeque::from([place]);
    while let Some(place) = next.pop_front() {
        for other in &related[place] {
            if found.len() < MOST && found.insert(*other) {
                next.push_back(*other);
            }
        }
    }
    found
}

fn story(all: &[Artifact], places: &BTreeSet<usize>, random: &mut Random) -> Vec<u8> {
    let mut story = Vec::new();
    for (letter, place) in (b'a'..).zip(places) {
        let artifact = &all[*place];
        story.extend_from_slice(format!("={}", random.below(10)).as_bytes());
        story.extend([b'l'; 1].iter().filter(|_| random.below(3) == 0));
        story.extend([b'd'; 1].iter().filter(|_| random.below(4) == 0));
        story.extend([b'h'; 1].iter().filter(|_| artifact.name.len() == 40));
        story.extend([b'p'; 1].iter().filter(|_| artifact.fate == Fate::Private));
        story.extend([b's'; 1].iter().filter(|_| artifact.fate == Fate::Shunned));
        story.push(b'\n');
        let mut bytes = artifact.bytes.clone();
        for (letter, other) in (b'a'..letter).zip(places) {
            while let Some(at) = position(&bytes, all[*other].name.as_bytes()) {
                bytes.splice(at..at + all[*other].name.len(), [b'@', letter]);
            }
        }
        story.extend(bytes);
        if story.last() != Some(&b'\n') {
            story.push(b'\n');
        }
    }
    story
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
