//! The cards of what is kept beside artifacts: the configuration, and extension tables.

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::config::Areas;
use outcrop_repo::tables::{Column, ColumnType, Conflict, Definition, Row};

use super::USERS;
use super::cells::{CONFIG, Cell, Deed, InStock, NEVER, SILENT, Seen, WRITE, cell, own, push};

fn config(table: &str, row: &str) -> String {
    format!("config /{table} {}\n{row}\n", row.len())
}

fn exported(repo: &Repo, area: &str, words: &str) -> bool {
    let areas = Areas::named(area).unwrap();
    let items = repo.read().unwrap().export_config(areas, 0).unwrap();
    items.iter().any(|item| String::from_utf8_lossy(&item.payload).contains(words))
}

/// When a user sets something: later than whoever comes before it in the list.
fn time(deed: &Deed<'_>) -> usize {
    let place = USERS.iter().position(|(letters, _)| deed.who[2..] == **letters).unwrap();
    1_800_000_000 + place
}

fn set(name: &str, deed: &Deed<'_>) -> String {
    config("config", &format!("{} '{name}' value 'by {}'", time(deed), deed.who))
}

/// Asks for an area of the configuration, which holds these words.
macro_rules! reads {
    ($area:literal, $words:literal, $needs:expr) => {
        Cell {
            what: concat!("read ", $area),
            cards: |_| concat!("reqconfig /", $area, "\n").to_owned(),
            needs: $needs,
            seen: Seen::Told(|_| $words.to_owned()),
            stock: InStock::Same,
        }
    };
}

/// Sends something of an area of the configuration, in which the user's name can be found.
macro_rules! writes {
    ($area:literal, $row:expr) => {
        Cell {
            what: concat!("write ", $area),
            cards: $row,
            needs: &[('a', CONFIG)],
            seen: Seen::Done(|repo, deed| exported(repo, $area, &mark(deed))),
            stock: InStock::Same,
        }
    };
}

/// The name of a user as it stands in a value, unlike that of any other.
fn mark(deed: &Deed<'_>) -> String {
    format!("by {}'", deed.who)
}

pub(crate) fn configuration() -> Vec<Cell> {
    vec![
        reads!("project", "'project-name'", &[('o', SILENT)]),
        reads!("skin", "'header'", &[('o', SILENT)]),
        reads!("css", "'css'", &[('o', SILENT)]),
        reads!("shun", "config /shun ", &[('o', SILENT)]),
        reads!("ticket", "config /reportfmt ", &[('o', SILENT)]),
        reads!("xfer", "'xfer-push-script'", &[('o', SILENT)]),
        reads!("alias", "'walias:/a'", &[('o', SILENT)]),
        reads!("interwiki", "'interwiki:i'", &[('o', SILENT)]),
        reads!("email", "who@example.org", &[('o', SILENT), ('e', SILENT)]),
        reads!("user", "config /user ", &[('o', SILENT), ('a', SILENT)]),
        reads!("subscriber", "s@example.org", &[('o', SILENT), ('a', SILENT)]),
        writes!("project", |deed| set("project-description", deed)),
        writes!("skin", |deed| set("footer", deed)),
        writes!("css", |deed| set("css", deed)),
        writes!("xfer", |deed| set("xfer-ticket-script", deed)),
        writes!("ticket", |deed| {
            let row = format!("{} 'by {}' sqlcode 'SELECT 1'", time(deed), deed.who);
            config("reportfmt", &row)
        }),
        writes!("alias", |deed| set(&format!("walias:/{}", deed.who), deed)),
        writes!("interwiki", |deed| set(&format!("interwiki:{}", deed.who), deed)),
        writes!("shun", |deed| {
            let name = own("shun", deed).0;
            config("shun", &format!("{} '{name}' scom 'by {}'", time(deed), deed.who))
        }),
        writes!("email", |deed| {
            let name = own("concealed", deed).0;
            config("concealed", &format!("{} '{name}' content 'by {}'", time(deed), deed.who))
        }),
        writes!("user", |deed| {
            let row = format!("{} 'eve-{}' cap '' info 'by {}'", time(deed), deed.who, deed.who);
            config("user", &row)
        }),
    ]
}

/// A row of the extension table, and its key.
fn row(deed: &Deed<'_>) -> (HashName, String) {
    let json = format!(r#"{{"address":"x","id":"{}"}}"#, deed.who);
    let row = Row::parse(&devices(), json.as_bytes()).unwrap();
    (row.key_hash(), json)
}

pub(crate) fn devices() -> Definition {
    let column = |name: &str, key| Column { name: name.to_owned(), kind: ColumnType::Text, key };
    let columns = vec![column("id", true), column("address", false)];
    Definition::new(columns, Conflict::MtimeWins).unwrap()
}

fn has_row(repo: &Repo, deed: &Deed<'_>, deleted: bool) -> bool {
    let tx = repo.read().unwrap();
    let table = tx.table(&"devices".parse().unwrap()).unwrap().unwrap();
    tx.row(&table, &row(deed).0).unwrap().is_some_and(|row| row.row.is_deleted() == deleted)
}

fn schema(deed: &Deed<'_>) -> String {
    let (json, hash) = (devices().to_json(), devices().hash());
    format!("schema {} 1 {hash} 5 {}\n{json}\n", table_of(deed), json.len())
}

/// The name of a table of a user's own.
fn table_of(deed: &Deed<'_>) -> String {
    format!("of_{}", deed.who.replace('-', "_"))
}

pub(crate) fn tables() -> Vec<Cell> {
    const UNKNOWN: InStock = InStock::Spared("it knows no such card");
    use Seen::{Done, Told};
    vec![
        cell(
            "xtables",
            |_| "pragma xtables\n".into(),
            &[('o', SILENT)],
            Told(|_| "pragma xtable-sum devices ".into()),
            UNKNOWN,
        ),
        cell(
            "xtable-hash",
            |deed| format!("pragma xtable-hash devices {}\n", deed.place.tip),
            &[('o', SILENT)],
            Told(|deed| format!("xigot devices {} ", deed.place.row)),
            UNKNOWN,
        ),
        cell(
            "schema",
            |deed| format!("{}{}", push(), schema(deed)),
            &[('i', WRITE)],
            Done(has_table),
            UNKNOWN,
        ),
        cell(
            "xigot",
            |deed| format!("{}xigot devices {} 50\n", push(), own("row", deed).0),
            &[('i', WRITE)],
            Told(|deed| format!("xgimme devices {}\n", own("row", deed).0)),
            UNKNOWN,
        ),
        cell(
            "xigot without a push",
            |deed| format!("xigot devices {} 50\n", own("row", deed).0),
            &[(NEVER, SILENT)],
            Told(|deed| format!("xgimme devices {}\n", own("row", deed).0)),
            UNKNOWN,
        ),
        cell(
            "xgimme",
            |deed| format!("xgimme devices {}\n", deed.place.row),
            &[('o', SILENT)],
            Told(|deed| format!("xrow devices {} ", deed.place.row)),
            UNKNOWN,
        ),
        cell(
            "xrow without a push",
            xrow,
            &[(NEVER, WRITE)],
            Done(|repo, deed| has_row(repo, deed, false)),
            UNKNOWN,
        ),
        cell(
            "xrow",
            |deed| format!("{}{}", push(), xrow(deed)),
            &[('i', WRITE)],
            Done(|repo, deed| has_row(repo, deed, false)),
            UNKNOWN,
        ),
        cell(
            "xdelete without a push",
            xdelete,
            &[(NEVER, WRITE)],
            Done(|repo, deed| has_row(repo, deed, true)),
            UNKNOWN,
        ),
        cell(
            "xdelete",
            |deed| format!("{}{}", push(), xdelete(deed)),
            &[('i', WRITE)],
            Done(|repo, deed| has_row(repo, deed, true)),
            UNKNOWN,
        ),
    ]
}

fn has_table(repo: &Repo, deed: &Deed<'_>) -> bool {
    repo.read().unwrap().table(&table_of(deed).parse().unwrap()).unwrap().is_some()
}

fn xrow(deed: &Deed<'_>) -> String {
    let (key, json) = row(deed);
    format!("xrow devices {key} 50 {}\n{json}\n", json.len())
}

fn xdelete(deed: &Deed<'_>) -> String {
    let (key, json) = (row(deed).0, format!(r#"{{"id":"{}"}}"#, deed.who));
    format!("xdelete devices {key} 60 {}\n{json}\n", json.len())
}
