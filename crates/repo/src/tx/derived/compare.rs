//! Rows of the file compared with the rows derived beside it.
//!
//! Both are read in the same order and merged, so that no more than two rows of a table are held at
//! a time, however many there are.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};

use super::super::ReadTx;
use super::super::error::{DatabaseError, Doing as _};
use super::super::ticket_layout::{bytes, quoted};

/// One value as it is stored.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// A table, and what tells its rows apart.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) table: &'static str,
    /// The columns to compare, first those that tell which row it is.
    pub(crate) columns: Vec<String>,
    pub(crate) keys: usize,
}

/// A row that differs. Both, if they are of the same key.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The row of the file, which should not be there or be another.
    pub(crate) stale: Option<Vec<Cell>>,
    /// The row that should be there.
    pub(crate) due: Option<Vec<Cell>>,
}

const DOING: &str = "compare derived rows";
/// The tag of clusters.
const OF_CLUSTERS: &str = "CASE r.tagid WHEN 7 THEN NULL ELSE r.mtime END";

impl ReadTx {
    /// The columns of a table in the file, and of the one beside it. None, if there is no such
    /// table.
    pub(crate) fn columns_compared(&self, table: &str) -> Result<[Vec<String>; 2], DatabaseError> {
        let sql = "SELECT CAST(name AS TEXT) FROM pragma_table_xinfo(?1, ?2) \
                   WHERE hidden IN (0, 2, 3) ORDER BY cid";
        let of = |schema| self.all(DOING, sql, [table, schema], |row| row.get(0));
        Ok([of("main")?, of("temp")?])
    }

    /// How many rows were derived for a table.
    pub(crate) fn count_beside(&self, table: &str) -> Result<u64, DatabaseError> {
        let sql = format!("SELECT count(*) FROM temp.{table}");
        let count = self.only(DOING, &sql, [], |row| row.get::<_, i64>(0))?;
        Ok(count.unsigned_abs())
    }

    /// The name behind the number of a tag or of a file's name.
    pub(crate) fn name_of_number(
        &self,
        table: &str,
        number: i64,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        let (of, name) = match table {
            "tag" => ("tagid", "tagname"),
            _ => ("fnid", "name"),
        };
        for schema in ["temp", "main"] {
            let sql = format!("SELECT {name} FROM {schema}.{table} WHERE {of} = ?1");
            if let Some(found) = self.first(DOING, &sql, [number], |row| bytes(row, 0))? {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A time as a date, in words.
    pub(crate) fn date_of(&self, julian_day: f64) -> Result<Option<String>, DatabaseError> {
        let sql = "SELECT strftime('%Y-%m-%d %H:%M:%f', ?1)";
        self.only(DOING, sql, [julian_day], |row| row.get(0))
    }

    /// Calls `found` with each row that is not the same in the file and beside it. Gives how many
    /// rows of the file were compared.
    pub(crate) fn compare_rows(
        &self,
        compared: &Compared,
        mut found: impl FnMut(Difference) -> Result<(), DatabaseError>,
    ) -> Result<u64, DatabaseError> {
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery);
        let connection = connection.doing(DOING)?;
        let statement = |schema| connection.prepare(&self.rows_of(schema, compared)?).doing(DOING);
        let (mut in_file, mut beside) = (statement("main")?, statement("temp")?);
        let width = compared.columns.len();
        let mut in_file = Side::new(in_file.query([]).doing(DOING)?, width)?;
        let mut beside = Side::new(beside.query([]).doing(DOING)?, width)?;
        let mut pending = Difference { stale: None, due: None };
        loop {
            let order = match (&in_file.row, &beside.row) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(here), Some(due)) => compare(here, due),
            };
            let next = match order {
                Ordering::Equal => {
                    in_file.step()?;
                    beside.step()?;
                    continue;
                }
                Ordering::Less => Difference { stale: in_file.step()?, due: None },
                Ordering::Greater => Difference { stale: None, due: beside.step()? },
            };
            if let Some(whole) = pending.join(next, compared.keys) {
                found(whole)?;
            }
        }
        if pending.stale.is_some() || pending.due.is_some() {
            found(pending)?;
        }
        Ok(in_file.count)
    }

    fn rows_of(&self, schema: &str, compared: &Compared) -> Result<String, DatabaseError> {
        let table = compared.table;
        let has_tickets = || {
            let sql = format!("SELECT 1 FROM pragma_table_xinfo('ticket', '{schema}') LIMIT 1");
            self.first(DOING, &sql, [], |_| Ok(())).map(|found| found.is_some())
        };
        let mut values = Vec::new();
        for column in &compared.columns {
            values.push(match (table, column.as_str()) {
                // Fossil takes the time of day.
                ("tagxref", "mtime") => OF_CLUSTERS.to_owned(),
                // Tickets are numbered anew.
                ("ticketchng", "tkt_id") if has_tickets()? => {
                    let of = format!("FROM {schema}.ticket t WHERE t.tkt_id = r.tkt_id");
                    format!("(SELECT t.tkt_uuid {of})")
                }
                (_, column) => format!("r.{}", quoted(column)),
            });
        }
        let order = values.iter().map(|value| format!("{value} COLLATE BINARY"));
        let order = order.collect::<Vec<_>>().join(", ");
        let values = values.join(", ");
        let condition = match table {
            "config" => "WHERE r.name = 'seen-delta-manifest'",
            _ => "",
        };
        Ok(format!("SELECT {values} FROM {schema}.{table} AS r {condition} ORDER BY {order}"))
    }
}

/// The rows of one side, of which one is looked at.
struct Side<'s> {
    rows: Rows<'s>,
    width: usize,
    row: Option<Vec<Cell>>,
    count: u64,
}

impl<'s> Side<'s> {
    fn new(rows: Rows<'s>, width: usize) -> Result<Self, DatabaseError> {
        let mut side = Self { rows, width, row: None, count: 0 };
        side.step()?;
        Ok(side)
    }

    /// Gives the row, and goes on to the next.
    fn step(&mut self) -> Result<Option<Vec<Cell>>, DatabaseError> {
        let width = self.width;
        let next = self.rows.next().doing(DOING)?;
        let next = next.map(|row| (0..width).map(|at| Cell::read(row, at)).collect());
        let next: Option<Vec<_>> = next.transpose().doing(DOING)?;
        self.count += u64::from(next.is_some());
        Ok(std::mem::replace(&mut self.row, next))
    }
}

impl Difference {
    /// Takes the next half, as a part of this or in place of it. Gives what is complete.
    fn join(&mut self, next: Self, keys: usize) -> Option<Self> {
        let key = |row: &Option<Vec<Cell>>| {
            row.as_ref().and_then(|row| row.get(..keys)).map(<[Cell]>::to_vec)
        };
        let fits = match (&self, &next) {
            (Self { stale: Some(_), due: None }, Self { due: Some(_), .. }) => {
                key(&self.stale) == key(&next.due)
            }
            (Self { stale: None, due: Some(_) }, Self { stale: Some(_), .. }) => {
                key(&self.due) == key(&next.stale)
            }
            _ => false,
        };
        if fits {
            self.stale = self.stale.take().or(next.stale);
            self.due = self.due.take().or(next.due);
            return None;
        }
        let complete = std::mem::replace(self, next);
        (complete.stale.is_some() || complete.due.is_some()).then_some(complete)
    }
}

impl Cell {
    fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Self> {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }

    /// The order of SQLite; what it holds for equal, such as 1 and 1.0, still has an order here.
    fn order(&self, other: &Self) -> Ordering {
        #[expect(clippy::cast_precision_loss, reason = "times and small numbers")]
        let number = |cell: &Self| match cell {
            Self::Integer(number) => *number as f64,
            Self::Real(number) => *number,
            _ => 0.0,
        };
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) | (Self::Blob(a), Self::Blob(b)) => a.cmp(b),
            (Self::Integer(_) | Self::Real(_), Self::Integer(_) | Self::Real(_)) => {
                let order = number(self).total_cmp(&number(other));
                order.then(matches!(self, Self::Real(_)).cmp(&matches!(other, Self::Real(_))))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Integer(_) | Self::Real(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}

fn compare(a: &[Cell], b: &[Cell]) -> Ordering {
    let orders = a.iter().zip(b).map(|(a, b)| a.order(b));
    orders.fold(Ordering::Equal, Ordering::then)
}
