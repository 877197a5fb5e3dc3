//! Looking at an artifact before anything is written: opening it and comparing it with its name.

use std::borrow::Cow;

use bytes::Bytes;
use outcrop_format::envelope::{self, EnvelopeError};
use outcrop_format::hash::HashName;
use outcrop_format::planted;

use super::{Incoming, Payload, ReceiveError, Receiver};
use crate::blob::BlobRow;
use crate::content::{Availability, ContentError};
use crate::delta;
use crate::id::Rid;

/// An artifact that has been opened and found good, as far as can be told.
pub(super) struct Opened<'a> {
    /// The content, unless that of the source is yet to come.
    pub(super) content: Option<Cow<'a, [u8]>>,
    /// Bytes of the content.
    pub(super) size: usize,
    /// What goes into the file.
    pub(super) stored: Cow<'a, [u8]>,
    pub(super) source: Source,
}

/// What goes into the file builds upon this.
pub(super) enum Source {
    /// Nothing: it is the content itself.
    None,
    /// An artifact that has a row.
    Row(Rid),
    /// One that has no row yet.
    New(HashName),
    /// A delta that waits for this very artifact, and so has to come anew.
    GivenUp(Rid),
}

/// What there is of a delta's source.
enum SourceContent {
    Here(Bytes),
    YetToCome,
    /// It waits for what is to be made of it.
    WaitsForThis,
}

impl Receiver<'_> {
    /// Opens the payload and compares the content with its name, if it can be had. Writes nothing.
    pub(super) fn open<'a>(
        &self,
        incoming: &Incoming<'a>,
        known: Option<&BlobRow>,
    ) -> Result<Opened<'a>, ReceiveError> {
        let (name, payload) = (incoming.name, self.open_payload(incoming)?);
        let Some(source_name) = incoming.source else {
            self.check(&name, &payload)?;
            let stored = stored_form(incoming, &payload)?;
            let size = payload.len();
            return Ok(Opened { content: Some(payload), size, stored, source: Source::None });
        };
        let size = self.check_delta(&name, &payload)?;
        let stored = stored_form(incoming, &payload)?;
        let source = self.tx.blob_named(&source_name)?;
        let Some(source) = source else {
            if source_name == name {
                return Err(ReceiveError::Loop(name));
            }
            if self.is_unwanted(&source_name)? {
                return Err(ReceiveError::Shunned(source_name));
            }
            return Ok(Opened { content: None, size, stored, source: Source::New(source_name) });
        };
        if source.private && !source.is_phantom() && !self.sees_private {
            return Err(ReceiveError::Hidden { name, source_name });
        }
        let mut opened = Opened { content: None, size, stored, source: Source::Row(source.rid) };
        match self.source_content(&name, source.rid, known)? {
            SourceContent::Here(source_content) => {
                let content = delta::apply(&source_content, &payload, self.max_content)
                    .map_err(|cause| ReceiveError::Delta { name, cause })?;
                self.check(&name, &content)?;
                if source.private && !incoming.private {
                    opened.stored = Cow::Owned(seal(&name, &content)?);
                    opened.source = Source::None;
                }
                opened.content = Some(Cow::Owned(content));
            }
            SourceContent::YetToCome => {}
            SourceContent::WaitsForThis => opened.source = Source::GivenUp(source.rid),
        }
        Ok(opened)
    }

    fn open_payload<'a>(&self, incoming: &Incoming<'a>) -> Result<Cow<'a, [u8]>, ReceiveError> {
        let (name, limit) = (incoming.name, self.max_content);
        match incoming.payload {
            Payload::Plain(bytes) if bytes.len() > limit => {
                Err(ReceiveError::TooLarge { name, size: bytes.len(), limit })
            }
            Payload::Plain(bytes) => Ok(Cow::Borrowed(bytes)),
            Payload::Sealed(sealed) => match envelope::open(sealed, limit) {
                Ok(opened) => Ok(Cow::Owned(opened)),
                Err(EnvelopeError::TooLarge { declared, limit }) => {
                    Err(ReceiveError::TooLarge { name, size: declared, limit })
                }
                Err(cause) => Err(ReceiveError::Envelope { name, cause }),
            },
        }
    }

    /// Checks all of a delta that can be checked without its source. Gives the size of the target.
    fn check_delta(&self, name: &HashName, delta: &[u8]) -> Result<usize, ReceiveError> {
        let refused = |cause| ReceiveError::Delta { name: *name, cause };
        let operations = delta::ops(delta).map_err(refused)?;
        let size = operations.output_size();
        if size > self.max_content {
            return Err(ReceiveError::TooLarge { name: *name, size, limit: self.max_content });
        }
        for operation in operations {
            operation.map_err(refused)?;
        }
        Ok(size)
    }

    fn check(&self, name: &HashName, content: &[u8]) -> Result<(), ReceiveError> {
        let (size, limit) = (content.len(), self.max_content);
        if size > limit {
            return Err(ReceiveError::TooLarge { name: *name, size, limit });
        }
        if planted!(SkipHashCheck) || name.verify(content) {
            Ok(())
        } else {
            Err(ReceiveError::WrongHash(*name))
        }
    }

    /// The content of a delta's source.
    fn source_content(
        &self,
        name: &HashName,
        source: Rid,
        known: Option<&BlobRow>,
    ) -> Result<SourceContent, ReceiveError> {
        match self.tx.content(source) {
            Ok(content) => Ok(SourceContent::Here(content)),
            Err(ContentError::NotHeld { .. }) => {
                let waits_for = self.tx.availability(source)?;
                match known {
                    Some(row) if row.rid == source => Err(ReceiveError::Loop(*name)),
                    Some(row) if waits_for == Availability::WaitsFor(row.rid) => {
                        Ok(SourceContent::WaitsForThis)
                    }
                    _ => Ok(SourceContent::YetToCome),
                }
            }
            Err(ContentError::Database(error)) => Err(error.into()),
            Err(cause) => Err(ReceiveError::Source { name: *name, cause }),
        }
    }
}

/// The payload as it goes into the file.
fn stored_form<'a>(incoming: &Incoming<'a>, opened: &[u8]) -> Result<Cow<'a, [u8]>, ReceiveError> {
    match incoming.payload {
        Payload::Sealed(sealed) => Ok(Cow::Borrowed(sealed)),
        Payload::Plain(_) => seal(&incoming.name, opened).map(Cow::Owned),
    }
}

pub(super) fn seal(name: &HashName, content: &[u8]) -> Result<Vec<u8>, ReceiveError> {
    envelope::seal(content).map_err(|cause| ReceiveError::Envelope { name: *name, cause })
}
