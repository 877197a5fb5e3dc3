//! SHA3-256 in eight, four or one lanes.

use keccak::Keccak;
use multiversion::{multiversion, target::target_cfg_f};

use super::{
    columns::{Aligned, Columns},
    schedule::{Fewest, NARROW, SideBySide, Tail},
};

/// Lanes: as many 64-bit words as the widest vector holds.
pub(super) const WIDTH: usize = 8;

/// Bytes of a block, which Keccak calls the rate: the state less twice the digest.
const BLOCK: usize = 200 - 2 * DIGEST;
const DIGEST: usize = 32;

/// Words of a Keccak state, five by five.
const WORDS: usize = 25;

type State = [u64; WORDS];
type States = Columns<u64, WORDS, WIDTH>;
type Block = [u8; BLOCK];

/// The state before the first block.
const START: State = [0; WORDS];

pub(super) struct Sha3 {
    states: States,
}

impl SideBySide<WIDTH> for Sha3 {
    type Block = Block;
    type Digest = [u8; DIGEST];

    fn new() -> Self {
        Self { states: States::all(START) }
    }

    fn split(content: &[u8]) -> (&[Block], Tail<Block>) {
        let (body, rest) = content.as_chunks();
        let mut last = [0; BLOCK];
        if let Some((start, [first, ..])) = last.split_at_mut_checked(rest.len()) {
            start.copy_from_slice(rest);
            // What tells SHA3 from other uses of Keccak, with the first bit of the padding.
            *first = 0x06;
        }
        // The last bit of the padding, maybe in the same byte as the first.
        last[BLOCK - 1] |= 0x80;
        (body, Tail { blocks: [[0; BLOCK], last], done: 1 })
    }

    fn fewest() -> Fewest {
        fewest()
    }

    fn absorb_wide(&mut self, runs: &[&[Block]; WIDTH]) {
        absorb(&mut self.states, 0, runs);
    }

    fn absorb_narrow(&mut self, at: usize, runs: &[&[Block]; NARROW]) {
        absorb(&mut self.states, at, runs);
    }

    fn absorb_one(&mut self, at: usize, run: &[Block]) {
        let mut state = self.states.get(at);
        Keccak::new().with_f1600(|permute| {
            for block in run {
                for (word, bytes) in state.iter_mut().zip(block.as_chunks().0) {
                    *word ^= u64::from_le_bytes(*bytes);
                }
                permute(&mut state);
            }
        });
        self.states.set(at, state);
    }

    fn digest(&self, lane: usize) -> [u8; DIGEST] {
        let mut digest = [0; DIGEST];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.states.get(lane)) {
            *bytes = word.to_le_bytes();
        }
        digest
    }

    fn restart(&mut self, lane: usize) {
        self.states.set(lane, START);
    }

    fn copy(&mut self, from: usize, to: usize) {
        self.states.set(to, self.states.get(from));
    }
}

/// Measured: from these numbers on, the narrower way takes longer.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+bmi1+bmi2"))]
fn fewest() -> Fewest {
    let avx512 = target_cfg_f!(target_feature = "avx512f");
    let avx2 = target_cfg_f!(target_feature = "avx2");
    match (avx512, avx2) {
        (true, _) => Fewest { wide: NARROW + 1, narrow: 2 },
        // A state of eight lanes takes 50 vectors, and the processor has room for 16.
        (false, true) => Fewest { wide: usize::MAX, narrow: 2 },
        (false, false) => Fewest { wide: usize::MAX, narrow: 3 },
    }
}

/// Absorbs in `LANES` lanes from the lane `at` on.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+bmi1+bmi2"))]
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes and words have fixed numbers, and only bare loops over them become vectors"
)]
fn absorb<const LANES: usize>(states: &mut States, at: usize, runs: &[&[Block]; LANES]) {
    let Aligned(words) = &mut states.group::<LANES>(at);
    let Aligned(input) = &mut Aligned([[0; LANES]; BLOCK / 8]);

    // All have the same length; the shortest is one that no index can pass.
    let len = runs.iter().map(|run| run.len()).min().unwrap_or(0);
    for block in 0..len {
        for lane in 0..LANES {
            for (word, bytes) in runs[lane][block].as_chunks().0.iter().enumerate() {
                input[word][lane] = u64::from_le_bytes(*bytes);
            }
        }
        for word in 0..BLOCK / 8 {
            for lane in 0..LANES {
                words[word][lane] ^= input[word][lane];
            }
        }
        for constant in &ROUND_CONSTANTS {
            for lane in 0..LANES {
                // Theta: every word takes in the parity of two columns.
                let mut parity = [0; 5];
                for x in 0..5 {
                    parity[x] = words[x][lane]
                        ^ words[x + 5][lane]
                        ^ words[x + 10][lane]
                        ^ words[x + 15][lane]
                        ^ words[x + 20][lane];
                }
                // Rho and pi: every word is rotated and finds a new place.
                let turned = |word: usize, bits| {
                    let [before, after] = [(word + 4) % 5, (word + 1) % 5];
                    let mixed = words[word][lane] ^ parity[before] ^ parity[after].rotate_left(1);
                    mixed.rotate_left(bits)
                };
                let rows = [
                    [turned(0, 0), turned(6, 44), turned(12, 43), turned(18, 21), turned(24, 14)],
                    [turned(3, 28), turned(9, 20), turned(10, 3), turned(16, 45), turned(22, 61)],
                    [turned(1, 1), turned(7, 6), turned(13, 25), turned(19, 8), turned(20, 18)],
                    [turned(4, 27), turned(5, 36), turned(11, 10), turned(17, 15), turned(23, 56)],
                    [turned(2, 62), turned(8, 55), turned(14, 39), turned(15, 41), turned(21, 2)],
                ];
                // Chi: the only step that is not linear, along each row.
                for (y, row) in rows.iter().enumerate() {
                    for x in 0..5 {
                        words[5 * y + x][lane] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
                    }
                }
                // Iota: the rounds differ.
                words[0][lane] ^= constant;
            }
        }
    }

    states.set_group(at, words);
}

/// What iota adds in each of the 24 rounds.
const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

#[cfg(test)]
mod tests {
    use super::{
        super::{schedule::tests::all_ways_agree, sha3_of_many},
        *,
    };

    /// From the examples that NIST publishes for SHA3-256.
    #[test]
    fn published_digests_are_met() {
        let long = [0xa3; 200];
        let expected = [
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
            "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787",
        ];
        let names = sha3_of_many(&[b"", b"abc", &long]);
        assert_eq!(names, expected.map(|name| name.parse().unwrap()));
    }

    #[test]
    fn wide_and_narrow_lanes_agree_with_the_ordinary_way() {
        all_ways_agree::<Sha3, WIDTH, BLOCK>();
    }
}
