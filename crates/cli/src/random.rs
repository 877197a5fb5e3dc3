//! Random bytes, for what nobody else may come to by chance.

use std::fmt::Write as _;

use outcrop_sync::{Rng as _, SystemRng};

use crate::failure::{Exit, Failure};

/// Bytes of an identifier.
const IDENTIFIER: usize = 20;

/// The identifier of a new ticket or technote: 40 hexadecimal digits.
pub(crate) fn identifier() -> Result<String, Failure> {
    let mut bytes = [0; IDENTIFIER];
    SystemRng.fill(&mut bytes).map_err(|error| {
        Failure::new(Exit::Failed, &format_args!("the system gives no random bytes: {error}"))
    })?;
    let mut digits = String::with_capacity(2 * IDENTIFIER);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_forty_digits_and_differ() {
        let (one, other) = (identifier().unwrap(), identifier().unwrap());
        assert_eq!(one.len(), 40);
        assert_ne!(one, other);
    }
}
