//! Makes a rich repository: `cargo run -p outcrop-oracle --example rich -- SEED SHAPE [FILE]`.
//!
//! The shape is `tame` or `wild`, or `tame` with some of the oddities of `wild`:
//! `tame,early_tags,quick`. Also tells where stock depends on the order: what it derives otherwise
//! when it rebuilds the same artifacts stored whole, and when their rids are in another order.
// A program of its own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{fs, process::ExitCode};

use outcrop_oracle::{Options, Shape, Stock, compare, rich, rich::Quick, whole};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.first().and_then(|seed| seed.parse().ok());
    let shape = arguments.get(1).and_then(|words| shape(words));
    let (Some(seed), Some(shape)) = (seed, shape) else {
        eprintln!("usage: rich SEED tame|wild|tame,ODDITY,… [FILE]");
        return ExitCode::from(2);
    };
    let stock = Stock::find();
    let made = rich(&stock, "made", seed, &shape);
    let copy = stock.copy(&made.repository, "whole.fossil");
    whole(&stock, &copy);
    // The second rebuild of both: the first one settles what is private.
    stock.rebuild(&copy);
    stock.rebuild(&made.repository);
    println!("stored whole:");
    print!("{}", compare(&made.repository, &copy, &Options::default()));
    let mut other = shape.clone();
    other.shuffled = !shape.shuffled;
    let other = rich(&stock, "other", seed, &other);
    stock.rebuild(&other.repository);
    println!("in another order:");
    print!("{}", compare(&made.repository, &other.repository, &Options::derived()));
    println!("{} artifacts", made.artifacts.len());
    if let Some(file) = arguments.get(2)
        && let Err(error) = fs::copy(&made.repository, file)
    {
        eprintln!("{file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The shape of that name, with what is added to it.
fn shape(words: &str) -> Option<Shape> {
    let mut words = words.split(',');
    let mut shape = match words.next() {
        Some("tame") => Shape::tame(),
        Some("wild") => Shape::wild(),
        _ => return None,
    };
    for word in words {
        match word {
            "natural" => shape.natural = true,
            "shuffled" => shape.shuffled = true,
            "quick" => shape.quick = Quick::Any,
            "equal_dates" => shape.equal_dates = true,
            "early_tags" => shape.early_tags = true,
            "forum_titles" => shape.forum_titles = true,
            "linked_amendments" => shape.linked_amendments = true,
            "technote_deletions" => shape.technote_deletions = true,
            "reparents" => shape.reparents = true,
            "odd_parents" => shape.odd_parents = true,
            "private_tags" => shape.private_tags = true,
            _ => return None,
        }
    }
    Some(shape)
}
