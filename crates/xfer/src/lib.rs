//! The Fossil xfer protocol, bytes to cards and back.
//!
//! Two Fossil repositories converge by exchanging messages over HTTP. A message is a list of
//! *cards*, most of them a line of text, some with a payload after the line. This crate reads and
//! writes them, and knows nothing else: no I/O, no clock, no database.
//!
//! # A message
//!
//! Decode a message that a stock client sent, print its cards, write a reply:
//!
//! ```
//! use bytes::Bytes;
//! use outcrop_xfer::{Card, Limits, MediaType, Reader, Writer, card::notice::Notice};
//!
//! // A captured HTTP request: its head, which tells the content type, and its body.
//! let capture = include_bytes!("../../../testdata/wire/2.21/clone-v3/01-request.http");
//! let split = capture.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
//! let body = Bytes::from_static(&capture[split..]);
//! let media: MediaType = "application/x-fossil".parse()?;
//!
//! let text = media.open(body, &Limits::default())?;
//! let mut wants_clone = false;
//! for card in Reader::new(&text) {
//!     let card = card?;
//!     println!("{:12} {card:?}", card.kind());
//!     wants_clone |= matches!(card, Card::Clone(_));
//! }
//! assert!(wants_clone);
//!
//! let mut reply = Writer::new();
//! reply.push(&Card::Message(Notice::new("come back tomorrow").unwrap()));
//! let reply = reply.finish();
//! assert_eq!(reply.to_vec(), b"message come\\sback\\stomorrow\n");
//! let body_of_the_reply = media.seal(reply)?;
//! # assert!(!body_of_the_reply.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The cards
//!
//! Words are parted by blanks; each kind's file under [`card`] has the details.
//!
//! | card | from | |
//! |---|---|---|
//! | `login USER NONCE SIGNATURE` | client | [`login`] |
//! | `pull SERVERCODE PROJECTCODE` | client | [`Codes`](card::session::Codes) |
//! | `push SERVERCODE PROJECTCODE` | both | [`Codes`](card::session::Codes) |
//! | `clone [VERSION SEQNO]` | client | [`Clone`](card::session::Clone) |
//! | `clone_seqno SEQNO` | server | [`CloneSeqno`](card::session::CloneSeqno) |
//! | `cookie TEXT` | both | [`Cookie`](card::session::Cookie) |
//! | `file HASH [DELTASRC] SIZE \n CONTENT` | both | [`File`](card::artifact::File) |
//! | `cfile HASH [DELTASRC] USIZE CSIZE \n CONTENT` | both | [`Cfile`](card::artifact::Cfile) |
//! | `private` | both | [`Private`](card::artifact::Private) |
//! | `igot HASH [1]` | both | [`Igot`](card::have::Igot) |
//! | `gimme HASH` | both | [`Gimme`](card::have::Gimme) |
//! | `uvfile NAME MTIME HASH SIZE FLAGS [\n CONTENT]` | both | [`Uvfile`](card::unversioned::Uvfile) |
//! | `uvigot NAME MTIME HASH SIZE` | server | [`Uvigot`](card::unversioned::Uvigot) |
//! | `uvgimme NAME` | client | [`Uvgimme`](card::unversioned::Uvgimme) |
//! | `reqconfig NAME` | client | [`Reqconfig`](card::config::Reqconfig) |
//! | `config NAME SIZE \n CONTENT \n` | both | [`Config`](card::config::Config) |
//! | `pragma NAME …` | both | [`Pragma`](card::pragma::Pragma) |
//! | `error TEXT`, `message TEXT` | server | [`Notice`](card::notice::Notice) |
//! | `# …` | both | [`Comment`](card::notice::Comment) |
//! | `schema`, `xigot`, `xgimme`, `xrow`, `xdelete` | Go peers | [`table`](card::table) |
//!
//! # Trust
//!
//! Whatever a peer sends is either cards or an [`Error`] that says which card, where and why; no
//! input panics. What a peer can make large has a bound in [`Limits`]. What is written cannot be
//! taken for another card: words are [`Token`]s, text is
//! [`Escaped`](outcrop_format::escape::Escaped), payloads are counted.

mod body;
pub mod card;
mod chunks;
mod error;
mod limits;
mod line;
pub mod login;
mod media_type;
mod output;
mod payload;
mod reader;
mod token;
mod writer;

pub use card::{Card, Kind};
pub use chunks::Chunks;
pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use media_type::{MediaType, NotFossil};
pub use payload::Payload;
pub use reader::Reader;
pub use token::Token;
pub use writer::Writer;
