//! Command lines that a shell need not stay for.
//!
//! A shell that only waits for its program would be the one that is told to end, and the program
//! would go on.

/// What parts a line into several commands, or has the shell do more than to run one.
const OPERATORS: &str = ";&|()`\n";

/// First words that are no programs.
const OF_SHELLS: [&str; 20] = [
    "!", ".", ":", "case", "cd", "eval", "exec", "exit", "export", "for", "if", "read", "return",
    "set", "trap", "umask", "unset", "until", "while", "{",
];

/// The line, but with the program in the place of the shell if it runs no more than one.
pub(super) fn in_place_of_the_shell(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    // A sign of equality gives a variable a value.
    let is_program = !first.contains('=') && !OF_SHELLS.contains(&first);
    let runs_more = line.contains(|letter| OPERATORS.contains(letter)) || cfg!(windows);
    if is_program && !runs_more { format!("exec {line}") } else { line.to_owned() }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_programs_take_the_place() {
        for line in ["ssh -e none -T -- h fossil test-http x", "~/bin/ssh x 2>/dev/null"] {
            let expected = format!("exec {line}");
            assert_eq!(in_place_of_the_shell(line), expected);
        }
        for line in
            ["a; b", "a | b", "A=b ssh", "cd /x", "exit 3", "x $(y)", "a &", "{ a", "exec a"]
        {
            assert_eq!(in_place_of_the_shell(line), line);
        }
    }
}
