//! `outcrop-sim`: plays worlds. `scripts/soak` builds and runs it.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit)] // it is a program for people

use std::process::ExitCode;
use std::time::Duration;

use outcrop_sim::{Outcome, Part, play, shrink};

/// What to do.
struct Wish {
    part: Option<Part>,
    seeds: u64,
    from: u64,
    loud: bool,
}

const HELP: &str = "\
outcrop-sim [--seeds N] [--from N]      plays so many worlds (100), from this seed (1) on
outcrop-sim --replay SEED [--nodes N] [--without network|disk|power|clock]… [--steps 1,2,…]
                                        plays one, and tells all of it";

fn read(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut wish = Wish { part: None, seeds: 100, from: 1, loud: false };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
        match word.as_str() {
            "--seeds" => wish.seeds = number(value()?)?,
            "--from" => wish.from = number(value()?)?,
            "--replay" => {
                wish.part = Some(Part::whole(number(value()?)?));
                wish.loud = true;
            }
            "--nodes" | "--without" | "--steps" => {
                let value = value()?;
                let part = wish.part.as_mut().ok_or("first say --replay SEED")?;
                limit(part, &word, &value)?;
            }
            _ => return Err(HELP.to_owned()),
        }
    }
    Ok(wish)
}

fn limit(part: &mut Part, word: &str, value: &str) -> Result<(), String> {
    let number = |text: &str| text.parse::<usize>().map_err(|error| format!("{text}: {error}"));
    match (word, value) {
        ("--nodes", value) => part.nodes = number(value)?,
        ("--steps", value) => {
            let numbers = value.split(',').filter(|word| !word.is_empty()).map(number);
            part.steps = Some(numbers.collect::<Result<_, _>>()?);
        }
        (_, "network") => part.faults.network = false,
        (_, "disk") => part.faults.disk = false,
        (_, "power") => part.faults.power = false,
        (_, "clock") => part.faults.clock = false,
        (_, value) => return Err(format!("there are no faults of the {value}")),
    }
    Ok(())
}

fn tell(failed: &Outcome) {
    println!("seed {} fails: {}", failed.part.seed, failed.broken.as_deref().unwrap_or_default());
    for line in &failed.lines {
        println!("    {line}");
    }
    println!("replay it: scripts/soak {}", failed.part);
}

fn main() -> ExitCode {
    let wish = match read(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(words) => {
            eprintln!("{words}");
            return ExitCode::from(2);
        }
    };
    if let Some(part) = wish.part {
        let outcome = play(&part, wish.loud);
        println!("digest {:016x}", outcome.digest);
        if outcome.broken.is_some() {
            tell(&outcome);
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    let mut passed = Duration::ZERO;
    for seed in wish.from..wish.from.saturating_add(wish.seeds) {
        let outcome = play(&Part::whole(seed), false);
        passed += outcome.passed;
        if outcome.broken.is_some() {
            tell(&outcome);
            println!("… and as small as it gets:");
            tell(&shrink(outcome));
            return ExitCode::FAILURE;
        }
    }
    println!("{} seeds, {:.1} simulated hours", wish.seeds, passed.as_secs_f64() / 3600.0);
    ExitCode::SUCCESS
}
