//! `outcrop log`: what happened.

use std::{
    collections::HashSet,
    io::{self, Write as _},
};

use outcrop_repo::{
    Repo, Rid,
    artifact::Moment,
    read::{EventKind, Lineage, TimelineEntry, TimelineFilter, WalkError},
    tx::ReadTx,
};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    clock::{parse_date, parse_end_of_date},
    entry::{Entry, parse_kind},
    failure::{Exit, Failure},
    names,
    output::Output,
};

/// Tell what happened, newest first
///
/// Without CHECKIN all check-ins, whatever their branch; with it those that it comes from, itself
/// first. With -v the whole hashes, what each check-in comes from, and the files that it changes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogArgs {
    /// Only this check-in and those that it comes from, merged ones too: a hash or its beginning, a
    /// tag, a branch, a date, tip
    #[arg(value_name = "CHECKIN", conflicts_with = "kind")]
    check_in: Option<String>,
    /// So many of them; 0 for all; without this 20
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Only check-ins on this branch
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only what this user did
    #[arg(long, short = 'U', value_name = "LOGIN")]
    user: Option<String>,
    /// Only check-ins that change this file, or a file in this folder
    #[arg(long, short = 'p', value_name = "PATH")]
    file: Option<String>,
    /// Only from this date on: 2024-05-06, with a time behind it or not
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    since: Option<Moment>,
    /// Only up to the end of this date
    #[arg(long, value_name = "DATE", value_parser = parse_end_of_date)]
    until: Option<Moment>,
    /// Other things than check-ins: wiki, ticket, technote, forum, tag, or all of them
    #[arg(
        long = "type",
        short = 't',
        value_name = "TYPE",
        default_value = "check-in",
        value_parser = parse_kind
    )]
    kind: Kind,
    #[command(flatten)]
    repository: RepositoryArg,
}

/// A kind of events, or all. Its own name keeps the command line from taking it for an option that
/// may be missing.
type Kind = Option<EventKind>;

const EXAMPLES: &str = "\
With --json: entries, a list of name (the hash), kind, time (seconds since 1970), user, comment,
branch (or null), tags, leaf (whether a check-in has no child on its branch) and details (null
without -v, and else parents, a list of hashes, and files, a list of name, change, old_name and
hash); and more (whether there is more to tell than --limit).

Examples:
  outcrop log -R project.fossil
  outcrop log v1.0 -n 5 -v -R project.fossil
  outcrop log --file src/main.c -n 0 -R project.fossil
  outcrop log --type all --since 2024-05-06 -R project.fossil
  outcrop log --branch trunk --json -R project.fossil | jq -r '.entries[].comment'";

/// The log, as `--json` has it.
#[derive(Serialize)]
struct Log {
    entries: Vec<Entry>,
    more: bool,
}

/// Entries that are told unless more or fewer are asked for.
pub(in crate::commands) const USUAL: usize = 20;

/// Lines that are looked up together.
const PAGE: usize = 500;

pub(crate) fn run(args: &LogArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let ancestors = args.check_in.as_deref().map(|name| ancestors(&tx, name)).transpose()?;
    let mut shown = Shown::begin(output);
    let limit = args.limit.unwrap_or(USUAL);
    let mut count = 0;
    let mut more = false;
    each(&tx, &args.filter(), |entry| {
        if ancestors.as_ref().is_some_and(|ancestors| !ancestors.contains(&entry.rid)) {
            return Ok(true);
        }
        more = limit != 0 && count == limit;
        if !more {
            count += 1;
            shown.show(Entry::new(&tx, entry, output.verbose)?)?;
        }
        Ok(!more)
    })?;
    shown.end(more)?;
    if more && args.limit.is_none() {
        output.note("older ones are left out: -n 0 shows all");
    }
    Ok(Exit::Done)
}

impl LogArgs {
    fn filter(&self) -> TimelineFilter<'_> {
        TimelineFilter {
            kind: self.kind,
            branch: self.branch.as_deref(),
            user: self.user.as_deref(),
            until: self.until,
            since: self.since,
            path: self.file.as_deref().map(|path| path.trim_end_matches('/')),
        }
    }
}

/// A check-in, and all that it comes from.
fn ancestors(tx: &ReadTx, name: &str) -> Result<HashSet<Rid>, Failure> {
    let check_in = names::check_in(tx, Some(name))?;
    let walk: Result<_, WalkError> = tx.ancestors(check_in.rid, Lineage::All).collect();
    Ok(walk?)
}

/// Visits line after line, for as long as `visit` wants more.
fn each(
    tx: &ReadTx,
    filter: &TimelineFilter<'_>,
    mut visit: impl FnMut(TimelineEntry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut from = None;
    loop {
        let page = tx.timeline(filter, from, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        from = Some(last.position);
        for entry in page {
            if !visit(entry)? {
                return Ok(());
            }
        }
    }
}

/// Where the log goes: to the terminal at once, or into one object.
struct Shown {
    output: Output,
    out: io::BufWriter<io::StdoutLock<'static>>,
    day: String,
    entries: Vec<Entry>,
}

impl Shown {
    fn begin(output: Output) -> Self {
        Self { output, out: Output::results(), day: String::new(), entries: Vec::new() }
    }

    fn show(&mut self, entry: Entry) -> io::Result<()> {
        if self.output.json {
            self.entries.push(entry);
            return Ok(());
        }
        if self.output.quiet {
            return Ok(());
        }
        let day = entry.day();
        if day != self.day {
            writeln!(self.out, "=== {day} ===")?;
            self.day = day;
        }
        entry.write(&mut self.out, self.output.stdout)
    }

    fn end(self, more: bool) -> io::Result<()> {
        let Self { output, mut out, entries, .. } = self;
        out.flush()?;
        drop(out);
        if output.json { Output::object(&Log { entries, more }) } else { Ok(()) }
    }
}
