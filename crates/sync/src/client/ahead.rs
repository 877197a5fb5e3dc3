//! The next batch of a clone, asked for while the last one is stored.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::session::Clone as CloneCard;
use outcrop_xfer::{Card, Reader, Writer};

use super::session::Session;
use crate::{DIALECT, Reply, Request, SyncError};

impl Session {
    /// The request for the next batch of a clone, if the reply that has just come says that there is
    /// one and what its number is. The reply itself is yet to be [received](Self::receive), and then
    /// that of this request, without a call of [`next_request`](Self::next_request) in between.
    ///
    /// What is asked for beside artifacts waits for later requests.
    pub fn request_ahead(&mut self, reply: &Reply) -> Result<Option<Request>, SyncError> {
        let Some(clone) = &self.clone else { return Ok(None) };
        let (version, asked) = (clone.partial.protocol, clone.partial.seqno);
        let knows_server = clone.introduced && clone.confirmed;
        let is_last = self.gets_nothing() || !self.may_go_on();
        if version < 2 || asked == 0 || !knows_server || is_last {
            return Ok(None);
        }
        let mut next = None;
        for card in Reader::with_limits(&reply.text(), self.options.limits) {
            match card {
                Ok(Card::CloneSeqno(seqno)) => next = Some(seqno.next),
                Ok(Card::Error(_)) | Err(_) => return Ok(None),
                Ok(_) => {}
            }
        }
        // That it must rise, and what it means if it does not, is told when the reply is received.
        let Some(seqno) = next.filter(|&next| next > asked) else { return Ok(None) };
        let mut out = Writer::new();
        if self.options.private {
            out.push(&Card::Pragma(Pragma::SendPrivate));
        }
        out.push(&Card::Pragma(Pragma::ClientVersion(DIALECT)));
        out.push(&Card::Clone(CloneCard::Batch { version, seqno }));
        self.send_off(out.finish()).map(Some)
    }
}

/// Waits until something has come, or until a limit. That it has come is seen whenever the task is woken:
/// whoever brings it is part of the same task, and comes before this in it.
pub(super) async fn comes_before<L>(
    has_come: impl Fn() -> bool,
    limit: impl Future<Output = L>,
) -> bool {
    let mut limit = pin!(limit);
    poll_fn(move |context| {
        // First, since a limit may cost a thread once it is asked for.
        if has_come() { Poll::Ready(true) } else { limit.as_mut().poll(context).map(|_| false) }
    })
    .await
}

/// Waits for two things at the same time.
pub(super) async fn both<A, B>(
    one: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut a, mut b) = (None, None);
    poll_fn(move |context| {
        if a.is_none()
            && let Poll::Ready(done) = one.as_mut().poll(context)
        {
            a = Some(done);
        }
        if b.is_none()
            && let Poll::Ready(done) = other.as_mut().poll(context)
        {
            b = Some(done);
        }
        match (a.take(), b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (left, right) => {
                (a, b) = (left, right);
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn what_comes_is_seen_before_the_limit_and_nothing_is_waited_for_longer() {
        let has_come = Cell::new(false);
        let bring = async {
            tokio::task::yield_now().await;
            has_come.set(true);
        };
        let ((), came) = both(bring, comes_before(|| has_come.get(), pending::<()>())).await;
        assert!(came);
        assert!(comes_before(|| true, ready(())).await);
        assert!(!comes_before(|| false, ready(())).await);
    }
}
