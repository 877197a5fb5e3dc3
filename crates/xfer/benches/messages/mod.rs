//! Messages that the benchmarks read and write: the same in each run.

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_xfer::{
    Card, Payload, Writer,
    card::{
        artifact::{Cfile, File},
        have::Igot,
        session::{CloneSeqno, Codes},
    },
};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Message {
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
    pub(crate) fn cards(self) -> Vec<Card<'static>> {
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

    pub(crate) fn text(self) -> Vec<u8> {
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
