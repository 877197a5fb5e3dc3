//! A finished message: bytes in chunks, ready for a socket.

use bytes::Bytes;

/// A finished message, in chunks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunks {
    chunks: Vec<Bytes>,
    len: usize,
}

impl Chunks {
    /// Adds a chunk at the end, unless it is empty.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.len += chunk.len();
            self.chunks.push(chunk);
        }
    }

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

    /// The whole message as one buffer: copied only if it is not one already.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        if self.chunks.len() > 1 {
            self.to_vec().into()
        } else {
            self.chunks.pop().unwrap_or_default()
        }
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
        Self::from_iter([chunk])
    }
}

/// Buffers in a row as one message.
impl FromIterator<Bytes> for Chunks {
    fn from_iter<I: IntoIterator<Item = Bytes>>(buffers: I) -> Self {
        let mut chunks = Self::default();
        buffers.into_iter().for_each(|chunk| chunks.push(chunk));
        chunks
    }
}

impl IntoIterator for Chunks {
    type Item = Bytes;
    type IntoIter = std::vec::IntoIter<Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter()
    }
}
