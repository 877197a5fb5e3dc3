//! What holds for any cards and any bytes.
// A test says what it expects by unwrapping, indexing and panicking.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use outcrop_format::{escape::Escaped, hash::HashName};
use outcrop_xfer::{
    Card, Limits, MediaType, Payload, Reader, Token, Writer,
    card::{
        artifact::{Cfile, File, Private},
        config::{Config, Reqconfig},
        have::{Gimme, Igot},
        notice::{Comment, Notice},
        pragma::{Built, Pragma, Unknown, Version},
        session::{Clone, CloneSeqno, Codes, Cookie, Login},
        table::{Schema, Xdelete, Xgimme, Xigot, Xrow},
        unversioned::{UvBody, Uvfile, Uvgimme, Uvigot},
    },
};
use proptest::{collection::vec, prelude::*, sample::select};

/// Cards borrow; the strategies leak the little they make.
fn leak(bytes: Vec<u8>) -> &'static [u8] {
    bytes.leak()
}

fn hash() -> impl Strategy<Value = HashName> {
    prop_oneof![
        any::<[u8; 20]>().prop_map(HashName::from_sha1),
        any::<[u8; 32]>().prop_map(HashName::from_sha3)
    ]
}

fn token() -> impl Strategy<Value = Token<'static>> {
    vec(any::<u8>().prop_filter("a blank", |b| !outcrop_format::escape::is_blank(*b)), 1..20)
        .prop_map(|word| Token::new(leak(word)).unwrap())
}

fn file_name() -> impl Strategy<Value = Token<'static>> {
    "[a-z]{1,8}(/[a-zäé.]{1,8}[a-z]){0,3}"
        .prop_map(|name| Token::new(leak(name.into_bytes())).unwrap())
}

fn text() -> impl Strategy<Value = Escaped<'static>> {
    vec(any::<u8>(), 1..30).prop_map(|text| Escaped::new(leak(text)).unwrap())
}

/// Payloads of a few bytes, many of them newlines; and some that are large enough to be passed on.
fn payload() -> impl Strategy<Value = Payload<'static>> {
    prop_oneof![
        8 => vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..40)
            .prop_map(|bytes| Payload::Borrowed(leak(bytes))),
        1 => (32_000_usize..34_000, any::<u8>())
            .prop_map(|(len, byte)| Payload::Shared(Bytes::from(vec![byte; len]))),
    ]
}

fn size() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(i32::MAX as u32), 0..=i32::MAX as u32]
}

fn mtime() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(i64::MAX as u64), 0..=i64::MAX as u64]
}

fn version() -> impl Strategy<Value = Version> {
    let built = prop::option::of((size(), size()).prop_map(|(date, time)| Built { date, time }));
    (size(), built).prop_map(|(release, built)| Version { release, built })
}

fn artifact() -> impl Strategy<Value = Card<'static>> {
    let source = || prop::option::of(hash());
    prop_oneof![
        (hash(), source(), payload()).prop_map(|(name, source, content)| Card::File(File {
            name,
            source,
            content
        })),
        (hash(), source(), size(), payload()).prop_map(|(name, source, size, content)| {
            Card::Cfile(Cfile { name, source, size, content })
        }),
        Just(Card::Private(Private)),
        (hash(), any::<bool>()).prop_map(|(name, private)| Card::Igot(Igot { name, private })),
        hash().prop_map(|name| Card::Gimme(Gimme { name })),
    ]
}

fn session() -> impl Strategy<Value = Card<'static>> {
    let sha1 = || any::<[u8; 20]>().prop_map(HashName::from_sha1);
    let codes = || (token(), token()).prop_map(|(server, project)| Codes { server, project });
    prop_oneof![
        (text(), hash(), sha1())
            .prop_map(|(user, nonce, signature)| { Card::Login(Login { user, nonce, signature }) }),
        codes().prop_map(Card::Push),
        codes().prop_map(Card::Pull),
        Just(Card::Clone(Clone::Announce)),
        (2..100_u32, size())
            .prop_map(|(version, seqno)| Card::Clone(Clone::Batch { version, seqno })),
        size().prop_map(|next| Card::CloneSeqno(CloneSeqno { next })),
        token().prop_map(|text| Card::Cookie(Cookie { text })),
    ]
}

fn pragma() -> impl Strategy<Value = Card<'static>> {
    let plain = select(vec![
        Pragma::SendPrivate,
        Pragma::SendCatalog,
        Pragma::ReqClusters,
        Pragma::ReqLinks,
        Pragma::UvPullOnly,
        Pragma::UvPushOk,
        Pragma::AvoidDeltaManifests,
    ]);
    prop_oneof![
        plain,
        version().prop_map(Pragma::ClientVersion),
        version().prop_map(Pragma::ServerVersion),
        hash().prop_map(Pragma::UvHash),
        (hash(), token()).prop_map(|(checkin, client)| Pragma::CiLock { checkin, client }),
        (text(), mtime()).prop_map(|(user, mtime)| Pragma::CiLockFail { user, mtime }),
        token().prop_map(|client| Pragma::CiUnlock { client }),
        token().prop_map(Pragma::ClientUrl),
        (text(), text(), mtime()).prop_map(|(url, arg, mtime)| Pragma::Link { url, arg, mtime }),
        (token(), token()).prop_map(|(table, hash)| Pragma::XtableHash { table, hash }),
        (token(), token()).prop_map(|(table, hash)| Pragma::XtableSum { table, hash }),
        Just(Pragma::Xtables),
        ("x-[a-z]{1,8}", vec("[a-z]{1,5}", 0..9)).prop_map(|(name, words)| {
            let name = Token::new(leak(name.into_bytes())).unwrap();
            Pragma::Other(Unknown::new(name, leak(words.join(" ").into_bytes())).unwrap())
        }),
    ]
    .prop_map(Card::Pragma)
}

fn unversioned() -> impl Strategy<Value = Card<'static>> {
    let body = prop_oneof![
        Just(UvBody::Deleted),
        (hash(), size()).prop_map(|(hash, size)| UvBody::Omitted { hash, size }),
        (hash(), payload()).prop_map(|(hash, content)| UvBody::Content { hash, content }),
    ];
    prop_oneof![
        (file_name(), mtime(), body).prop_map(|(name, mtime, body)| Card::Uvfile(Uvfile {
            name,
            mtime,
            body
        })),
        (file_name(), mtime(), prop::option::of(hash()), size())
            .prop_map(|(name, mtime, hash, size)| Card::Uvigot(Uvigot { name, mtime, hash, size })),
        file_name().prop_map(|name| Card::Uvgimme(Uvgimme { name })),
    ]
}

fn other() -> impl Strategy<Value = Card<'static>> {
    let comment = vec(any::<u8>().prop_filter("a newline", |b| *b != b'\n'), 0..40)
        .prop_map(|text| Card::Comment(Comment::new(leak(text)).unwrap()));
    prop_oneof![
        token().prop_map(|name| Card::Reqconfig(Reqconfig { name })),
        (token(), payload()).prop_map(|(name, content)| Card::Config(Config { name, content })),
        text().prop_map(|text| Card::Error(Notice { text })),
        text().prop_map(|text| Card::Message(Notice { text })),
        comment,
    ]
}

fn table() -> impl Strategy<Value = Card<'static>> {
    prop_oneof![
        (token(), any::<i64>(), token(), any::<i64>(), payload()).prop_map(
            |(table, version, hash, mtime, definition)| {
                Card::Schema(Schema { table, version, hash, mtime, definition })
            }
        ),
        (token(), token(), any::<i64>(), proptest::option::of(token())).prop_map(
            |(table, key, mtime, content)| Card::Xigot(Xigot { table, key, mtime, content })
        ),
        (token(), token()).prop_map(|(table, key)| Card::Xgimme(Xgimme { table, key })),
        (token(), token(), any::<i64>(), payload())
            .prop_map(|(table, key, mtime, row)| Card::Xrow(Xrow { table, key, mtime, row })),
        (token(), token(), any::<i64>(), payload()).prop_map(|(table, key, mtime, key_values)| {
            Card::Xdelete(Xdelete { table, key, mtime, key_values })
        }),
    ]
}

fn cards() -> impl Strategy<Value = Vec<Card<'static>>> {
    let card = prop_oneof![artifact(), session(), pragma(), unversioned(), other(), table()];
    vec(card, 0..12)
}

fn encode(cards: &[Card<'_>]) -> Vec<u8> {
    let mut writer = Writer::new();
    for card in cards {
        writer.push(card);
    }
    writer.finish().to_vec()
}

fn decode(text: &[u8]) -> Vec<Card<'_>> {
    Reader::new(text).map(|card| card.unwrap()).collect()
}

/// Bytes that look like cards here and there.
fn card_like() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<Vec<u8>> = outcrop_xfer::Kind::ALL
        .iter()
        .map(|kind| kind.verb().into())
        .chain([
            b" ".to_vec(),
            b"\n".to_vec(),
            b"-".to_vec(),
            b"0".to_vec(),
            b"3".to_vec(),
            b"99999999999".to_vec(),
            vec![b'a'; 40],
            vec![b'a'; 64],
            b"\\s".to_vec(),
            b"client-version".to_vec(),
        ])
        .collect();
    let piece = prop_oneof![4 => select(words), 1 => vec(any::<u8>(), 0..4)];
    vec(piece, 0..40).prop_map(|pieces| pieces.join(&b' '))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_cards_survive_the_round_trip(cards in cards()) {
        let text = encode(&cards);
        prop_assert_eq!(&decode(&text), &cards);
        prop_assert_eq!(encode(&decode(&text)), text);
    }

    #[test]
    fn the_length_is_known_while_writing(cards in cards(), budget in 0_usize..2000) {
        let mut writer = Writer::with_budget(budget);
        let mut expected = Vec::new();
        for card in &cards {
            let had_room = expected.len() < budget;
            prop_assert_eq!(writer.has_room(), had_room);
            prop_assert_eq!(writer.offer(card), had_room);
            if had_room {
                expected.extend(encode(std::slice::from_ref(card)));
            }
            prop_assert_eq!(writer.len(), expected.len());
        }
        let chunks = writer.finish();
        prop_assert_eq!(chunks.len(), expected.len());
        prop_assert_eq!(chunks.to_vec(), expected);
    }

    #[test]
    fn the_tail_is_what_the_later_cards_encode_to(cards in cards(), at: prop::sample::Index) {
        let text = encode(&cards);
        let at = if cards.is_empty() { 0 } else { at.index(cards.len()) };
        let mut reader = Reader::new(&text);
        for _ in 0..at {
            reader.next().unwrap().unwrap();
        }
        prop_assert_eq!(reader.tail(), &encode(&cards[at..])[..]);
        prop_assert_eq!(reader.offset() + reader.tail().len(), text.len());
        prop_assert_eq!(reader.cards(), at);
    }

    #[test]
    fn any_bytes_decode_or_fail_in_place(
        text in prop_oneof![card_like(), vec(any::<u8>(), 0..200)]
    ) {
        let mut reader = Reader::new(&text);
        let mut decoded = Vec::new();
        while let Some(card) = reader.next() {
            match card {
                Ok(card) => decoded.push(card),
                Err(error) => {
                    prop_assert!(error.offset <= text.len());
                    prop_assert_eq!(error.card, decoded.len());
                    prop_assert!(!error.to_string().is_empty());
                    prop_assert!(reader.next().is_none());
                }
            }
        }
        // What was decoded is written in a form that decodes to the same.
        let written = encode(&decoded);
        prop_assert_eq!(&decode(&written), &decoded);
    }

    #[test]
    fn every_truncation_decodes_to_a_prefix_or_fails(cards in cards(), at: prop::sample::Index) {
        let text = encode(&cards);
        let cut = &text[..at.index(text.len() + 1)];
        let whole = Reader::new(cut).flatten().count();
        prop_assert!(whole <= cards.len());
    }

    #[test]
    fn strict_limits_hold(text in card_like()) {
        let limits = Limits { line: 50, tokens: 4, payload: 5, cards: 3, message: 100 };
        let mut reader = Reader::with_limits(&text, limits);
        let mut count = 0;
        while let Some(Ok(card)) = reader.next() {
            count += 1;
            prop_assert!(reader.line().len() <= limits.line);
            if let Card::File(file) = card {
                prop_assert!(file.content.len() <= limits.payload);
            }
        }
        prop_assert!(count <= limits.cards);
    }

    #[test]
    fn any_body_opens_or_fails_within_the_limit(body: Vec<u8>, limit in 0_usize..1000) {
        let limits = Limits { message: limit, ..Limits::default() };
        for media in [MediaType::Compressed, MediaType::Debug, MediaType::Uncompressed] {
            if let Ok(text) = media.open(Bytes::from(body.clone()), &limits) {
                prop_assert!(text.len() <= limit);
            }
        }
    }
}
