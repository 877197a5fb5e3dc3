//! What telling of pushes may take, by name.

use std::time::Duration;

/// Pushes that may wait to be told to one place, unless they can be told as one.
pub const WAITING: usize = 1_000;

/// Artifacts and files of one push that are told by name. All are counted.
pub const NAMED: usize = 1_000;

/// Check-ins of one push that are told one by one. All are counted.
pub const CHECK_INS: usize = 100;

/// Parents of a check-in that are told.
pub const PARENTS: usize = 100;

/// How long to wait for more of a push before it is told: a large one comes in many rounds.
pub const GATHER: Duration = Duration::from_millis(500);

/// For how long a push that goes on is not told.
pub const GATHER_AT_MOST: Duration = Duration::from_secs(10);

/// How long one attempt may take, unless told otherwise.
pub const DELIVERY: Duration = Duration::from_secs(30);

/// How long to wait after a failed attempt: twice as long after each further one.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest such wait.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(5);

const _: () = assert!(GATHER.as_millis() <= GATHER_AT_MOST.as_millis());
const _: () = assert!(FIRST_PAUSE.as_millis() <= LONGEST_PAUSE.as_millis());
