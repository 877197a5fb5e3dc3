//! Many short runs of values, kept until all are here.
//!
//! There may be hundreds of thousands of them. An allocation for each would take as much room as what it
//! holds, and one for all would have to be moved whenever it grows.

/// Runs of values, each in one piece.
#[derive(Debug)]
pub(crate) struct Pieces<T> {
    pieces: Vec<Vec<T>>,
    /// Values that a piece has room for, unless one run has more.
    room: usize,
}

/// Where a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    piece: u32,
    start: u32,
    len: u32,
}

impl<T> Pieces<T> {
    pub(crate) const fn of(room: usize) -> Self {
        Self { pieces: Vec::new(), room }
    }

    /// Keeps a run.
    pub(crate) fn add(&mut self, run: impl ExactSizeIterator<Item = T>) -> Place {
        let has_room = |piece: &mut Vec<T>| piece.capacity() - piece.len() >= run.len();
        let mut last = match self.pieces.pop_if(has_room) {
            Some(last) => last,
            None => Vec::with_capacity(run.len().max(self.room)),
        };
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let piece = small(self.pieces.len());
        let place = Place { piece, start: small(last.len()), len: small(run.len()) };
        last.extend(run);
        self.pieces.push(last);
        place
    }

    /// The run at a place, which was given here.
    pub(crate) fn get(&self, place: Place) -> &[T] {
        let piece = self.pieces.get(place.piece as usize).map_or(&[][..], Vec::as_slice);
        let run = piece.get(place.start as usize..).and_then(|run| run.get(..place.len as usize));
        run.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_is_found_again() {
        let mut pieces = Pieces::of(10);
        let run = |len: usize| (0..len).map(move |at| 100 * len + at);
        let places: Vec<_> = (0..40).map(|len| pieces.add(run(len))).collect();
        for (len, place) in places.into_iter().enumerate() {
            assert!(pieces.get(place).iter().copied().eq(run(len)), "{len}");
        }
        assert!(pieces.pieces.len() < 40, "short runs share a piece");
    }
}
