//! How fast messages are decoded and encoded, beside `memcpy` of the same bytes.
//!
//! `cargo bench -p outcrop-xfer`: three messages, each with its size and its number of cards.
// A benchmark makes its inputs by unwrapping, and documents itself by its names.
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use divan::{
    Bencher, black_box,
    counter::{BytesCount, ItemsCount},
};
use outcrop_format::hash::HashName;
use outcrop_xfer::{
    Card, Payload, Reader, Writer,
    card::{
        artifact::{Cfile, File},
        have::Igot,
        session::{CloneSeqno, Codes},
    },
};

fn main() {
    divan::main();
}

/// The three messages of the benchmark.
const MESSAGES: [Message; 3] = [Message::CloneReply, Message::Igots, Message::Push];

#[derive(Debug, Clone, Copy)]
enum Message {
    /// 5 MB of `cfile` cards of about 850 bytes, most of them deltas: a round of a clone.
    CloneReply,
    /// 100,000 `igot` cards with SHA3 names: the catalogue of a large repository.
    Igots,
    /// 2,000 `file` cards of 200 bytes: many small check-ins.
    Push,
}

fn name(seed: u32) -> HashName {
    HashName::sha3_of(&seed.to_le_bytes())
}

/// Bytes that compression left without a pattern.
fn noise(len: usize, seed: u32) -> Bytes {
    let mut state = seed | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

impl Message {
    /// The cards, their payloads shared as a database would hand them out.
    fn cards(self) -> Vec<Card<'static>> {
        match self {
            Self::CloneReply => clone_reply(),
            Self::Igots => (0..100_000)
                .map(|seed| Card::Igot(Igot { name: name(seed), private: false }))
                .collect(),
            Self::Push => (0..2000)
                .map(|seed| {
                    let content = Payload::Shared(noise(200, seed));
                    Card::File(File { name: name(seed), source: None, content })
                })
                .collect(),
        }
    }

    fn text(self) -> Vec<u8> {
        encode(&self.cards())
    }
}

fn clone_reply() -> Vec<Card<'static>> {
    let mut cards = Vec::new();
    let mut len = 0;
    for seed in 0_u32.. {
        if len >= 5_000_000 {
            break;
        }
        let size = 200 + seed * 7919 % 1300;
        len += size;
        cards.push(Card::Cfile(Cfile {
            name: name(seed),
            source: (seed % 4 != 0).then(|| name(seed + 1)),
            size: 20_000,
            content: Payload::Shared(noise(size.try_into().unwrap(), seed)),
        }));
    }
    let code = outcrop_xfer::Token::new(b"0123456789abcdef0123456789abcdef01234567").unwrap();
    cards.push(Card::CloneSeqno(CloneSeqno { next: 0 }));
    cards.push(Card::Push(Codes { server: code, project: code }));
    cards
}

fn encode(cards: &[Card<'_>]) -> Vec<u8> {
    let mut writer = Writer::new();
    for card in cards {
        writer.push(card);
    }
    writer.finish().to_vec()
}

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
