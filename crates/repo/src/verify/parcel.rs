//! What a worker does: expand some artifacts, then hash them.

use bytes::Bytes;
use outcrop_format::envelope::EnvelopeError;
use outcrop_format::hash::{Algorithm, HashName};
use outcrop_format::lanes;

use super::forest::NodeId;
use crate::content::expand_stored;
use crate::damage::Damage;
use crate::delta::DeltaError;
use crate::id::Rid;
use crate::tx::StoredRow;

/// What an artifact builds upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Nothing: it is stored whole.
    None,
    /// Content that came with the parcel, by its place there.
    Brought(usize),
    /// An earlier artifact of the same parcel, by its place there.
    Step(usize),
}

/// One artifact to expand and hash.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) node: NodeId,
    pub(super) row: StoredRow,
    pub(super) source: Source,
    /// Which artifact the source is.
    pub(super) source_rid: Option<Rid>,
    /// Whether artifacts of later parcels build upon this one.
    pub(super) kept: bool,
}

/// Artifacts that build upon each other or upon what came along, each source before its deltas.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) id: u64,
    pub(super) brought: Vec<Bytes>,
    pub(super) steps: Vec<Step>,
}

/// What a worker tells of a parcel first, so that what builds upon it can go on.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) parcel: u64,
    /// The content of the steps to keep, by their place; those that are missing are damaged.
    pub(super) kept: Vec<(usize, Bytes)>,
}

/// What a worker tells of a parcel when everything is hashed.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) artifacts: u64,
    /// Bytes hashed.
    pub(super) bytes: u64,
    pub(super) damaged: Vec<(NodeId, Damage)>,
}

/// A message of a worker.
#[derive(Debug)]
pub(super) enum Told {
    Expanded(Expanded),
    Checked(Checked),
}

/// Works on one parcel.
pub(super) fn work(parcel: &Parcel, mut tell: impl FnMut(Told)) {
    let contents = expand(parcel);
    let kept = parcel.steps.iter().zip(&contents).enumerate();
    let kept = kept
        .filter(|(_, (step, _))| step.kept)
        .filter_map(|(place, (_, content))| Some((place, content.as_ref().ok()?.clone())))
        .collect();
    tell(Told::Expanded(Expanded { parcel: parcel.id, kept }));
    tell(Told::Checked(check(&parcel.steps, &contents)));
}

fn expand(parcel: &Parcel) -> Vec<Result<Bytes, Damage>> {
    let mut contents: Vec<Result<Bytes, Damage>> = Vec::with_capacity(parcel.steps.len());
    for step in &parcel.steps {
        let source = match step.source {
            Source::None => None,
            Source::Brought(place) => parcel.brought.get(place),
            Source::Step(place) => contents.get(place).and_then(|content| content.as_ref().ok()),
        };
        let content = match (step.source_rid, source) {
            (Some(source_rid), None) => Err(Damage::DamagedSource { source_rid }),
            _ => expand_step(&step.row, source),
        };
        contents.push(content.map(Bytes::from));
    }
    contents
}

/// Expands one artifact, up to the recorded size: all else is wrong, and might be a bomb.
fn expand_step(row: &StoredRow, source: Option<&Bytes>) -> Result<Vec<u8>, Damage> {
    let recorded = row.size;
    let size = usize::try_from(recorded).unwrap_or(0);
    let expanded = expand_stored(row.content.as_deref(), source.map(AsRef::as_ref), size);
    expanded.map_err(|damage| match damage {
        Damage::Envelope(EnvelopeError::TooLarge { declared, .. })
        | Damage::Delta(DeltaError::OverLimit { declared, .. }) => {
            Damage::WrongSize { recorded, real: declared }
        }
        damage => damage,
    })
}

fn check(steps: &[Step], contents: &[Result<Bytes, Damage>]) -> Checked {
    let mut checked = Checked { artifacts: 0, bytes: 0, damaged: Vec::new() };
    let mut sha3 = Vec::new();
    for (step, content) in steps.iter().zip(contents) {
        checked.artifacts += 1;
        let damage = match (content, HashName::parse(step.row.name.as_bytes())) {
            (Err(damage), _) => Some(damage.clone()),
            (Ok(_), Err(_)) => Some(Damage::BadName),
            (Ok(content), Ok(name)) if name.algorithm() == Algorithm::Sha3 => {
                sha3.push((step, name, content.as_ref()));
                None
            }
            (Ok(content), Ok(name)) => {
                checked.bytes += content.len() as u64;
                compare(&step.row, &name, &HashName::sha1_of(content), content)
            }
        };
        checked.damaged.extend(damage.map(|damage| (step.node, damage)));
    }
    // Many at once are hashed faster than one by one.
    let contents: Vec<_> = sha3.iter().map(|(_, _, content)| *content).collect();
    for ((step, name, content), real) in sha3.iter().zip(lanes::sha3_of_many(&contents)) {
        checked.bytes += content.len() as u64;
        let damage = compare(&step.row, name, &real, content);
        checked.damaged.extend(damage.map(|damage| (step.node, damage)));
    }
    checked
}

/// What is wrong with content that has the name `real`.
fn compare(row: &StoredRow, name: &HashName, real: &HashName, content: &[u8]) -> Option<Damage> {
    if real != name {
        return Some(Damage::WrongHash);
    }
    let real = content.len();
    (i64::try_from(real) != Ok(row.size)).then_some(Damage::WrongSize { recorded: row.size, real })
}
