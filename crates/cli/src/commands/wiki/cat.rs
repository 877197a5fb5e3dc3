//! `outcrop wiki cat`: a page.

use std::io::Write as _;

use outcrop_repo::{Repo, read::PageText};
use serde::Serialize;

use super::{RepositoryArg, no_such};
use crate::{
    clock::seconds_of,
    failure::{Exit, Failure},
    output::Output,
};

/// Print a wiki page as it was last written
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CatArgs {
    /// The name of the page
    #[arg(value_name = "TITLE")]
    title: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: title, hash (of the newest version), time (seconds since 1970), user (or null),
mimetype and text.

Older versions: `outcrop log --type wiki` tells their hashes, and `outcrop artifact` prints one.

Examples:
  outcrop wiki cat Home -R project.fossil
  outcrop wiki cat Home --json -R project.fossil | jq -r .mimetype";

/// The type of a page that states none.
pub(in crate::commands) const DEFAULT_MIMETYPE: &str = "text/x-fossil-wiki";

/// A page, as `--json` has it.
#[derive(Serialize)]
struct Page {
    title: String,
    hash: String,
    time: i64,
    user: Option<String>,
    mimetype: String,
    text: String,
}

impl Page {
    fn new(title: &str, page: PageText) -> Self {
        Self {
            title: title.to_owned(),
            hash: page.name.to_string(),
            time: seconds_of(page.time),
            user: page.user,
            mimetype: page.mimetype.unwrap_or_else(|| DEFAULT_MIMETYPE.to_owned()),
            text: String::from_utf8_lossy(&page.text).into_owned(),
        }
    }
}

pub(super) fn run(args: &CatArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let page = tx.wiki_page(&args.title)?.ok_or_else(|| no_such(&args.title))?;
    if page.text.is_empty() {
        let message = format!(
            "the wiki page {:?} was deleted: `outcrop log --type wiki` tells its versions",
            args.title
        );
        return Err(Failure::new(Exit::Failed, &message));
    }
    if output.json {
        Output::object(&Page::new(&args.title, page))?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    out.write_all(&page.text)?;
    out.flush()?;
    Ok(Exit::Done)
}
