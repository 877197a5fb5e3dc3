//! How fast messages are decoded and encoded, beside `memcpy` of the same bytes.
//!
//! `cargo bench -p outcrop-xfer`: three messages, each with its size and its number of cards.
// A benchmark makes its inputs by unwrapping, and documents itself by its names.
#![allow(missing_docs, clippy::unwrap_used)]

mod messages;

use divan::{
    Bencher, black_box,
    counter::{BytesCount, ItemsCount},
};
use messages::Message;
use outcrop_xfer::{Reader, Writer};

fn main() {
    divan::main();
}

/// The three messages of the benchmark.
const MESSAGES: [Message; 3] = [Message::CloneReply, Message::Igots, Message::Push];

#[divan::bench(args = MESSAGES)]
fn memcpy(bencher: Bencher<'_, '_>, message: Message) {
    let text = message.text();
    let mut copy = vec![0; text.len()];
    bencher
        .counter(BytesCount::of_slice(&text))
        .bench_local(|| black_box(&mut copy).copy_from_slice(black_box(&text)));
}

#[divan::bench(args = MESSAGES)]
fn decode(bencher: Bencher<'_, '_>, message: Message) {
    let text = message.text();
    let cards = Reader::new(&text).count();
    bencher.counter(BytesCount::of_slice(&text)).counter(ItemsCount::new(cards)).bench_local(
        || {
            for card in Reader::new(black_box(&text)) {
                black_box(card.unwrap());
            }
        },
    );
}

/// From cards to chunks that a socket can send.
#[divan::bench(args = MESSAGES)]
fn encode_to_chunks(bencher: Bencher<'_, '_>, message: Message) {
    let cards = message.cards();
    bencher
        .counter(BytesCount::new(message.text().len()))
        .counter(ItemsCount::new(cards.len()))
        .bench_local(|| {
            let mut writer = Writer::new();
            for card in black_box(&cards) {
                writer.push(card);
            }
            black_box(writer.finish())
        });
}
