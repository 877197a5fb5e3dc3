//! Extension tables, if the server knows of them: what is asked for, what is sent, what comes.
//!
//! The first request tells the hashes of our tables in pragmas. Only a server that answers these is
//! sent cards of tables. What [`rows`](crate::rows) draws is then gone through once in a session.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{
    Author, DefineError, Definition, IncomingRow, ListTablesError, ReceiveRowError, Table,
    TableName, Verdict,
};
use outcrop_repo::tx::ReadTx;
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::table::{Schema, Xgimme, Xigot};
use outcrop_xfer::{Card, Token, Writer};

use super::limits::{PAGE, TABLES};
use super::session::Session;
use super::take::Intake;
use crate::SyncError;
use crate::observer::TableCounts;
use crate::rows::{Announced, TableCards, table_name};

/// What a session knows of extension tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// The hashes were told.
    announced: bool,
    /// The server has shown that it knows of tables.
    known: bool,
    /// What is different was worked out, once.
    settled: bool,
    /// What the server has said of tables of its own.
    heard: BTreeMap<TableName, Heard>,
    /// Tables whose definition the server lacks.
    schemas: BTreeSet<TableName>,
    /// Tables whose rows are to be announced, for the server to choose.
    to_announce: BTreeSet<TableName>,
    /// Rows to ask for.
    to_ask: BTreeMap<TableName, VecDeque<HashName>>,
    /// Rows to send.
    to_send: BTreeMap<TableName, VecDeque<HashName>>,
    /// Rows that were sent: none is sent twice.
    sent: BTreeMap<TableName, HashSet<HashName>>,
    counts: BTreeMap<TableName, TableCounts>,
}

/// What the server has said of a table.
#[derive(Debug, Default)]
struct Heard {
    /// The hash of its rows.
    sum: Option<HashName>,
    /// Its definition, if that was told: then all its rows are announced too.
    definition: Option<Definition>,
    /// The rows it has announced.
    rows: HashSet<HashName>,
}

impl Tables {
    /// Whether there is something to send.
    pub(super) fn has_to_say(&self) -> bool {
        !(self.schemas.is_empty() && self.to_announce.is_empty() && self.to_send.is_empty())
    }

    /// Whether there is something to ask for.
    pub(super) fn has_to_ask(&self) -> bool {
        !self.to_ask.is_empty()
    }

    fn heard_of(&mut self, name: &TableName) -> Option<&mut Heard> {
        if self.heard.len() >= TABLES && !self.heard.contains_key(name) {
            return None;
        }
        Some(self.heard.entry(name.clone()).or_default())
    }

    fn line_up(&mut self, name: &TableName, key: HashName) {
        if !self.sent.get(name).is_some_and(|sent| sent.contains(&key)) {
            self.to_send.entry(name.clone()).or_default().push_back(key);
        }
    }
}

impl Session {
    /// Whether what the server has of tables is taken in.
    fn takes_rows(&self) -> bool {
        self.options.tables && (self.pulls || self.clone.is_some())
    }

    /// Whether the server is sent rows.
    pub(super) fn gives_rows(&self) -> bool {
        self.options.tables && self.pushes
    }

    /// Writes what this request has to say of tables.
    pub(super) fn write_tables(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        if !self.takes_rows() && !self.gives_rows() {
            return Ok(());
        }
        if !self.tables.announced {
            self.tables.announced = true;
            return announce(tx, out);
        }
        for name in std::mem::take(&mut self.tables.schemas) {
            if let Some(table) = table(tx, &name)? {
                TableCards::new(out, &table).schema();
            }
        }
        for name in std::mem::take(&mut self.tables.to_announce) {
            if let Some(table) = table(tx, &name)? {
                let mut cards = TableCards::new(out, &table);
                tx.each_row(&table, |row| cards.announce(&row, true))?;
            }
        }
        self.write_row_gimmes(tx, out)?;
        self.write_rows(tx, out)
    }

    fn write_row_gimmes(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        let mut left = PAGE;
        while left > 0
            && let Some(mut entry) = self.tables.to_ask.first_entry()
        {
            let Some(table) = table(tx, entry.key())? else {
                entry.remove();
                continue;
            };
            let mut cards = TableCards::new(out, &table);
            while left > 0
                && let Some(key) = entry.get_mut().pop_front()
            {
                cards.ask(&key);
                left -= 1;
            }
            if entry.get().is_empty() {
                entry.remove();
            }
        }
        Ok(())
    }

    fn write_rows(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        while out.len() < self.options.max_send
            && let Some((name, mut keys)) = self.tables.to_send.pop_first()
        {
            let Some(table) = table(tx, &name)? else { continue };
            self.begin_table(&name);
            let sent = self.tables.sent.entry(name.clone()).or_default();
            let counts = self.tables.counts.entry(name.clone()).or_default();
            while out.len() < self.options.max_send
                && let Some(key) = keys.pop_front()
            {
                if sent.insert(key)
                    && let Some(row) = tx.row(&table, &key)?
                {
                    TableCards::new(out, &table).send(&row);
                    counts.sent += 1;
                    self.outcome.total.rows_sent += 1;
                }
            }
            if !keys.is_empty() {
                self.tables.to_send.insert(name, keys);
            }
        }
        Ok(())
    }

    /// Takes note that there is something to do with a table.
    fn begin_table(&mut self, name: &TableName) {
        if !self.tables.counts.contains_key(name) {
            self.options.observer.table_sync_started(name.as_str());
            self.tables.counts.insert(name.clone(), TableCounts::default());
        }
    }

    /// Tells what has come of tables, at the end.
    pub(super) fn end_tables(&mut self) {
        for (name, counts) in std::mem::take(&mut self.tables.counts) {
            self.options.observer.table_sync_completed(name.as_str(), &counts);
        }
    }

    /// Works out what the server lacks, once it has told what it has.
    fn settle_tables(&mut self, tx: &ReadTx) -> Result<(), SyncError> {
        if !self.tables.known || std::mem::replace(&mut self.tables.settled, true) {
            return Ok(());
        }
        if !self.gives_rows() {
            return Ok(());
        }
        let heard = std::mem::take(&mut self.tables.heard);
        for table in tx.tables().map_err(damaged)? {
            let name = &table.name;
            let Some(heard) = heard.get(name) else {
                self.tables.schemas.insert(name.clone());
                tx.each_row(&table, |row| self.tables.line_up(name, row.key))?;
                continue;
            };
            match &heard.definition {
                Some(definition) => {
                    if !definition.covers(&table.definition) {
                        self.tables.schemas.insert(name.clone());
                    }
                    tx.each_row(&table, |row| {
                        if !heard.rows.contains(&row.key) {
                            self.tables.line_up(name, row.key);
                        }
                    })?;
                }
                // To who only pushes the server tells no rows, so it is to choose.
                None if !self.takes_rows() && heard.sum != Some(tx.table_sum(&table)?) => {
                    self.tables.schemas.insert(name.clone());
                    self.tables.to_announce.insert(name.clone());
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl Intake<'_, '_> {
    /// The server knows of tables.
    pub(super) fn hear_of_tables(&mut self, pragma: &Pragma<'_>) {
        match pragma {
            Pragma::Xtables => self.session.tables.known = true,
            Pragma::XtableSum { table, hash } => {
                if let (Some(name), Ok(sum)) =
                    (table_name(*table), HashName::parse(hash.as_bytes()))
                    && let Some(heard) = self.session.tables.heard_of(&name)
                {
                    heard.sum = Some(sum);
                }
            }
            _ => {}
        }
    }

    /// The server has a table that differs from ours, or that is not here.
    pub(super) fn take_schema(&mut self, schema: &Schema<'_>) -> Result<(), SyncError> {
        self.session.tables.known = true;
        let (Some(name), Ok(definition)) =
            (table_name(schema.table), Definition::parse(&schema.definition))
        else {
            return Ok(());
        };
        let Some(heard) = self.session.tables.heard_of(&name) else { return Ok(()) };
        heard.definition = Some(definition.clone());
        if !self.session.takes_rows() {
            return Ok(());
        }
        self.session.begin_table(&name);
        match self.tx.learn_table(&name, &definition, schema.mtime) {
            Ok(_) => Ok(()),
            Err(
                DefineError::Database(error) | DefineError::List(ListTablesError::Database(error)),
            ) => Err(error.into()),
            // The rest can be synced all the same.
            Err(error) => {
                self.take_message(error.to_string());
                Ok(())
            }
        }
    }

    /// The server has a version of a row.
    pub(super) fn hear_of_row(&mut self, xigot: &Xigot<'_>) -> Result<(), SyncError> {
        self.session.tables.known = true;
        let (Some(table), Some(theirs)) = (self.table(xigot.table)?, Announced::read(xigot)) else {
            return Ok(());
        };
        if let Some(heard) = self.session.tables.heard_of(&table.name) {
            heard.rows.insert(theirs.key);
        }
        let ours = self.tx.row(&table, &theirs.key)?;
        let standing = ours.map(|ours| theirs.compared_with(&ours.version()));
        match standing {
            None | Some(Ordering::Greater) if self.session.takes_rows() => {
                self.session.begin_table(&table.name);
                let queue = self.session.tables.to_ask.entry(table.name).or_default();
                queue.push_back(theirs.key);
            }
            Some(Ordering::Less) if self.session.gives_rows() => {
                self.session.tables.line_up(&table.name, theirs.key);
            }
            _ => {}
        }
        Ok(())
    }

    /// The server wants a row.
    pub(super) fn take_xgimme(&mut self, asked: &Xgimme<'_>) {
        if let (Some(name), Ok(key)) =
            (table_name(asked.table), HashName::parse(asked.key.as_bytes()))
            && self.session.gives_rows()
        {
            self.session.tables.line_up(&name, key);
        }
    }

    /// The server sends a row, or that it is deleted.
    pub(super) fn take_row(
        &mut self,
        table: Token<'_>,
        key: Token<'_>,
        mtime: i64,
        json: &[u8],
        is_deletion: bool,
    ) -> Result<(), SyncError> {
        if !self.session.takes_rows() {
            return Ok(());
        }
        let (Some(table), Ok(key)) = (self.table(table)?, HashName::parse(key.as_bytes())) else {
            return Ok(());
        };
        let incoming = IncomingRow { key, mtime, json };
        let received = if is_deletion {
            self.tx.receive_deletion(&table, &incoming, Author::Authority)
        } else {
            self.tx.receive_row(&table, &incoming, Author::Authority)
        };
        match received {
            Ok(Verdict::Take) => {
                self.session.begin_table(&table.name);
                self.session.tables.counts.entry(table.name).or_default().received += 1;
                self.session.outcome.total.rows_received += 1;
                self.count_moved();
                Ok(())
            }
            Ok(Verdict::Keep | Verdict::Refuse(_)) => Ok(()),
            Err(ReceiveRowError::Database(error)) => Err(error.into()),
            Err(error) => Err(SyncError::Row(error)),
        }
    }

    /// Works out what the server lacks, at the end of a reply.
    pub(super) fn settle_tables(&mut self) -> Result<(), SyncError> {
        self.session.settle_tables(self.tx)
    }

    fn table(&self, name: Token<'_>) -> Result<Option<Table>, SyncError> {
        let Some(name) = table_name(name) else { return Ok(None) };
        table(self.tx, &name)
    }
}

/// Tells what tables there are here.
fn announce(tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
    out.push(&Card::Pragma(Pragma::Xtables));
    for table in tx.tables().map_err(damaged)? {
        let (hash, sum) = (tx.table_hash(&table)?, tx.table_sum(&table)?);
        let mut cards = TableCards::new(out, &table);
        cards.hash(&hash);
        cards.sum(&sum);
    }
    Ok(())
}

fn table(tx: &ReadTx, name: &TableName) -> Result<Option<Table>, SyncError> {
    tx.table(name).map_err(damaged)
}

fn damaged(error: ListTablesError) -> SyncError {
    match error {
        ListTablesError::Database(error) => error.into(),
        error => SyncError::Tables(error),
    }
}
