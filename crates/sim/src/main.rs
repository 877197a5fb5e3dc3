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
    planted: bool,
}

#[cfg(outcrop_planted)]
mod planted {
    use std::process::ExitCode;

    use outcrop_format::planted::{Bug, wake};
    use outcrop_sim::{Part, play};

    /// Finds every planted bug within so many seeds, and nothing while all are asleep.
    pub(super) fn find_all(from: u64, seeds: u64) -> ExitCode {
        let mut missed = 0;
        for bug in Bug::ALL {
            let fails = |seed: &u64| {
                wake(Some(*bug));
                let outcome = play(&Part::whole(*seed), false);
                wake(None);
                outcome.broken
            };
            let found =
                (from..from.saturating_add(seeds)).find_map(|seed| Some((seed, fails(&seed)?)));
            match found {
                Some((seed, words)) => {
                    let sound = play(&Part::whole(seed), false).broken.is_none();
                    if !sound {
                        missed += 1;
                        println!("{bug:?}: seed {seed} fails without it");
                    }
                    let words = words.lines().next().unwrap_or_default();
                    println!("{bug:?}: seed {seed}: {words}");
                }
                None => {
                    missed += 1;
                    println!("{bug:?}: NOT FOUND in {seeds} seeds");
                }
            }
        }
        if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(not(outcrop_planted))]
mod planted {
    use std::process::ExitCode;

    pub(super) fn find_all(_: u64, _: u64) -> ExitCode {
        eprintln!("no bugs are planted in this build: scripts/soak --planted makes one");
        ExitCode::from(2)
    }
}

const HELP: &str = "\
outcrop-sim [--seeds N] [--from N]      plays so many worlds (100), from this seed (1) on
outcrop-sim --planted [--seeds N]       finds every planted bug, in a build that has them
outcrop-sim --replay SEED [--nodes N] [--without network|disk|power|clock]… [--steps 1,2,…]
                                        plays one, and tells all of it";

fn read(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut wish = Wish { part: None, seeds: 100, from: 1, loud: false, planted: false };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
        match word.as_str() {
            "--seeds" => wish.seeds = number(value()?)?,
            "--from" => wish.from = number(value()?)?,
            "--planted" => wish.planted = true,
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
    if wish.planted {
        return planted::find_all(wish.from, wish.seeds);
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
