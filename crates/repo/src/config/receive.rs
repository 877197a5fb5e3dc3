//! Taking in the configuration of a peer.

use outcrop_format::hash::HashName;

use super::areas::Areas;
use super::payload::{PayloadError, Record};
use super::settings::{Travels, travels};
use super::tables::{CONFIG, SHUN, SUBSCRIBER, Table, on_the_wire};
use crate::tx::{DatabaseError, WriteTx};

/// What may be taken in, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// Rows of other areas are refused. A server accepts [`Areas::ALL`] from one who has
    /// [`PUSH_RIGHT`](super::PUSH_RIGHT); a client what it has asked for.
    pub areas: Areas,
    /// Whether a row replaces an older or newer one, and the first row of a table all that was in
    /// that table. Settings that are not received stay even so. For a client whose user says so;
    /// a server never lets a peer do this.
    pub overwrite: bool,
}

/// Takes in rows of one peer.
#[derive(Debug)]
pub struct ConfigReceiver<'a> {
    tx: &'a WriteTx,
    acceptance: Acceptance,
    /// Areas whose tables were emptied already.
    emptied: Areas,
    consequences: Consequences,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigOutcome {
    /// It was taken in.
    Stored,
    /// What is here is as new, or newer.
    Known,
    /// It was not taken in. Fossil says nothing about such a row, and goes on with the next.
    Refused(ConfigRefusal),
}

/// Why a row was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigRefusal {
    /// The name of the card is that of no table that travels.
    #[error("there is no such part of the configuration")]
    UnknownTable,
    /// The setting stays where it is.
    #[error("the setting is not one that travels")]
    UnknownSetting,
    /// The setting may do harm elsewhere.
    #[error("the setting could run programs, and so it does not travel")]
    Sensitive,
    /// The area is not among those that are accepted.
    #[error("it belongs to the area {0}, which was not asked for")]
    NotAccepted(Areas),
    /// What is to be shunned is not the name of an artifact.
    #[error("only names of artifacts can be shunned")]
    NotAName,
    /// The payload is no row.
    #[error("it cannot be read: {0}")]
    Payload(#[from] PayloadError),
}

/// What has changed, and what is left to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consequences {
    /// Areas with rows that are new or have changed.
    pub changed: Areas,
}

impl Consequences {
    /// Whether the tables derived from ticket artifacts have to be made anew, as their columns may be
    /// others now: [`WriteTx::rebuild_tickets`] does so.
    #[must_use]
    pub const fn rebuild_tickets(&self) -> bool {
        self.changed.intersects(Areas::TICKET)
    }

    /// Whether there may be artifacts that are not wanted any more. Fossil leaves them where they
    /// are until the next rebuild; [`WriteTx::purge_shunned`] removes them.
    #[must_use]
    pub const fn purge_shunned(&self) -> bool {
        self.changed.intersects(Areas::SHUN)
    }
}

impl WriteTx {
    /// Begins to take in the configuration of a peer.
    #[must_use]
    pub fn config_receiver(&self, acceptance: Acceptance) -> ConfigReceiver<'_> {
        ConfigReceiver {
            tx: self,
            acceptance,
            emptied: Areas::NONE,
            consequences: Consequences::default(),
        }
    }
}

impl ConfigReceiver<'_> {
    /// Takes in one row: what a `config` card of this name says.
    pub fn receive(&mut self, name: &[u8], payload: &[u8]) -> Result<ConfigOutcome, DatabaseError> {
        match judge(name, payload, self.acceptance.areas) {
            Ok((table, areas, record)) => self.take(table, areas, &record),
            Err(refusal) => Ok(ConfigOutcome::Refused(refusal)),
        }
    }

    /// What has changed so far.
    #[must_use]
    pub const fn consequences(&self) -> Consequences {
        self.consequences
    }

    fn take(
        &mut self,
        table: &'static Table,
        areas: Areas,
        record: &Record<'_>,
    ) -> Result<ConfigOutcome, DatabaseError> {
        if *table == SUBSCRIBER {
            self.tx.ensure_subscribers()?;
        }
        self.tx.ensure_columns(table)?;
        let overwrite = self.acceptance.overwrite;
        if overwrite && *table != CONFIG && !self.emptied.intersects(areas) {
            self.tx.empty_table(table)?;
            self.emptied = self.emptied | areas;
        }
        if !self.tx.merge_record(table, record, overwrite)? {
            return Ok(ConfigOutcome::Known);
        }
        self.consequences.changed = self.consequences.changed | areas;
        Ok(ConfigOutcome::Stored)
    }
}

/// Decides whether a row can be taken in: all that can be told without the repository.
fn judge<'a>(
    name: &[u8],
    payload: &'a [u8],
    accepted: Areas,
) -> Result<(&'static Table, Areas, Record<'a>), ConfigRefusal> {
    let (table, own) = on_the_wire(name).ok_or(ConfigRefusal::UnknownTable)?;
    let mut record = Record::parse(payload, table)?;
    let areas = match own {
        Some(areas) => areas,
        None => match travels(&record.key) {
            Travels::With(areas) => areas,
            Travels::Never => return Err(ConfigRefusal::Sensitive),
            Travels::Unknown => return Err(ConfigRefusal::UnknownSetting),
        },
    };
    if !areas.intersects(accepted) {
        return Err(ConfigRefusal::NotAccepted(areas));
    }
    if *table == SHUN {
        let name = HashName::parse(record.key.as_bytes()).map_err(|_| ConfigRefusal::NotAName)?;
        record.key = name.to_string().into();
    }
    Ok((table, areas, record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_set_is_refused() {
        let project = Areas::PROJECT;
        for (name, payload, accepted, expected) in [
            ("@user", "5 'eve' cap 's'", Areas::ALL, ConfigRefusal::UnknownTable),
            ("/blob", "5 'x' content 'y'", Areas::ALL, ConfigRefusal::UnknownTable),
            ("config", "5 'css' value 'y'", Areas::ALL, ConfigRefusal::UnknownTable),
            ("/Config", "5 'css' value 'y'", Areas::ALL, ConfigRefusal::UnknownTable),
            ("/config", "5 'project-code' value 'y'", Areas::ALL, ConfigRefusal::UnknownSetting),
            ("/config", "5 'CSS' value 'y'", Areas::ALL, ConfigRefusal::UnknownSetting),
            ("/config", "5 'ssh-command' value 'y'", Areas::ALL, ConfigRefusal::UnknownSetting),
            ("/config", "5 'th1-setup' value 'y'", Areas::ALL, ConfigRefusal::Sensitive),
            ("/config", "5 'css' value 'y'", project, ConfigRefusal::NotAccepted(Areas::CSS)),
            ("/user", "5 'eve' cap 's'", project, ConfigRefusal::NotAccepted(Areas::USER)),
            ("/shun", "5 'everything' scom ''", Areas::ALL, ConfigRefusal::NotAName),
            ("/user", "5 'eve' cap", Areas::ALL, PayloadError::Incomplete.into()),
        ] {
            let judged = judge(name.as_bytes(), payload.as_bytes(), accepted);
            assert_eq!(judged.map(|_| ()), Err(expected), "{name} {payload}");
        }
    }
}
