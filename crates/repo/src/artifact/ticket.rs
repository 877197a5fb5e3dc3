//! Ticket changes: values for the fields of one ticket.

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// How many hexadecimal digits the identifier of a ticket has.
const ID_DIGITS: usize = 40;

/// A change to a ticket; the first one creates it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket<'a> {
    /// D: when the ticket was changed.
    pub date: Moment,
    /// J: the fields that change, at least one, in the order of their names.
    pub fields: Vec<TicketField<'a>>,
    /// K: the identifier of the ticket, 40 hexadecimal digits. It names no artifact.
    pub id: &'a [u8],
    /// U: who changed it.
    pub user: Text<'a>,
}

/// One J card: a field and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketField<'a> {
    /// The name of the field. It has no escapes.
    pub name: &'a [u8],
    /// Whether the value comes behind the value that the field has (`+` before the name), rather
    /// than in its place.
    pub is_appended: bool,
    /// The value; empty if the card has none.
    pub value: Text<'a>,
}

impl<'a> Ticket<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut date, mut id, mut user) = (None, None, None);
        let mut fields: Vec<TicketField<'a>> = Vec::new();
        let mut previous = None;
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'D' => date = Some(cards.moment()?),
                b'J' => fields.push(TicketField::read(cards, &mut previous)?),
                b'K' => id = Some(read_id(cards)?),
                b'U' => user = Some(cards.login()),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        Ok(Self {
            date: cards.require(b'D', date)?,
            fields: cards.require(b'J', (!fields.is_empty()).then_some(fields))?,
            id: cards.require(b'K', id)?,
            user: cards.require(b'U', user)?,
        })
    }
}

impl<'a> TicketField<'a> {
    /// Reads one card; `previous` is the written name of the one before.
    fn read(card: &mut Lines<'a>, previous: &mut Option<&'a [u8]>) -> Result<Self, ParseError> {
        let written = card.word("field name")?;
        if previous.replace(written) >= Some(written) {
            return Err(card.error(Problem::Unsorted));
        }
        let (name, is_appended) =
            written.strip_prefix(b"+").map_or((written, false), |name| (name, true));
        Ok(Self { name, is_appended, value: card.optional_text().unwrap_or_default() })
    }
}

fn read_id<'a>(card: &mut Lines<'a>) -> Result<&'a [u8], ParseError> {
    let id = card.word("ticket identifier")?;
    if id.len() != ID_DIGITS || !name::is_hex(id) {
        return Err(card.error(Problem::NotATicket));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH3, check, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn fields_are_kept_with_their_values() {
        let text = format!("D 2020-01-01\nJ +icomment more\\stext\nJ title\nK {HASH}\nU me\n");
        parsed(&text, |artifact| {
            let Artifact::Ticket(ticket) = artifact else { panic!("{artifact:?}") };
            assert_eq!(ticket.id, HASH.as_bytes());
            assert_eq!(ticket.fields[0].name, b"icomment");
            assert!(ticket.fields[0].is_appended);
            assert_eq!(ticket.fields[0].value.to_string(), "more text");
            assert_eq!(ticket.fields[1].name, b"title");
            assert!(!ticket.fields[1].is_appended);
            assert_eq!(ticket.fields[1].value.raw(), b"");
        });
    }

    #[test]
    fn rules_of_the_cards() {
        for (cards, problem) in [
            ("J a b\nK HASH", None),
            ("J\nK HASH", Some(Problem::MissingWord("field name"))),
            ("J \nK HASH", None),
            ("J a b \nK HASH", Some(Problem::TooManyWords)),
            ("J a b c\nK HASH", Some(Problem::TooManyWords)),
            ("J a\nJ a\nK HASH", Some(Problem::Unsorted)),
            ("J b\nJ a\nK HASH", Some(Problem::Unsorted)),
            ("J a\nJ +b\nK HASH", Some(Problem::Unsorted)),
            ("J +b\nJ a\nK HASH", None),
            ("J a\nK", Some(Problem::MissingWord("ticket identifier"))),
            ("J a\nK HASH3", Some(Problem::NotATicket)),
            ("J a\nK x", Some(Problem::NotATicket)),
            ("J a\nK HASH\nK HASH", Some(Problem::Repeated)),
            ("J a\nK HASH\nP HASH", Some(Problem::Forbidden(Kind::Ticket))),
        ] {
            let cards = cards.replace("HASH3", HASH3).replace("HASH", HASH);
            check(&format!("D 2020-01-01\n{cards}\nU me\n"), problem);
        }
    }

    #[test]
    fn a_change_has_date_fields_ticket_and_user() {
        let all = format!("D 2020-01-01\nJ a b\nK {HASH}\nU me\n");
        check(&all, None);
        for letter in ['D', 'J', 'K', 'U'] {
            let cards: Vec<_> = all.lines().filter(|card| !card.starts_with(letter)).collect();
            let text = format!("{}\n", cards.join("\n"));
            assert_eq!(missing(&text), Some((Kind::Ticket, letter)));
        }
    }
}
