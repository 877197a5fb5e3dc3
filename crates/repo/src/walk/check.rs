//! A task for workers: hashing artifacts, and comparing them with their names.

use std::borrow::Cow;

use bytes::Bytes;
use outcrop_format::hash::{Algorithm, HashName};
use outcrop_format::lanes;

use super::{NodeId, Parcel, Step};
use crate::damage::Damage;
use crate::tx::StoredRow;

/// What was found in some artifacts.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) artifacts: u64,
    /// Bytes hashed.
    pub(crate) bytes: u64,
    pub(crate) damaged: Vec<(NodeId, Damage)>,
}

pub(crate) fn check(steps: &[Step], contents: &[Result<Bytes, Damage>]) -> Checked {
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

/// The contents of a parcel, without those that do not belong to their names.
pub(crate) fn sound<'c>(
    parcel: &Parcel,
    contents: &'c [Result<Bytes, Damage>],
    checked: &Checked,
) -> Cow<'c, [Result<Bytes, Damage>]> {
    if checked.damaged.is_empty() {
        return Cow::Borrowed(contents);
    }
    let mut contents = contents.to_vec();
    for (step, content) in parcel.steps.iter().zip(&mut contents) {
        if let Some((_, damage)) = checked.damaged.iter().find(|(node, _)| *node == step.node) {
            *content = Err(damage.clone());
        }
    }
    Cow::Owned(contents)
}

/// What is wrong with content that has the name `real`.
fn compare(row: &StoredRow, name: &HashName, real: &HashName, content: &[u8]) -> Option<Damage> {
    if real != name {
        return Some(Damage::WrongHash);
    }
    let real = content.len();
    (i64::try_from(real) != Ok(row.size)).then_some(Damage::WrongSize { recorded: row.size, real })
}
