//! Clear-signed artifacts: the armor around the signed text is passed over, never checked.
//!
//! Users can have Fossil sign their check-ins with PGP or SSH. The signature belongs to the artifact
//! and to its name, but says nothing about its meaning. Which armor begins and which ends the text
//! need not agree, and Fossil before 2.26 knows PGP's only.

/// What starts a signed artifact, at its first byte.
const OPENINGS: [&[u8]; 2] =
    [b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN SSH SIGNED MESSAGE-----"];

/// What starts the signature, at the start of a line. Fossil does not look at the fifth dash.
const SIGNATURES: [&[u8; SIGNATURE_LEN]; 2] =
    [b"\n-----BEGIN PGP SIGNATURE----", b"\n-----BEGIN SSH SIGNATURE----"];

const SIGNATURE_LEN: usize = 29;

/// An artifact without the armor around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsigned<'a> {
    /// The text that was signed, or the whole artifact if there is no armor.
    pub(super) text: &'a [u8],
    /// The armor above the text, empty if there is none.
    pub(super) header: &'a [u8],
}

/// Takes the armor off, if there is any.
pub(super) fn strip(artifact: &[u8]) -> Unsigned<'_> {
    open(artifact).map_or(Unsigned { text: artifact, header: &[] }, |(header, rest)| Unsigned {
        text: before_signature(rest),
        header,
    })
}

/// Splits behind the first empty line, which ends the header of a signed artifact.
fn open(artifact: &[u8]) -> Option<(&[u8], &[u8])> {
    let opening = OPENINGS.iter().find(|o| artifact.starts_with(o))?;
    let mut end = opening.len();
    let rest = artifact.get(end..)?;
    let mut previous: &[u8] = opening;
    for line in rest.split_inclusive(|&byte| byte == b'\n') {
        end += line.len();
        let is_empty = matches!(line, b"\n" | b"\r\n") && previous.ends_with(b"\n");
        if is_empty {
            // With nothing behind it, Fossil takes the artifact as it is.
            return artifact.split_at_checked(end).filter(|(_, text)| !text.is_empty());
        }
        previous = line;
    }
    None
}

/// The text up to the newline before the last signature, or all of it.
fn before_signature(text: &[u8]) -> &[u8] {
    // A text that starts with no card is plain content anyway, however long the search would take.
    if !text.first().is_some_and(u8::is_ascii_uppercase) {
        return text;
    }
    text.windows(SIGNATURE_LEN)
        .rposition(|window| SIGNATURES.iter().any(|signature| window == *signature))
        .and_then(|newline| text.get(..=newline))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"D 1\nU me\n";

    fn signed(opening: &str, signature: &str) -> Vec<u8> {
        [opening.as_bytes(), TEXT, signature.as_bytes()].concat()
    }

    #[test]
    fn armor_of_either_kind_is_taken_off() {
        for (opening, signature) in [
            (
                "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n",
                "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
            ),
            (
                "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA1\r\n\r\n",
                "-----BEGIN PGP SIGNATURE-----\r\nabc\n",
            ),
            (
                "-----BEGIN SSH SIGNED MESSAGE-----\n\n",
                "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n",
            ),
            ("-----BEGIN SSH SIGNED MESSAGE-----\n\n", "-----BEGIN PGP SIGNATURE-----\n"),
            ("-----BEGIN PGP SIGNED MESSAGE-----\n\n", ""),
        ] {
            let artifact = signed(opening, signature);
            let unsigned = strip(&artifact);
            assert_eq!(unsigned.text, TEXT, "{opening:?} {signature:?}");
            assert_eq!(unsigned.header, opening.as_bytes());
        }
    }

    #[test]
    fn the_last_signature_counts() {
        let inner = "-----BEGIN PGP SIGNATURE-----\nmore\n";
        let artifact = signed(
            "-----BEGIN PGP SIGNED MESSAGE-----\n\n",
            &format!("{inner}-----BEGIN PGP SIGNATURE-----\n"),
        );
        assert_eq!(strip(&artifact).text, [TEXT, inner.as_bytes()].concat().as_slice());
    }

    #[test]
    fn what_is_not_signed_stays_whole() {
        for plain in [
            b"D 1\n".as_slice(),
            b"",
            b"-----BEGIN PGP SIGNED MESSAGE-----",
            b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n",
            b"-----BEGIN PGP SIGNED MESSAGE-----\n\n",
            b"-----BEGIN PGP MESSAGE-----\n\nD 1\n",
        ] {
            assert_eq!(strip(plain).text, plain, "{}", plain.escape_ascii());
        }
    }
}
