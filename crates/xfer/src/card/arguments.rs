//! What every kind of card can do.

use crate::{body::Body, error::Error, line::Args, output::Line};

/// How one kind of card reads and writes what follows its first word.
pub(crate) trait Arguments<'a>: Sized {
    /// Reads the arguments, and the payload if the kind has one.
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error>;

    /// Writes the arguments to a line that holds the first word already, then the payload.
    fn write(&self, line: Line<'_>);
}
