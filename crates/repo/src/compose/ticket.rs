//! Ticket changes: values for the fields of one ticket.

use outcrop_format::{escape, hash::HashName};

use super::cards::{Cards, all_different, without_nul};
use super::error::ComposeError;
use crate::artifact::Moment;

/// How many hexadecimal digits the identifier of a ticket has.
const ID_DIGITS: usize = 40;

/// A change of a ticket to be composed; the first one creates the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTicket<'a> {
    /// When the ticket is changed.
    pub date: Moment,
    /// The fields that change, at least one.
    pub fields: &'a [NewTicketField<'a>],
    /// The identifier of the ticket: 40 lower-case hexadecimal digits, chosen at random.
    pub id: &'a str,
    /// Who changes it.
    pub user: &'a str,
}

/// A field and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTicketField<'a> {
    /// The name of the field, without blanks.
    pub name: &'a str,
    /// Whether the value comes behind the one that the field has, rather than in its place.
    pub is_appended: bool,
    /// The value, which may be empty.
    pub value: &'a str,
}

impl NewTicket<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if self.id.len() != ID_DIGITS || HashName::parse(self.id.as_bytes()).is_err() {
            return Err(ComposeError::NotAnIdentifier(self.id.to_owned(), "ticket"));
        }
        if self.fields.is_empty() {
            return Err(ComposeError::Empty("field"));
        }
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in self.fields {
            fields.push((field.written_name()?, without_nul(field.value, "field's value")?));
        }
        fields.sort_unstable();
        all_different("field", fields.iter().map(|(name, _)| name))?;
        let mut cards = Cards::default();
        cards.date(self.date);
        for (name, value) in &fields {
            match *value {
                b"" => cards.card(b'J', &[name.as_bytes()]),
                value => cards.card(b'J', &[name.as_bytes(), &escape::encode(value)]),
            }
        }
        cards.card(b'K', &[self.id.as_bytes()]);
        cards.user(self.user)?;
        Ok(cards.close())
    }
}

impl NewTicketField<'_> {
    /// The name as the card has it.
    fn written_name(&self) -> Result<String, ComposeError> {
        let is_blank = |byte: u8| byte == 0 || escape::is_blank(byte);
        if self.name.is_empty() || self.name.starts_with('+') || self.name.bytes().any(is_blank) {
            return Err(ComposeError::FieldName(self.name.to_owned()));
        }
        Ok(format!("{}{}", if self.is_appended { "+" } else { "" }, self.name))
    }
}
