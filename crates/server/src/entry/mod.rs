//! Other ways in than a listening socket of one's own: those that stock Fossil has.
//!
//! | way | who calls | here |
//! |---|---|---|
//! | one HTTP request on standard input | inetd, systemd | [`http()`] |
//! | many requests on standard input | stock's client, over SSH | [`ssh()`] |
//! | one request as variables | a web server, by CGI | [`cgi()`] |
//! | requests as variables, over sockets | a web server, by SCGI | [`serve_scgi()`] |
//!
//! Each only brings requests to a service and answers back: what is answered is the same everywhere.
//!
//! | file | holds |
//! |---|---|
//! | `inetd.rs`, `ssh.rs`, `cgi.rs`, `scgi.rs` | one way each |
//! | `head.rs` | the head of a request, as it is read without an HTTP library around it |

mod cgi;
mod head;
mod inetd;
mod scgi;
mod ssh;

use std::convert::Infallible;
use std::future::poll_fn;

use http::{Request, Response};
use tower_service::Service;

pub use self::cgi::cgi;
pub use self::inetd::http;
pub use self::scgi::serve_scgi;
pub use self::ssh::ssh;
pub use crate::cgi::{Fed, Variables};

/// Has a service answer, when it is ready.
async fn ask<S, Q, B>(service: &mut S, request: Request<Q>) -> Response<B>
where
    S: Service<Request<Q>, Response = Response<B>, Error = Infallible>,
{
    let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
    let Ok(answer) = service.call(request).await;
    answer
}
