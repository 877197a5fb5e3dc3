//! What is asked for.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// How often each command of a contest runs, unless told otherwise.
const ROUNDS: usize = 5;
/// Check-ins of the corpus: 10,000 artifacts, or 100,000.
const QUICK: usize = 2000;
pub(crate) const FULL: usize = 20_000;
/// Check-ins of the repository that many clients work with for minutes, and how many minutes.
const CROWDED: usize = 500;
const MINUTES: f64 = 10.0;
const MOST_MINUTES: f64 = 1440.0;
/// Check-ins of the corpora that growth is measured with.
const SIZES: &[usize] = &[500, 2000, 6000, 20_000];

/// Measure outcrop beside stock fossil, in one run
///
/// Each command runs by turns with its counterpart. Medians are told, and of ratios the median of what
/// they are in each round. Without options it takes some minutes, on a corpus of 10,000 artifacts.
/// Corpora are made once, which takes stock some minutes for the large ones, and stay in
/// target/corpus. What is more than 20,000 check-ins is added by outcrop itself, since stock would
/// take hours.
#[derive(Debug, clap::Parser)]
#[command(bin_name = "scripts/bench", after_help = HELP)]
#[allow(clippy::struct_excessive_bools)] // one for each switch
pub(crate) struct Args {
    /// On a corpus of 100,000 artifacts, with deep and wide shapes
    #[arg(long)]
    pub(crate) full: bool,
    /// Only time and memory against size, with a plot
    #[arg(long, conflicts_with = "only")]
    pub(crate) growth: bool,
    /// Only 64 clients of both programs that clone, pull and push for minutes, at each server
    #[arg(long, conflicts_with_all = ["only", "growth"])]
    pub(crate) load: bool,
    /// How long they work with each server
    #[arg(long, value_name = "N", default_value_t = MINUTES, value_parser = minutes,
          requires = "load")]
    minutes: f64,
    /// Check-ins of the corpora for --growth
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "growth")]
    sizes: Vec<usize>,
    /// Only these themes
    #[arg(long, value_name = "THEME,…", value_delimiter = ',')]
    only: Vec<Theme>,
    /// How often each command runs
    #[arg(long, value_name = "N", default_value_t = ROUNDS)]
    rounds: usize,
    /// Check-ins of the corpus
    #[arg(long, value_name = "N")]
    check_ins: Option<usize>,
    /// Write the tables to BENCHMARKS.md
    #[arg(long)]
    pub(crate) write: bool,
    /// The program to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/outcrop")]
    pub(crate) program: PathBuf,
}

const HELP: &str = "\
The real fossil is `fossil` on the PATH, or the program that OUTCROP_FOSSIL names.

Exit code 1 if a bar is missed. Bars for the large corpus are judged with --full or --growth only,
and those for speed only where there is AVX-512.

Examples:
  scripts/bench
  scripts/bench --full --write
  scripts/bench --growth --sizes 2000,20000,200000 --rounds 3
  scripts/bench --load --minutes 1
  scripts/bench --only clone,upkeep --check-ins 500 --rounds 1";

/// Reads how long a crowd works.
fn minutes(text: &str) -> Result<f64, String> {
    let asked = text.parse().map_err(|_| "not a number".to_owned())?;
    let most = MOST_MINUTES;
    if (0.0..=most).contains(&asked) { Ok(asked) } else { Err(format!("0 to {most}")) }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Theme {
    /// Clones, each client from each server
    Clone,
    /// Pulls and syncs that bring nothing
    Nothing,
    /// Check-ins pushed and pulled
    Changes,
    /// All of a repository pushed and pulled; only if asked for
    Bulk,
    /// Rebuilding and verifying
    Upkeep,
    /// Many clients at a time
    Many,
    /// Long chains of deltas, many files, a huge one
    Shapes,
    /// Time and memory against size
    Growth,
    /// Many clients of both programs at one server, for minutes
    Load,
}

impl Args {
    /// Whether the corpus is as large as the bars ask for.
    pub(crate) fn is_large(&self) -> bool {
        self.corpus() >= FULL
    }

    /// Check-ins of the corpus.
    pub(crate) fn corpus(&self) -> usize {
        if self.growth {
            return self.sizes().into_iter().max().unwrap_or(FULL);
        }
        self.check_ins.unwrap_or(match (self.load, self.full) {
            (true, _) => CROWDED,
            (false, true) => FULL,
            (false, false) => QUICK,
        })
    }

    /// How often each command runs. A crowd works once.
    pub(crate) fn rounds(&self) -> usize {
        if self.load { 1 } else { self.rounds.max(1) }
    }

    /// How long a crowd works with each server.
    pub(crate) fn crowd_time(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }

    /// Check-ins of the corpora that growth is measured with, smallest first.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes = if self.sizes.is_empty() { SIZES.to_vec() } else { self.sizes.clone() };
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    pub(crate) fn asks_for(&self, theme: Theme) -> bool {
        match theme {
            Theme::Growth => self.growth || self.only.contains(&theme),
            Theme::Load => self.load || self.only.contains(&theme),
            Theme::Bulk => self.only.contains(&theme),
            _ if self.growth || self.load => false,
            Theme::Shapes if self.only.is_empty() => self.full,
            _ => self.only.is_empty() || self.only.contains(&theme),
        }
    }

    /// The part of BENCHMARKS.md that this run is told in.
    pub(crate) fn part(&self) -> &'static str {
        self.names().0
    }

    /// What that part is called.
    pub(crate) fn title(&self) -> &'static str {
        self.names().1
    }

    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self { growth: true, .. } => ("growth", "Time and memory against size"),
            Self { load: true, .. } => ("load", "Many clients for minutes"),
            Self { full: true, .. } => ("full", "Everything beside stock"),
            _ => ("quick", "Everything beside stock, in a few minutes"),
        }
    }

    /// The options that matter, as they are typed.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        if self.full {
            line.push_str(" --full");
        }
        if self.growth {
            line.push_str(" --growth");
        }
        if self.load {
            write!(line, " --load --minutes {}", self.minutes).unwrap();
        }
        if !self.sizes.is_empty() {
            let sizes: Vec<_> = self.sizes.iter().map(ToString::to_string).collect();
            write!(line, " --sizes {}", sizes.join(",")).unwrap();
        }
        if let Some(check_ins) = self.check_ins {
            write!(line, " --check-ins {check_ins}").unwrap();
        }
        if self.rounds != ROUNDS {
            write!(line, " --rounds {}", self.rounds).unwrap();
        }
        if !self.only.is_empty() {
            let themes: Vec<_> =
                self.only.iter().map(|theme| format!("{theme:?}").to_lowercase()).collect();
            write!(line, " --only {}", themes.join(",")).unwrap();
        }
        line
    }
}
