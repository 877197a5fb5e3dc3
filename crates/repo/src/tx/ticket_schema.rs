//! The statements that make the tables of tickets.
//!
//! The setting `ticket-table` is SQL, and may come from a stranger: a clone takes it over. So it
//! never runs in the repository. It runs in a database of its own, in memory, where a watch lets it
//! make the tables `ticket` and `ticketchng`, indexes on them, and nothing else; there is nothing
//! to read or to change either. What it has made there is made in the repository, by the statements
//! that SQLite has noted for each table and index.
//!
//! What the tables themselves do later, whenever a row is written, is bounded too: defaults,
//! constraints and computed columns may call functions whose result is about as small as what they
//! are given, and no constraint may end the transaction of whoever writes.

use std::sync::{Arc, OnceLock};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::WriteTx;
use super::error::DatabaseError;

/// Why a schema is not taken.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

/// What is asked of the tables, if they are there.
const NEEDED: [(&str, &str); 2] =
    [("ticket", "tkt_id, tkt_uuid, tkt_mtime"), ("ticketchng", "tkt_id, tkt_mtime")];

/// Functions that a table may call, those of SQLite that cannot make much of little.
const FUNCTIONS: [&str; 39] = [
    "abs",
    "coalesce",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "glob",
    "if",
    "ifnull",
    "iif",
    "instr",
    "julianday",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "min",
    "nullif",
    "octet_length",
    "random",
    "round",
    "rtrim",
    "sign",
    "soundex",
    "strftime",
    "substr",
    "substring",
    "time",
    "timediff",
    "trim",
    "typeof",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
];

impl WriteTx {
    /// Tries the statements of a setting out, and gives those that make the same tables.
    pub(crate) fn try_ticket_schema(setting: &str) -> Result<Vec<String>, Refused> {
        let failed = |cause: rusqlite::Error| Refused(cause.to_string());
        // `ON CONFLICT ROLLBACK`, which no watch is told of.
        if setting.to_ascii_uppercase().contains("ROLLBACK") {
            return Err(Refused("it may not say ROLLBACK".to_owned()));
        }
        let mut scratch = Connection::open_in_memory().map_err(failed)?;
        for (switch, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
            // In double quotes stand names, as Fossil has it; never texts.
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        ] {
            scratch.set_db_config(switch, on).map_err(failed)?;
        }
        watched(&mut scratch, judge, |scratch| scratch.execute_batch(setting))?;
        watched(&mut scratch, judge_function, made)
    }

    /// Drops the tables of tickets, and makes others.
    pub(crate) fn replace_ticket_tables(&self, statements: &[String]) -> Result<(), DatabaseError> {
        let doing = "make the tables of tickets";
        *self.ticket_layout.borrow_mut() = None;
        let schema = self.written.schema();
        for (table, _) in NEEDED {
            self.execute_all(doing, &format!("DROP TABLE IF EXISTS {schema}.{table}"))?;
        }
        for statement in statements {
            self.execute_all(doing, &self.written.making_one(statement))?;
        }
        Ok(())
    }
}

/// Works in a database where `judge` says what is wrong with an action; nothing, if it is `None`.
fn watched<T>(
    scratch: &mut Connection,
    judge: fn(&AuthContext<'_>) -> Option<String>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, Refused> {
    let failed = |cause: rusqlite::Error| Refused(cause.to_string());
    let forbidden = Arc::new(OnceLock::new());
    let noted = Arc::clone(&forbidden);
    let watch = move |context: AuthContext<'_>| match judge(&context) {
        None => Authorization::Allow,
        Some(what) => {
            // The first is told; more of them say no more.
            noted.get_or_init(|| what);
            Authorization::Deny
        }
    };
    scratch.authorizer(Some(watch)).map_err(failed)?;
    work(scratch).map_err(|cause| match forbidden.get() {
        Some(what) => {
            Refused(format!("only tables `ticket` and `ticketchng` may be made, and not {what}"))
        }
        None => failed(cause),
    })
}

fn judge_function(context: &AuthContext<'_>) -> Option<String> {
    match context.action {
        AuthAction::Function { function_name }
            if !FUNCTIONS.iter().any(|name| function_name.eq_ignore_ascii_case(name)) =>
        {
            Some(format!("such that call `{function_name}`"))
        }
        _ => None,
    }
}

/// What is wrong with an action; `None` if nothing is.
fn judge(context: &AuthContext<'_>) -> Option<String> {
    let is_ours = |table: &str| {
        let is_main = context.database_name.is_some_and(|name| name.eq_ignore_ascii_case("main"));
        is_main && NEEDED.iter().any(|(name, _)| table.eq_ignore_ascii_case(name))
    };
    let (what, is_allowed) = match context.action {
        AuthAction::CreateTable { table_name } => {
            (format!("the table `{table_name}`"), is_ours(table_name))
        }
        AuthAction::CreateIndex { index_name, table_name } => {
            (format!("the index `{index_name}` of `{table_name}`"), is_ours(table_name))
        }
        AuthAction::DropIndex { index_name, table_name } => {
            (format!("fewer indexes by `{index_name}`"), is_ours(table_name))
        }
        // SQLite writes the new table, index or column into its own table. No statement can do so
        // by itself in a connection that is on the defensive.
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => (
            format!("changes of the table `{table_name}`"),
            matches!(table_name, "sqlite_master" | "sqlite_schema"),
        ),
        AuthAction::Read { table_name, .. } => (
            format!("what reads the table `{table_name}`"),
            is_ours(table_name) || matches!(table_name, "sqlite_master" | "sqlite_schema"),
        ),
        AuthAction::Function { .. } => return judge_function(context),
        AuthAction::Reindex { .. } => return None,
        AuthAction::Select | AuthAction::Recursive => ("queries".to_owned(), false),
        AuthAction::CreateView { view_name } => (format!("the view `{view_name}`"), false),
        AuthAction::CreateTrigger { trigger_name, .. } => {
            (format!("the trigger `{trigger_name}`"), false)
        }
        _ => ("other statements".to_owned(), false),
    };
    (!is_allowed).then_some(what)
}

/// The statements of all tables and indexes, in their order.
fn made(scratch: &Connection) -> rusqlite::Result<Vec<String>> {
    for (table, columns) in NEEDED {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = ?1";
        if scratch.prepare(sql)?.exists([table])? {
            // These are compiled and not run: all that the table calls is met on the way.
            scratch.prepare(&format!("SELECT {columns}, * FROM {table}"))?;
            scratch.prepare(&format!("INSERT INTO {table} DEFAULT VALUES"))?;
        }
    }
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    scratch.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TICKET_TABLES;

    fn tried(setting: &str) -> Result<Vec<String>, String> {
        WriteTx::try_ticket_schema(setting).map_err(|Refused(why)| why)
    }

    const TICKET: &str = "CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid, tkt_mtime";

    #[test]
    fn tables_of_tickets_may_be_made() {
        assert_eq!(tried(TICKET_TABLES).unwrap().len(), 3);
        assert_eq!(tried("").unwrap(), [""; 0]);
        let setting = format!(
            "-- mine\n{TICKET}, a UNIQUE DEFAULT (lower('A')), b AS (coalesce(a, 'x') || 'y'), \
             CHECK(length(a) > 0));\nCREATE TABLE if not exists main.TicketChng(tkt_id, tkt_mtime);\
             CREATE UNIQUE INDEX event_i9 ON ticket(a, lower(a)) WHERE a IS NOT NULL;\
             DROP INDEX IF EXISTS none; CREATE INDEX x ON ticketchng(tkt_id); DROP INDEX x;"
        );
        let made = tried(&setting).unwrap();
        assert_eq!(made.len(), 3, "{made:?}");
        assert_eq!(made[1], "CREATE TABLE TicketChng(tkt_id, tkt_mtime)");
    }

    #[test]
    fn nothing_else_may_be_done() {
        for (statement, why) in [
            ("CREATE TABLE user(login)", "the table `user`"),
            ("CREATE TABLE ticket_more(a)", "the table `ticket_more`"),
            ("CREATE TEMP TABLE ticketchng(tkt_id, tkt_mtime)", "sqlite_temp_master"),
            ("CREATE VIEW ticketchng AS SELECT 1", "the view"),
            ("CREATE TRIGGER t AFTER INSERT ON ticket BEGIN SELECT 1; END", "the trigger `t`"),
            ("CREATE VIRTUAL TABLE ticketchng USING fts5(a)", "other statements"),
            ("CREATE TABLE ticketchng AS SELECT 1 AS tkt_id, 2 AS tkt_mtime", "queries"),
            ("INSERT INTO ticket(tkt_id) VALUES(1)", "changes of the table `ticket`"),
            ("INSERT INTO sqlite_schema(type) VALUES('table')", "may not be modified"),
            ("UPDATE sqlite_master SET sql = ''", "may not be modified"),
            ("DROP TABLE ticket", "other statements"),
            ("ALTER TABLE ticket ADD COLUMN x", "other statements"),
            ("CREATE TABLE ticketchng(tkt_id, tkt_mtime, a DEFAULT (zeroblob(9)))", "`zeroblob`"),
            ("CREATE TABLE ticketchng(tkt_id, tkt_mtime, a CHECK(hex(a) > 0))", "`hex`"),
            ("CREATE TABLE ticketchng(tkt_id, tkt_mtime, a AS (printf('%9d', 1)))", "`printf`"),
            ("CREATE INDEX i ON ticketchng(replace(tkt_id, 1, 2))", "no such table"),
            ("CREATE INDEX i ON ticket(replace(tkt_id, 1, 2))", "`replace`"),
            ("CREATE INDEX i ON ticket(tkt_id) WHERE quote(tkt_id) > 0", "`quote`"),
            ("CREATE TABLE ticketchng(tkt_id UNIQUE ON CONFLICT rollback)", "ROLLBACK"),
            ("SELECT 1", "queries"),
            ("VALUES(1)", "queries"),
            ("PRAGMA writable_schema = 1", "other statements"),
            ("PRAGMA journal_mode = off", "other statements"),
            ("ATTACH '/tmp/x' AS x", "other statements"),
            ("COMMIT", "other statements"),
            ("BEGIN", "other statements"),
            ("SAVEPOINT ticket", "other statements"),
            ("VACUUM", "other statements"),
            ("ANALYZE ticket", "sqlite_stat1"),
            ("CREATE TABLE ticketchng(", "syntax error"),
            ("CREATE INDEX i ON ticket(\"none\")", "no such column"),
            ("CREATE TABLE ticketchng(tkt_mtime)", "no such column: tkt_id"),
            (
                "CREATE TABLE ticketchng(tkt_id INTEGER PRIMARY KEY AUTOINCREMENT, tkt_mtime)",
                "sqlite_sequence",
            ),
        ] {
            let error = tried(&format!("{TICKET});\n{statement};")).unwrap_err();
            assert!(error.contains(why), "{statement}: {error}");
        }
        let error = tried("CREATE TABLE ticket(tkt_id, tkt_uuid)").unwrap_err();
        assert!(error.contains("tkt_mtime"), "{error}");
    }
}
