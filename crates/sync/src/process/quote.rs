//! Words of a command line, so that a shell takes each for one.

/// What stock's command lines do not hold as it is, beside all that is not ASCII.
const SPECIAL: &str = " !\"#$%&'()*;<>?[\\]^`{|}";

/// A word as the shell of this system reads it back.
#[cfg(not(windows))]
pub(super) fn for_shell(word: &str) -> String {
    if is_plain(word) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A word as the shell of this system reads it back.
#[cfg(windows)]
pub(super) fn for_shell(word: &str) -> String {
    if is_plain(word) { word.to_owned() } else { format!("\"{}\"", word.replace('"', "\"\"")) }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii() && !SPECIAL.contains(letter))
}

/// The name of a file as the shell of a host at the far end of SSH reads it back.
///
/// Stock leaves such names as they are, so that `~` and variables stand for what they do there.
/// They still do; but what would part the name into words, or run something else, does not.
pub(super) fn for_remote_shell(name: &str) -> String {
    // A name is no option.
    let name = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
    let mut quoted = String::new();
    let mut needs_quotes = false;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins_name = |next: &char| next.is_ascii_alphabetic() || *next == '_';
        match letter {
            '$' if letters.peek().is_some_and(begins_name) => quoted.push('$'),
            '$' | '`' | '"' | '\\' => {
                needs_quotes = true;
                quoted.extend(['\\', letter]);
            }
            _ => {
                needs_quotes |= SPECIAL.contains(letter);
                quoted.push(letter);
            }
        }
    }
    if !needs_quotes {
        return name;
    }
    // Within quotes, a home would be no home.
    let (home, rest) = match quoted.split_once('/') {
        Some((home, rest)) if home.starts_with('~') && is_user(&home[1..]) => (home, rest),
        _ => return format!("\"{quoted}\""),
    };
    format!("{home}/\"{rest}\"")
}

/// Whether a text can be the name of a user that `~` stands before.
fn is_user(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._".contains(letter))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What a shell makes of some words.
    fn read_back(words: &str) -> String {
        let output = Command::new("sh")
            .args(["-c", &format!("printf '[%s]' {words}")])
            .env("HOME", "/home/alice")
            .env("WHERE", "some where")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    const ODD: [&str; 9] = [
        "a b",
        "it's",
        "$(touch x)",
        "`x`",
        "a;b|c&d",
        "\"quoted\"",
        "back\\slash",
        "*?[a]{b,c}",
        "ä €",
    ];

    #[test]
    fn plain_words_stay_as_they_are() {
        for word in ["fossil", "/srv/my-repo_1.fossil", "alice@h", "~/x", "::1", "a=b,c+d"] {
            assert_eq!(for_shell(word), word);
            assert_eq!(for_remote_shell(word), word);
        }
        assert_eq!(for_shell("PATH=$HOME/bin:$PATH"), "'PATH=$HOME/bin:$PATH'");
        assert_eq!(for_shell("it's"), r"'it'\''s'");
    }

    #[test]
    fn every_word_is_read_back() {
        for word in ODD {
            assert_eq!(read_back(&for_shell(word)), format!("[{word}]"));
            assert_eq!(read_back(&for_remote_shell(word)), format!("[{word}]"));
        }
    }

    #[test]
    fn homes_and_variables_mean_what_they_do_there() {
        for (name, expected) in [
            ("~/a.fossil", "[/home/alice/a.fossil]"),
            ("~/my files/a.fossil", "[/home/alice/my files/a.fossil]"),
            ("$HOME/a.fossil", "[/home/alice/a.fossil]"),
            ("$HOME/a b;c", "[/home/alice/a b;c]"),
            ("-rf", "[./-rf]"),
            ("~;x/y", "[~;x/y]"),
            ("$1 ${HOME} $", "[$1 ${HOME} $]"),
        ] {
            assert_eq!(read_back(&for_remote_shell(name)), expected, "{name}");
        }
        // As with stock, a variable without quotes is parted into words.
        assert_eq!(read_back(&for_remote_shell("$WHERE")), "[some][where]");
    }
}
