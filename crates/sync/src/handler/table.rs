//! Extension tables: `schema`, `xigot`, `xgimme`, `xrow` and `xdelete`, for peers that know them.

use std::cmp::Ordering;
use std::collections::HashMap;

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{
    Author, DefineError, Definition, IncomingRow, ListTablesError, ReceiveRowError, Table,
    TableName, Verdict,
};
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::table::{Schema, Xdelete, Xgimme, Xigot, Xrow};
use outcrop_xfer::{Card, Token};

use super::dispatch::MAY_NOT_WRITE;
use super::error::{HandleError, Step, Stop};
use super::limits::{RECEIVED_TABLES, SCHEMA_BYTES};
use super::round::Round;
use crate::caps::Permission;
use crate::rows::{Announced, TableCards, table_name};

/// What a client has said of extension tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// It is one of our own, and has asked.
    ours: bool,
    /// It has shown in another way that it knows of them.
    knows: bool,
    /// The hashes of its tables: those that all peers compare, and those of our own.
    hashes: HashMap<String, HashName>,
    sums: HashMap<String, HashName>,
    /// Tables that have been looked up in this round.
    seen: HashMap<TableName, Option<Table>>,
}

impl Round<'_> {
    /// The client knows of tables, and has asked for ours.
    pub(super) fn take_tables_pragma(&mut self) {
        self.session.tables.ours = true;
    }

    /// The client tells a hash of one of its tables.
    pub(super) fn take_table_hash(&mut self, table: Token<'_>, hash: Token<'_>, is_sum: bool) {
        let tables = &mut self.session.tables;
        tables.knows = true;
        let hashes = if is_sum { &mut tables.sums } else { &mut tables.hashes };
        if let (Some(table), Ok(hash)) = (table.as_str(), HashName::parse(hash.as_bytes()))
            && hashes.len() < RECEIVED_TABLES
        {
            hashes.insert(table.to_owned(), hash);
        }
    }

    /// The client has a table. Who may not push teaches us none; it need not be told.
    pub(super) fn take_schema(&mut self, schema: &Schema<'_>) -> Step {
        self.session.tables.knows = true;
        let refused = |why: String| Stop::refused(format!("table {}: {why}", schema.table));
        let name = schema.table.as_str().map(TableName::new);
        let name = match name {
            Some(Ok(name)) => name,
            Some(Err(error)) => return Err(refused(error.to_string())),
            None => return Err(refused("its name is not UTF-8".to_owned())),
        };
        if !self.session.push {
            return Ok(());
        }
        if schema.definition.len() > SCHEMA_BYTES {
            return Err(refused(format!("its definition has more than {SCHEMA_BYTES} bytes")));
        }
        let definition = Definition::parse(&schema.definition);
        let definition = definition.map_err(|error| refused(error.to_string()))?;
        let known = self.table(&name)?;
        if known.is_some_and(|known| known.definition.covers(&definition)) {
            return Ok(());
        }
        let learned = self.write()?.learn_table(&name, &definition, schema.mtime);
        self.session.tables.seen.remove(&name);
        match learned {
            Ok(_) => Ok(()),
            Err(
                DefineError::Database(error) | DefineError::List(ListTablesError::Database(error)),
            ) => Err(error.into()),
            Err(error) => Err(Stop::refused(error.to_string())),
        }
    }

    /// The client has a version of a row: it is asked for it, or sent ours if that is newer.
    pub(super) fn take_xigot(&mut self, xigot: &Xigot<'_>) -> Step {
        self.session.tables.knows = true;
        let (Some(table), Some(theirs)) = (self.table_of(xigot.table)?, Announced::read(xigot))
        else {
            return Ok(());
        };
        let ours = self.read().row(&table, &theirs.key)?;
        let standing = ours.as_ref().map(|ours| theirs.compared_with(&ours.version()));
        match (standing, ours) {
            (None | Some(Ordering::Greater), _) if self.session.push => {
                TableCards::new(&mut self.out, &table).ask(&theirs.key);
            }
            (Some(Ordering::Less), Some(ours)) if self.session.pull && self.has_room() => {
                TableCards::new(&mut self.out, &table).send(&ours);
                self.handled.counts.rows_sent += 1;
            }
            _ => {}
        }
        Ok(())
    }

    /// The client wants a row. One that must wait is announced again.
    pub(super) fn take_xgimme(&mut self, asked: &Xgimme<'_>) -> Step {
        self.session.tables.knows = true;
        if !self.session.may(Permission::Read) {
            return Ok(());
        }
        let Ok(key) = HashName::parse(asked.key.as_bytes()) else { return Ok(()) };
        let Some(table) = self.table_of(asked.table)? else { return Ok(()) };
        let Some(row) = self.read().row(&table, &key)? else { return Ok(()) };
        if self.has_room() {
            TableCards::new(&mut self.out, &table).send(&row);
            self.handled.counts.rows_sent += 1;
        } else {
            let to_ours = self.session.tables.ours;
            TableCards::new(&mut self.out, &table).announce(&row, to_ours);
        }
        Ok(())
    }

    pub(super) fn take_xrow(&mut self, row: &Xrow<'_>) -> Step {
        self.take_row(row.table, row.key, row.mtime, &row.row, false)
    }

    pub(super) fn take_xdelete(&mut self, row: &Xdelete<'_>) -> Step {
        self.take_row(row.table, row.key, row.mtime, &row.key_values, true)
    }

    fn take_row(
        &mut self,
        table: Token<'_>,
        key: Token<'_>,
        mtime: i64,
        json: &[u8],
        is_deletion: bool,
    ) -> Step {
        if !self.session.push {
            return Err(Stop::refused(MAY_NOT_WRITE));
        }
        let Ok(key) = HashName::parse(key.as_bytes()) else {
            return Err(Stop::refused("malformed row: its key is no hash"));
        };
        // The client may know a table that nobody here has heard of.
        let Some(table) = self.table_of(table)? else { return Ok(()) };
        let tx = self.write()?;
        let login = if self.session.uid.is_some() { &*self.session.login } else { "" };
        let (incoming, author) = (IncomingRow { key, mtime, json }, Author::User(login));
        let received = if is_deletion {
            tx.receive_deletion(&table, &incoming, author)
        } else {
            tx.receive_row(&table, &incoming, author)
        };
        match received {
            Ok(Verdict::Take) => {
                self.handled.counts.rows_received += 1;
                Ok(())
            }
            // A row of someone else stays as it is, as it does with the Go peer.
            Ok(Verdict::Keep | Verdict::Refuse(_)) => Ok(()),
            Err(ReceiveRowError::Database(error)) => Err(error.into()),
            Err(error) => Err(Stop::refused(format!("table {}: {error}", table.name))),
        }
    }

    /// Tells a client that knows of tables which there are, and what is in those that differ.
    pub(super) fn tell_tables(&mut self) -> Step {
        let said = std::mem::take(&mut self.session.tables);
        if !said.ours && !said.knows || !self.session.may(Permission::Read) {
            return Ok(());
        }
        let tables = self.read().tables().map_err(damaged)?;
        if said.ours {
            self.out.push(&Card::Pragma(Pragma::Xtables));
        }
        for table in &tables {
            let name = table.name.as_str();
            let same = if said.ours {
                let sum = self.read().table_sum(table)?;
                TableCards::new(&mut self.out, table).sum(&sum);
                said.sums.get(name) == Some(&sum)
            } else {
                said.hashes.get(name) == Some(&self.read().table_hash(table)?)
            };
            // Who only pushes announces its own.
            if same || self.session.push && !self.session.pull {
                continue;
            }
            let mut cards = TableCards::new(&mut self.out, table);
            cards.schema();
            self.doors.read().each_row(table, |row| cards.announce(&row, said.ours))?;
        }
        Ok(())
    }

    fn table_of(&mut self, name: Token<'_>) -> Step<Option<Table>> {
        match table_name(name) {
            Some(name) => self.table(&name),
            None => Ok(None),
        }
    }

    fn table(&mut self, name: &TableName) -> Step<Option<Table>> {
        if let Some(seen) = self.session.tables.seen.get(name) {
            return Ok(seen.clone());
        }
        let table = self.read().table(name).map_err(damaged)?;
        if self.session.tables.seen.len() < RECEIVED_TABLES {
            self.session.tables.seen.insert(name.clone(), table.clone());
        }
        Ok(table)
    }
}

fn damaged(error: ListTablesError) -> HandleError {
    match error {
        ListTablesError::Database(error) => error.into(),
        error => HandleError::Tables(error),
    }
}
