//! Deltas that copy from nowhere, go round in circles, or have no end.

use std::time::Instant;

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::content::Availability;
use outcrop_repo::delta;

use crate::scene::{Scene, file, name, pull, push};
use crate::table::{Case, USUAL, is_full, run, scaled};

/// What the deltas build upon.
const SOURCE: &[u8] = b"what deltas build upon\n";

/// Pushes the source, and a delta of it under the name of something else.
fn push_delta(scene: &Scene, delta: &str) -> String {
    let card = format!("file {} {} {}\n{delta}", name(b"target"), name(SOURCE), delta.len());
    scene.ask_as_alice([push("").as_bytes(), &file(SOURCE), card.as_bytes()].concat())
}

#[test]
fn deltas_that_lie() {
    run(
        &[],
        &[
            Case {
                name: "a delta that copies from behind the end",
                act: |scene| push_delta(scene, "A\nA@zz,0;"),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a delta that copies more than there is",
                act: |scene| push_delta(scene, "zzzz\nzzzz@0,0;"),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a delta that makes a gigabyte of copies",
                act: |scene| push_delta(scene, &format!("~~~~~\n{}0;", "M@0,".repeat(50_000))),
                answer: "error ",
                memory: USUAL + (20 << 20),
            },
            Case {
                name: "a delta that declares more than a number holds",
                act: |scene| push_delta(scene, &format!("{}\n0;", "~".repeat(60))),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "two deltas that are made of each other",
                act: |scene| {
                    let (one, other) = (name(b"one"), name(b"other"));
                    let delta = "1\n1:x0;";
                    let len = delta.len();
                    let cards = push(&format!(
                        "file {one} {other} {len}\n{delta}file {other} {one} {len}\n{delta}"
                    ));
                    let answer = scene.ask_as_alice(cards);
                    assert_none_is_held(scene, &[&one, &other]);
                    answer
                },
                // Neither counts as here, and both are asked for.
                answer: "gimme",
                memory: USUAL,
            },
            Case {
                name: "a delta of itself",
                act: |scene| {
                    let one = name(b"one");
                    let answer = scene.ask_as_alice(push(&format!("file {one} {one} 7\n1\n1:x0;")));
                    assert_none_is_held(scene, &[&one]);
                    answer
                },
                answer: "error",
                memory: USUAL,
            },
        ],
    );
}

/// None of these artifacts is held, and nobody is told of them.
fn assert_none_is_held(scene: &Scene, names: &[&str]) {
    let told = scene.ask(pull(""));
    let tx = Repo::open(scene.file()).unwrap().read().unwrap();
    for name in names {
        assert!(!told.contains(&format!("igot {name}")), "{told}");
        let name = HashName::parse(name.as_bytes()).unwrap();
        if let Some(rid) = tx.rid_of(&name).unwrap() {
            assert_ne!(tx.availability(rid).unwrap(), Availability::Held);
        }
    }
}

#[test]
fn chains_of_very_many_deltas() {
    run(
        &[],
        &[
            Case {
                name: "a chain of a million deltas, in order",
                act: |scene| push_chain(scene, scaled(1_000, 1_000_000), false),
                answer: "errors 0",
                memory: if is_full() { 2_000_000_000 } else { USUAL },
            },
            Case {
                name: "a chain of a million deltas, the source last",
                act: |scene| push_chain(scene, scaled(1_000, 1_000_000), true),
                answer: "errors 0",
                memory: if is_full() { 2_000_000_000 } else { USUAL },
            },
        ],
    );
}

/// Pushes contents each of which is a delta of the one before; the last one is held then.
fn push_chain(scene: &Scene, count: usize, reversed: bool) -> String {
    let content = |number: usize| format!("a chain of deltas, link {number}\n").into_bytes();
    let mut cards: Vec<Vec<u8>> = vec![file(&content(0))];
    for number in 1..count {
        let (source, target) = (content(number - 1), content(number));
        let delta = delta::create(&source, &target);
        let card = format!("file {} {} {}\n", name(&target), name(&source), delta.len());
        cards.push([card.as_bytes(), &delta].concat());
    }
    if reversed {
        cards.reverse();
    }
    let cards = [push("").into_bytes(), cards.concat()].concat();
    let begun = Instant::now();
    let answer = scene.ask_as_alice(cards);
    println!("{count} links, reversed: {reversed}: {:?}", begun.elapsed());
    let tx = Repo::open(scene.file()).unwrap().read().unwrap();
    let rid = tx.rid_of(&HashName::sha3_of(&content(count - 1))).unwrap();
    let rid = rid.unwrap_or_else(|| panic!("the last one is here: {answer}"));
    assert_eq!(tx.availability(rid).unwrap(), Availability::Held, "{answer}");
    assert_eq!(tx.content(rid).unwrap(), content(count - 1));
    answer
}
