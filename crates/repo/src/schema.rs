//! The tables of a repository file, and the releases of them that can be read.
//!
//! Fossil keeps two figures in the `config` table. The *content schema* tells how artifacts are
//! stored and has been `2` since the first public release. The *aux schema* is a date that tells
//! how the tables derived from the artifacts look; `fossil rebuild` brings it up to date.

/// The four bytes in the head of the file that say "Fossil repository".
pub const APPLICATION_ID: i32 = 252_006_673;

/// The same of a check-out's own database, and of a user's settings.
pub(crate) const OTHER_APPLICATIONS: &[(i32, &str)] = &[
    (252_006_674, "the database of a Fossil check-out"),
    (252_006_675, "a Fossil settings database"),
];

/// How artifacts are stored.
pub const CONTENT_SCHEMA: &str = "2";

/// The oldest aux schema whose tables can be read.
pub const AUX_SCHEMA_MIN: &str = "2011-04-25 19:50";

/// The newest aux schema, which files made here have.
pub const AUX_SCHEMA_MAX: &str = "2015-01-24";

/// The tables that make a file a repository.
pub(crate) const REQUIRED_TABLES: &[&str] = &[
    "blob",
    "config",
    "delta",
    "phantom",
    "private",
    "rcvfrom",
    "shun",
    "unclustered",
    "unsent",
    "user",
];

/// The statements that make the tables of tickets, where a repository has no others.
pub(crate) const TICKET_TABLES: &str = include_str!("schema/tickets.sql");

/// Tables that peers may write to when they exchange the configuration.
pub(crate) const CONFIGURED_TABLES: &[&str] =
    &["concealed", "pending_alert", "reportfmt", "subscriber"];

/// Tables that a repository may have beside those.
pub(crate) const OPTIONAL_TABLES: &[&str] = &["unversioned"];

/// How the names of our own tables begin. A rebuild keeps what begins with `fx_`.
pub(crate) const OWN_TABLES: &str = "fx_outcrop_";

/// The statements that make all tables.
pub(crate) const STATEMENTS: [&str; 4] = [
    include_str!("schema/kept.sql"),
    include_str!("schema/derived.sql"),
    TICKET_TABLES,
    include_str!("schema/cherrypicks.sql"),
];

/// The statements that make what a rebuild derives from the artifacts, but for tickets.
pub(crate) const DERIVED: [&str; 2] =
    [include_str!("schema/derived.sql"), include_str!("schema/cherrypicks.sql")];

/// The tables that a rebuild makes anew. Fossil makes the last one when the first post comes.
pub(crate) const DERIVED_TABLES: &[&str] = &[
    "filename",
    "mlink",
    "plink",
    "leaf",
    "event",
    "phantom",
    "orphan",
    "unclustered",
    "unsent",
    "tag",
    "tagxref",
    "backlink",
    "attachment",
    "cherrypick",
    "forumpost",
];

/// Indexes of large tables, which a rebuild makes when the tables are full.
pub(crate) const LATE_INDEXES: &[(&str, &str)] = &[
    ("mlink_i1", "CREATE INDEX mlink_i1 ON mlink(mid)"),
    ("mlink_i2", "CREATE INDEX mlink_i2 ON mlink(fnid)"),
    ("mlink_i3", "CREATE INDEX mlink_i3 ON mlink(fid)"),
    ("mlink_i4", "CREATE INDEX mlink_i4 ON mlink(pid)"),
    ("plink_i2", "CREATE INDEX plink_i2 ON plink(cid,pid)"),
    ("event_i1", "CREATE INDEX event_i1 ON event(mtime)"),
    ("tagxref_i1", "CREATE INDEX tagxref_i1 ON tagxref(tagid, mtime)"),
];
