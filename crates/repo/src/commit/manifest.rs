//! The manifest of a check-in: whole or as a difference, its checksum, its tags.

use outcrop_format::hash::HashName;

use super::changes::Files;
use super::checkin::{ManifestForm, Plan};
use super::error::CheckInError;
use crate::artifact::checksum::{Checksum, Summing};
use crate::artifact::{FileMode, TagAction};
use crate::blob::BlobRow;
use crate::compose::{NewCheckIn, NewFile, NewTag};
use crate::content::ContentError;
use crate::limits;
use crate::read::TreeFile;
use crate::tx::{DatabaseError, ReadTx};

/// The bytes of the manifest, and whether it is a difference.
pub(super) fn compose(tx: &ReadTx, plan: &Plan<'_>) -> Result<(Vec<u8>, bool), CheckInError> {
    let request = plan.request;
    let parents: Vec<HashName> =
        plan.parent.iter().chain(&plan.merged).map(|row| row.name).collect();
    let tags = tags(tx, plan)?;
    let tags: Vec<NewTag<'_>> = tags.iter().map(OwnedTag::as_new).collect();
    let start = baseline(tx, plan)?;
    let delta = start.as_ref().map(|(name, files)| (*name, differences(files, plan)));
    let is_forced = request.form == ManifestForm::Delta;
    let delta = delta.filter(|(_, files)| is_forced || pays(files.len() + 1, plan.files.len()));
    let is_delta = delta.is_some();
    let (baseline, files) = match delta {
        Some((baseline, files)) => (Some(baseline), files),
        None => (None, plan.files.iter().map(present).collect()),
    };
    let check_in = NewCheckIn {
        baseline,
        comment: request.comment,
        date: request.author.at,
        files: &files,
        mimetype: request.mimetype,
        parents: &parents,
        cherrypicks: request.cherrypicks,
        repository_checksum: repository_checksum(tx, plan)?,
        tags: &tags,
        user: request.author.login,
    };
    Ok((check_in.compose()?, is_delta))
}

fn present<'a>((name, file): (&'a Vec<u8>, &'a TreeFile)) -> NewFile<'a> {
    let old_name = file.old_name.as_deref();
    NewFile { name, content: Some(file.content), mode: file.mode, old_name }
}

/// What the manifest could be a difference from, if it may be one.
fn baseline(tx: &ReadTx, plan: &Plan<'_>) -> Result<Option<(HashName, Files)>, CheckInError> {
    let forbidden = tx.flag("forbid-delta-manifests", false)?;
    let wanted = match plan.request.form {
        ManifestForm::Whole => false,
        ManifestForm::AsFossil => !forbidden && tx.flag("seen-delta-manifest", false)?,
        ManifestForm::Delta if forbidden => return Err(CheckInError::DeltaForbidden),
        ManifestForm::Delta if plan.parent.is_none() => return Err(CheckInError::NoBaseline),
        ManifestForm::Delta => true,
    };
    let Some(parent) = plan.parent.filter(|_| wanted) else { return Ok(None) };
    // A difference from a difference would be none that Fossil reads.
    match plan.before.baseline {
        Some(baseline) => {
            let rid = tx.rid_of(&baseline)?.ok_or(CheckInError::NoBaseline)?;
            Ok(Some((baseline, tx.tree_at(rid)?.files)))
        }
        None => Ok(Some((parent.name, plan.before.files.clone()))),
    }
}

/// The files that are not as the baseline has them, and those that are gone.
fn differences<'a>(baseline: &'a Files, plan: &'a Plan<'_>) -> Vec<NewFile<'a>> {
    let is_new = |(name, file): &(&Vec<u8>, &TreeFile)| {
        let old = baseline.get(*name);
        // Fossil looks at the content alone, and so loses a changed mode.
        let is_same = |old: &TreeFile| (old.content, old.mode) == (file.content, file.mode);
        file.old_name.is_some() || !old.is_some_and(is_same)
    };
    let gone = baseline.keys().filter(|name| !plan.files.contains_key(*name));
    let gone =
        gone.map(|name| NewFile { name, content: None, mode: FileMode::Regular, old_name: None });
    plan.files.iter().filter(is_new).map(present).chain(gone).collect()
}

/// Whether a difference of that many cards is the better choice, if each of those to come adds
/// three cards: then all manifests together are shorter with it.
fn pays(delta: usize, whole: usize) -> bool {
    delta.saturating_mul(delta).saturating_add(9) < whole.saturating_mul(3)
}

/// The checksum over names and content of all files, if the repository wants it. Where a content is
/// not here, there can be none.
fn repository_checksum(tx: &ReadTx, plan: &Plan<'_>) -> Result<Option<Checksum>, CheckInError> {
    if plan.parent.is_some() && !tx.flag("repo-cksum", true)? {
        return Ok(None);
    }
    let mut summing = Summing::default();
    for (name, file) in &plan.files {
        let mut add = |content: &[u8]| {
            summing.add(name);
            summing.add(format!(" {}\n", content.len()).as_bytes());
            summing.add(content);
        };
        if let Some(content) = plan.contents.get(&file.content) {
            add(content);
            continue;
        }
        let Some(rid) = tx.rid_of(&file.content)? else { return Ok(None) };
        match tx.content(rid) {
            Ok(content) => add(&content),
            Err(ContentError::NotHeld { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(summing.finish()))
}

/// A tag whose name was put together here.
struct OwnedTag {
    action: TagAction,
    name: String,
    target: Option<HashName>,
    value: Option<String>,
}

impl OwnedTag {
    fn on_itself(action: TagAction, name: impl Into<String>, value: Option<&str>) -> Self {
        Self { action, name: name.into(), target: None, value: value.map(str::to_owned) }
    }

    fn as_new(&self) -> NewTag<'_> {
        let Self { action, name, target, value } = self;
        NewTag { action: *action, name, target: *target, value: value.as_deref() }
    }
}

fn tags(tx: &ReadTx, plan: &Plan<'_>) -> Result<Vec<OwnedTag>, DatabaseError> {
    let request = plan.request;
    let (add, propagate) = (TagAction::Add, TagAction::Propagate);
    let mut tags = Vec::new();
    let mut background = request.background;
    if let Some((branch, colour)) = &plan.branch {
        if colour.is_some() {
            tags.push(OwnedTag::on_itself(propagate, "bgcolor", *colour));
            background = None;
        }
        tags.push(OwnedTag::on_itself(propagate, "branch", Some(branch)));
        tags.push(OwnedTag::on_itself(propagate, format!("sym-{branch}"), None));
        if let Some(parent) = &plan.parent {
            tags.extend(cancelled(tx, parent, branch)?);
        }
    }
    if background.is_some() {
        tags.push(OwnedTag::on_itself(add, "bgcolor", background));
    }
    if request.closes {
        tags.push(OwnedTag::on_itself(add, "closed", None));
    }
    for merged in plan.merged.iter().filter(|_| request.integrates) {
        if tx.is_leaf(merged.rid.get())? && !tx.is_closed(merged.rid)? {
            let target = Some(merged.name);
            tags.push(OwnedTag { target, ..OwnedTag::on_itself(add, "closed", None) });
        }
    }
    for tag in request.tags {
        tags.push(OwnedTag::on_itself(add, format!("sym-{tag}"), None));
    }
    Ok(tags)
}

/// A new branch does not inherit the names of the old one.
fn cancelled(
    tx: &ReadTx,
    parent: &BlobRow,
    branch: &str,
) -> Result<impl Iterator<Item = OwnedTag>, DatabaseError> {
    let own = format!("sym-{branch}");
    let inherited = tx.tags_on(parent.rid, "sym-", limits::LIST_ROWS)?;
    Ok(inherited
        .into_iter()
        .filter(move |tag| tag.is_propagating && tag.name.starts_with("sym-") && tag.name != own)
        .map(|tag| OwnedTag::on_itself(TagAction::Cancel, tag.name, None)))
}
