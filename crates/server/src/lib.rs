//! Serving rounds of the Fossil sync protocol over HTTP.
//!
//! | module | holds |
//! |---|---|
//! | [`record`] | [`Recorder`](record::Recorder): stands between a client and a server, and keeps every message |
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

pub mod record;
