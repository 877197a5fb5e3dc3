//! The arguments of `outcrop commit` as they are typed.

use std::path::PathBuf;

use super::RepositoryArg;
use crate::{
    author::AuthorArgs,
    commands::wiki::mimetype,
    failure::{Exit, Failure},
};

/// Make a check-in from files, without a check-out
///
/// It follows upon the newest check-in of the branch and has its files, but for those that are named
/// here. The name of a new branch begins that branch at the tip of the main branch.
///
/// A PATH is a file, which gets its path from here as its name; a folder, which stands for all files
/// in it; or NAME=PATH, to give a file or a folder another name. NAME=- is what comes from stdin, and
/// =FOLDER puts what is in the folder where the project begins. Files that are hidden, or that the
/// setting ignore-glob names, are left out of folders. Programs stay programs. Symbolic links are
/// followed, unless the setting allow-symlinks or --symlinks keeps them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is one option")]
pub(crate) struct CommitArgs {
    /// Files and folders
    #[arg(value_name = "PATH", required_unless_present_any = ["remove", "rename", "empty", "merge"])]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) message: MessageArgs,
    /// Take away a file, or all files of a folder; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) remove: Vec<String>,
    /// Give a file another name; may be given several times
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(super) rename: Vec<String>,
    /// Take away what the folders given do not have any more
    #[arg(long)]
    pub(super) mirror: bool,
    /// The branch, which need not be there yet; without this the main branch
    #[arg(long, short, value_name = "BRANCH")]
    pub(super) branch: Option<String>,
    /// Follow upon this check-in, not upon the tip of the branch
    #[arg(long, value_name = "CHECKIN")]
    pub(super) parent: Option<String>,
    /// Say that this check-in was merged in; may be given several times. The files are those given
    #[arg(long, value_name = "CHECKIN")]
    pub(super) merge: Vec<String>,
    /// Close the branches that were merged in
    #[arg(long, requires = "merge")]
    pub(super) integrate: bool,
    /// A tag of this check-in; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,
    /// Close the branch: nothing is to follow
    #[arg(long)]
    pub(super) close: bool,
    /// Keep the check-in, and all that follows upon it, from other repositories
    #[arg(long)]
    pub(super) private: bool,
    /// The colour that the timeline paints behind this check-in, as #c0ffc0
    #[arg(long, value_name = "COLOUR")]
    pub(super) bgcolor: Option<String>,
    /// The colour of a new branch
    #[arg(long, value_name = "COLOUR", requires = "branch")]
    pub(super) branchcolor: Option<String>,
    /// How the message is written: fossil, markdown or plain; without this fossil
    #[arg(long, value_name = "TYPE", value_parser = mimetype)]
    pub(super) mimetype: Option<String>,
    /// Store the list of files as a difference
    #[arg(long, conflicts_with = "baseline")]
    pub(super) delta: bool,
    /// Store the list of files whole
    #[arg(long)]
    pub(super) baseline: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) repository: RepositoryArg,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) allow: AllowArgs,
    #[command(flatten)]
    pub(super) author: AuthorArgs,
}

/// What was done.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct MessageArgs {
    /// What was done; - reads it from stdin
    #[arg(long, short, value_name = "MSG", allow_hyphen_values = true)]
    pub(super) message: Option<String>,
    /// The file that says what was done
    #[arg(long, short = 'M', value_name = "FILE")]
    pub(super) message_file: Option<PathBuf>,
}

/// Which files of folders are taken, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Folders")]
pub(super) struct SelectArgs {
    /// Take hidden files too, those whose names begin with a dot
    #[arg(long)]
    pub(super) dotfiles: bool,
    /// Patterns of names that are left out, with commas between them, in place of the setting
    /// ignore-glob
    #[arg(long, value_name = "PATTERNS")]
    pub(super) ignore: Option<String>,
    /// Leave nothing out because of the setting ignore-glob
    #[arg(long, conflicts_with = "ignore")]
    pub(super) no_ignore: bool,
    /// Keep symbolic links as links
    #[arg(long)]
    pub(super) symlinks: bool,
}

/// What is refused otherwise.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Allowed only if asked for")]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is refused otherwise")]
pub(super) struct AllowArgs {
    /// A check-in that changes nothing
    #[arg(id = "empty", long = "allow-empty")]
    pub(super) empty: bool,
    /// A parent that has a successor on its branch already
    #[arg(id = "fork", long = "allow-fork")]
    pub(super) fork: bool,
    /// A parent that is younger
    #[arg(id = "older", long = "allow-older")]
    pub(super) older: bool,
    /// Files that hold the marks of a merge conflict
    #[arg(id = "conflict", long = "allow-conflict")]
    pub(super) conflict: bool,
    /// Files that have the form of an artifact, and will be taken for one
    #[arg(id = "artifact", long = "allow-artifact")]
    pub(super) artifact: bool,
}

const EXAMPLES: &str = "\
With --json: check_in (its hash), parent (or null), branch, new_branch, delta_manifest, files (a
list of name, change (added, edited, renamed, mode or removed), old_name and hash), left_out
(names) and dry_run.

Exit code 1 if anything is refused: then nothing is written.

Examples:
  outcrop commit README.md src -m 'First files' -R project.fossil
  outcrop commit www/index.html=build/page.html --branch site -m 'New page' -R project.fossil
  outcrop commit =build --mirror -m \"Build $(date)\" -R site.fossil     the folder, and nothing else
  make-report | outcrop commit report.txt=- -m 'Report' --user bot -R project.fossil
  outcrop commit --remove old.txt --rename a.txt b.txt -m 'Tidied up' -R project.fossil";

impl CommitArgs {
    /// Faults that the parser of the command line does not see.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let reads_stdin = |path: &PathBuf| path.to_str().is_some_and(|path| path.ends_with("=-"));
        let from_stdin = self.paths.iter().filter(|path| reads_stdin(path)).count()
            + usize::from(self.message.message.as_deref() == Some("-"))
            + usize::from(self.message.message_file.as_ref().is_some_and(|file| file == "-"));
        if from_stdin > 1 {
            return Err(Failure::new(
                Exit::Usage,
                &"stdin can be one file or the message, not both",
            ));
        }
        Ok(())
    }
}
