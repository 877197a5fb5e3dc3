//! Every bound of this crate, by name.
//!
//! A repository file may come from a stranger, and what is received always does. So nothing here
//! grows with what a file or a peer claims, only up to these figures.

use std::time::Duration;

/// Bytes that one artifact may have. SQLite holds no larger row.
pub const MAX_CONTENT: usize = 1_000_000_000;

/// Bytes of expanded artifacts that a transaction may keep, to save later expansions; one of a server,
/// as long as others leave so much of [`SHARED_CONTENT`].
pub const CACHED_CONTENT: usize = 50_000_000;

/// Bytes of them that each transaction of a server may keep, whatever others do.
pub const OWN_CONTENT: usize = 2_000_000;

/// Bytes of them beyond that, of all transactions of the servers in a process together.
pub const SHARED_CONTENT: usize = 24_000_000;

/// How long a transaction waits for another process to release the file.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that a handle keeps open for its next transactions.
pub const IDLE_CONNECTIONS: usize = 4;

/// Statements that a connection keeps ready for the next time. There are some 200 in this crate.
pub const PREPARED_STATEMENTS: usize = 256;

/// Bytes of the file that a connection keeps in memory while it works on many artifacts.
pub const BULK_PAGES: usize = 40 << 20;

/// Bytes of an index that are in memory while it is made.
pub const INDEX_SORTED: usize = 12 << 20;

/// Names that an ambiguous prefix is answered with.
pub const AMBIGUOUS_NAMES: usize = 10;

/// Bytes of expanded artifacts that one parcel of a verification may come to. An artifact that is
/// larger has a parcel of its own.
pub const PARCEL_CONTENT: usize = 2_000_000;

/// Artifacts that one parcel of a verification may hold.
pub const PARCEL_ARTIFACTS: usize = 1_000;

/// Bytes of a stored artifact up to which a clone keeps it in memory until all artifacts were gone over.
pub const SMALL_STORED: usize = 2_048;

/// Bytes of all these together, and of the table that tells where they are.
pub const SMALL_STORED_IN_ALL: usize = 40_000_000;

/// Artifacts of a clone up to which these rows are of use: of more, those that were kept are too few to be worth
/// their memory.
pub const SMALL_ROWS_UP_TO: usize = 400_000;

/// Bytes of stored artifacts that the parcels may hold which a walk begins with. Expanded they are many
/// times as much.
pub const PARCELS_AT_FIRST: usize = 24_000_000;

/// Bytes of expanded artifacts that a verification keeps for the deltas which come later. Sources
/// that do not fit are expanded again when their turn comes.
pub const KEPT_SOURCES: usize = 100_000_000;

/// Bytes of sources that a walk leaves expanded here and there, for what is expanded again after it.
pub const STEPPING_STONES: usize = 24_000_000;

/// Bytes of a text that a search for links may look at, beyond those of `MARKUP_EFFORT_PER_BYTE`.
/// Every text of some thousand bytes is read to its end, however it is made.
pub const MARKUP_EFFORT: usize = 1 << 26;

/// How often a search for links may look at each byte of a text, on average. Texts that are not
/// made to be looked at often need a few times.
pub const MARKUP_EFFORT_PER_BYTE: usize = 16;

/// How deep blocks and spans of Markdown may be nested, as Fossil counts them. What is deeper is
/// text.
pub const MARKDOWN_DEPTH: usize = 200;

/// Bytes that the setting `ticket-table` may have.
pub const TICKET_SCHEMA: usize = 100_000;

/// Bytes that all fields of a ticket may come to. A value that would make them more is passed over.
pub const TICKET_ROW: usize = 100_000_000;

/// Bytes that may be written over and over while the changes of one ticket are replayed. Past this,
/// its row is written once more, at the end, and later changes no longer copy fields from it.
pub const TICKET_REWRITES: usize = 1_000_000_000;

/// Bytes that the timeline's texts of one ticket may come to. Past this, titles are cut to
/// [`TICKET_SHORT_TITLE`].
pub const TICKET_EVENT_TEXTS: usize = 50_000_000;

/// Bytes that are left of a title where the texts of its ticket are too long.
pub const TICKET_SHORT_TITLE: usize = 200;

/// Tickets that an ambiguous prefix is answered with.
pub const AMBIGUOUS_TICKETS: usize = 10;

/// Bytes of lists of files that a rebuild keeps until the check-ins come that they are compared
/// with. What does not fit is expanded again.
pub const KEPT_FILE_LISTS: usize = 40_000_000;

/// Artifacts that have arrived and are looked at together, for as long as they have fewer bytes than
/// [`ARRIVED_BYTES`] in all.
pub const ARRIVED_AT_ONCE: usize = 256;

/// Bytes of artifacts that have arrived and are looked at together; the last one may be larger.
pub const ARRIVED_BYTES: usize = 4 << 20;

/// Bytes of expanded artifacts that are kept for the deltas which come later, while many that have arrived
/// are looked at.
pub const INFLUX_SOURCES: usize = 20_000_000;

/// Bytes of an artifact up to which a rebuild keeps it from one look to the next.
pub const SMALL_ARTIFACT: usize = 16 << 10;

/// Steps such as `root:` that a name may begin with.
pub const NAME_STEPS: usize = 8;

/// Check-ins that the search for the start of a branch goes back, as in Fossil.
pub const BRANCH_LENGTH: usize = 100_000;

/// Check-ins that one walk along parents or children may see.
pub const WALKED_CHECK_INS: usize = 10_000_000;

/// Tags that are told of one artifact.
pub const TAGS_TOLD: usize = 1_000;

/// Rows that one page of a list may have, whatever is asked for.
pub const LIST_ROWS: usize = 10_000;

/// Bytes that one row of the configuration may have in its form for the wire. Images are the
/// largest, two digits a byte.
pub const MAX_CONFIG_PAYLOAD: usize = 50_000_000;

/// Bytes that all rows of an export of the configuration may come to.
pub const MAX_CONFIG_EXPORT: usize = 200_000_000;

/// Rows that one page of a long list may have.
pub const PAGE_ROWS: usize = 500;
/// Bytes of the name of an unversioned file that is made here. Fossil makes none longer.
pub const MAX_NEW_UNVERSIONED_NAME: usize = 500;

/// Bytes of the name of an unversioned file that comes from a peer: older releases have no bound.
pub const MAX_UNVERSIONED_NAME: usize = 4_000;

/// Unversioned files that are in memory at a time, without their content.
pub const UNVERSIONED_PAGE: usize = 1_000;

/// Extension tables that a repository may have.
pub const MAX_TABLES: usize = 200;

/// Columns that an extension table may have. A condition on all of them must be shallow enough
/// for SQLite, which takes 1,000 levels.
pub const MAX_COLUMNS: usize = 500;

/// Bytes of the name of an extension table, or of a column.
pub const MAX_IDENTIFIER: usize = 200;

/// Bytes of a definition of a table, as JSON.
pub const MAX_DEFINITION: usize = 400_000;

/// Bytes of a row of an extension table, as JSON.
pub const MAX_ROW: usize = 1_000_000;

/// Rows that are in memory at a time, with their values.
pub const ROWS_PAGE: usize = 100;

/// Rows that are in memory at a time, without their values.
pub const CATALOGUE_PAGE: usize = 1_000;
/// Members of a set that one page may hold.
pub const SET_PAGE: usize = 10_000;

/// Artifacts that must be waiting before a cluster is made of them.
pub const CLUSTER_MIN: usize = 100;

/// Artifacts that a cluster names if more than [`CLUSTER_MIN`] others remain for the next. What
/// remains otherwise joins the cluster.
pub const CLUSTER_SIZE: usize = 800;

/// Bytes below which an artifact is neither stored as a delta nor the source of one.
pub const DELTA_MIN: usize = 50;

/// Deltas that one which arrives may build upon, one upon the other. To read an artifact, all of them
/// are applied.
pub const DELTA_CHAIN: usize = 16;

/// What builds upon too many deltas is stored as a change of what they build upon, if that is less
/// than the content by this factor, and otherwise whole.
pub const REMOTE_DELTA: usize = 4;

/// Bytes of an artifact up to which this is done. What is larger is stored as it comes.
pub const LOWERED_CONTENT: usize = 32_000_000;

/// Neighbours that a compaction compares an artifact with.
pub const NEIGHBOURS: usize = 5;

/// Bytes of expanded artifacts that one step of a compaction may come to. An artifact that is
/// larger has a step of its own.
pub const COMPACT_CONTENT: usize = 32_000_000;

/// Artifacts that one step of a compaction may hold.
pub const COMPACT_ARTIFACTS: usize = 4_000;

/// How long the first write of a server waits for readers to leave, so that the file can change to
/// a write-ahead log. If they do not, a later write tries again.
pub const WAL_PATIENCE: Duration = Duration::from_millis(250);

/// Pages that a copy takes between two reports of progress.
pub const COPY_PAGES: usize = 2_000;

/// Bytes of derived rows that a verification keeps in memory. More of them go to a temporary file.
pub const DERIVED_CACHE: usize = 64_000_000;

/// Findings that a verification tells in words, for each table. All of them are counted.
pub const SHOWN_FINDINGS: usize = 20;

/// Letters that one finding is told with.
pub const FINDING_WORDS: usize = 1_000;

/// A parcel is a small part of what may be kept between parcels.
const _: () = assert!(PARCEL_CONTENT * 10 <= KEPT_SOURCES);
const _: () = assert!(MAX_NEW_UNVERSIONED_NAME <= MAX_UNVERSIONED_NAME);
const _: () = assert!(CACHED_CONTENT <= MAX_CONTENT);
const _: () = assert!(OWN_CONTENT < CACHED_CONTENT);
const _: () = assert!(TICKET_ROW * 2 <= MAX_CONTENT);
const _: () = assert!(WAL_PATIENCE.as_millis() < BUSY_TIMEOUT.as_millis());
