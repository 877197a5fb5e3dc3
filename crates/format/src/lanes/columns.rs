//! The states of all lanes, word by word: a vector holds the same word of every lane.
//!
//! Groups are copied word by word too. Where whole rows are copied, the compiler is tempted to
//! treat neighbouring rows as one longer vector, and then spends its time joining and parting them.

/// Something that begins where a vector of any size may begin.
///
/// A vector that lies across two cache lines is slow to write and slower to read back; without
/// this, whether one does would depend on where the stack happens to stand.
#[repr(align(64))]
pub(super) struct Aligned<T>(pub(super) T);

/// `WORDS` rows of `WIDTH` lanes. The state of one lane is a column.
pub(super) struct Columns<Word, const WORDS: usize, const WIDTH: usize> {
    rows: [[Word; WIDTH]; WORDS],
}

impl<Word: Copy + Default, const WORDS: usize, const WIDTH: usize> Columns<Word, WORDS, WIDTH> {
    /// The same state in every lane.
    pub(super) fn all(column: [Word; WORDS]) -> Self {
        Self { rows: column.map(|word| [word; WIDTH]) }
    }

    /// The state of one lane.
    pub(super) fn get(&self, lane: usize) -> [Word; WORDS] {
        self.rows.each_ref().map(|row| row.get(lane).copied().unwrap_or_default())
    }

    /// Gives one lane another state.
    pub(super) fn set(&mut self, lane: usize, column: [Word; WORDS]) {
        for (row, word) in self.rows.iter_mut().zip(column) {
            if let Some(place) = row.get_mut(lane) {
                *place = word;
            }
        }
    }

    /// `LANES` lanes from the lane `at` on, to work on.
    #[inline]
    pub(super) fn group<const LANES: usize>(&self, at: usize) -> Aligned<[[Word; LANES]; WORDS]> {
        let mut group = Aligned([[Word::default(); LANES]; WORDS]);
        for (to, from) in group.0.iter_mut().zip(&self.rows) {
            for (to, from) in to.iter_mut().zip(from.iter().skip(at)) {
                *to = *from;
            }
        }
        group
    }

    /// Puts the lanes from `at` on back.
    #[inline]
    pub(super) fn set_group<const LANES: usize>(
        &mut self,
        at: usize,
        group: &[[Word; LANES]; WORDS],
    ) {
        for (to, from) in self.rows.iter_mut().zip(group) {
            for (to, from) in to.iter_mut().skip(at).zip(from) {
                *to = *from;
            }
        }
    }
}
