//! Expanded artifacts, kept for a while.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::id::Rid;

/// Room that several caches share: each takes of it what it needs beyond its own.
#[derive(Debug)]
pub(crate) struct Room {
    free: AtomicUsize,
}

impl Room {
    /// Room for so many bytes.
    pub(crate) const fn new(bytes: usize) -> Self {
        Self { free: AtomicUsize::new(bytes) }
    }

    fn take(&self, bytes: usize) -> bool {
        let take = |free: usize| free.checked_sub(bytes);
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Bytes that nobody has taken yet.
    fn left(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }

    fn give_back(&self, bytes: usize) {
        self.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The artifacts used last, and stepping stones, up to a number of bytes.
///
/// Of a chain of deltas that is too long to be kept, the artifacts used last are those at the end that
/// was asked for. To find something elsewhere in the chain it would have to be expanded from its base,
/// over and over. So a stone is laid every now and then; they stay while others are used, and fill half
/// of the room at most.
#[derive(Debug)]
pub(crate) struct Cache {
    /// Bytes that may be held now, and never more than `limit`.
    allowed: usize,
    limit: usize,
    /// Where room beyond the first comes from, and how much has come.
    room: &'static Room,
    taken: usize,
    used: Shelf,
    stones: Shelf,
    /// Artifacts that stay, whatever is used.
    pinned: HashMap<Rid, Bytes>,
}

/// What an entry takes beside its content, so that empty artifacts count too.
const ENTRY: usize = 128;

/// Bytes that are taken of shared room at least.
const SHARE: usize = 1 << 20;

impl Cache {
    /// Room for `own` bytes, and for up to `limit` as long as others leave it.
    pub(crate) fn new(own: usize, limit: usize, room: &'static Room) -> Self {
        let (used, stones, pinned) = Default::default();
        Self { allowed: own, limit, room, taken: 0, used, stones, pinned }
    }

    /// Room for nothing.
    pub(crate) fn none() -> Self {
        static NONE: Room = Room::new(0);
        Self::new(0, 0, &NONE)
    }

    /// Keeps some artifacts until everything is dropped. Who pins bounds how much that is.
    pub(crate) fn pin(&mut self, contents: impl IntoIterator<Item = (Rid, Bytes)>) {
        self.pinned.extend(contents);
    }

    pub(crate) fn contains(&self, rid: Rid) -> bool {
        self.used.contains(rid) || self.is_stone(rid)
    }

    /// Whether an artifact is kept while others are used.
    pub(crate) fn is_stone(&self, rid: Rid) -> bool {
        self.stones.contains(rid) || self.pinned.contains_key(&rid)
    }

    pub(crate) fn get(&mut self, rid: Rid) -> Option<Bytes> {
        let found = self.used.get(rid).or_else(|| self.stones.get(rid));
        found.or_else(|| self.pinned.get(&rid).cloned())
    }

    /// Whether content of so many bytes is worth its room: it may fill half of it.
    pub(crate) const fn takes(&self, len: usize) -> bool {
        len.saturating_add(ENTRY) <= self.limit / 2
    }

    /// How many stones of so many bytes there is room for, beside as many others.
    pub(crate) fn stones_of(&self, len: usize) -> usize {
        let room = self.allowed.saturating_add(self.room.left()).min(self.limit);
        room / 2 / len.saturating_add(ENTRY)
    }

    /// Keeps `content`, and drops what was used longest ago to make room. What would fill more than
    /// half of the room is not kept.
    pub(crate) fn put(&mut self, rid: Rid, content: Bytes) {
        self.drop_unpinned(rid);
        if self.takes(content.len()) && self.make_room(content.len() + ENTRY) {
            self.used.put(rid, content);
        }
    }

    /// Keeps `content` as a stone, and drops those that were used longest ago to make room.
    pub(crate) fn lay(&mut self, rid: Rid, content: Bytes) {
        self.drop_unpinned(rid);
        let cost = content.len() + ENTRY;
        self.grow(cost);
        if cost > self.allowed / 2 {
            return;
        }
        while self.stones.held + cost > self.allowed / 2 && self.stones.drop_oldest() {}
        if self.make_room(cost) {
            self.stones.put(rid, content);
        }
    }

    /// Makes room for an entry, if there can be so much. Stones stay.
    fn make_room(&mut self, cost: usize) -> bool {
        self.grow(cost);
        if self.stones.held + cost > self.allowed {
            return false;
        }
        while self.held() + cost > self.allowed && self.used.drop_oldest() {}
        true
    }

    const fn held(&self) -> usize {
        self.used.held + self.stones.held
    }

    /// Has the room grow by so many bytes, as far as there is some.
    fn grow(&mut self, cost: usize) {
        let lacking = (self.held() + cost).saturating_sub(self.allowed);
        let share = lacking.max(SHARE).min(self.limit - self.allowed);
        if lacking > 0 && lacking <= share && self.room.take(share) {
            self.taken += share;
            self.allowed += share;
        }
    }

    /// Drops one artifact, whose content may be about to change.
    pub(crate) fn forget(&mut self, rid: Rid) {
        self.pinned.remove(&rid);
        self.drop_unpinned(rid);
    }

    fn drop_unpinned(&mut self, rid: Rid) {
        self.used.remove(rid);
        self.stones.remove(rid);
    }

    /// Drops everything.
    pub(crate) fn clear(&mut self) {
        self.used = Shelf::default();
        self.stones = Shelf::default();
        self.pinned.clear();
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.room.give_back(self.taken);
    }
}

/// Some artifacts, and which of them was used longest ago.
#[derive(Debug, Default)]
struct Shelf {
    /// Bytes that they take.
    held: usize,
    /// Counts uses: the higher, the later.
    clock: u64,
    contents: HashMap<Rid, (u64, Bytes)>,
    /// The same artifacts in the order of their last use.
    by_use: BTreeMap<u64, Rid>,
}

impl Shelf {
    fn contains(&self, rid: Rid) -> bool {
        self.contents.contains_key(&rid)
    }

    fn get(&mut self, rid: Rid) -> Option<Bytes> {
        let (used, content) = self.contents.get_mut(&rid)?;
        self.by_use.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.by_use.insert(self.clock, rid);
        Some(content.clone())
    }

    /// Takes in what is not here.
    fn put(&mut self, rid: Rid, content: Bytes) {
        self.clock += 1;
        self.held += content.len() + ENTRY;
        self.contents.insert(rid, (self.clock, content));
        self.by_use.insert(self.clock, rid);
    }

    fn remove(&mut self, rid: Rid) {
        if let Some((used, content)) = self.contents.remove(&rid) {
            self.by_use.remove(&used);
            self.held -= content.len() + ENTRY;
        }
    }

    /// Drops what was used longest ago; false if nothing is left.
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.by_use.first_key_value().map(|(_, rid)| *rid);
        if let Some(rid) = oldest {
            self.remove(rid);
        }
        oldest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NONE: Room = Room::new(0);

    fn rid(number: i64) -> Rid {
        Rid::new(number).unwrap()
    }

    fn cache(limit: usize) -> Cache {
        Cache::new(limit, limit, &NONE)
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut cache = cache(900);
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
        let mut cache = cache(1000);
        cache.put(rid(1), vec![0; 100].into());
        cache.put(rid(1), vec![0; 50].into());
        assert_eq!(cache.held(), 50 + ENTRY);
        cache.put(rid(2), vec![0; 900].into());
        assert!(!cache.contains(rid(2)), "too large to be worth the rest");
        cache.forget(rid(1));
        assert_eq!((cache.held(), cache.used.by_use.len()), (0, 0));
    }

    #[test]
    fn what_is_pinned_stays_until_it_changes() {
        let mut cache = cache(500);
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

    #[test]
    fn stones_stay_while_others_are_used_and_leave_half_of_the_room() {
        let mut cache = cache(2000);
        assert_eq!(cache.stones_of(72), 5);
        for number in 1..=7 {
            cache.lay(rid(number), vec![0; 72].into());
        }
        for number in 11..=30 {
            cache.put(rid(number), vec![0; 72].into());
        }
        let kept: Vec<_> = (1..=30).filter(|number| cache.contains(rid(*number))).collect();
        assert_eq!(kept, [3, 4, 5, 6, 7, 26, 27, 28, 29, 30]);
        assert!(cache.is_stone(rid(3)) && !cache.is_stone(rid(30)));
        cache.lay(rid(1), vec![0; 873].into());
        assert!(!cache.contains(rid(1)), "more than half of the room");
        cache.put(rid(3), vec![1; 10].into());
        assert_eq!(cache.get(rid(3)).map(|content| content.len()), Some(10));
        assert!(!cache.is_stone(rid(3)));
        cache.put(rid(8), vec![0; 1800].into());
        assert!(!cache.contains(rid(8)), "no stone makes way");
        cache.forget(rid(4));
        cache.clear();
        assert_eq!(cache.held(), 0);
    }

    #[test]
    fn what_is_shared_is_for_all_and_comes_back() {
        static SHARED: Room = Room::new(3 * SHARE);
        let new = || Cache::new(SHARE, 10 * SHARE, &SHARED);
        let fill = |cache: &mut Cache| {
            for number in 1..=20 {
                cache.put(rid(number), vec![0; SHARE / 2].into());
            }
            cache.held() / (SHARE / 2)
        };
        let mut first = new();
        assert_eq!(fill(&mut first), 7, "its own and all that is shared");
        let mut second = new();
        assert_eq!(fill(&mut second), 1, "its own");
        second.put(rid(1), vec![0; 2 * SHARE].into());
        assert!(second.contains(rid(20)), "nothing is dropped for what finds no room anyway");
        drop(first);
        second.put(rid(1), vec![0; 2 * SHARE].into());
        assert!(second.contains(rid(1)));
        drop(second);
        assert_eq!(SHARED.free.load(Ordering::Relaxed), 3 * SHARE);
    }
}
