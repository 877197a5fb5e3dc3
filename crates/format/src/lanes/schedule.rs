//! Which content is in which lane, and how far all lanes may run together.
//!
//! A content is a *body* of whole blocks, hashed where it lies, and a *tail*: a copy of the bytes
//! after the last whole block, padded as the hash wants it. All lanes run until the first of them
//! has used up its body or its tail; then that one goes on to its tail or gives up its lane.

use std::{array, cmp::Reverse};

/// Lanes of a narrow group.
pub(super) const NARROW: usize = 4;

/// From how many busy lanes on vectors are worth their while.
pub(super) struct Fewest {
    /// For all lanes at once.
    pub(super) wide: usize,
    /// For one narrow group.
    pub(super) narrow: usize,
}

/// The states of a hash, side by side in `WIDTH` lanes.
pub(super) trait SideBySide<const WIDTH: usize> {
    /// The bytes that one step takes in.
    type Block: 'static;
    /// What becomes of a state in the end.
    type Digest: Copy + Default;

    /// States before the first block.
    fn new() -> Self;

    /// Splits a content into its body and its padded tail.
    fn split(content: &[u8]) -> (&[Self::Block], Tail<Self::Block>);

    /// How many busy lanes it takes for this processor to gain from vectors.
    fn fewest() -> Fewest;

    /// Takes a run of blocks into each lane; all runs have the same length.
    fn absorb_wide(&mut self, runs: &[&[Self::Block]; WIDTH]);

    /// Takes runs into a few lanes only, from the lane `at` on.
    fn absorb_narrow(&mut self, at: usize, runs: &[&[Self::Block]; NARROW]);

    /// Takes a run into one lane, as the ordinary implementation does it.
    fn absorb_one(&mut self, at: usize, run: &[Self::Block]);

    /// The digest that a lane has come to with its last block.
    fn digest(&self, lane: usize) -> Self::Digest;

    /// Makes a lane as new.
    fn restart(&mut self, lane: usize);

    /// Gives the lane `to` the state of the lane `from`.
    fn copy(&mut self, from: usize, to: usize);
}

/// The last bytes of a content and its padding.
pub(super) struct Tail<Block> {
    pub(super) blocks: [Block; 2],
    /// Blocks already hashed. A tail of one block is the second, so that it begins with one here.
    pub(super) done: usize,
}

/// A content on its way through a lane.
struct Lane<'a, Block> {
    /// Where the content stands among all contents.
    index: usize,
    /// The whole blocks not yet hashed.
    body: &'a [Block],
    tail: Tail<Block>,
}

impl<'a, Block> Lane<'a, Block> {
    fn new<H: SideBySide<WIDTH, Block = Block>, const WIDTH: usize>(
        (index, content): (usize, &'a [u8]),
    ) -> Self {
        let (body, tail) = H::split(content);
        Self { index, body, tail }
    }

    /// The blocks that can be hashed in one go; none is left once the content is done.
    fn run(&self) -> &[Block] {
        if self.body.is_empty() {
            self.tail.blocks.get(self.tail.done..).unwrap_or_default()
        } else {
            self.body
        }
    }

    fn advance(&mut self, blocks: usize) {
        if self.body.is_empty() {
            self.tail.done += blocks;
        } else {
            self.body = self.body.get(blocks..).unwrap_or_default();
        }
    }
}

/// The digests of all contents, in the order of the contents.
pub(super) fn digests<H: SideBySide<WIDTH>, const WIDTH: usize>(
    contents: &[&[u8]],
) -> Vec<H::Digest> {
    const { assert!(WIDTH.is_multiple_of(NARROW), "narrow groups fill the lanes") };
    let mut digests = vec![H::Digest::default(); contents.len()];
    // Longest first: a long content that came last would run on with the other lanes empty.
    let mut waiting: Vec<(usize, &[u8])> = contents.iter().copied().enumerate().collect();
    waiting.sort_by_key(|(_, content)| Reverse(content.len()));
    let mut waiting = waiting.into_iter();

    let mut lanes: Vec<Lane<'_, H::Block>> =
        waiting.by_ref().take(WIDTH).map(Lane::new::<H, WIDTH>).collect();
    let mut states = H::new();
    let fewest = H::fewest();

    while let Some(shortest) = lanes.iter().map(|lane| lane.run().len()).min() {
        let mut runs = lanes.iter().map(|lane| lane.run().get(..shortest).unwrap_or_default());
        // An idle lane repeats the first run, which is at hand.
        let first = runs.clone().next().unwrap_or_default();
        let runs = array::from_fn(|_| runs.next().unwrap_or(first));
        absorb(&mut states, &runs, lanes.len(), &fewest);

        // Backwards, so that the lane moved into a gap is one already seen.
        for at in (0..lanes.len()).rev() {
            let Some(lane) = lanes.get_mut(at) else { break };
            lane.advance(shortest);
            if !lane.run().is_empty() {
                continue;
            }
            if let Some(digest) = digests.get_mut(lane.index) {
                *digest = states.digest(at);
            }
            if let Some(next) = waiting.next() {
                *lane = Lane::new::<H, WIDTH>(next);
                states.restart(at);
            } else {
                lanes.swap_remove(at);
                states.copy(lanes.len(), at);
            }
        }
    }
    digests
}

/// Takes a run into each of the first `busy` lanes; the others may come to anything.
fn absorb<H: SideBySide<WIDTH>, const WIDTH: usize>(
    states: &mut H,
    runs: &[&[H::Block]; WIDTH],
    busy: usize,
    fewest: &Fewest,
) {
    if busy >= fewest.wide {
        return states.absorb_wide(runs);
    }
    for (group, runs) in runs.as_chunks().0.iter().enumerate() {
        let at = group * NARROW;
        let busy = busy.saturating_sub(at);
        if busy >= fewest.narrow {
            states.absorb_narrow(at, runs);
        } else {
            for (lane, run) in runs.iter().enumerate().take(busy) {
                states.absorb_one(at + lane, run);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks the ways that this processor would not choose, too.
    pub(in super::super) fn all_ways_agree<H, const WIDTH: usize, const BLOCK: usize>()
    where
        H: SideBySide<WIDTH, Block = [u8; BLOCK], Digest: PartialEq + std::fmt::Debug>,
    {
        let mut bytes = (0..=250_u8).cycle();
        let blocks: [[[u8; BLOCK]; 3]; WIDTH] =
            array::from_fn(|_| array::from_fn(|_| array::from_fn(|_| bytes.next().unwrap())));
        let runs = blocks.each_ref().map(|run| &run[..]);

        let [mut wide, mut narrow, mut one] = [H::new(), H::new(), H::new()];
        // The second time from states that differ.
        for _ in 0..2 {
            wide.absorb_wide(&runs);
            for at in (0..WIDTH).step_by(NARROW) {
                narrow.absorb_narrow(at, runs[at..].first_chunk().unwrap());
            }
            for (at, run) in runs.iter().enumerate() {
                one.absorb_one(at, run);
            }
        }
        for lane in 0..WIDTH {
            assert_eq!(wide.digest(lane), one.digest(lane), "wide, lane {lane}");
            assert_eq!(narrow.digest(lane), one.digest(lane), "narrow, lane {lane}");
        }
        one.copy(1, 2);
        assert_eq!(one.digest(1), one.digest(2));
        one.restart(1);
        assert_eq!(one.digest(1), H::new().digest(1));
    }
}
