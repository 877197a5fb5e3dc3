//! Cards to bytes.

use bytes::Bytes;
use outcrop_format::{escape::Escaped, hash::HashName};

use crate::{card::Card, payload::Payload, token::Token};

/// A chunk is handed on once it holds this much.
const CHUNK: usize = 64 * 1024;

/// Payloads from this size on become chunks of their own.
const OWN_CHUNK: usize = 32 * 1024;

/// Room for the line of one more card, so that a full chunk does not grow.
const LINE_ROOM: usize = 1024;

// A payload that is copied must fit an empty chunk.
const _: () = assert!(OWN_CHUNK < CHUNK);

/// Appends cards to a message under a byte budget.
///
/// The budget is the protocol's own kind: it is asked before a card is written, and the card that
/// crosses it still goes whole, however large. So [`push`](Self::push) always writes, and
/// [`offer`](Self::offer) writes only while there is room.
///
/// The message is gathered in chunks. Small payloads are copied into them; a large
/// [`Payload::Shared`] is passed on as it is, so that a stored blob travels from the database to
/// the socket without being copied.
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
    done: Vec<Bytes>,
    /// Bytes in `done`.
    done_len: usize,
    /// The chunk being filled.
    open: Vec<u8>,
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
        Self { done: Vec::new(), done_len: 0, open: Vec::new(), budget }
    }

    /// Writes a card, whatever the budget.
    pub fn push(&mut self, card: &Card<'_>) {
        card.write(self);
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

    /// Whether the message is still within its budget.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.len() < self.budget
    }

    /// Bytes written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.done_len + self.open.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message.
    #[must_use]
    pub fn finish(mut self) -> Chunks {
        self.hand_on();
        Chunks { len: self.done_len, chunks: self.done }
    }

    /// Starts the line of a card.
    pub(crate) fn line(&mut self, verb: &str) -> Line<'_> {
        if self.open.len() + LINE_ROOM > CHUNK {
            self.next_chunk();
        }
        self.open.extend_from_slice(verb.as_bytes());
        Line { out: self }
    }

    fn payload(&mut self, payload: &Payload<'_>) {
        if payload.len() >= OWN_CHUNK {
            self.hand_on();
            self.hand_over(payload.to_bytes());
            return;
        }
        if self.open.len() + payload.len() > CHUNK {
            self.next_chunk();
        }
        self.open.extend_from_slice(payload);
    }

    /// Closes a full chunk and begins another that will be as full. The first chunk of a message
    /// grows as it needs to, because most messages are short.
    fn next_chunk(&mut self) {
        self.hand_on();
        self.open.reserve_exact(CHUNK);
    }

    /// Closes the open chunk.
    fn hand_on(&mut self) {
        if !self.open.is_empty() {
            let chunk = std::mem::take(&mut self.open);
            self.hand_over(chunk.into());
        }
    }

    fn hand_over(&mut self, chunk: Bytes) {
        self.done_len += chunk.len();
        self.done.push(chunk);
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

/// The line of a card that is being written, its first word in place.
#[derive(Debug)]
pub(crate) struct Line<'w> {
    out: &'w mut Writer,
}

impl Line<'_> {
    /// Bytes just as they are, without a blank before them.
    pub(crate) fn raw(self, bytes: &[u8]) -> Self {
        self.out.open.extend_from_slice(bytes);
        self
    }

    fn word(self, word: &[u8]) -> Self {
        self.out.open.push(b' ');
        self.raw(word)
    }

    pub(crate) fn literal(self, word: &'static str) -> Self {
        self.word(word.as_bytes())
    }

    pub(crate) fn token(self, token: Token<'_>) -> Self {
        self.word(token.as_bytes())
    }

    pub(crate) fn escaped(self, text: &Escaped<'_>) -> Self {
        self.word(text.as_bytes())
    }

    pub(crate) fn hash(self, name: &HashName) -> Self {
        self.word(name.to_hex().as_bytes())
    }

    pub(crate) fn number(self, number: impl itoa::Integer) -> Self {
        self.word(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Ends a card that has no payload.
    pub(crate) fn end(self) {
        self.out.open.push(b'\n');
    }

    /// Ends the line, and the card with a payload that nothing follows.
    pub(crate) fn end_with(self, payload: &Payload<'_>) {
        self.out.open.push(b'\n');
        self.out.payload(payload);
    }

    /// Ends the line, and the card with a payload and a newline.
    pub(crate) fn end_with_closed(self, payload: &Payload<'_>) {
        self.out.open.push(b'\n');
        self.out.payload(payload);
        self.out.open.push(b'\n');
    }
}

/// A finished message, in chunks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunks {
    chunks: Vec<Bytes>,
    len: usize,
}

impl Chunks {
    /// Bytes in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the message is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The chunks in their order, as slices.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.chunks.iter().map(|chunk| &**chunk)
    }

    /// The whole message in one buffer.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.len);
        self.slices().for_each(|chunk| whole.extend_from_slice(chunk));
        whole
    }
}

/// One buffer as a message.
impl From<Bytes> for Chunks {
    fn from(chunk: Bytes) -> Self {
        Self { len: chunk.len(), chunks: vec![chunk] }
    }
}

impl IntoIterator for Chunks {
    type Item = Bytes;
    type IntoIter = std::vec::IntoIter<Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter()
    }
}
