//! Serving rounds of the Fossil sync protocol over HTTP.
//!
//! | module | holds |
//! |---|---|
//! | `service.rs`, `options.rs` | [`XferService`]: rounds over HTTP, to be mounted beside other routes |
//! | `site.rs` | [`Site`]: rounds, pages for people, and whether the server is well |
//! | `hosting/` | [`Hosting`]: which repository a path stands for |
//! | `listen/` | [`serve()`]: connections, plain or by [`Tls`], until it is time to stop |
//! | `caller/` | [`Caller`]: who calls, behind [`Proxies`] too |
//! | `trust.rs` | [`trust()`]: whose rights a request has, by what comes beside its cards |
//! | `doorman/` | failed logins make the next one wait |
//! | `turns.rs`, `round/` | the steps of a round, and the work itself |
//! | `headers.rs`, `body.rs`, `gate.rs`, `answer.rs` | what comes with a round, places for so many, other answers |
//! | `stranger.rs`, `share.rs` | a lower bound for who does not log in, a part of the places for each caller |
//! | `metrics/`, `probes.rs` | [`Metrics`], and [`Probes`]: whether a server is well, and what it does |
//! | `pages/` | what people see |
//! | [`gateway`] | [`Gateway`]: pages by stock Fossil |
//! | [`hooks`] | [`PushHooks`](hooks::PushHooks): telling others of each push |
//! | [`entry`] | other ways in: inetd, SSH, CGI and SCGI |
//! | `cgi/` | requests and answers as CGI has them |
//! | `process.rs` | programs that are run |
//! | `log.rs`, `trace.rs` | what is logged, and by which id |
//! | [`limits`] | every bound, by name |
//! | [`record`] | [`Recorder`](record::Recorder): stands between a client and a server, and keeps every message |
//!
//! Serve a folder of repositories:
//!
//! ```no_run
//! use outcrop_server::{Hosting, ListenOptions, ServiceOptions, Site, XferService, bind, serve};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let rounds = XferService::new(Hosting::new("repositories")?, ServiceOptions::default());
//! let listener = bind("127.0.0.1:8080".parse()?)?;
//!
//! let ctrl_c = std::future::pending();
//! serve(listener, Site::new(rounds.clone()), ListenOptions::default(), ctrl_c).await;
//! rounds.close().await;
//! # Ok(()) }
//! ```
//!
//! Record what a stock client and a stock server say to each other:
//!
//! ```no_run
//! use outcrop_server::record::{RecordOptions, Recorder};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let upstream = "https://fossil-scm.org/home".parse()?;
//! let recorder = Recorder::bind(RecordOptions::new(upstream, "captures")).await?;
//! println!("fossil clone http://{}/ copy.fossil", recorder.local_addr());
//!
//! let ctrl_c = std::future::pending();
//! recorder.run(ctrl_c, |exchange| println!("{}", exchange.number)).await;
//! # Ok(()) }
//! ```

mod answer;
mod body;
mod caller;
mod cgi;
mod doorman;
pub mod entry;
mod gate;
pub mod gateway;
mod headers;
pub mod hooks;
mod hosting;
pub mod limits;
mod listen;
mod log;
mod memory;
mod metrics;
mod options;
mod pages;
mod probes;
mod process;
pub mod record;
mod round;
mod service;
mod share;
mod site;
mod stranger;
mod trace;
mod trust;
mod turns;

pub use answer::Answer;
pub use caller::{Caller, Network, NotANetwork, Proxies};
pub use gateway::{Gateway, GatewayOptions, NoFossil};
pub use hosting::{Hosted, Hosting, HostingError, NotFound};
pub use listen::{ListenOptions, Listener, Listeners, Peer, Tls, TlsError, bind, serve};
pub use metrics::Metrics;
pub use options::ServiceOptions;
pub use probes::Probes;
pub use service::{Handler, XferService};
pub use site::Site;
pub use trust::{Basic, Claims, NotTrusted, RemoteUser, trust};
