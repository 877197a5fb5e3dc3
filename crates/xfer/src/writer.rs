//! Cards to bytes.

use crate::{card::Card, chunks::Chunks, output::Output};

/// Appends cards to a message under a byte budget.
///
/// The budget is the protocol's own kind: it is asked before a card is written, and the card that
/// crosses it still goes whole, however large. So [`push`](Self::push) always writes, and
/// [`offer`](Self::offer) writes only while there is room.
///
/// The message is gathered in chunks. Small payloads are copied into them; a large
/// [`Payload::Shared`](crate::Payload::Shared) is passed on as it is, so that a stored blob travels
/// from the database to the socket without being copied.
///
/// ```
/// use outcrop_xfer::{Card, Reader, Writer};
///
/// let text = b"message hello\\sworld\n";
/// let mut writer = Writer::new();
/// for card in Reader::new(text) {
///     writer.push(&card?);
/// }
/// assert_eq!(writer.finish().to_vec(), text);
/// # Ok::<(), outcrop_xfer::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    out: Output,
    budget: usize,
}

impl Writer {
    /// A writer without a budget.
    #[must_use]
    pub fn new() -> Self {
        Self::with_budget(usize::MAX)
    }

    /// A writer that has room until it holds `budget` bytes.
    #[must_use]
    pub fn with_budget(budget: usize) -> Self {
        Self { out: Output::default(), budget }
    }

    /// Writes a card, whatever the budget.
    pub fn push(&mut self, card: &Card<'_>) {
        card.write(&mut self.out);
    }

    /// Writes a card if there is room; says whether it did.
    #[must_use]
    pub fn offer(&mut self, card: &Card<'_>) -> bool {
        let room = self.has_room();
        if room {
            self.push(card);
        }
        room
    }

    /// Adds cards that were written before. Their bytes are shared, not copied.
    pub fn append(&mut self, cards: &Chunks) {
        self.out.append(cards);
    }

    /// Bytes until which there is room.
    #[must_use]
    pub const fn budget(&self) -> usize {
        self.budget
    }

    /// Whether the message is still within its budget.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.len() < self.budget
    }

    /// Bytes written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> Chunks {
        self.out.finish()
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}
