//! Every card that takes a right, sent by users with each of the letters that matter, and by
//! nobody: allowed and refused as by stock's server, in the same words, with the same effect.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod handler_support;

use handler_support::{Fossil, PROJECT, essence, http, opened, ours, signed, told};
use outcrop_repo::Repo;

const LETTERS: &[&str] = &[
    "",
    "g",
    "o",
    "i",
    "x",
    "y",
    "e",
    "a",
    "s",
    "u",
    "v",
    "gx",
    "ox",
    "ix",
    "oy",
    "oe",
    "sxy",
    "jkmnrtwz234567",
];

/// The version of a client that is told about private artifacts.
const VERSION: &str = "pragma client-version 22100 20230226 192424\n";

/// The SHA1 name of a file.
const ABC: &str = "03cfd743661f07975fa2f1220c5194cbaff48451";

/// What is sent: a name, and the cards.
fn requests(private: &str) -> Vec<(&'static str, String)> {
    let pull = format!("pull 0 {PROJECT}\n");
    let push = format!("push 0 {PROJECT}\n");
    let file = format!("file {ABC} 4\nabc\n");
    let user = "1700000000 'eve' pw 'secret'";
    let user = format!("config /user {}\n{user}\n", user.len());
    vec![
        ("nothing", String::new()),
        ("pull", pull.clone()),
        ("push", push.clone()),
        ("pull and push", format!("{pull}{push}")),
        ("file", file.clone()),
        ("push a file", format!("{push}{file}")),
        ("pull and push a file", format!("{pull}{push}{file}")),
        ("announce a file", format!("{push}igot {ABC}\n")),
        ("announce a private file", format!("pragma send-private\n{push}igot {ABC} 1\n")),
        ("clone by announcements", "clone\n".to_owned()),
        ("clone by files", "clone 2 1\n".to_owned()),
        ("clone as stored", "clone 3 20\n".to_owned()),
        ("clone what is private", "pragma send-private\nclone 3 20\n".to_owned()),
        ("ask for what is private", format!("{pull}gimme {private}\n")),
        ("pull what is private", format!("pragma send-private\n{pull}gimme {private}\n")),
        ("read everything", "reqconfig /all\n".to_owned()),
        ("read users", "reqconfig /user\n".to_owned()),
        ("read addresses", "reqconfig /email\n".to_owned()),
        ("read the project", "reqconfig /project\n".to_owned()),
        ("read a setting", "reqconfig project-name\n".to_owned()),
        ("write a user", user),
        ("list unversioned files", format!("pragma uv-hash {ABC}\n")),
        ("say where one is", format!("{push}pragma client-url http://example.org/x\n")),
        ("lock a check-in", format!("{pull}pragma ci-lock {ABC} {ABC}\n")),
    ]
}

/// What a request may change, counted.
const STATE: &str = "SELECT (SELECT count(*) FROM blob), (SELECT count(*) FROM private), \
     (SELECT count(*) FROM phantom), (SELECT count(*) FROM user), \
     (SELECT count(*) FROM config WHERE name GLOB 'syncfrom:*')";

#[test]
fn every_letter_allows_what_it_allows_in_stock() {
    let fossil = Fossil::find();
    fossil.project("rocks");
    let private = fossil
        .sql("rocks.fossil", "SELECT min(uuid) FROM blob WHERE rid IN (SELECT rid FROM private)");
    let private = private.trim().trim_matches('\'').to_owned();
    fossil.sql(
        "rocks.fossil",
        "UPDATE user SET cap='' WHERE login IN ('nobody','developer','reader'); \
         UPDATE user SET cap='goixy' WHERE login='anonymous'; \
         INSERT INTO concealed VALUES('11','1700000000','who@example.org')",
    );
    let mut differ = Vec::new();
    let carols = LETTERS.iter().map(|letters| ("carol", *letters));
    let everyones = ["", "g", "o", "i", "x", "s"].map(|letters| ("nobody", letters));
    for (who, letters) in carols.chain(everyones) {
        fossil.copy("rocks.fossil", "base.fossil");
        let sql = format!("UPDATE user SET cap='{letters}' WHERE login='{who}'");
        fossil.sql("base.fossil", &sql);
        // Since 2.29 that everyone may clone means that everyone may pull.
        let stock_base = if letters == "g" && who == "nobody" {
            fossil.copy("base.fossil", "open.fossil");
            fossil.sql("open.fossil", "UPDATE user SET cap='go' WHERE login='nobody'");
            "open.fossil"
        } else {
            "base.fossil"
        };
        for (what, cards) in requests(&private) {
            let user = (who == "carol").then_some("carol");
            let message = http(&signed(user, format!("{VERSION}{cards}")), None);
            fossil.copy("base.fossil", "ours.fossil");
            fossil.copy(stock_base, "stock.fossil");
            let (_, _, by_stock) = opened(&fossil.answer("stock.fossil", &message));
            let repo = Repo::open(fossil.path("ours.fossil")).unwrap();
            let (_, by_us) = ours(&repo, &message);
            let (by_stock, by_us) = (essence(told(&by_stock)), essence(told(&by_us)));
            let stock = (by_stock, fossil.sql("stock.fossil", STATE));
            let us = (by_us, fossil.sql("ours.fossil", STATE));
            if stock != us {
                differ.push(format!("{who} with {letters:?}: {what}\n{stock:#?}\n{us:#?}"));
            }
        }
    }
    assert!(differ.is_empty(), "{} differ: {}", differ.len(), differ.join("\n"));
}
