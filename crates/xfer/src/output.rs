//! Where cards are written to: chunks that fill up, and the line that is being written.

use outcrop_format::{escape::Escaped, hash::HashName};

use crate::{chunks::Chunks, payload::Payload, token::Token};

/// A chunk is handed on once it holds this much.
const CHUNK: usize = 64 * 1024;

/// Payloads from this size on become chunks of their own.
const OWN_CHUNK: usize = 32 * 1024;

/// Room for the line of one more card, so that a full chunk does not grow.
const LINE_ROOM: usize = 1024;

// A payload that is copied must fit an empty chunk.
const _: () = assert!(OWN_CHUNK < CHUNK);

/// A message that is being gathered.
#[derive(Debug, Default)]
pub(crate) struct Output {
    done: Chunks,
    /// The chunk being filled.
    open: Vec<u8>,
}

impl Output {
    /// Bytes written.
    pub(crate) fn len(&self) -> usize {
        self.done.len() + self.open.len()
    }

    /// The message.
    pub(crate) fn finish(mut self) -> Chunks {
        self.hand_on();
        self.done
    }

    /// Adds chunks as they are.
    pub(crate) fn append(&mut self, chunks: &Chunks) {
        self.hand_on();
        chunks.clone().into_iter().for_each(|chunk| self.done.push(chunk));
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
            self.done.push(payload.to_bytes());
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
        self.done.push(std::mem::take(&mut self.open).into());
    }
}

/// The line of a card that is being written, its first word in place.
#[derive(Debug)]
pub(crate) struct Line<'w> {
    out: &'w mut Output,
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
