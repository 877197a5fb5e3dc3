//! `outcrop serve`: repositories over HTTP.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the command, and what its arguments come to |
//! | `listen.rs` | where to listen: addresses, Unix sockets, what a supervisor passes |
//! | `tls.rs` | certificate and key |
//! | `proxy.rs` | what stands in front |
//! | `bounds.rs` | what clients may do |
//! | `beside.rs` | pages by stock Fossil, and telling others of pushes: `scgi` and others have that too |
//! | `watch.rs` | logs and metrics |
//! | `first.rs` | a first repository |
//! | `run.rs` | the server, from its start to its end |
//! | `announce.rs` | what is said when it is ready |
//! | `supervisor.rs` | speaking with systemd, or whoever else started us |

mod announce;
pub(super) mod beside;
mod bounds;
mod first;
mod listen;
mod proxy;
mod run;
mod supervisor;
mod tls;
mod watch;

use std::path::PathBuf;

use outcrop_repo::create::CreateOptions;
use outcrop_server::hooks::HookOptions;
use outcrop_server::{GatewayOptions, ListenOptions, Metrics, ServiceOptions, Tls};

use crate::failure::Failure;
use crate::logging::LoggingArgs;
use crate::telemetry::TelemetryArgs;
use beside::{HookArgs, WebArgs};
use bounds::BoundsArgs;
use first::FirstArgs;
use listen::{ListenArgs, Place};
use proxy::ProxyArgs;
pub(crate) use run::run;
use supervisor::Passed;
use tls::TlsArgs;
use watch::{MetricsAt, WatchArgs};

/// Serve repositories over HTTP
///
/// PATH is a repository file, or a folder: then every NAME.fossil in it and in the folders below is
/// served as /NAME, and files that come and go are noticed. Stock fossil clones, pulls and pushes;
/// a browser sees a page, or with --web all pages of stock fossil. The answers of /healthz, /readyz and /metrics are for those who watch over
/// servers.
///
/// Ctrl-C, or the signal TERM, ends it when the rounds under way are done; a second one at once. The
/// signal HUP has certificates read anew. systemd is told when the server is ready, reloads and
/// stops.
///
/// With -v a line on stderr tells of each request and of who was allowed what. With --json one line
/// is printed when the server is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// A repository, or a folder of repositories
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    first: FirstArgs,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    proxy: ProxyArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    bounds: BoundsArgs,
    #[command(flatten)]
    web: WebArgs,
    #[command(flatten)]
    hooks: HookArgs,
}

const EXAMPLES: &str = "\
Examples:
  outcrop serve --create project.fossil         a first repository, and how to clone it
  outcrop serve repositories --listen 0.0.0.0:8080 -v
  outcrop serve repositories --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem
  outcrop serve repositories --listen unix:/run/outcrop/socket --socket-mode 660 \\
      --trust-proxy unix --base-url https://code.example.org/
  outcrop serve repositories --web fossil       with all pages of stock fossil
  outcrop serve repositories --on-push 'jq -r .repository | xargs ./build'
  outcrop serve repositories --metrics 127.0.0.1:9100 --log-format json -v
  outcrop serve project.fossil --listen 127.0.0.1:0 --json

The line of --json is an object: listening (the first address), addresses (all of them), base_url,
metrics (their own address, if they have one), path, and created (the first repository, if it was
made: file, project_code, admin_user, admin_password, clone).

Logins that fail make the next one from the same place wait, longer each time. Behind a proxy all
clients seem to come from one place, unless --trust-proxy says whose word on them counts.";

/// What to serve, and how.
#[derive(Debug)]
pub(crate) struct Settings {
    path: PathBuf,
    places: Vec<Place>,
    passed: Passed,
    socket_mode: Option<u32>,
    create: Option<CreateOptions>,
    tls: Option<Tls>,
    logging: LoggingArgs,
    telemetry: TelemetryArgs,
    metrics_at: MetricsAt,
    service: ServiceOptions,
    connections: ListenOptions,
    web: Option<GatewayOptions>,
    hooks: HookOptions,
}

impl Settings {
    /// Rounds that are worked on at a time.
    pub(crate) const fn rounds(&self) -> usize {
        self.service.rounds
    }
}

impl ServeArgs {
    /// What the arguments come to. Takes sockets that were passed on out of the environment, so it
    /// must come before anything runs at the same time.
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        let passed = Passed::take()?;
        let metrics = Metrics::default();
        let socket_mode = self.listen.socket_mode()?;
        let places = self.listen.places(&passed);
        let web = self.web.resolve();
        // A browser that has gone away needs no page.
        let proxies = self.proxy.proxies();
        let (service, connections) = self.bounds.resolve(&metrics, web.is_none(), &proxies);
        let hooks = self.hooks.resolve(&self.path)?;
        Ok(Settings {
            path: self.path,
            places,
            passed,
            socket_mode,
            create: self.first.resolve()?,
            tls: self.tls.resolve()?,
            logging: self.watch.logging(),
            telemetry: self.watch.telemetry(),
            metrics_at: self.watch.metrics(),
            service: self.proxy.resolve(service)?,
            connections,
            web,
            hooks,
        })
    }
}
