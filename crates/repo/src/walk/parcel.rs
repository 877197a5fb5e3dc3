//! What a worker does: expand some artifacts.

use bytes::Bytes;
use outcrop_format::envelope::EnvelopeError;

use super::forest::NodeId;
use crate::content::expand_stored;
use crate::damage::Damage;
use crate::delta::DeltaError;
use crate::id::Rid;
use crate::tx::StoredRow;

/// What an artifact builds upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nothing: it is stored whole.
    None,
    /// Content that came with the parcel, by its place there.
    Brought(usize),
    /// An earlier artifact of the same parcel, by its place there.
    Step(usize),
}

/// One artifact to expand.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) node: NodeId,
    pub(crate) row: StoredRow,
    pub(crate) source: Source,
    /// Which artifact the source is.
    pub(crate) source_rid: Option<Rid>,
    /// Whether artifacts of later parcels build upon this one.
    pub(super) kept: bool,
}

/// Artifacts that build upon each other or upon what came along, each source before its deltas.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(super) id: u64,
    pub(crate) brought: Vec<Bytes>,
    pub(crate) steps: Vec<Step>,
}

impl Parcel {
    /// Bytes of it as they are stored.
    pub(super) fn stored(&self) -> usize {
        self.steps.iter().filter_map(|step| step.row.content.as_ref()).map(Bytes::len).sum()
    }
}

/// What a worker tells of a parcel first, so that what builds upon it can go on.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) parcel: u64,
    /// The content of the steps to keep, by their place; those that are missing are damaged.
    pub(super) kept: Vec<(usize, Bytes)>,
}

/// What a worker tells of a parcel.
#[derive(Debug)]
pub(super) enum Told<T> {
    Expanded(Expanded),
    Done(T),
}

/// Works on one parcel: expands it, tells what later parcels build upon, and then does what is to
/// be done with the contents.
pub(super) fn work<T>(
    parcel: &Parcel,
    task: impl Fn(&Parcel, &[Result<Bytes, Damage>]) -> T,
    mut tell: impl FnMut(Told<T>),
) {
    let contents = expand(parcel);
    let kept = parcel.steps.iter().zip(&contents).enumerate();
    let kept = kept
        .filter(|(_, (step, _))| step.kept)
        .filter_map(|(place, (_, content))| Some((place, content.as_ref().ok()?.clone())))
        .collect();
    tell(Told::Expanded(Expanded { parcel: parcel.id, kept }));
    tell(Told::Done(task(parcel, &contents)));
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
