//! Where artifacts came from.

use crate::artifact::Moment;

/// One time that something was added to the repository.
/// [`ReadTx::deliveries`](crate::tx::ReadTx::deliveries) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The number of the row.
    pub number: i64,
    /// The user, by number, if it was one.
    pub uid: Option<i64>,
    /// The login of that user, unless the user is gone.
    pub user: Option<String>,
    /// When.
    pub at: Option<Moment>,
    /// The network address of the peer.
    pub address: Option<String>,
}
