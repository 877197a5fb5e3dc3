//! Artifact texts, composed apart from the product.

use crate::digest;

/// The cards of one artifact, in any order until [`Cards::finish`].
#[derive(Default)]
pub(super) struct Cards {
    /// Letter, what cards of that letter are sorted by, and the line.
    cards: Vec<(u8, Vec<u8>, Vec<u8>)>,
}

impl Cards {
    /// A card of words that need no escapes.
    pub(super) fn plain(&mut self, letter: char, words: &[&str]) -> &mut Self {
        self.sorted(letter, Vec::new(), words)
    }

    /// A card of one text, escaped.
    pub(super) fn text(&mut self, letter: char, text: &str) -> &mut Self {
        self.plain(letter, &[&escape(text)])
    }

    /// A card among others of its letter, sorted by a key.
    fn sorted(&mut self, letter: char, key: Vec<u8>, words: &[&str]) -> &mut Self {
        let mut line = String::from(letter);
        for word in words {
            line.push(' ');
            line.push_str(word);
        }
        line.push('\n');
        self.cards.push((letter as u8, key, line.into_bytes()));
        self
    }

    /// A file; without a hash, its deletion in a delta manifest.
    pub(super) fn file(&mut self, name: &str, hash: &str, perm: &str, prior: &str) -> &mut Self {
        let (escaped, prior) = (escape(name), escape(prior));
        let mut words = vec![escaped.as_str()];
        if !hash.is_empty() {
            words.push(hash);
        }
        match (perm, prior.as_str()) {
            ("", "") => {}
            (perm, "") => words.push(perm),
            // A rename needs a word before it.
            ("", prior) => words.extend(["w", prior]),
            (perm, prior) => words.extend([perm, prior]),
        }
        self.sorted('F', name.as_bytes().to_vec(), &words)
    }

    /// A field of a ticket.
    pub(super) fn field(&mut self, name: &str, value: &str) -> &mut Self {
        let value = escape(value);
        let words = if value.is_empty() { vec![name] } else { vec![name, &value] };
        self.sorted('J', name.as_bytes().to_vec(), &words)
    }

    /// A tag with its sign; the target `*` is the artifact itself.
    pub(super) fn tag(&mut self, name: &str, target: &str, value: Option<&str>) -> &mut Self {
        let mut key = name.as_bytes().to_vec();
        key.push(0);
        if target != "*" {
            key.extend_from_slice(target.as_bytes());
        }
        let (name, value) = (escape(name), value.map(escape));
        let mut words = vec![name.as_str(), target];
        words.extend(value.as_deref());
        self.sorted('T', key, &words)
    }

    /// A file attached to something; without a source, taken away.
    pub(super) fn attachment(&mut self, file: &str, target: &str, source: &str) -> &mut Self {
        let (file, target) = (escape(file), escape(target));
        let mut words = vec![file.as_str(), &target];
        if !source.is_empty() {
            words.push(source);
        }
        self.plain('A', &words)
    }

    /// A member of a cluster.
    pub(super) fn member(&mut self, hash: &str) -> &mut Self {
        self.sorted('M', hash.as_bytes().to_vec(), &[hash])
    }

    /// The body of a page or post.
    pub(super) fn body(&mut self, text: &str) -> &mut Self {
        let line = format!("W {}\n{text}\n", text.len());
        self.cards.push((b'W', Vec::new(), line.into_bytes()));
        self
    }

    /// The artifact, with its checksum.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        self.cards.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        self.cards.dedup_by(|one, other| one.0 == b'T' && one.0 == other.0 && one.1 == other.1);
        let mut bytes: Vec<u8> = self.cards.iter().flat_map(|card| card.2.clone()).collect();
        let checksum = digest::md5(&bytes);
        bytes.extend_from_slice(format!("Z {checksum}\n").as_bytes());
        bytes
    }
}

/// Puts a signature around an artifact, as `clearsign` does.
pub(super) fn sign(artifact: &[u8]) -> Vec<u8> {
    let mut signed = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n".to_vec();
    signed.extend_from_slice(artifact);
    signed.extend_from_slice(
        b"-----BEGIN PGP SIGNATURE-----\nVersion: none\n\niQEzBAEBCAAdFiEE=\n\
          -----END PGP SIGNATURE-----\n",
    );
    signed
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            ' ' => escaped.push_str("\\s"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\u{b}' => escaped.push_str("\\v"),
            '\u{c}' => escaped.push_str("\\f"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_sorted_escaped_and_summed() {
        let hash = "f572d396fae9206628714fb2ce00f72e94f2258f";
        let mut cards = Cards::default();
        cards.tag("+b", "*", None).tag("+a", hash, Some("x y")).file("b b", hash, "", "a\\");
        cards.text('U', "a\nb").file("b", "", "", "").tag("+b", "*", None).plain('D', &["d"]);
        let text = String::from_utf8(cards.finish()).unwrap();
        let (cards, sum) = text.split_at(text.len() - 35);
        let expected =
            format!("D d\nF b\nF b\\sb {hash} w a\\\\\nT +a {hash} x\\sy\nT +b *\nU a\\nb\n");
        assert_eq!(cards, expected);
        assert_eq!(sum, format!("Z {}\n", digest::md5(cards.as_bytes())));
    }
}
