//! Derived rows compared with those that the artifacts tell.

use super::report::{DerivedRows, FindingKind, TableFindings};
use super::words;
use crate::limits::SHOWN_FINDINGS;
use crate::progress::{Progress, Stage};
use crate::tx::derived::{Compared, Difference};
use crate::tx::{DatabaseError, ReadTx};
use outcrop_format::hash::HashName;

/// The tables: their names, the columns that tell which row it is, and the others.
const TABLES: &[(&str, &[&str], &[&str])] = &[
    ("phantom", &["rid"], &[]),
    ("unclustered", &["rid"], &[]),
    ("private", &["rid"], &[]),
    ("orphan", &["rid"], &["baseline"]),
    ("filename", &["name"], &["fnid"]),
    ("tag", &["tagname"], &["tagid"]),
    ("tagxref", &["rid", "tagid"], &["tagtype", "srcid", "origid", "value", "mtime"]),
    ("plink", &["pid", "cid"], &["isprim", "mtime", "baseid"]),
    ("leaf", &["rid"], &[]),
    ("mlink", &["mid", "pmid", "fnid"], &["fid", "pid", "pfnid", "mperm", "isaux"]),
    ("cherrypick", &["parentid", "childid"], &["isExclude"]),
    (
        "event",
        &["objid"],
        &[
            "type", "mtime", "tagid", "uid", "bgcolor", "euser", "user", "ecomment", "comment",
            "brief", "omtime",
        ],
    ),
    ("backlink", &["target", "srctype", "srcid"], &["mtime"]),
    (
        "attachment",
        &["attachid"],
        &["isLatest", "mtime", "src", "target", "filename", "comment", "user"],
    ),
    ("forumpost", &["fpid"], &["froot", "fprev", "firt", "fmtime"]),
    // What a delta manifest leaves behind there.
    ("config", &["name"], &[]),
];

/// The same of tickets, which have columns of their own.
const TICKETS: &[(&str, &[&str], &[&str])] =
    &[("ticket", &["tkt_uuid"], &["tkt_id"]), ("ticketchng", &["tkt_id", "tkt_rid"], &[])];

/// Compares all tables. `tx` is the view in which the rows were derived.
pub(super) fn compare(
    tx: &ReadTx,
    progress: &mut dyn FnMut(Progress),
) -> Result<DerivedRows, DatabaseError> {
    let (mut rows, mut tables) = (0, Vec::new());
    let total = (TABLES.len() + TICKETS.len()) as u64;
    for (done, (table, keys, others)) in (0..).zip(TABLES.iter().chain(TICKETS)) {
        progress(Progress { stage: Stage::Tables, done, total });
        let mut findings = TableFindings::new(table);
        if let Some(compared) = columns(tx, &mut findings, (table, keys, others))? {
            rows += tx.compare_rows(&compared, |difference| {
                take(tx, &mut findings, &compared, &difference)
            })?;
        }
        tables.push(findings);
    }
    strays(tx, &mut tables)?;
    tables.retain(|findings| findings.missing + findings.stale > 0);
    progress(Progress { stage: Stage::Tables, done: total, total });
    Ok(DerivedRows::Compared { rows, tables })
}

/// The columns to compare; `None` if there is nothing to compare with.
fn columns(
    tx: &ReadTx,
    findings: &mut TableFindings,
    (table, keys, others): (&'static str, &[&str], &[&str]),
) -> Result<Option<Compared>, DatabaseError> {
    let [there, due] = tx.columns_compared(table)?;
    let is_ticket = TICKETS.iter().any(|(of, ..)| *of == table);
    if there.is_empty() || due.is_empty() {
        // Fossil makes some tables when there is something for them.
        let missing = if due.is_empty() { 0 } else { tx.count_beside(table)? };
        if missing > 0 {
            findings.note(FindingKind::Missing, format!("the table, which has {missing} rows"));
        } else if is_ticket && !there.is_empty() {
            let words = "the table, which the setting `ticket-table` does not describe";
            findings.note(FindingKind::Stale, words.to_owned());
        }
        return Ok(None);
    }
    let mut wanted: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
    if is_ticket {
        // They are numbered anew, and have columns of their own.
        wanted.retain(|key| due.contains(key));
        let more = due.iter().filter(|column| !wanted.contains(column));
        let more: Vec<_> = more.filter(|column| !others.contains(&column.as_str())).collect();
        wanted.extend(more.into_iter().cloned());
        for column in there.iter().filter(|column| !due.contains(column)) {
            findings.note(FindingKind::Stale, format!("the column {column}"));
        }
    } else {
        wanted.extend(others.iter().map(|&other| other.to_owned()));
    }
    let (columns, lacking): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|column| there.contains(column));
    for column in lacking {
        findings.note(FindingKind::Missing, format!("the column {column}"));
    }
    let keys = columns.iter().take_while(|column| keys.contains(&column.as_str())).count();
    Ok((!columns.is_empty()).then_some(Compared { table, columns, keys }))
}

/// Takes down a row that differs.
fn take(
    tx: &ReadTx,
    findings: &mut TableFindings,
    compared: &Compared,
    difference: &Difference,
) -> Result<(), DatabaseError> {
    let kind = match difference.stale {
        Some(_) => FindingKind::Stale,
        None => FindingKind::Missing,
    };
    let words = if findings.shown.len() < SHOWN_FINDINGS {
        words::of(tx, compared, difference)?
    } else {
        String::new()
    };
    findings.note(kind, words);
    Ok(())
}

/// Looks for rows that set apart what is no artifact.
fn strays(tx: &ReadTx, tables: &mut Vec<TableFindings>) -> Result<(), DatabaseError> {
    for table in ["private", "unsent"] {
        let mut findings = TableFindings::new(table);
        for rid in tx.strays(table)? {
            findings.note(FindingKind::Stale, format!("record {rid}, which does not exist"));
        }
        match tables.iter_mut().find(|found| found.table == table) {
            Some(found) => found.join(findings),
            None => tables.push(findings),
        }
    }
    let mut findings = TableFindings::new("shun");
    for name in tx.shunned_names()?.iter().filter(|name| HashName::parse(name).is_err()) {
        findings.note(FindingKind::Stale, format!("{}, which is no hash", words::quoted(name)));
    }
    tables.push(findings);
    Ok(())
}
