//! Content types, and the framing of a message that each one tells.

use std::fmt;

use bytes::Bytes;
use outcrop_format::envelope::{self, EnvelopeError};

use crate::{card::Kind, chunks::Chunks, limits::Limits};

/// The content types of the protocol. The type alone decides how a body is framed.
///
/// ```
/// use outcrop_xfer::MediaType;
///
/// let media: MediaType = "application/x-fossil; charset=utf-8".parse()?;
/// assert_eq!(media, MediaType::Compressed);
/// assert!("text/html".parse::<MediaType>().is_err());
/// # Ok::<(), outcrop_xfer::NotFossil>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `application/x-fossil`: cards in an [envelope](outcrop_format::envelope).
    Compressed,
    /// `application/x-fossil-debug`: bare cards, for people who watch.
    Debug,
    /// `application/x-fossil-uncompressed`: bare cards whose payloads are compressed already.
    Uncompressed,
}

/// A content type that is not one of the protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a content type of the Fossil sync protocol")]
pub struct NotFossil;

impl MediaType {
    /// The content type as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compressed => "application/x-fossil",
            Self::Debug => "application/x-fossil-debug",
            Self::Uncompressed => "application/x-fossil-uncompressed",
        }
    }

    /// Takes the cards out of a body, within [`Limits::message`].
    ///
    /// The content type decides how, with one exception: under its option to leave compression
    /// out, stock Fossil labels bare cards `application/x-fossil`. A body under that type whose
    /// first bytes are a card's and no envelope's is taken for what it is.
    pub fn open(self, body: Bytes, limits: &Limits) -> Result<Bytes, EnvelopeError> {
        if self == Self::Compressed && !is_bare_text(&body) {
            return envelope::open(&body, limits.message).map(Bytes::from);
        }
        if body.len() > limits.message {
            let (declared, limit) = (body.len(), limits.message);
            return Err(EnvelopeError::TooLarge { declared, limit });
        }
        Ok(body)
    }

    /// Makes a body of the cards.
    pub fn seal(self, cards: Chunks) -> Result<Chunks, EnvelopeError> {
        match self {
            Self::Compressed => {
                envelope::seal_light(cards.slices()).map(|body| Bytes::from(body).into())
            }
            Self::Debug | Self::Uncompressed => Ok(cards),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads a `Content-Type` header: letter case, parameters and outer blanks make no difference.
impl std::str::FromStr for MediaType {
    type Err = NotFossil;

    fn from_str(header: &str) -> Result<Self, NotFossil> {
        let name = header.split(';').next().unwrap_or_default().trim();
        [Self::Compressed, Self::Debug, Self::Uncompressed]
            .into_iter()
            .find(|media| name.eq_ignore_ascii_case(media.as_str()))
            .ok_or(NotFossil)
    }
}

/// Whether a body is card text rather than an envelope, by its first bytes.
///
/// Text begins with a comment or with the first word of a card. Read as a length, that is more than
/// half a gigabyte, and no card has a zlib header after its first four letters; a comment may have
/// one by chance, but is too short to hold what it then declares.
fn is_bare_text(body: &[u8]) -> bool {
    if envelope::is_plausible(body) {
        return false;
    }
    let verb = body.iter().position(|byte| !is_verb_byte(*byte)).unwrap_or(body.len());
    let verb = body.get(..verb).unwrap_or_default();
    body.first() == Some(&b'#') || Kind::from_verb(verb).is_some()
}

const fn is_verb_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::Writer;
    use crate::{Card, Reader};

    const TEXT: &[u8] = b"pragma client-version 22100 20230226 192424\nclone 3 1\n";

    #[test]
    fn content_types_are_read_as_http_writes_them() {
        for media in [MediaType::Compressed, MediaType::Debug, MediaType::Uncompressed] {
            let name = media.as_str();
            for header in [
                name.to_owned(),
                name.to_uppercase(),
                format!(" {name} ; charset=utf-8"),
                format!("{name};"),
            ] {
                assert_eq!(header.parse(), Ok(media), "{header}");
            }
        }
        for other in ["", "text/html", "application/x-fossil-artifact", "application/x-foss"] {
            assert_eq!(other.parse::<MediaType>(), Err(NotFossil), "{other}");
        }
    }

    #[test]
    fn bodies_are_framed_as_their_type_says() {
        for media in [MediaType::Compressed, MediaType::Debug, MediaType::Uncompressed] {
            let mut writer = Writer::new();
            Reader::new(TEXT).for_each(|card| writer.push(&card.unwrap()));
            let body = Bytes::from(media.seal(writer.finish()).unwrap().to_vec());
            assert_eq!(body != TEXT, media == MediaType::Compressed);
            assert_eq!(media.open(body, &Limits::default()).unwrap(), TEXT);
        }
    }

    #[test]
    fn bare_text_under_the_compressed_type_is_read_as_text() {
        for text in [
            TEXT,
            b"# only a comment\n",
            b"# 1280 x\npull a b\n",
            b"#abcx y\n",
            b"login a b c\n",
            b"push",
            b"clone_seqno 0\n",
        ] {
            let body = Bytes::copy_from_slice(text);
            assert_eq!(MediaType::Compressed.open(body, &Limits::default()).unwrap(), text);
        }
    }

    #[test]
    fn other_bytes_under_the_compressed_type_are_a_bad_envelope() {
        for bytes in [&b"<html>"[..], b"GET / HTTP/1.1", b"pushy", b"\x00\x00\x00\x09garbage"] {
            let body = Bytes::copy_from_slice(bytes);
            assert!(MediaType::Compressed.open(body, &Limits::default()).is_err());
        }
    }

    /// A length of 0x66696c65 bytes spells "file", but a zlib header follows it.
    #[test]
    fn an_envelope_whose_length_spells_a_card_is_an_envelope() {
        let mut body = envelope::seal(b"x").unwrap();
        body[..4].copy_from_slice(b"file");
        assert!(!is_bare_text(&body));
    }

    #[test]
    fn bare_text_has_a_limit_too() {
        let limits = Limits { message: TEXT.len() - 1, ..Limits::default() };
        for media in [MediaType::Compressed, MediaType::Debug, MediaType::Uncompressed] {
            let opened = media.open(Bytes::from_static(TEXT), &limits);
            assert!(matches!(opened, Err(EnvelopeError::TooLarge { .. })));
        }
    }

    #[test]
    fn an_empty_body_has_no_cards() {
        let opened = MediaType::Compressed.open(Bytes::new(), &Limits::default()).unwrap();
        assert_eq!(Reader::new(&opened).map(Result::unwrap).collect::<Vec<Card<'_>>>(), []);
    }
}
