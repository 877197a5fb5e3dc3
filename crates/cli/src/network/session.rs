//! Carrying out a session that Ctrl-C ends safely.

use std::future::Future;

use outcrop_sync::Control;

use crate::{
    failure::{Exit, Failure},
    interruption::Interruption,
};

/// Waits for a session. Being asked to end, it ends at a safe point, and what has come is kept; being
/// asked once more, the program ends at once, which costs no more than the round under way, and of a
/// clone what came a moment before. What takes a moment only may be done first.
pub(crate) async fn until_interrupted<T>(
    control: &Control,
    session: impl Future<Output = T>,
) -> Result<T, Failure> {
    let interruption = Interruption::catch();
    let mut interruption = interruption.map_err(|error| Failure::new(Exit::Failed, &error))?;
    let mut session = std::pin::pin!(session);
    tokio::select! {
        done = &mut session => return Ok(done),
        () = interruption.come() => control.cancel(),
    }
    tokio::select! {
        done = session => Ok(done),
        () = interruption.come() => Err(Failure::new(Exit::Failed, &"interrupted")),
    }
}
