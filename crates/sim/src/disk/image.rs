//! One file: what stands in it, and what of that would survive a loss of power.

use outcrop_oracle::Random;

/// Bytes that reach the disk together, or not.
const SECTOR: usize = 512;

/// A change that no `fsync` has followed.
#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes: new } => write(bytes, *at, new),
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = at + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(new);
}

/// A file.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    /// What readers see.
    now: Vec<u8>,
    /// What was there at the last `fsync`; `None` before the first.
    kept: Option<Vec<u8>>,
    since: Vec<Change>,
}

impl Image {
    /// A file whose bytes are all on the disk.
    fn kept(bytes: Vec<u8>) -> Self {
        Self { now: bytes.clone(), kept: Some(bytes), since: Vec::new() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.now
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        write(&mut self.now, at, bytes);
        self.since.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub(super) fn set_len(&mut self, length: usize) {
        self.now.resize(length, 0);
        self.since.push(Change::Length(length));
    }

    /// Whether nothing of it is sure to be on the disk.
    pub(super) const fn is_new(&self) -> bool {
        self.kept.is_none()
    }

    pub(super) fn sync(&mut self) {
        self.kept = Some(self.now.clone());
        self.since.clear();
    }

    /// What is left after a loss of power: what was kept, and of the changes since then any, in
    /// whole sectors. A file that was never kept may be gone.
    pub(super) fn after_power_loss(&self, random: &mut Random) -> Option<Self> {
        let mut bytes = match &self.kept {
            Some(kept) => kept.clone(),
            None if random.one_in(2) => return None,
            None => Vec::new(),
        };
        // All, none, a beginning, or any of them.
        let (fate, first) = (random.below(4), random.below(self.since.len() + 1));
        for (number, change) in self.since.iter().enumerate() {
            let survives = match fate {
                0 => true,
                1 => false,
                2 => number < first,
                _ => random.one_in(2),
            };
            if survives {
                change.apply(&mut bytes);
            } else if fate > 1
                && let Change::Write { at, bytes: new } = change
            {
                let torn = random.below(new.len() / SECTOR + 1) * SECTOR;
                write(&mut bytes, *at, &new[..torn]);
            }
        }
        Some(Self::kept(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_synced_survives_and_what_is_not_may() {
        let mut image = Image::default();
        image.write(0, &[1; 1024]);
        image.sync();
        image.write(512, &[2; 1024]);
        assert_eq!(image.bytes().len(), 1536);
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let left = image.after_power_loss(&mut Random::new(seed)).unwrap();
            assert_eq!(left.bytes()[..512], [1; 512]);
            seen.insert(left.bytes().to_vec());
        }
        // Nothing, all, and torn between the two sectors.
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn what_was_never_synced_may_be_gone() {
        let mut image = Image::default();
        image.write(0, &[1; 10]);
        let left = (0..50).map(|seed| image.after_power_loss(&mut Random::new(seed)));
        let gone = left.filter(Option::is_none).count();
        assert!((10..40).contains(&gone), "{gone}");
    }
}
