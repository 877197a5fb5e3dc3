//! What the columns of a repository's tables hold.

use rusqlite::Connection;

/// The tables with a fixed name, those of content first.
pub(super) const TABLES: &[&str] = &[
    "blob",
    "delta",
    "phantom",
    "private",
    "shun",
    "orphan",
    "unclustered",
    "event",
    "plink",
    "leaf",
    "mlink",
    "filename",
    "cherrypick",
    "tag",
    "tagxref",
    "backlink",
    "attachment",
    "ticket",
    "ticketchng",
    "forumpost",
    "unversioned",
    "config",
    "user",
    "reportfmt",
    "concealed",
];

/// What an integer in a column stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Itself.
    Plain,
    /// An artifact, unless it is none of `blob.rid`, such as 0 and -1.
    Artifact,
    /// A tag.
    Tag,
    /// A file name.
    FileName,
    /// A ticket.
    Ticket,
    /// A user.
    User,
    /// A tag where the row speaks of a wiki page, else an artifact.
    LinkSource,
    /// Whether it is NULL, and what it expands to if that is asked for.
    Content,
    /// Nothing outside this file.
    Local,
    /// When the row was changed, which may be compared or not.
    Time,
}

/// One column of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) meaning: Meaning,
    /// Whether it tells which row this is.
    pub(super) key: bool,
}

/// What a column means. Columns that nobody knows, such as a ticket's own, mean what they say.
fn meaning(table: &str, column: &str) -> Meaning {
    match (table, column) {
        ("blob" | "unversioned", "content") => Meaning::Content,
        // A blob's row is told by its hash.
        ("blob", "rid")
        | (_, "rcvid")
        | ("filename", "fnid")
        | ("tag", "tagid")
        | ("ticket", "tkt_id")
        | ("unversioned", "uvid" | "encoding")
        | ("reportfmt", "rn")
        | ("user", "uid" | "cookie" | "ipaddr" | "cexpire") => Meaning::Local,
        ("config" | "user" | "reportfmt", "mtime") => Meaning::Time,
        ("delta", "rid" | "srcid")
        | ("phantom" | "private" | "unclustered" | "leaf", "rid")
        | ("orphan", "rid" | "baseline")
        | ("event", "objid")
        | ("plink", "pid" | "cid" | "baseid")
        | ("mlink", "mid" | "fid" | "pmid" | "pid")
        | ("cherrypick", "parentid" | "childid")
        | ("tagxref", "srcid" | "origid" | "rid")
        | ("attachment", "attachid")
        | ("ticketchng", "tkt_rid")
        | ("forumpost", "fpid" | "froot" | "fprev" | "firt") => Meaning::Artifact,
        ("event" | "tagxref", "tagid") => Meaning::Tag,
        ("mlink", "fnid" | "pfnid") => Meaning::FileName,
        ("ticketchng", "tkt_id") => Meaning::Ticket,
        ("event", "uid") => Meaning::User,
        ("backlink", "srcid") => Meaning::LinkSource,
        _ => Meaning::Plain,
    }
}

/// The columns that tell which row this is.
fn keys(table: &str) -> &'static [&'static str] {
    match table {
        "blob" | "shun" => &["uuid"],
        "delta" | "orphan" => &["rid"],
        "event" => &["objid"],
        "plink" => &["pid", "cid"],
        "mlink" => &["mid", "pmid", "fnid"],
        "cherrypick" => &["parentid", "childid"],
        "tagxref" => &["rid", "tagid"],
        "backlink" => &["target", "srctype", "srcid"],
        "attachment" => &["attachid"],
        "ticket" => &["tkt_uuid"],
        "ticketchng" => &["tkt_id", "tkt_rid"],
        "forumpost" => &["fpid"],
        "unversioned" | "config" => &["name"],
        "user" => &["login"],
        "reportfmt" => &["title"],
        "concealed" => &["hash"],
        _ => &[],
    }
}

/// The columns that a table has in both files, and in words those that only one has.
///
/// A table that one file lacks counts as empty there.
pub(super) fn shared(
    left: &Connection,
    right: &Connection,
    table: &str,
) -> (Vec<Column>, Vec<String>) {
    let (of_left, of_right) = (columns(left, table), columns(right, table));
    if of_left.is_empty() || of_right.is_empty() {
        return (if of_left.is_empty() { of_right } else { of_left }, Vec::new());
    }
    let mut apart = Vec::new();
    for (side, here, there) in [("left", &of_left, &of_right), ("right", &of_right, &of_left)] {
        let lonely = here.iter().filter(|column| !there.contains(column));
        apart.extend(lonely.map(|column| format!("column {} only {side}", column.name)));
    }
    let columns = of_left.into_iter().filter(|column| of_right.contains(column)).collect();
    (columns, apart)
}

/// The columns of a table, none if there is no such table.
pub(super) fn columns(connection: &Connection, table: &str) -> Vec<Column> {
    let keys = keys(table);
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid").unwrap();
    let names = statement.query_map([table], |row| row.get::<_, String>(0)).unwrap();
    names
        .map(Result::unwrap)
        .map(|name| Column {
            meaning: meaning(table, &name),
            key: keys.contains(&name.as_str()),
            name,
        })
        .collect()
}
