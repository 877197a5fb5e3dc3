//! What has moved, counted: the same for both sides, for one round or for many.

use crate::Traffic;

/// The counts, listed once: the fields and what adds up over them are made from this list.
macro_rules! counts {
    ($($(#[$about:meta])* $count:ident,)*) => {
        /// How much has moved in a round, or in a session.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Counts {
            $($(#[$about])* pub $count: u64,)*
            /// The bytes that travelled, compressed, if whoever carried them has counted.
            pub traffic: Option<Traffic>,
        }

        impl Counts {
            /// All counts but the traffic, by name: for metrics and for JSON.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($count), self.$count),)*].into_iter()
            }

            /// These and others.
            pub(crate) fn and(&self, other: &Self) -> Self {
                let traffic = |counts: &Self| counts.traffic.unwrap_or_default();
                let (one, two) = (traffic(self), traffic(other));
                let counted = self.traffic.or(other.traffic).is_some();
                Self {
                    $($count: self.$count.saturating_add(other.$count),)*
                    traffic: counted.then(|| one.and(two)),
                }
            }

            /// What has been added since these counts.
            pub(crate) fn since(&self, before: &Self) -> Self {
                Self {
                    $($count: self.$count.saturating_sub(before.$count),)*
                    traffic: self.traffic.map(|now| now.since(before.traffic.unwrap_or_default())),
                }
            }
        }
    };
}

counts! {
    /// Artifacts that have come and were not here.
    received,
    /// How many of them came as deltas.
    received_deltas,
    /// Artifacts that were sent.
    sent,
    /// How many of them went as deltas.
    sent_deltas,
    /// Unversioned files that have changed here.
    unversioned_received,
    /// Unversioned files that were sent.
    unversioned_sent,
    /// Rows of the configuration that have changed here.
    config_received,
    /// Rows of the configuration that were sent.
    config_sent,
    /// Rows of extension tables that have changed here.
    rows_received,
    /// Rows of extension tables that were sent.
    rows_sent,
    /// Artifacts with a meaning of their own, such as check-ins, that were linked.
    linked,
    /// How many of them are check-ins.
    check_ins,
    /// How often a check-in that was to be locked turned out to be locked by someone else.
    lock_conflicts,
    /// Bytes of cards that went out, before they are compressed.
    bytes_sent,
    /// Bytes of cards that came, after they are opened.
    bytes_received,
}

impl Counts {
    /// Takes note of an artifact that has come.
    pub(crate) const fn count_received(&mut self, is_delta: bool) {
        self.received += 1;
        self.received_deltas += is_delta as u64;
    }

    /// Takes note of an artifact that was sent.
    pub(crate) const fn count_sent(&mut self, is_delta: bool) {
        self.sent += 1;
        self.sent_deltas += is_delta as u64;
    }

    /// Counts artifacts that were sent together, some of them as deltas.
    pub(crate) const fn count_batch(&mut self, artifacts: u64, deltas: u64) {
        self.sent += artifacts;
        self.sent_deltas += deltas;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_added_is_told_field_by_field() {
        let before = Counts { sent: 2, bytes_sent: 10, ..Counts::default() };
        let mut now = Counts {
            traffic: Some(Traffic { sent: 7, received: 8 }),
            bytes_sent: 25,
            lock_conflicts: 1,
            ..before
        };
        now.count_received(true);
        now.count_sent(false);
        let added = now.since(&before);
        assert_eq!((added.received, added.received_deltas), (1, 1));
        assert_eq!((added.sent, added.sent_deltas), (1, 0));
        assert_eq!((added.bytes_sent, added.lock_conflicts), (15, 1));
        assert_eq!(added.traffic, Some(Traffic { sent: 7, received: 8 }));
        assert_eq!(before.and(&added).bytes_sent, 25);
        assert_eq!(added.and(&added).traffic, Some(Traffic { sent: 14, received: 16 }));
        assert_eq!(now.since(&now).traffic, Some(Traffic::default()));
    }
}
