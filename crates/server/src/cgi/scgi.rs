//! Variables as SCGI sends them: names and values, each ended by a zero byte, in a netstring.
//!
//! ```text
//! 24:CONTENT_LENGTH\0…\0SCGI\01\0…,body
//! ```

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use super::Variables;
use crate::limits::HEAD_BYTES;

/// Digits of the largest length.
const LENGTH_DIGITS: u64 = 6;

/// Why the head of a request is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    /// It breaks off, or cannot be read.
    #[error("the head of the request breaks off: {0}")]
    Broken(#[from] io::Error),
    /// It is no netstring of variables.
    #[error("the head is none of SCGI")]
    NotScgi,
    /// It is larger than a head may be.
    #[error("the head of the request is larger than {HEAD_BYTES} bytes")]
    TooLarge,
}

impl Variables {
    /// The head of a request. A variable that could be taken for more than one is left out.
    pub(crate) fn to_scgi(&self) -> Bytes {
        let mut inner = Vec::new();
        let has_zero = |(name, value): &(&str, &[u8])| name.contains('\0') || value.contains(&0);
        for (name, value) in self.iter().filter(|pair| !has_zero(pair)) {
            inner.extend_from_slice(name.as_bytes());
            inner.push(0);
            inner.extend_from_slice(value);
            inner.push(0);
        }
        let mut head = format!("{}:", inner.len()).into_bytes();
        head.extend_from_slice(&inner);
        head.push(b',');
        head.into()
    }

    fn from_netstring(inner: &[u8]) -> Option<Self> {
        let mut words = inner.strip_suffix(&[0])?.split(|byte| *byte == 0);
        let mut variables = Self::new();
        while let Some(name) = words.next() {
            let value = words.next()?;
            variables.push(str::from_utf8(name).ok()?, value);
        }
        Some(variables)
    }
}

/// Reads the head of a request. What follows is its body.
pub(crate) async fn read(input: &mut (impl AsyncBufRead + Unpin)) -> Result<Variables, Malformed> {
    let mut digits = Vec::new();
    (&mut *input).take(LENGTH_DIGITS + 1).read_until(b':', &mut digits).await?;
    let length = digits.strip_suffix(b":").and_then(|digits| str::from_utf8(digits).ok());
    let length = length.and_then(|digits| digits.parse::<usize>().ok());
    let length = length.ok_or(Malformed::NotScgi)?;
    if length > HEAD_BYTES {
        return Err(Malformed::TooLarge);
    }
    let mut inner = vec![0; length];
    input.read_exact(&mut inner).await?;
    if input.read_u8().await? != b',' {
        return Err(Malformed::NotScgi);
    }
    Variables::from_netstring(&inner).ok_or(Malformed::NotScgi)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_text(text: &[u8]) -> Result<Variables, Malformed> {
        read(&mut &*text).await
    }

    #[tokio::test]
    async fn a_head_is_read_as_it_was_written() {
        let variables: Variables =
            [("CONTENT_LENGTH", &b"0"[..]), ("EMPTY", b""), ("BYTES", b"\xff\xfe")]
                .into_iter()
                .collect();
        let mut sent = variables.to_scgi().to_vec();
        assert!(sent.starts_with(b"33:CONTENT_LENGTH\x000\x00EMPTY\x00\x00BYTES\x00\xff\xfe\x00,"));
        sent.extend_from_slice(b"body");
        let mut rest = &sent[..];
        assert_eq!(read(&mut rest).await.unwrap(), variables);
        assert_eq!(rest, b"body");
    }

    #[tokio::test]
    async fn a_zero_byte_does_not_make_two_variables_of_one() {
        let variables: Variables =
            [("A", "1\0REMOTE_USER\0alice"), ("B\0C", "2"), ("D", "3")].into_iter().collect();
        let read = read_text(&variables.to_scgi()).await.unwrap();
        assert_eq!(read, [("D", "3")].into_iter().collect());
    }

    #[tokio::test]
    async fn what_is_no_head_is_told_so() {
        for bad in [
            &b"GET / HTTP/1.0\r\n\r\n"[..],
            b":,",
            b"x:,",
            b"-1:,",
            b"0:,",
            b"4:A\x001\x00;",
            b"3:A\x001,",
            b"5:A\x00\x001\x00,",
            b"2:A\x00,",
            b"3:\xff\x00\x00,",
            b"1234567:",
        ] {
            assert!(matches!(read_text(bad).await, Err(Malformed::NotScgi)), "{bad:?}");
        }
        assert!(matches!(read_text(b"9:A\x00").await, Err(Malformed::Broken(_))));
        assert!(matches!(read_text(b"999999:A").await, Err(Malformed::TooLarge)));
    }
}
