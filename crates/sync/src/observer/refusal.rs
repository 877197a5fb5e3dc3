//! What may be shown of a refusal.

/// How a refusal begins that quotes a line of the request.
const QUOTES: &str = "bad command";

/// A card that nobody may see.
const LOGIN: &str = "login ";

/// The words of a refusal, for logs and traces. They may quote a line of the request: of a login card
/// nothing is shown, since whoever sees a signature can try passwords.
pub(super) fn shown(words: &str) -> &str {
    match words.find(LOGIN) {
        Some(at) if words.starts_with(QUOTES) => {
            words.get(..at + LOGIN.len()).unwrap_or_default().trim_end()
        }
        _ => words.trim_end(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_not_shown() {
        for (words, seen) in [
            ("not authorized to write", "not authorized to write"),
            ("login failed", "login failed"),
            ("bad command: quarry\n", "bad command: quarry"),
            ("bad command: login alice 5e 51 x\n", "bad command: login"),
            ("bad command: x login alice 5e 51\n", "bad command: x login"),
        ] {
            assert_eq!(shown(words), seen);
        }
    }
}
