//! MD5 in sixteen, four or one lanes.

use std::array;

use md5::block_api::compress;
use multiversion::{inherit_target, multiversion, target::target_cfg_f};

use super::{
    columns::{Aligned, Columns},
    schedule::{Fewest, NARROW, SideBySide, Tail},
};

/// Lanes: as many 32-bit words as the widest vector holds.
pub(super) const WIDTH: usize = 16;

const BLOCK: usize = 64;
const DIGEST: usize = 16;

/// 32-bit words of a block.
const WORDS: usize = BLOCK / 4;

/// Bytes at the end of the tail: the length of the content in bits.
const LENGTH: usize = 8;

type State = [u32; 4];
type States = Columns<u32, 4, WIDTH>;
type Block = [u8; BLOCK];

/// The state before the first block.
const START: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

pub(super) struct Md5 {
    states: States,
}

impl SideBySide<WIDTH> for Md5 {
    type Block = Block;
    type Digest = [u8; DIGEST];

    fn new() -> Self {
        Self { states: States::all(START) }
    }

    fn split(content: &[u8]) -> (&[Block], Tail<Block>) {
        let (body, rest) = content.as_chunks();
        // The length counts bits, modulo 2^64.
        let bits = (content.len() as u64).wrapping_mul(8);
        let mut blocks = [[0; BLOCK]; 2];
        let done = usize::from(rest.len() + 1 + LENGTH <= BLOCK);
        if let Some(bytes) = blocks.as_flattened_mut().get_mut(done * BLOCK..)
            && let Some((bytes, length)) = bytes.split_last_chunk_mut::<LENGTH>()
            && let Some((start, [first, ..])) = bytes.split_at_mut_checked(rest.len())
        {
            start.copy_from_slice(rest);
            *first = 0x80;
            *length = bits.to_le_bytes();
        }
        (body, Tail { blocks, done })
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
        compress(&mut state, run);
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
        (false, true) => Fewest { wide: 2 * NARROW + 1, narrow: 2 },
        (false, false) => Fewest { wide: 3 * NARROW + 1, narrow: 2 },
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
    /// One of the four rounds, which is sixteen steps, in all lanes.
    #[inherit_target]
    fn round<const ROUND: usize, const LANES: usize>(
        sums: &mut [[u32; LANES]; 4],
        words: &[[u32; LANES]; WORDS],
    ) {
        for lane in 0..LANES {
            let [mut a, mut b, mut c, mut d] = array::from_fn(|sum| sums[sum][lane]);
            for step in 0..16 {
                let (mixed, word) = match ROUND {
                    0 => (d ^ (b & (c ^ d)), step),
                    1 => (c ^ (d & (b ^ c)), 5 * step + 1),
                    2 => (b ^ c ^ d, 3 * step + 5),
                    _ => (c ^ (b | !d), 7 * step),
                };
                let sum = a
                    .wrapping_add(mixed)
                    .wrapping_add(STEP_CONSTANTS[16 * ROUND + step])
                    .wrapping_add(words[word % WORDS][lane]);
                let turned = b.wrapping_add(sum.rotate_left(ROTATIONS[ROUND][step % 4]));
                (a, b, c, d) = (d, turned, b, c);
            }
            (sums[0][lane], sums[1][lane], sums[2][lane], sums[3][lane]) = (a, b, c, d);
        }
    }

    let Aligned(totals) = &mut states.group::<LANES>(at);
    let Aligned(words) = &mut Aligned([[0; LANES]; WORDS]);
    let Aligned(sums) = &mut Aligned([[0; LANES]; 4]);

    // All have the same length; the shortest is one that no index can pass.
    let len = runs.iter().map(|run| run.len()).min().unwrap_or(0);
    for block in 0..len {
        for lane in 0..LANES {
            for (word, bytes) in runs[lane][block].as_chunks().0.iter().enumerate() {
                words[word][lane] = u32::from_le_bytes(*bytes);
            }
        }
        *sums = *totals;
        round::<0, LANES>(sums, words);
        round::<1, LANES>(sums, words);
        round::<2, LANES>(sums, words);
        round::<3, LANES>(sums, words);
        for (total, sum) in totals.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
            *total = total.wrapping_add(*sum);
        }
    }

    states.set_group(at, totals);
}

/// By how many bits each round rotates, four steps in turn.
const ROTATIONS: [[u32; 4]; 4] =
    [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// What each step adds: the first 32 bits of the fraction of sin(1), sin(2), …, signs dropped.
#[rustfmt::skip]
const STEP_CONSTANTS: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee,
    0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be,
    0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa,
    0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed,
    0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c,
    0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05,
    0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039,
    0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1,
    0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

#[cfg(test)]
mod tests {
    use super::{
        super::{md5_of_many, schedule::tests::all_ways_agree},
        *,
    };

    /// From RFC 1321.
    #[test]
    fn published_digests_are_met() {
        let contents: [&[u8]; 4] = [
            b"",
            b"abc",
            b"message digest",
            b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        ];
        let expected: [u128; 4] = [
            0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e,
            0x9001_5098_3cd2_4fb0_d696_3f7d_28e1_7f72,
            0xf96b_697d_7cb7_938d_525a_2f31_aaf1_61d0,
            0x57ed_f4a2_2be3_c955_ac49_da2e_2107_b67a,
        ];
        assert_eq!(md5_of_many(&contents), expected.map(u128::to_be_bytes));
    }

    #[test]
    fn wide_and_narrow_lanes_agree_with_the_ordinary_way() {
        all_ways_agree::<Md5, WIDTH, BLOCK>();
    }
}
