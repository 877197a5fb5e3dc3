//! `outcrop commit`: a check-in from files, without a check-out.
//!
//! | file | holds |
//! |---|---|
//! | `args.rs` | the arguments as they are typed |
//! | `place.rs` | what the check-in follows upon, and which branch it is on |
//! | `gather.rs` | the files that are named, and what they are called |
//! | `folder.rs` | the files below a folder |
//! | `found.rs` | what is found at a path: a file, a program, a symbolic link |
//! | `changes.rs` | what becomes of the files of the parent |
//! | `check.rs` | what is refused before anything is written |
//! | `refused.rs` | what the repository refuses, with the option that allows it |

mod args;
mod changes;
mod check;
mod folder;
mod found;
mod gather;
mod place;
mod refused;

use std::io::{self, Write as _};

use outcrop_repo::{
    commit::{CheckInRequest, CheckedIn, ManifestForm},
    tx::{ReadTx, WriteTx},
};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    entry::{self, ChangeRow},
    failure::{Exit, Failure},
    input,
    output::{Output, line},
};

pub(crate) use args::CommitArgs;
use changes::Changes;
use gather::Gathered;
use place::Place;

/// A check-in that was made, as `--json` has it.
#[derive(Serialize)]
struct Made {
    check_in: String,
    parent: Option<String>,
    branch: String,
    new_branch: bool,
    delta_manifest: bool,
    files: Vec<ChangeRow>,
    left_out: Vec<String>,
    dry_run: bool,
}

pub(crate) fn run(args: &CommitArgs, output: Output) -> Result<Exit, Failure> {
    args.check()?;
    let comment = comment(args)?;
    let repo = args.repository.open()?;
    // Files are read before the repository is kept from others.
    let rules = gather::Rules::new(args, &repo.read()?)?;
    let gathered = gather::gather(&args.paths, &rules)?;
    note_left_out(&gathered, output);
    let tx = repo.write()?;
    check::may_commit(&tx)?;
    let place = Place::find(&tx, args)?;
    let changes = Changes::new(&tx, args, &place, &gathered)?;
    check::files(&tx, args, &changes)?;
    let done = check_in(&tx, args, &place, &comment, &changes)?;
    let made = tell(&tx, args, &place, &done, gathered)?;
    if !args.dry_run {
        tx.commit()?;
    }
    if output.json {
        Output::object(&made)?;
    } else {
        print(&made, output)?;
    }
    Ok(Exit::Done)
}

fn note_left_out(gathered: &Gathered, output: Output) {
    let left_out = gathered.left_out.len();
    if left_out > 0 {
        output.note(format_args!(
            "left out of the folders: {left_out} hidden, ignored or special; -v tells which, \
             --dotfiles and --no-ignore take them"
        ));
    }
}

/// What was done, without the end of its last line.
fn comment(args: &CommitArgs) -> Result<String, Failure> {
    let text = match (&args.message.message, &args.message.message_file) {
        (Some(message), _) if message == "-" => input::text("-".as_ref())?,
        (Some(message), _) => message.clone(),
        (None, Some(file)) => input::text(file)?,
        (None, None) => String::new(),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::new(Exit::Usage, &"the message is empty: say what was done"));
    }
    Ok(text.to_owned())
}

fn check_in(
    tx: &WriteTx,
    args: &CommitArgs,
    place: &Place,
    comment: &str,
    changes: &Changes,
) -> Result<CheckedIn, Failure> {
    let writer = args.author.resolve(tx)?;
    let changes = changes.borrowed();
    let tags: Vec<_> = args.tags.iter().map(String::as_str).collect();
    let request = CheckInRequest {
        merged: &place.merged,
        changes: &changes,
        mimetype: args.mimetype.as_deref(),
        branch: place.new_branch(args),
        tags: &tags,
        background: args.bgcolor.as_deref(),
        closes: args.close,
        integrates: args.integrate,
        private: args.private,
        form: match (args.delta, args.baseline) {
            (true, _) => ManifestForm::Delta,
            (_, true) => ManifestForm::Whole,
            _ => ManifestForm::AsFossil,
        },
        allow_fork: args.allow.fork,
        allow_empty: args.allow.empty,
        allow_older: args.allow.older,
        ..CheckInRequest::new(place.parent, comment, writer.author())
    };
    tx.check_in(&request).map_err(refused::told)
}

fn tell(
    tx: &ReadTx,
    args: &CommitArgs,
    place: &Place,
    done: &CheckedIn,
    gathered: Gathered,
) -> Result<Made, Failure> {
    let parent = place.parent.map(|rid| tx.blob(rid)).transpose()?.flatten();
    Ok(Made {
        check_in: done.name.to_string(),
        parent: parent.map(|row| row.name.to_string()),
        branch: tx.branch_of(done.rid)?,
        new_branch: place.new_branch.is_some(),
        delta_manifest: done.is_delta,
        files: entry::changes(tx, done.rid)?,
        left_out: gathered.left_out,
        dry_run: args.dry_run,
    })
}

fn print(made: &Made, output: Output) -> io::Result<()> {
    if output.quiet {
        return Ok(());
    }
    let mut out = Output::results();
    let count = |change| made.files.iter().filter(|file| file.change == change).count();
    let changes = ["added", "edited", "renamed", "mode", "removed"];
    let changes = changes.map(|change| (change, count(change)));
    let changes = changes.iter().filter(|(_, count)| *count > 0);
    let changes: Vec<_> = changes.map(|(change, count)| format!("{count} {change}")).collect();
    let changes =
        if changes.is_empty() { "nothing changed".to_owned() } else { changes.join(", ") };
    let branch = if made.new_branch { "the new branch " } else { "" };
    let would = if made.dry_run { "would make " } else { "" };
    let name = output.stdout.key(&made.check_in);
    writeln!(out, "{would}{name} on {branch}{}: {changes}", line(&made.branch))?;
    if output.verbose {
        for file in &made.files {
            file.write(&mut out, output.stdout)?;
        }
        for name in &made.left_out {
            writeln!(out, "  {} {}", output.stdout.faint("left out"), line(name))?;
        }
    }
    out.flush()
}
