//! The tables whose rows travel.

use super::areas::Areas;

/// A table whose rows travel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// In the file.
    pub(crate) name: &'static str,
    /// On the wire.
    pub(crate) card: &'static str,
    /// The column that tells rows apart.
    pub(crate) key: &'static str,
    /// The columns that travel beside it.
    pub(crate) fields: &'static [&'static str],
    /// Whether a field without a value is written out as `NULL`, or left out.
    pub(crate) writes_null: bool,
}

/// Settings. Each has an area of its own.
pub(crate) const CONFIG: Table =
    Table { name: "config", card: "/config", key: "name", fields: &["value"], writes_null: true };

pub(crate) const SHUN: Table =
    Table { name: "shun", card: "/shun", key: "uuid", fields: &["scom"], writes_null: true };

pub(crate) const USER: Table = Table {
    name: "user",
    card: "/user",
    key: "login",
    fields: &["pw", "cap", "info", "photo", "jx"],
    writes_null: false,
};

pub(crate) const REPORT: Table = Table {
    name: "reportfmt",
    card: "/reportfmt",
    key: "title",
    fields: &["owner", "cols", "sqlcode", "jx"],
    writes_null: false,
};

pub(crate) const CONCEALED: Table = Table {
    name: "concealed",
    card: "/concealed",
    key: "hash",
    fields: &["content"],
    writes_null: true,
};

pub(crate) const SUBSCRIBER: Table = Table {
    name: "subscriber",
    card: "/subscriber",
    key: "semail",
    fields: &["suname", "sdigest", "sdonotcall", "ssub", "sctime", "smip"],
    writes_null: true,
};

/// The tables with an area of their own, in the order in which they are sent, up to where settings
/// with a prefix come and after it.
pub(super) const FIRST: [(&Table, Areas); 4] = [
    (&SHUN, Areas::SHUN),
    (&USER, Areas::USER),
    (&REPORT, Areas::TICKET),
    (&CONCEALED, Areas::EMAIL),
];
pub(super) const LAST: (&Table, Areas) = (&SUBSCRIBER, Areas::SUBSCRIBER);

/// A table by its name on the wire, and its area if it has one.
pub(super) fn on_the_wire(name: &[u8]) -> Option<(&'static Table, Option<Areas>)> {
    if name == CONFIG.card.as_bytes() {
        return Some((&CONFIG, None));
    }
    let own = FIRST.into_iter().chain([LAST]).find(|(table, _)| table.card.as_bytes() == name);
    own.map(|(table, areas)| (table, Some(areas)))
}
