//! Serving rounds of the Fossil sync protocol over HTTP.
//!
//! | module | holds |
//! |---|---|
//! | `service.rs` | [`XferService`]: rounds over HTTP, to be mounted beside other routes |
//! | `site.rs` | [`Site`]: rounds, pages for people, and whether the server is well |
//! | `hosting/` | [`Hosting`]: which repository a path stands for |
//! | `listener.rs` | [`serve()`]: connections, until it is time to stop |
//! | `round.rs`, `body.rs`, `gate.rs`, `patient.rs`, `answer.rs` | the work itself, bodies, turns, slow peers, other answers |
//! | `pages/` | what people see |
//! | [`gateway`] | [`Gateway`]: pages by stock Fossil |
//! | [`hooks`] | [`PushHooks`](hooks::PushHooks): telling others of each push |
//! | [`entry`] | other ways in: inetd, SSH, CGI and SCGI |
//! | `cgi/` | requests and answers as CGI has them |
//! | `process.rs` | programs that are run |
//! | `way.rs` | how a request has come |
//! | `trust.rs` | whose rights a request has, by the word of a web server |
//! | `log.rs` | what is logged |
//! | [`limits`] | every bound, by name |
//! | [`record`] | [`Recorder`](record::Recorder): stands between a client and a server, and keeps every message |
//!
//! Serve a folder of repositories:
//!
//! ```no_run
//! use outcrop_server::{Hosting, ListenOptions, ServiceOptions, Site, XferService, serve};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let rounds = XferService::new(Hosting::new("repositories")?, ServiceOptions::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
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
mod cgi;
pub mod entry;
mod gate;
pub mod gateway;
pub mod hooks;
mod hosting;
pub mod limits;
mod listener;
mod log;
mod pages;
mod patient;
mod process;
pub mod record;
mod round;
mod service;
mod site;
mod trust;
mod way;

pub use answer::Answer;
pub use gateway::{Gateway, GatewayOptions, NoFossil};
pub use hosting::{Hosted, Hosting, HostingError, NotFound};
pub use listener::{ListenOptions, Peer, serve};
pub use service::{Handler, ServiceOptions, XferService};
pub use site::Site;
pub use trust::RemoteUser;
