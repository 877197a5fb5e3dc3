//! Many requests on one stream, as stock's client sends them over SSH.
//!
//! ```text
//! client ─► POST … X-Fossil-Transport: SSH ─► service
//! client ◄─ Status: 200 OK …               ◄─ service       and again, until the client has enough
//! ```
//!
//! A client that does not say so by that header is answered once, as over HTTP. The probes that
//! clients before 1.28 sent are not known here.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Body;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tower_service::Service;

use super::ask;
use super::head::{self, NoHead};
use crate::cgi::{Fed, Form, fed, write};
use crate::{Peer, answer};

/// By this header a client says that it goes on to ask, and wants `Status:` lines.
const TRANSPORT: &str = "x-fossil-transport";

/// Answers requests until the client ends. `peer` is where they come from.
///
/// Stock's client sends no login over SSH: whoever can run `fossil test-http` there has all rights
/// to the file anyway. A service for that has a handler that says so:
/// [`Trust::Owner`](outcrop_sync::Trust::Owner).
pub async fn ssh<S, B>(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    mut service: S,
    peer: Option<SocketAddr>,
) -> io::Result<()>
where
    S: Service<Request<Fed>, Response = Response<B>, Error = Infallible>,
    B: Body,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut input = BufReader::new(input);
    let mut goes_on = false;
    loop {
        let (mut request, length) = match head::read(&mut input).await {
            Ok(request) => request,
            Err(NoHead::End) => return Ok(()),
            Err(NoHead::Broken(error)) => return Err(error),
            Err(error) => {
                let refusal = answer::text(StatusCode::BAD_REQUEST, &error.to_string());
                return write(&mut output, refusal, form(goes_on), false).await;
            }
        };
        // The first request decides for all.
        goes_on |= is_transport(request.headers());
        request.extensions_mut().insert(Peer::at(peer, true));
        let only_head = request.method() == Method::HEAD;
        let (body, feeder) = fed(length);
        let (fed, answer) =
            tokio::join!(feeder.feed(&mut input), ask(&mut service, request.map(|()| body)));
        write(&mut output, answer, form(goes_on), only_head).await?;
        fed?;
        if !goes_on {
            return Ok(());
        }
    }
}

fn is_transport(headers: &HeaderMap) -> bool {
    let value = headers.get(TRANSPORT).map_or(&[][..], |value| value.as_bytes());
    value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"ssh"))
}

const fn form(goes_on: bool) -> Form {
    if goes_on { Form::Cgi } else { Form::Http }
}
