//! How the tables of tickets look in one repository.
//!
//! Every project decides which fields its tickets have. `ticket` holds the latest values, and
//! `ticketchng` one row per change; columns whose name begins with `tkt_` are Fossil's own. A column
//! `baseline for X` of type `INTEGER` holds the artifact that `X` was last set by.

/// One column, as the database tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The declared type; may be empty.
    pub(crate) declared: String,
    /// Whether the database computes its values.
    pub(crate) is_generated: bool,
}

/// A field that the changes of a ticket can set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Whether `ticket` has it.
    pub(crate) in_ticket: bool,
    /// Whether `ticketchng` has it.
    pub(crate) in_changes: bool,
    /// The column of `ticket` that tells who has set it.
    pub(crate) baseline: Option<String>,
    /// Whether `ticket` takes any text for it as it is, rather than make a number of it.
    keeps_text: bool,
}

impl Field {
    /// Whether a change that leaves it alone copies its value from `ticket` to `ticketchng`.
    pub(crate) const fn is_copied(&self) -> bool {
        self.in_ticket && self.in_changes
    }
}

/// A column of `ticket` that the timeline shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The name of the column.
    pub(crate) column: String,
    /// Which field it is, if it is one.
    pub(crate) field: Option<usize>,
}

/// What the settings of a repository say about its tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketSettings {
    /// `ticket-title-expr`: the column of the title. It is a name and no more.
    pub(crate) title: Vec<u8>,
    /// `ticket-status-column`.
    pub(crate) status: Vec<u8>,
    /// `hash-digits`.
    pub(crate) hash_digits: Option<i64>,
}

/// How the tables of tickets look.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each column is there or not by itself")]
pub(crate) struct Layout {
    /// Whether there is a table `ticket`. Without it, tickets mean nothing here.
    pub(crate) has_ticket: bool,
    /// Whether there is a table `ticketchng`.
    pub(crate) has_changes: bool,
    /// Whether `ticket` tells when a ticket was made.
    pub(crate) has_creation_time: bool,
    /// Whether `ticketchng` tells the artifact.
    pub(crate) has_change_rid: bool,
    /// Whether `ticketchng` tells the user.
    pub(crate) has_change_user: bool,
    /// Whether the database computes a `mimetype` in `ticket`, and none is set.
    pub(crate) computes_ticket_mimetype: bool,
    /// The same of `ticketchng`.
    pub(crate) computes_change_mimetype: bool,
    /// Whether the row in `ticket` must be written after each change, since the database makes
    /// something of it that the texts of the change do not tell.
    pub(crate) is_live: bool,
    pub(crate) title: Option<Shown>,
    pub(crate) status: Option<Shown>,
    pub(crate) settings: TicketSettings,
    /// In the order of their names.
    fields: Vec<Field>,
}

impl Layout {
    /// `unique_fields` says that no two tickets may have the same value of some field.
    pub(crate) fn new(
        ticket: &[Column],
        changes: &[Column],
        unique_fields: bool,
        settings: TicketSettings,
    ) -> Self {
        let fields = fields(ticket, changes);
        let has = |columns: &[Column], name: &str| {
            columns.iter().any(|column| !column.is_generated && column.name == name)
        };
        let computes = |columns: &[Column]| columns.iter().any(|column| column.name == "mimetype");
        let sets_mimetype = position(&fields, b"mimetype").is_some();
        let title = shown(ticket, &fields, &settings.title);
        let status = shown(ticket, &fields, &settings.status);
        let shows_other =
            [&title, &status].into_iter().flatten().any(|column| column.field.is_none());
        let is_live =
            unique_fields || shows_other || ticket.iter().any(|column| column.is_generated);
        Self {
            has_ticket: ticket.iter().any(|column| !column.is_generated),
            has_changes: changes.iter().any(|column| !column.is_generated),
            has_creation_time: has(ticket, "tkt_ctime"),
            has_change_rid: has(changes, "tkt_rid"),
            has_change_user: has(changes, "tkt_user"),
            computes_ticket_mimetype: !sets_mimetype && computes(ticket),
            computes_change_mimetype: !sets_mimetype && computes(changes),
            is_live,
            title,
            status,
            settings,
            fields,
        }
    }

    /// All fields, in the order of their names.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of this name, which must be right to the letter.
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        position(&self.fields, name)
    }

    /// Whether a later change may need the value of this field from the row in `ticket`.
    pub(crate) fn is_read_back(&self, field: &Field) -> bool {
        field.in_ticket && (self.is_live || field.is_copied() || !field.keeps_text)
    }
}

fn position(fields: &[Field], name: &[u8]) -> Option<usize> {
    fields.binary_search_by(|field| field.name.as_bytes().cmp(name)).ok()
}

/// Columns of Fossil's own, and what a J card cannot name, are no fields.
fn is_field(column: &Column) -> bool {
    !column.is_generated && !column.name.starts_with("tkt_") && !column.name.contains(' ')
}

fn fields(ticket: &[Column], changes: &[Column]) -> Vec<Field> {
    let mut fields: Vec<Field> = ticket
        .iter()
        .filter(|column| is_field(column))
        .map(|column| Field {
            name: column.name.clone(),
            in_ticket: true,
            in_changes: false,
            baseline: baseline_of(ticket, &column.name),
            keeps_text: keeps_text(&column.declared),
        })
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    for column in changes.iter().filter(|column| is_field(column)) {
        match fields.binary_search_by(|field| field.name.cmp(&column.name)) {
            Ok(at) => {
                if let Some(field) = fields.get_mut(at) {
                    field.in_changes = true;
                }
            }
            Err(at) => {
                let name = column.name.clone();
                let (in_ticket, in_changes) = (false, true);
                fields.insert(
                    at,
                    Field { name, in_ticket, in_changes, baseline: None, keeps_text: true },
                );
            }
        }
    }
    fields
}

fn baseline_of(ticket: &[Column], name: &str) -> Option<String> {
    let is_baseline = |column: &&Column| {
        !column.is_generated
            && column.declared == "INTEGER"
            && column.name.strip_prefix("baseline for ") == Some(name)
    };
    ticket.iter().find(is_baseline).map(|column| column.name.clone())
}

/// Whether SQLite leaves text alone in a column of this type (its rules of affinity).
fn keeps_text(declared: &str) -> bool {
    let declared = declared.to_ascii_uppercase();
    let says = |word: &str| declared.contains(word);
    !says("INT") && (declared.is_empty() || ["CHAR", "CLOB", "TEXT", "BLOB"].into_iter().any(says))
}

/// Column names are the same in upper and lower case.
fn shown(ticket: &[Column], fields: &[Field], name: &[u8]) -> Option<Shown> {
    let column = ticket.iter().find(|c| c.name.as_bytes().eq_ignore_ascii_case(name))?;
    let field = is_field(column).then(|| position(fields, column.name.as_bytes())).flatten();
    Some(Shown { column: column.name.clone(), field })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<Column> {
        text.split(", ")
            .map(|column| {
                let (name, declared) = column.split_once(':').unwrap_or((column, ""));
                let is_generated = declared == "generated";
                Column { name: name.into(), declared: declared.into(), is_generated }
            })
            .collect()
    }

    fn layout(ticket: &str, changes: &str) -> Layout {
        let settings = TicketSettings {
            title: b"title".to_vec(),
            status: b"STATUS".to_vec(),
            hash_digits: None,
        };
        Layout::new(&columns(ticket), &columns(changes), false, settings)
    }

    #[test]
    fn fields_are_what_a_change_can_name() {
        let layout = layout(
            "tkt_id:INTEGER, tkt_mtime, title:TEXT, a b, status:TEXT, made:generated",
            "tkt_id, tkt_rid, status, icomment",
        );
        let names: Vec<_> = layout.fields().iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["icomment", "status", "title"]);
        assert!(layout.fields()[1].is_copied() && !layout.fields()[0].is_copied());
        assert_eq!(layout.find(b"Title"), None);
        assert!(layout.has_change_rid && !layout.has_change_user && !layout.has_creation_time);
        assert_eq!(layout.status.unwrap().field, Some(1));
        assert!(layout.is_live, "a generated column");
    }

    #[test]
    fn baselines_are_of_one_type() {
        let layout = layout("a, b, baseline for a:INTEGER, baseline for b:INT", "x");
        let baseline = |name: &[u8]| layout.fields()[layout.find(name).unwrap()].baseline.clone();
        assert_eq!(baseline(b"a").as_deref(), Some("baseline for a"));
        assert_eq!(baseline(b"b"), None);
        assert!(layout.title.is_none() && layout.status.is_none());
    }

    #[test]
    fn a_computed_mimetype_counts_where_none_is_set() {
        assert!(layout("mimetype:generated, a", "x").computes_ticket_mimetype);
        assert!(!layout("mimetype:generated, a", "mimetype").computes_ticket_mimetype);
        assert!(layout("title", "mimetype:generated, a").computes_change_mimetype);
        assert!(!layout("mimetype", "mimetype:generated, a").computes_change_mimetype);
    }

    #[test]
    fn types_that_make_numbers_of_texts() {
        for text in ["", "text", "VARCHAR(20)", "CLOB", "blob", "CHARACTER"] {
            assert!(keeps_text(text), "{text}");
        }
        for number in ["INTEGER", "int", "REAL", "DATE", "NUMERIC", "POINT", "CHARINT", "BOOLEAN"] {
            assert!(!keeps_text(number), "{number}");
        }
    }
}
