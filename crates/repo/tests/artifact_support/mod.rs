//! The golden artifacts, and ways to damage them that can be repeated from a seed.

use std::{fs, path::Path};

use outcrop_repo::artifact::checksum::{Checksum, z_line};

/// One golden: the name of its file, without the extension, and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// All goldens, in the order of their names.
pub(crate) fn goldens() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/artifact");
    let mut goldens: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "artifact"))
        .map(|path| Golden {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            bytes: fs::read(&path).unwrap(),
        })
        .collect();
    goldens.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!goldens.is_empty(), "no goldens in {}", folder.display());
    goldens
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `bound`; 0 if there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % bound.max(1)
    }
}

/// Where the cards of an artifact begin, behind the header of a signature.
pub(crate) fn cards_start(bytes: &[u8]) -> usize {
    if !bytes.starts_with(b"-----BEGIN") {
        return 0;
    }
    let empty_line = bytes.windows(2).position(|pair| pair == b"\n\n");
    empty_line.map_or(0, |at| at + 2)
}

/// Makes the last Z line right, so that what is wrong is left to the rules of the cards. Without a
/// Z line, adds one.
pub(crate) fn repair(bytes: &mut Vec<u8>) {
    let start = cards_start(bytes);
    // Behind the last signature's opening nothing belongs to the cards.
    let end = bytes[start..]
        .windows(12)
        .rposition(|window| window == b"\n-----BEGIN ")
        .map_or(bytes.len(), |at| start + at + 1);
    let z_start =
        bytes[start..end].windows(3).rposition(|window| window == b"\nZ ").map(|at| start + at + 1);
    match z_start {
        Some(z_start) if end >= z_start + 34 => {
            let checksum = Checksum::of(&bytes[start..z_start]);
            bytes[z_start + 2..z_start + 34].copy_from_slice(checksum.as_bytes());
        }
        _ => {
            let z_line = z_line(&bytes[start..]);
            bytes.extend_from_slice(&z_line);
        }
    }
}

/// A damaged copy of one of the goldens, nearly always with a right Z line.
pub(crate) fn mutant(goldens: &[Golden], random: &mut Random) -> (String, Vec<u8>) {
    let golden = &goldens[random.below(goldens.len())];
    let donor = &goldens[random.below(goldens.len())];
    let mut bytes = golden.bytes.clone();
    for _ in 0..=random.below(2) {
        bytes = match random.below(4) {
            0 => with_changed_byte(bytes, random),
            1 => with_changed_words(&bytes, random),
            _ => with_changed_lines(&bytes, &donor.bytes, random),
        };
    }
    if random.below(10) > 0 {
        repair(&mut bytes);
    }
    (golden.name.clone(), bytes)
}

/// Changes, adds or drops one byte, with a liking for those that mean something in a card.
fn with_changed_byte(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    const TELLING: &[u8] = b" \n\0\\/.+*-0aAfFgzZCDNPTUW\t\r\x7f\xc3";
    let byte = TELLING[random.below(TELLING.len())];
    let at = random.below(bytes.len());
    match random.below(3) {
        0 if !bytes.is_empty() => bytes[at] = byte,
        1 if !bytes.is_empty() => drop(bytes.remove(at)),
        _ => bytes.insert(at, byte),
    }
    bytes
}

/// Drops, doubles, swaps or changes words of one line.
fn with_changed_words(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let line = random.below(lines.len());
    let mut words: Vec<Vec<u8>> = lines[line].split(|&b| b == b' ').map(<[u8]>::to_vec).collect();
    let (one, other) = (random.below(words.len()), random.below(words.len()));
    match random.below(6) {
        0 => drop(words.remove(one)),
        1 => words.insert(one, words[one].clone()),
        2 => words.swap(one, other),
        3 => words[one].make_ascii_uppercase(),
        4 => words[one].clear(),
        _ => words[one].insert(0, b"+-*\\/."[random.below(6)]),
    }
    lines[line] = words.join(&b' ');
    lines.join(&b'\n')
}

/// Drops, doubles or swaps lines, or takes one from another artifact.
fn with_changed_lines(bytes: &[u8], donor: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
    let donor_lines: Vec<&[u8]> = donor.split_inclusive(|&b| b == b'\n').collect();
    if lines.is_empty() {
        return bytes.to_vec();
    }
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    let donated = donor_lines.get(random.below(donor_lines.len()));
    match random.below(5) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(one, lines[one]),
        2 => lines.swap(one, other),
        3 => lines.truncate(one + 1),
        _ => {
            // Where it would stand in order, since anywhere else it is refused for its place.
            let donated = donated.copied().unwrap_or(b"U x\n");
            let place = lines.iter().position(|line| line.first() > donated.first());
            lines.insert(place.unwrap_or(lines.len()), donated);
        }
    }
    lines.concat()
}
