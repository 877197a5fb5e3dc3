//! Expanded artifacts, kept for a while.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use crate::id::Rid;

/// The artifacts used last, up to a number of bytes.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    limit: usize,
    held: usize,
    /// Counts uses: the higher, the later.
    clock: u64,
    contents: HashMap<Rid, (u64, Bytes)>,
    /// The same artifacts in the order of their last use.
    by_use: BTreeMap<u64, Rid>,
    /// Artifacts that stay, whatever is used.
    pinned: HashMap<Rid, Bytes>,
}

/// What an entry takes beside its content, so that empty artifacts count too.
const ENTRY: usize = 128;

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Keeps some artifacts until everything is dropped. Who pins bounds how much that is.
    pub(crate) fn pin(&mut self, contents: impl IntoIterator<Item = (Rid, Bytes)>) {
        self.pinned.extend(contents);
    }

    pub(crate) fn contains(&self, rid: Rid) -> bool {
        self.contents.contains_key(&rid) || self.pinned.contains_key(&rid)
    }

    pub(crate) fn get(&mut self, rid: Rid) -> Option<Bytes> {
        let Some((used, content)) = self.contents.get_mut(&rid) else {
            return self.pinned.get(&rid).cloned();
        };
        self.by_use.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.by_use.insert(self.clock, rid);
        Some(content.clone())
    }

    /// Whether content of so many bytes is kept.
    pub(crate) const fn takes(&self, len: usize) -> bool {
        len.saturating_add(ENTRY) <= self.limit / 2
    }

    /// Keeps `content`, and drops what was used longest ago to make room. What would fill more than
    /// half of the room is not kept.
    pub(crate) fn put(&mut self, rid: Rid, content: Bytes) {
        let cost = content.len() + ENTRY;
        if !self.takes(content.len()) {
            return;
        }
        self.drop_unpinned(rid);
        while self.held + cost > self.limit {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.drop_unpinned(oldest);
        }
        self.clock += 1;
        self.held += cost;
        self.contents.insert(rid, (self.clock, content));
        self.by_use.insert(self.clock, rid);
    }

    /// Drops one artifact, whose content may be about to change.
    pub(crate) fn forget(&mut self, rid: Rid) {
        self.pinned.remove(&rid);
        self.drop_unpinned(rid);
    }

    fn drop_unpinned(&mut self, rid: Rid) {
        if let Some((used, content)) = self.contents.remove(&rid) {
            self.by_use.remove(&used);
            self.held -= content.len() + ENTRY;
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&mut self) {
        self.contents.clear();
        self.by_use.clear();
        self.pinned.clear();
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rid(number: i64) -> Rid {
        Rid::new(number).unwrap()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut cache = Cache::new(900);
        for number in 1..=3 {
            cache.put(rid(number), vec![0; 200].into());
        }
        assert!(!cache.contains(rid(1)), "there is room for two entries of 328 bytes");
        assert_eq!(cache.get(rid(2)).map(|content| content.len()), Some(200));
        cache.put(rid(4), vec![0; 200].into());
        assert!(cache.contains(rid(2)) && !cache.contains(rid(3)) && cache.contains(rid(4)));
    }

    #[test]
    fn the_bytes_held_are_counted() {
        let mut cache = Cache::new(1000);
        cache.put(rid(1), vec![0; 100].into());
        cache.put(rid(1), vec![0; 50].into());
        assert_eq!(cache.held, 50 + ENTRY);
        cache.put(rid(2), vec![0; 900].into());
        assert!(!cache.contains(rid(2)), "too large to be worth the rest");
        cache.forget(rid(1));
        assert_eq!((cache.held, cache.by_use.len()), (0, 0));
    }

    #[test]
    fn what_is_pinned_stays_until_it_changes() {
        let mut cache = Cache::new(500);
        cache.pin([(rid(1), vec![1; 400].into()), (rid(2), vec![2; 400].into())]);
        for number in 3..=5 {
            cache.put(rid(number), vec![0; 100].into());
        }
        assert!(cache.contains(rid(1)) && !cache.contains(rid(3)));
        cache.forget(rid(1));
        assert_eq!((cache.get(rid(1)), cache.get(rid(2))), (None, Some(vec![2; 400].into())));
        cache.clear();
        assert!(!cache.contains(rid(2)));
    }
}
