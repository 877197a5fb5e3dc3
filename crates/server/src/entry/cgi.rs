//! One request as the variables of a process, its body on one stream, the answer on another.

use std::convert::Infallible;
use std::io;
use std::pin::pin;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Body;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service;

use super::ask;
use crate::cgi::{Fed, Form, Variables, fed, request, write};
use crate::{RemoteUser, answer};

/// Answers the one request that a web server has started a program for.
///
/// The path of the request begins with `SCRIPT_NAME`: that is to be the
/// [`prefix`](crate::ServiceOptions::prefix) of the service. `REMOTE_USER` is who the web server
/// says has logged in; repositories count it that have the setting `remote_user_ok`.
pub async fn cgi<S, B>(
    variables: &Variables,
    mut input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    mut service: S,
) -> io::Result<()>
where
    S: Service<Request<Fed>, Response = Response<B>, Error = Infallible>,
    B: Body,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (mut request, length) = match request(variables) {
        Ok(request) => request,
        Err(misfit) => {
            let refusal = answer::text(StatusCode::BAD_REQUEST, &misfit.to_string());
            return write(&mut output, refusal, Form::Cgi, false).await;
        }
    };
    if let Some(user) = variables.text("REMOTE_USER") {
        request.extensions_mut().insert(RemoteUser(user.to_owned()));
    }
    let only_head = request.method() == Method::HEAD;
    let (body, feeder) = fed(length);
    let mut answering = pin!(ask(&mut service, request.map(|()| body)));
    // A web server that keeps a body back is not waited for once there is an answer.
    let answer = tokio::select! {
        biased;
        answer = &mut answering => answer,
        // A body that breaks off tells the service so, which then has an answer for that.
        _ = feeder.feed(&mut input) => answering.await,
    };
    write(&mut output, answer, Form::Cgi, only_head).await
}
