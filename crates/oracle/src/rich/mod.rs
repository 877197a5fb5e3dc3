//! Rich repositories: everything that Fossil knows, in its odder shapes, the same for every seed.
//!
//! The artifacts are composed here, apart from the product, and put into a file that `fossil new`
//! made; stock's rebuild then derives every table from them.

mod cards;
mod checkins;
mod controls;
mod files;
mod natural;
mod pages;
mod shape;
mod store;
mod tickets;
mod world;

use std::path::PathBuf;

pub use natural::natural;
pub use shape::{Quick, Shape};

use crate::Stock;
use world::World;

/// A rich repository.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rich {
    /// The file, its tables made by stock's rebuild.
    pub repository: PathBuf,
    /// What it was made of, in the order of creation, those too that are not in the file.
    pub artifacts: Vec<Artifact>,
}

/// One artifact of a rich repository.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Artifact {
    /// Its hash.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub fate: Fate,
    /// Where in the list the artifact stands that it is the next version of.
    pub kin: Option<usize>,
}

/// What an artifact is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The content of a file.
    File,
    /// A check-in.
    CheckIn,
    /// A control artifact.
    Control,
    /// A version of a wiki page.
    Wiki,
    /// A version of a technote.
    Technote,
    /// A change of a ticket.
    Ticket,
    /// An attachment, or its deletion.
    Attachment,
    /// A forum post.
    Post,
    /// A cluster.
    Cluster,
    /// What the real program made.
    Natural,
}

/// Where an artifact is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fate {
    /// In the file.
    Kept,
    /// In the file, and private.
    Private,
    /// Not in the file, though others name it. A test may deliver it later.
    Withheld,
    /// Forbidden in the file.
    Shunned,
}

/// Makes a rich repository in stock's scratch folder.
///
/// What is composed is the same for the same seed and shape; what the real program makes first, if
/// the shape asks for it, is dated by its clock.
///
/// # Panics
///
/// If stock does not take it.
#[must_use]
pub fn rich(stock: &Stock, name: &str, seed: u64, shape: &Shape) -> Rich {
    let Rich { repository, mut artifacts } =
        if shape.natural { natural(stock, name, seed) } else { empty(stock, name) };
    let mut world = World::new(seed, shape);
    compose(&mut world);
    store::store(&mut world, &repository);
    stock.rebuild(&repository);
    let before = artifacts.len();
    artifacts.extend(world.artifacts.into_iter().map(|mut artifact| {
        artifact.kin = artifact.kin.map(|kin| kin + before);
        artifact
    }));
    Rich { repository, artifacts }
}

/// A new repository.
fn empty(stock: &Stock, name: &str) -> Rich {
    let repository = stock.path(format!("{name}.fossil"));
    stock.ok(&["new".as_ref(), "-A".as_ref(), "alice".as_ref(), repository.as_os_str()]);
    Rich { repository, artifacts: Vec::new() }
}

/// Makes one artifact, or a few.
type Action = fn(&mut World);

/// Makes the artifacts, of all kinds by turns.
fn compose(world: &mut World) {
    let shape = world.shape.clone();
    let actions: [(usize, Action); 8] = [
        (shape.check_ins, World::check_in),
        (shape.controls, World::control),
        (shape.wikis, World::wiki),
        (shape.technotes, World::technote),
        (shape.tickets, World::ticket),
        (shape.attachments, World::attachment),
        (shape.posts, World::post),
        (shape.clusters, World::cluster),
    ];
    let mut turns = Vec::new();
    for (count, action) in actions {
        turns.extend(std::iter::repeat_n(action, count));
    }
    world.random.shuffle(&mut turns);
    // Something to tag must be there first.
    world.check_in();
    for action in turns {
        action(world);
    }
}
