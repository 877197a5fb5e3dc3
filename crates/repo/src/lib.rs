//! Fossil repositories: the file, and what is in it.
//!
//! [`Repo`] opens a `.fossil` file or makes a new one; a [`ReadTx`](tx::ReadTx) reads artifacts and
//! a [`WriteTx`](tx::WriteTx) receives them. What artifacts are made of stands apart from the file:
//! [`delta`] and [`mod@artifact`] are plain functions of bytes.
//!
//! | module | holds |
//! |---|---|
//! | [`tx`] | transactions, the only doors to the database |
//! | [`content`] | artifacts, whole |
//! | [`verify`] | every artifact against its name, every derived row against the artifacts |
//! | [`receive`] | the one way in |
//! | [`crosslink`] | what artifacts mean to each other |
//! | [`sets`] | what to ask for, to announce, to send, to keep back |
//! | [`cluster`] | announcing many artifacts by one |
//! | [`deltify`] | storing an artifact as a change of another |
//! | [`compact`] | doing that for a whole repository |
//! | [`backup`] | a copy of a file in use |
//! | [`create`] | a new repository |
//! | [`census`] | how much is in a repository |
//! | [`unversioned`] | files of which only the last version is kept |
//! | [`tables`] | rows that peers share beside artifacts |
//! | [`delta`] | one file told as a change of another |
//! | [`mod@artifact`] | artifacts with a meaning: check-ins, wiki pages, tickets |
//! | [`markup`] | what texts link to |
//! | [`ticket`] | tickets: what their changes come to |
//! | [`config`] | the configuration, as peers exchange it |
//! | [`user`], [`capability`], [`secret`] | users, what they may do, their passwords |
//! | [`shun`] | artifacts that are not wanted |
//! | [`hash_policy`] | how new artifacts are named |
//! | [`setting`], [`delivery`], [`conceal`], [`report`], [`link`] | what else is kept |
//! | [`compose`] | new ones of them |
//! | [`read`] | names, files, the timeline, pages and tickets |
//! | [`commit`] | check-ins, pages and tickets written without a check-out |
//! | [`limits`] | every bound, by name |

pub mod artifact;
pub mod backup;
pub mod blob;
pub mod capability;
pub mod census;
pub mod cluster;
pub mod commit;
pub mod compact;
pub mod compose;
pub mod conceal;
pub mod config;
pub mod content;
pub mod create;
pub mod crosslink;
pub mod damage;
pub mod delivery;
pub mod delta;
pub mod deltify;
pub mod hash_policy;
pub mod limits;
pub mod link;
pub mod markup;
pub mod read;
pub mod receive;
pub mod report;
pub mod schema;
pub mod secret;
pub mod sets;
pub mod setting;
pub mod shun;
pub mod tables;
pub mod ticket;
pub mod tx;
pub mod unversioned;
pub mod user;
pub mod verify;

mod cache;
mod id;
mod maps;
mod numbers;
mod open;
mod pieces;
mod progress;
mod publish;
mod walk;

pub use id::Rid;
pub use open::{OpenError, OpenOptions, Repo};
pub use progress::{Progress, Stage};
