//! What follows the line of a card: its payload.

use crate::{
    error::{Error, ErrorKind},
    payload::Payload,
};

/// What follows the line of the card being read.
#[derive(Debug)]
pub(crate) struct Body<'a, 'r> {
    pub(crate) text: &'a [u8],
    /// Where the payload starts; moves past it.
    pub(crate) at: &'r mut usize,
    /// Where the card's line starts: errors of a payload point there.
    pub(crate) line: usize,
    /// How large a payload may be.
    pub(crate) limit: usize,
}

impl<'a> Body<'a, '_> {
    /// A payload of `size` bytes.
    pub(crate) fn payload(&mut self, size: u32) -> Result<Payload<'a>, Error> {
        let declared = usize::try_from(size).unwrap_or(usize::MAX);
        if declared > self.limit {
            return Err(self.error(ErrorKind::PayloadTooLarge { declared, limit: self.limit }));
        }
        let rest = self.rest();
        let Some(bytes) = rest.get(..declared) else {
            let present = rest.len();
            return Err(self.error(ErrorKind::TruncatedPayload { declared, present }));
        };
        *self.at += declared;
        Ok(Payload::Borrowed(bytes))
    }

    /// A payload that a newline closes. At the end of the message the newline may be missing.
    pub(crate) fn closed_payload(&mut self, size: u32) -> Result<Payload<'a>, Error> {
        let payload = self.payload(size)?;
        if !self.take_newline() && !self.rest().is_empty() {
            let kind = ErrorKind::UnterminatedPayload;
            return Err(Error::new(kind, *self.at, self.rest()));
        }
        Ok(payload)
    }

    /// Skips a newline if it comes next.
    pub(crate) fn take_newline(&mut self) -> bool {
        let found = self.rest().first() == Some(&b'\n');
        *self.at += usize::from(found);
        found
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(*self.at..).unwrap_or_default()
    }

    /// An error that shows the line of the card.
    fn error(&self, kind: ErrorKind) -> Error {
        let line = self.text.get(self.line..).unwrap_or_default();
        let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
        Error::new(kind, self.line, line.get(..end).unwrap_or_default())
    }
}
