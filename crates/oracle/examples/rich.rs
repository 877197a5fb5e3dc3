//! Makes a rich repository: `cargo run -p outcrop-oracle --example rich -- SEED tame|wild [FILE]`.
//!
//! Also tells what stock derives otherwise when it rebuilds the same artifacts stored whole, that
//! is, where stock depends on the order.
// A program of its own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{fs, process::ExitCode};

use outcrop_oracle::{Options, Shape, Stock, compare, rich, whole};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.first().and_then(|seed| seed.parse().ok());
    let (Some(seed), Some(shape)) = (seed, arguments.get(1).map(String::as_str)) else {
        eprintln!("usage: rich SEED tame|wild [FILE]");
        return ExitCode::from(2);
    };
    let shape = if shape == "wild" { Shape::wild() } else { Shape::tame() };
    let stock = Stock::find();
    let made = rich(&stock, "made", seed, &shape);
    let copy = stock.copy(&made.repository, "whole.fossil");
    whole(&stock, &copy);
    // The second rebuild of both: the first one settles what is private.
    stock.rebuild(&copy);
    stock.rebuild(&made.repository);
    print!("{}", compare(&made.repository, &copy, &Options::default()));
    println!("{} artifacts", made.artifacts.len());
    if let Some(file) = arguments.get(2)
        && let Err(error) = fs::copy(&made.repository, file)
    {
        eprintln!("{file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
