//! Requests and answers in the form that CGI gives them: a request is a list of named variables and
//! a body, an answer a head without a status line and a body.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Variables`] |
//! | `request.rs` | variables as a request |
//! | `fed.rs` | a body that is read elsewhere |
//! | `reply.rs` | answers, written out |
//! | `scgi.rs` | variables as SCGI sends them, both ways |

mod fed;
mod reply;
mod request;
mod scgi;

pub use fed::Fed;
pub(crate) use fed::{Feeder, fed};
pub(crate) use reply::{Form, write};
pub(crate) use request::request;
pub(crate) use scgi::{Malformed, read};

/// The variables of a request, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(Vec<(String, Vec<u8>)>);

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// The value of a variable. Of several of that name the first counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The value of a variable that is text, and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = str::from_utf8(self.get(name)?).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let pair = |(name, value): (N, V)| (name.into(), value.into());
        Self(variables.into_iter().map(pair).collect())
    }
}
