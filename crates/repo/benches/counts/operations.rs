//! What is counted: operations on the inputs of the other benchmarks.

use crate::contents::{Pair, neighbours};
use crate::messages::Message;
use md5::{Digest as _, Md5};
use outcrop_format::{envelope, hash::HashName, lanes};
use outcrop_repo::artifact::Artifact;
use outcrop_repo::crosslink::probe::FileList;
use outcrop_repo::delta;
use outcrop_xfer::{Reader, Writer};
use std::hint::black_box;

/// An operation by the name it has in the table.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn() -> Prepared,
}

/// An operation whose input is made.
pub(crate) struct Prepared {
    /// What it works on: how many, and of what.
    pub(crate) units: (usize, &'static str),
    run: Box<dyn FnMut()>,
}

impl Operation {
    pub(crate) fn named(name: &str) -> &'static Self {
        OPERATIONS.iter().find(|operation| operation.name == name).unwrap()
    }

    pub(crate) fn run(&self, rounds: u64) {
        let mut prepared = (self.prepare)();
        for _ in 0..rounds {
            (prepared.run)();
        }
    }
}

/// Files of the check-ins.
const FILES: usize = 700;

/// Contents that are hashed side by side, and the bytes of each.
const MANY: (usize, usize) = (64, 2_000);

const TEXT: Pair = Pair::Text(100_000);

pub(crate) const OPERATIONS: &[Operation] = &[
    operation("delta made: text of 100 KB", || delta_made(TEXT)),
    operation("delta made: 700 file cards", || delta_made(Pair::Manifest)),
    operation("delta applied: text of 100 KB", || delta_applied(TEXT)),
    operation("delta applied: 700 file cards", || delta_applied(Pair::Manifest)),
    operation("delta checksum: 100 KB", || {
        let content = TEXT.files().0;
        bytes(content.len(), move || delta::checksum(black_box(&content)))
    }),
    operation("SHA3-256: 20 KB", || {
        let content = vec![0x5a; 20_000];
        bytes(content.len(), move || HashName::sha3_of(black_box(&content)))
    }),
    operation("SHA1, collisions detected: 20 KB", || {
        let content = vec![0x5a; 20_000];
        bytes(content.len(), move || HashName::sha1_of(black_box(&content)))
    }),
    operation("MD5: 20 KB", || {
        let content = vec![0x5a; 20_000];
        bytes(content.len(), move || Md5::digest(black_box(&content)))
    }),
    operation("SHA3-256 in lanes: 64 of 2 KB", || in_lanes(lanes::sha3_of_many)),
    operation("MD5 in lanes: 64 of 2 KB", || in_lanes(lanes::md5_of_many)),
    operation("inflate: text of 100 KB", || inflate(&TEXT.files().0)),
    operation("inflate: check-in of 700 files", || inflate(&neighbours(FILES)[0])),
    operation("deflate: text of 100 KB", || {
        let content = TEXT.files().0;
        bytes(content.len(), move || envelope::seal(black_box(&content)).unwrap())
    }),
    operation("check-in parsed: 700 files", || {
        let [content, _] = neighbours(FILES);
        files(move || drop(black_box(Artifact::parse(black_box(&content)).unwrap())))
    }),
    operation("check-in found beside its neighbour: 700 files", || {
        let [parent, child] = neighbours(FILES);
        let parent = FileList::parse(&parent).unwrap();
        files(move || black_box(&parent).find_beside(black_box(&child)).unwrap())
    }),
    operation("check-in compared with its neighbour: 700 files", || {
        let [parent, child] = neighbours(FILES).map(|content| FileList::parse(&content).unwrap());
        files(move || black_box(&parent).changes_to(black_box(&child)))
    }),
    operation("message read: clone reply of 5.8 MB", || read(Message::CloneReply)),
    operation("message read: 100,000 igot cards", || read(Message::Igots)),
    operation("message read: push of 2,000 file cards", || read(Message::Push)),
    operation("message written: clone reply of 5.8 MB", || written(Message::CloneReply)),
    operation("message written: 100,000 igot cards", || written(Message::Igots)),
    operation("message written: push of 2,000 file cards", || written(Message::Push)),
];

const fn operation(name: &'static str, prepare: fn() -> Prepared) -> Operation {
    Operation { name, prepare }
}

fn prepared<T>(units: (usize, &'static str), mut run: impl FnMut() -> T + 'static) -> Prepared {
    let run = Box::new(move || {
        black_box(run());
    });
    Prepared { units, run }
}

fn bytes<T>(len: usize, run: impl FnMut() -> T + 'static) -> Prepared {
    prepared((len, "byte"), run)
}

fn files<T>(run: impl FnMut() -> T + 'static) -> Prepared {
    prepared((FILES, "file"), run)
}

fn delta_made(pair: Pair) -> Prepared {
    let (source, target) = pair.files();
    bytes(target.len(), move || delta::create(black_box(&source), black_box(&target)))
}

fn delta_applied(pair: Pair) -> Prepared {
    let (source, target) = pair.files();
    let delta = delta::create(&source, &target);
    let mut made = Vec::new();
    bytes(target.len(), move || {
        delta::apply_into(black_box(&source), black_box(&delta), &mut made, target.len()).unwrap();
    })
}

fn in_lanes<T: 'static>(hash: fn(&[&[u8]]) -> Vec<T>) -> Prepared {
    let (count, len) = MANY;
    let contents = vec![vec![0x5a; len]; count];
    bytes(count * len, move || {
        let contents: Vec<_> = contents.iter().map(Vec::as_slice).collect();
        hash(black_box(&contents))
    })
}

fn inflate(content: &[u8]) -> Prepared {
    let sealed = envelope::seal(content).unwrap();
    let len = content.len();
    bytes(len, move || envelope::open(black_box(&sealed), len).unwrap())
}

fn read(message: Message) -> Prepared {
    let text = message.text();
    let cards = Reader::new(&text).count();
    prepared((cards, "card"), move || {
        for card in Reader::new(black_box(&text)) {
            black_box(card.unwrap());
        }
    })
}

fn written(message: Message) -> Prepared {
    let cards = message.cards();
    prepared((cards.len(), "card"), move || {
        let mut writer = Writer::new();
        for card in black_box(&cards) {
            writer.push(card);
        }
        writer.finish()
    })
}
