//! The configuration of a repository, as peers exchange it.
//!
//! What a repository keeps beside artifacts is divided into [`Areas`]. One who asks for an area is
//! sent its rows, each as the payload of a `config` card; [`ReadTx::export_config`] makes them, and
//! a [`ConfigReceiver`] takes them in. When two sides have the same row, the newer one wins.
//!
//! | name of the card | row of | areas |
//! |---|---|---|
//! | `/config` | `config`: a setting | by the setting |
//! | `/shun` | `shun` | shun |
//! | `/user` | `user` | user |
//! | `/reportfmt` | `reportfmt` | ticket |
//! | `/concealed` | `concealed` | email |
//! | `/subscriber` | `subscriber` | subscriber |
//!
//! Releases of Fossil before 2011 sent other names, such as `@user` or that of a setting. Later
//! ones neither send nor read them.

mod areas;
mod payload;
mod receive;
mod settings;
mod tables;

pub use areas::{Areas, GROUPS, Group, PUSH_RIGHT};
pub use payload::PayloadError;
pub(crate) use payload::{Record, Value};
pub use receive::{Acceptance, ConfigOutcome, ConfigReceiver, ConfigRefusal, Consequences};
pub(crate) use settings::{ALIAS_PREFIX, INTERWIKI_PREFIX};
pub(crate) use tables::Table;

use crate::limits::{MAX_CONFIG_EXPORT, MAX_CONFIG_PAYLOAD};
use crate::tx::{DatabaseError, ReadTx, Select};
use settings::{PREFIXES, SETTINGS};
use tables::{CONFIG, FIRST, LAST, SUBSCRIBER};

/// A row as it travels.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigItem {
    /// The name of the card: that of a table, with a slash before it.
    pub name: &'static str,
    /// The row.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for ConfigItem {
    /// Leaves out the payload, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConfigItem({}, {} bytes)", self.name, self.payload.len())
    }
}

/// Why the configuration was not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is more than anyone would take.
    #[error(
        "the configuration is too large to be sent: a row may have {MAX_CONFIG_PAYLOAD} bytes, and \
         all rows {MAX_CONFIG_EXPORT}"
    )]
    TooLarge,
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Rows that are being put into their form for the wire.
struct Export {
    items: Vec<ConfigItem>,
    held: usize,
}

impl ReadTx {
    /// The rows of these areas that were last changed at `since`, in seconds since 1970, or later.
    /// They come in Fossil's order, in the bytes that Fossil sends.
    ///
    /// Nothing is asked about rights here: see [`Areas::readable_with`].
    pub fn export_config(&self, areas: Areas, since: i64) -> Result<Vec<ConfigItem>, ExportError> {
        let mut export = Export { items: Vec::new(), held: 0 };
        for (table, area) in FIRST {
            if areas.intersects(area) {
                self.export_rows(&mut export, table, Select::Since(since))?;
            }
        }
        for (prefix, area) in PREFIXES {
            if areas.intersects(area) {
                self.export_rows(&mut export, &CONFIG, Select::Prefixed(prefix, since))?;
            }
        }
        let (table, area) = LAST;
        if areas.intersects(area) && self.has_table(table.name)? {
            self.export_rows(&mut export, &SUBSCRIBER, Select::Verified(since))?;
        }
        let listed = SETTINGS.iter().filter(|(of, _)| areas.intersects(*of));
        for name in listed.flat_map(|(_, names)| *names) {
            self.export_rows(&mut export, &CONFIG, Select::Named(name, since))?;
        }
        Ok(export.items)
    }

    fn export_rows(
        &self,
        export: &mut Export,
        table: &Table,
        select: Select<'_>,
    ) -> Result<(), ExportError> {
        let mut fits = true;
        self.quoted_rows(table, select, &mut |row| {
            fits = export.add(table, row);
            fits
        })?;
        if fits { Ok(()) } else { Err(ExportError::TooLarge) }
    }
}

impl Export {
    /// Adds a row: its time, its key and its fields, in SQL notation. `false` if there is no room.
    fn add(&mut self, table: &Table, row: &[Vec<u8>]) -> bool {
        let [mtime, key, fields @ ..] = row else { return true };
        let mut payload = [mtime, b" ".as_slice(), key].concat();
        for (field, value) in table.fields.iter().zip(fields) {
            if table.writes_null || value != b"NULL" {
                payload.extend([b" ", field.as_bytes(), b" ", value].concat());
            }
        }
        self.held += payload.len();
        let fits = payload.len() <= MAX_CONFIG_PAYLOAD && self.held <= MAX_CONFIG_EXPORT;
        if fits {
            self.items.push(ConfigItem { name: table.card, payload });
        }
        fits
    }
}
