//! Receiving artifacts in any order, and receiving anything at all.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod store_support;

use std::collections::BTreeMap;

use outcrop_format::hash::HashName;
use outcrop_repo::content::Availability;
use outcrop_repo::delta;
use outcrop_repo::receive::{Incoming, Payload};
use outcrop_repo::verify::Subset;
use proptest::prelude::*;
use store_support::{Random, based, empty, origin, whole};
use tempfile::TempDir;

/// Some texts, each a change of an earlier one; for each, which.
fn family() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let text = (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..60));
    prop::collection::vec(text, 1..25).prop_map(|seeds| {
        let mut family: Vec<(usize, Vec<u8>)> = Vec::new();
        for (number, (parent, addition)) in seeds.into_iter().enumerate() {
            let parent = parent.index(number + 1).min(number.saturating_sub(1));
            let mut text = family.get(parent).map_or_else(Vec::new, |(_, text)| text.clone());
            text.extend(format!("[{number}]").bytes());
            text.extend(addition);
            family.push((parent, text));
        }
        family
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_order_ends_in_the_same_content(family in family(), seed: u64) {
        let mut random = Random(seed);
        let mut order: Vec<usize> = (0..family.len()).collect();
        for at in 0..order.len() {
            order.swap(at, random.below(at + 1));
        }
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin());
        let mut came = BTreeMap::new();
        for number in order {
            let (parent, text) = &family[number];
            let source = &family[*parent].1;
            let receipt = if number == 0 {
                receiver.receive(&whole(text)).unwrap()
            } else {
                receiver.receive(&based(text, source, &delta::create(source, text))).unwrap()
            };
            prop_assert!(receipt.refuted.is_empty());
            came.insert(number, receipt.rid);
            // What is held is exactly what has its whole chain.
            for (number, rid) in &came {
                let mut at = *number;
                while at != 0 && came.contains_key(&at) {
                    at = family[at].0;
                }
                let held = tx.availability(*rid).unwrap() == Availability::Held;
                prop_assert_eq!(held, came.contains_key(&at));
            }
        }
        tx.commit().unwrap();
        let tx = repo.read().unwrap();
        for (number, rid) in came {
            prop_assert_eq!(&tx.content(rid).unwrap()[..], &family[number].1[..]);
        }
        let report = tx.verify_artifacts(Subset::ALL, |_| {}).unwrap();
        prop_assert!(report.is_sound() && report.pending + report.phantoms == 0, "{}", report);
    }

    #[test]
    fn garbage_is_refused(
        garbage in prop::collection::vec((any::<Vec<u8>>(), any::<bool>(), 0..4_usize), 1..12),
    ) {
        let folder = TempDir::new().unwrap();
        let repo = empty(folder.path());
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(origin()).with_max_content(10_000);
        let names = [&b"a"[..], b"b", b"c", b"d"].map(HashName::sha3_of);
        for (bytes, sealed, pick) in &garbage {
            let payload = if *sealed { Payload::Sealed(bytes) } else { Payload::Plain(bytes) };
            for source in [None, Some(names[(pick + 1) % 4])] {
                let incoming = Incoming { name: names[*pick], source, payload, private: *sealed };
                drop(receiver.receive(&incoming));
            }
        }
        tx.commit().unwrap();
        let report = repo.read().unwrap().verify_artifacts(Subset::ALL, |_| {}).unwrap();
        prop_assert!(report.is_sound(), "{}", report);
    }
}
