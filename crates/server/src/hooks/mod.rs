//! Telling others of each push: a command is run, or an address on the web is posted to.
//!
//! ```text
//! round ─► commit ─► reply                         nobody waits for what is told
//!             └─► queue of each place ─► gathered, looked up ─► told ─┬─► done
//!                        ▲                                            │ failed
//!                        └──────────── again, after a longer pause ───┘
//! ```
//!
//! One line of JSON tells of one push:
//!
//! | member | is |
//! |---|---|
//! | `event` | `"push"` |
//! | `repository` | its name: the path below the folder that is served, without `.fossil` |
//! | `project_code` | the code of its project |
//! | `user`, `address` | who has pushed, and from where; null if unknown, or several |
//! | `time` | when, in UTC |
//! | `rounds` | the requests that brought it |
//! | `artifacts`, `artifact_names` | how many came that were not there, and the names of the first [1,000](limits::NAMED) |
//! | `check_ins` | how many of them are check-ins |
//! | `check_in_list` | the first [100](limits::CHECK_INS): `name`, `branch`, `user`, `comment`, `time`, `parents`, `private` |
//! | `unversioned_files`, `unversioned_names` | unversioned files that have changed |
//!
//! A push is told once it is on the disk, and until it was taken note of, for as long as the server
//! lives: so it may be told twice. What was not told when the server ends is logged.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`PushHooks`] |
//! | `target.rs` | [`Target`]: where pushes are told, and how |
//! | `push.rs` | a push, as it is told |
//! | `heard.rs` | hearing what has come of a round |
//! | `queue.rs` | pushes that wait |
//! | `lane.rs` | one place that is told of pushes, one after the other |
//! | `log.rs` | what is logged |
//! | [`limits`] | every bound, by name |

mod heard;
mod lane;
pub mod limits;
mod log;
mod push;
mod queue;
mod target;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_sync::http::Connector;
use outcrop_sync::{HandleError, HandleOptions, HttpOptions, Observer, Reply, Request};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::heard::Heard;
use self::lane::Lane;
use self::push::{Push, name_of};
pub use self::target::Target;

/// Where pushes are told, and within which bounds.
#[derive(Debug, Clone)]
pub struct HookOptions {
    /// The places, each with a queue of its own.
    pub targets: Vec<Target>,
    /// The folder below which repositories have their names.
    pub root: Option<PathBuf>,
    /// How long one attempt may take.
    pub delivery: Duration,
    /// Certificates of authorities, in PEM form, that are trusted beside the system's.
    pub extra_authorities: Option<Bytes>,
}

impl Default for HookOptions {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            root: None,
            delivery: limits::DELIVERY,
            extra_authorities: None,
        }
    }
}

/// Tells others of each push. What waits is lost unless it is [closed](PushHooks::close).
///
/// ```no_run
/// use outcrop_server::hooks::{HookOptions, PushHooks};
/// use outcrop_server::{Hosting, ServiceOptions, XferService};
/// use outcrop_sync::handle_sync;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let targets = vec!["https://ci.example.org/pushed".parse()?, "./announce".parse()?];
/// let hooks = PushHooks::start(HookOptions { targets, ..HookOptions::default() });
/// let hosting = Hosting::new("repositories")?;
/// let options = ServiceOptions::default();
/// let rounds = XferService::with_handler(hosting, options, hooks.around(handle_sync));
/// // … serve …
/// hooks.close(std::time::Duration::from_secs(10)).await;
/// rounds.close().await;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PushHooks(Arc<Shared>);

struct Shared {
    lanes: Vec<Arc<Lane>>,
    root: Option<PathBuf>,
    /// What tells; taken by who waits for the end.
    telling: Mutex<JoinSet<()>>,
}

impl PushHooks {
    /// Begins to tell. Must be called within a Tokio runtime that has its I/O and time drivers
    /// enabled.
    #[must_use]
    pub fn start(options: HookOptions) -> Self {
        let mut telling = JoinSet::new();
        let lane = |target| {
            let connector = Connector::new(HttpOptions::STALL, options.extra_authorities.clone());
            let lane = Arc::new(Lane::new(target, connector, options.delivery));
            let running = Arc::clone(&lane);
            telling.spawn(async move { running.run().await });
            lane
        };
        let lanes = options.targets.into_iter().map(lane).collect();
        // Repositories have their real paths.
        let root = options.root.map(|root| root.canonicalize().unwrap_or(root));
        Self(Arc::new(Shared { lanes, root, telling: Mutex::new(telling) }))
    }

    /// A handler that tells of what another one has taken in.
    pub fn around<H>(
        &self,
        handler: H,
    ) -> impl Fn(&Repo, Request, &HandleOptions<'_>) -> Result<Reply, HandleError> + Send + Sync + use<H>
    where
        H: Fn(&Repo, Request, &HandleOptions<'_>) -> Result<Reply, HandleError> + Send + Sync,
    {
        let hooks = self.clone();
        move |repo, request, options| {
            if hooks.0.lanes.is_empty() {
                return handler(repo, request, options);
            }
            let heard = Arc::new(Heard::default());
            let watched: Vec<Arc<dyn Observer>> =
                vec![Arc::clone(&heard) as _, Arc::clone(&options.observer)];
            let watching = HandleOptions { observer: Arc::new(watched), ..options.clone() };
            let reply = handler(repo, request, &watching)?;
            if let Some(handled) = heard.take() {
                let name = name_of(repo.path(), hooks.0.root.as_deref());
                let at = moment(options.env.clock.now());
                let push = Push::of(repo, name, options.address.clone(), at, &handled);
                if let Some(push) = push {
                    hooks.tell(&push);
                }
            }
            Ok(reply)
        }
    }

    fn tell(&self, push: &Push) {
        for lane in &self.0.lanes {
            lane.add(push.clone());
        }
    }

    /// Tells all that waits, within so long; gives how many were not told.
    pub async fn close(&self, grace: Duration) -> usize {
        for lane in &self.0.lanes {
            lane.close();
        }
        let mut telling =
            std::mem::take(&mut *self.0.telling.lock().unwrap_or_else(PoisonError::into_inner));
        let ending = async { while telling.join_next().await.is_some() {} };
        let _ = timeout(grace, ending).await;
        telling.shutdown().await;
        self.0.lanes.iter().map(|lane| lane.abandon()).sum()
    }
}

impl fmt::Debug for PushHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushHooks").field("root", &self.0.root).finish_non_exhaustive()
    }
}

fn moment(time: SystemTime) -> Moment {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment::since_1970(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
