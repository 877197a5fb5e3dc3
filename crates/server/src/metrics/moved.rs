//! What rounds have moved.

use std::sync::atomic::{AtomicU64, Ordering};

use outcrop_sync::Counts;

use super::text::Page;

/// Each count of a round, its metric, and what it tells; in the order of the counts.
const FAMILIES: [(&str, &str, &str); 15] = [
    ("received", "outcrop_artifacts_received_total", "Artifacts that came and were not here."),
    (
        "received_deltas",
        "outcrop_artifacts_received_as_deltas_total",
        "Artifacts that came as deltas.",
    ),
    ("sent", "outcrop_artifacts_sent_total", "Artifacts that were sent."),
    (
        "sent_deltas",
        "outcrop_artifacts_sent_as_deltas_total",
        "Artifacts that were sent as deltas.",
    ),
    (
        "unversioned_received",
        "outcrop_unversioned_received_total",
        "Unversioned files that have changed here.",
    ),
    ("unversioned_sent", "outcrop_unversioned_sent_total", "Unversioned files that were sent."),
    (
        "config_received",
        "outcrop_config_rows_received_total",
        "Rows of the configuration that have changed here.",
    ),
    ("config_sent", "outcrop_config_rows_sent_total", "Rows of the configuration that were sent."),
    (
        "rows_received",
        "outcrop_table_rows_received_total",
        "Rows of extension tables that have changed here.",
    ),
    ("rows_sent", "outcrop_table_rows_sent_total", "Rows of extension tables that were sent."),
    ("linked", "outcrop_artifacts_linked_total", "Artifacts with a meaning of their own, linked."),
    ("check_ins", "outcrop_check_ins_linked_total", "Check-ins that were linked."),
    (
        "lock_conflicts",
        "outcrop_lock_conflicts_total",
        "Check-ins that were to be locked and were locked by someone else.",
    ),
    ("bytes_sent", "outcrop_card_bytes_sent_total", "Bytes of cards in replies, uncompressed."),
    (
        "bytes_received",
        "outcrop_card_bytes_received_total",
        "Bytes of cards in requests, uncompressed.",
    ),
];

/// The sum of what all rounds have moved.
#[derive(Debug, Default)]
pub(super) struct Moved([AtomicU64; FAMILIES.len()]);

impl Moved {
    pub(super) fn add(&self, counts: &Counts) {
        for (sum, (_, moved)) in self.0.iter().zip(counts.iter()) {
            if moved > 0 {
                sum.fetch_add(moved, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        for ((_, name, help), sum) in FAMILIES.iter().zip(&self.0) {
            page.counter(name, help).number(&[], sum.load(Ordering::Relaxed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_a_metric() {
        let counts: Vec<_> = Counts::default().iter().map(|(name, _)| name).collect();
        assert_eq!(counts, FAMILIES.map(|(count, ..)| count));
        let moved = Moved::default();
        let mut counts = Counts::default();
        (counts.sent, counts.bytes_received) = (3, 40);
        moved.add(&counts);
        moved.add(&counts);
        let mut page = Page::default();
        moved.write(&mut page);
        let text = page.finish();
        assert!(text.contains("\noutcrop_artifacts_sent_total 6\n"), "{text}");
        assert!(text.contains("\noutcrop_card_bytes_received_total 80\n"), "{text}");
    }
}
