//! Hashes as the Go peer computes them.
//!
//! The inputs are those of its tests and of its documentation, the texts that are hashed follow from
//! its code (`PKHash`, `CatalogHash` and `json.Marshal` of a `TableDef`), and the sums are those of
//! `printf '…' | sha1sum`, with the text that stands beside each.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test stops at what it does not expect

mod store_support;

use outcrop_format::hash::HashName;
use outcrop_repo::tables::{Author, Definition, Row, Table};
use store_support::empty;
use tempfile::TempDir;

fn definition(columns: &str) -> Definition {
    let json = format!(r#"{{"columns":[{columns}],"conflict":"mtime-wins"}}"#);
    Definition::parse(json.as_bytes()).unwrap()
}

#[test]
fn keys() {
    let text = |name: &str| format!(r#"{{"name":"{name}","type":"text","pk":true}}"#);
    let integer = |name: &str| format!(r#"{{"name":"{name}","type":"integer","pk":true}}"#);
    let real = r#"{"name":"r","type":"real","pk":true}"#.to_owned();
    let blob = r#"{"name":"b","type":"blob","pk":true}"#.to_owned();
    let value = r#"{"name":"z","type":"text"}"#;
    for (columns, json, hash) in [
        // peer_id=leaf-01
        (text("peer_id"), r#"{"peer_id":"leaf-01"}"#, "d6f4b993337812039a9594dca2ef3a3f33c48118"),
        // id=42
        (integer("id"), r#"{"id":42}"#, "8f78f9749f7b597485f7ce8429eb2f9380699b03"),
        // id=9007199254740993
        (integer("id"), r#"{"id":9007199254740993}"#, "78b2c686aaccd5207cbbbe0fe7beb7ef05682660"),
        // org=acme\0seq=7
        (
            [text("org"), integer("seq")].join(","),
            r#"{"org":"acme","seq":7}"#,
            "07e837673baf110f2260edc6257a48667fdec233",
        ),
        // The same, whatever the order of the columns and members, and whatever the values.
        (
            [integer("seq"), text("org")].join(","),
            r#"{"z":"1","seq":7,"org":"acme"}"#,
            "07e837673baf110f2260edc6257a48667fdec233",
        ),
        // name=hello
        (text("name"), r#"{"name":"hello"}"#, "0435a02808d9e338508babad7903bde9cdfaa082"),
        // r=0.00000025
        (real, r#"{"r":2.5e-7}"#, "60ed1f2a13efd4e3036102da627e9d43d07603c5"),
        // b=00abff
        (blob, r#"{"b":"AKv/"}"#, "ecd946ebd92324d36482d80a6d97a4f16786b136"),
    ] {
        let definition = definition(&format!("{columns},{value}"));
        let row = Row::parse(&definition, json.as_bytes()).unwrap();
        assert_eq!(row.key_hash().to_string(), hash, "{json}");
    }
}

/// Sorted lines `KEY_HASH MTIME`, as in the Go peer's `TestCatalogHash` and
/// `TestCatalogHashExcludesTombstones`.
#[test]
fn tables() {
    let folder = TempDir::new().unwrap();
    let repo = empty(folder.path());
    let tx = repo.write().unwrap();
    let nothing = HashName::sha1_of(b"");
    let key = r#"{"name":"peer_id","type":"text","pk":true}"#;
    for (name, columns) in
        [("cfg", key.to_owned()), ("data", format!(r#"{key},{{"name":"v","type":"text"}}"#))]
    {
        let table =
            Table { name: name.parse().unwrap(), definition: definition(&columns), mtime: 100 };
        tx.define_table(&table.name, &table.definition, 100).unwrap();
        assert_eq!(tx.table(&table.name).unwrap().unwrap(), table);
        let value = if table.definition.can_delete() { r#","v":"x""# } else { "" };
        let put = |peer: &str, mtime| {
            let json = format!(r#"{{"peer_id":"{peer}"{value}}}"#);
            let row = Row::parse(&table.definition, json.as_bytes()).unwrap();
            assert_eq!(tx.put_row(&table, &row, mtime, Author::Authority).unwrap(), mtime);
            row.key_hash()
        };
        assert_eq!(tx.table_hash(&table).unwrap(), nothing);
        put("a", 100);
        put("b", 200);
        assert_eq!(
            tx.table_hash(&table).unwrap().to_string(),
            "2dd17475d1e83d55789c511e59ee3d189213b2ba"
        );
        let c = put("c", 300);
        assert_eq!(
            tx.table_hash(&table).unwrap().to_string(),
            "286adad9b4a12def36d4152d0e95650aeb4bae5c"
        );
        if table.definition.can_delete() {
            tx.delete_row(&table, &c, 400, Author::Authority).unwrap().unwrap();
            assert_eq!(
                tx.table_hash(&table).unwrap().to_string(),
                "2dd17475d1e83d55789c511e59ee3d189213b2ba"
            );
        }
    }
}

/// The table of the Go peer's tests, as `json.Marshal` writes it.
#[test]
fn definitions() {
    let json = r#"{"columns":[{"name":"peer_id","type":"text","pk":true},{"name":"addr","type":"text","pk":false}],"conflict":"self-write"}"#;
    let definition = Definition::parse(json.as_bytes()).unwrap();
    assert_eq!(definition.to_json(), json);
    assert_eq!(definition.hash().to_string(), "0aa01b264bbdc30299279a486a5c4e4e9f90fd32");
}

/// What Go's `json.Marshal` makes of a row: members sorted, nulls there, `<`, `>` and `&` escaped,
/// numbers that are whole without a point, bytes in base64.
#[test]
fn rows() {
    let columns = [("id", "text"), ("n", "integer"), ("r", "real"), ("b", "blob"), ("t", "text")];
    let column =
        |(name, kind)| format!(r#"{{"name":"{name}","type":"{kind}","pk":{}}}"#, name == "id");
    let definition = definition(&columns.map(column).join(","));
    let json = br#"{"b":"aGVsbG8=","id":"a\u003cb\u0026\u2028","n":-9223372036854775808,"r":1e+21,"t":null}"#;
    let row = Row::parse(&definition, json).unwrap();
    let ours = "{\"b\":\"aGVsbG8=\",\"id\":\"a<b&\u{2028}\",\"n\":-9223372036854775808,\"r\":1e21}";
    assert_eq!(row.to_json().replace("1e+21", "1e21"), ours);
    assert_eq!(row.key_to_json(), "{\"id\":\"a<b&\u{2028}\"}");
    assert_eq!(Row::parse(&definition, row.to_json().as_bytes()).unwrap(), row);
    let deleted = br#"{"b":null,"id":"x","n":null,"r":null,"t":null}"#;
    assert!(Row::parse(&definition, deleted).unwrap().is_deleted());
}
