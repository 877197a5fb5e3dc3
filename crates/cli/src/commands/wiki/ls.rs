//! `outcrop wiki ls`: all pages.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, limits::LIST_ROWS, read::WikiPage};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    clock::{date, seconds_of},
    failure::{Exit, Failure},
    output::{Output, line},
    paged,
};

/// List the pages of the wiki, by name
///
/// With -v when each was last written, and how many versions it has.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LsArgs {
    /// Deleted pages too, and those that belong to a check-in, branch, tag or ticket
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: pages, a list of title, time (of the newest version, in seconds since 1970), versions
(how many) and deleted.

Examples:
  outcrop wiki ls -R project.fossil
  outcrop wiki ls --all -v -R project.fossil";

/// What the names of pages begin with that belong to something else.
const ASSOCIATED: [&str; 4] = ["checkin/", "branch/", "tag/", "ticket/"];

/// Pages, as `--json` has them.
#[derive(Serialize)]
struct Pages {
    pages: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: String,
    time: i64,
    versions: u64,
    deleted: bool,
}

impl From<WikiPage> for Row {
    fn from(page: WikiPage) -> Self {
        Self {
            time: seconds_of(page.time),
            versions: page.versions,
            deleted: page.is_deleted,
            title: page.title,
        }
    }
}

impl Row {
    /// Whether the page stands by itself, and is there.
    fn is_usual(&self) -> bool {
        !self.deleted && !ASSOCIATED.iter().any(|prefix| self.title.starts_with(prefix))
    }
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let pages = paged::all(|last: Option<&WikiPage>| {
        tx.wiki_pages(last.map_or("", |page| &page.title), LIST_ROWS)
    })?;
    let mut pages: Vec<_> = pages.into_iter().map(Row::from).collect();
    pages.retain(|page| args.all || page.is_usual());
    pages.sort_by_cached_key(|page| page.title.to_lowercase());
    if output.json {
        Output::object(&Pages { pages })?;
    } else if !output.quiet {
        list(&pages, output)?;
    }
    Ok(Exit::Done)
}

fn list(pages: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for page in pages {
        let title = line(&page.title);
        let deleted = if page.deleted { "  (deleted)" } else { "" };
        if output.verbose {
            let time = output.stdout.faint(&date(page.time));
            let versions = if page.versions == 1 { "version" } else { "versions" };
            writeln!(out, "{time}  {:>4} {versions:8}  {title}{deleted}", page.versions)?;
        } else {
            writeln!(out, "{title}{deleted}")?;
        }
    }
    out.flush()
}
