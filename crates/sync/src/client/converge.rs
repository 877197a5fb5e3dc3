//! Whether another round is needed.

use super::limits::BARREN_ROUNDS;

/// What a session knows after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
// Facts, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Standing {
    /// More of the clone is to come: artifacts, or what can only be asked for once logged in.
    pub(super) cloning: bool,
    /// Something has come, or was sent with this round's request.
    pub(super) moved: bool,
    /// Something waits to be sent, announced or answered.
    pub(super) to_say: bool,
    /// There are artifacts to ask for that this server has not failed to give.
    pub(super) to_ask: bool,
    /// Rounds in a row, this one included, in which nothing has moved.
    pub(super) barren: u32,
}

/// What a session does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It sends another request.
    Round,
    /// There is nothing left to do.
    Done,
    /// The server promises more of the clone, and does not send it.
    Stuck,
}

/// Decides what a session does after a round.
///
/// ```text
///              ┌──────────────────────────────────────────────────────┐
///              ▼                                                      │
///          request ──► reply ──► to say? ── yes ──────────────────────┤
///                                  │ no                               │
///                                  ▼                    moved, or     │
///                          cloning, or to ask? ── yes ──not barren ───┤
///                                  │ no            for long │ else    │
///                                  ▼                        ▼         │
///                                done ◄── asking ──── what was it? ── cloning ─► stuck
/// ```
///
/// Every round that follows has a reason, and all reasons are finite: an artifact is sent at most
/// [`SENT_AT_MOST`](super::limits::SENT_AT_MOST) times and announced once; what the server was asked
/// for and did not give is not asked for again, unless it is promised anew, and promises count only
/// for [`BARREN_ROUNDS`]; what has come does not come again. A server that always has something new
/// is left after [`ROUNDS`](super::limits::ROUNDS).
pub(super) fn next(standing: Standing) -> Next {
    if standing.to_say {
        return Next::Round;
    }
    let hopeful = standing.moved || standing.barren < BARREN_ROUNDS;
    match standing {
        Standing { cloning: true, .. } if !hopeful => Next::Stuck,
        Standing { cloning: true, .. } => Next::Round,
        Standing { to_ask: true, .. } if hopeful => Next::Round,
        _ => Next::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_there_is_nothing_left() {
        assert_eq!(next(Standing::default()), Next::Done);
        assert_eq!(next(Standing { moved: true, ..Standing::default() }), Next::Done);
    }

    #[test]
    fn every_reason_is_enough_for_another_round() {
        for standing in [
            Standing { to_say: true, barren: 99, ..Standing::default() },
            Standing { to_ask: true, barren: 1, ..Standing::default() },
            Standing { to_ask: true, moved: true, ..Standing::default() },
            Standing { cloning: true, barren: 1, ..Standing::default() },
        ] {
            assert_eq!(next(standing), Next::Round, "{standing:?}");
        }
    }

    #[test]
    fn promises_are_believed_for_a_while_only() {
        let asking = Standing { to_ask: true, barren: BARREN_ROUNDS, ..Standing::default() };
        assert_eq!(next(asking), Next::Done);
        let cloning = Standing { cloning: true, barren: BARREN_ROUNDS, ..Standing::default() };
        assert_eq!(next(cloning), Next::Stuck);
    }
}
