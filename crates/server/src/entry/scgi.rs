//! Requests as variables, over sockets: one request a connection.

use std::convert::Infallible;
use std::io;
use std::pin::pin;

use http::{Request, Response, StatusCode};
use hyper::body::Body;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::cgi::cgi;
use crate::cgi::{Fed, Form, Malformed, read, write};
use crate::listen::Patient;
use crate::{ListenOptions, answer, limits};

/// Serves SCGI until `shutdown` is done. Then requests under way come to their end, within
/// [`ListenOptions::grace`]; gives whether all did.
///
/// Whoever connects is believed, for `REMOTE_USER` and `REMOTE_ADDR` too: only the web server should
/// be able to.
pub async fn serve_scgi<S, B>(
    listener: TcpListener,
    service: S,
    options: ListenOptions,
    shutdown: impl Future<Output = ()>,
) -> bool
where
    S: Service<Request<Fed>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let most = options.connections.max(1);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < most => {
                let Ok((stream, _)) = accepted else {
                    sleep(limits::ACCEPT_PAUSE).await;
                    continue;
                };
                // A web server that goes away needs no farewell.
                let served = connection(stream, service.clone(), options.clone());
                connections.spawn(async { drop(served.await) });
            }
        }
    }
    drop(listener);
    let ending = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off as the set is dropped.
    timeout(options.grace, ending).await.is_ok()
}

/// Serves one connection: one request.
async fn connection<S, B>(stream: TcpStream, service: S, options: ListenOptions) -> io::Result<()>
where
    S: Service<Request<Fed>, Response = Response<B>, Error = Infallible>,
    B: Body,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (input, output) = stream.into_split();
    let (mut input, mut output) =
        (BufReader::new(input), Patient::new(output, options.reply_stall));
    let head = timeout(options.head, read(&mut input));
    let variables = match head.await {
        Err(_) | Ok(Err(Malformed::Broken(_))) => return Ok(()),
        Ok(Err(malformed)) => {
            let refusal = answer::text(StatusCode::BAD_REQUEST, &malformed.to_string());
            write(&mut output, refusal, Form::Cgi, false).await?;
            return output.shutdown().await;
        }
        Ok(Ok(variables)) => variables,
    };
    cgi(&variables, input, &mut output, service).await?;
    output.shutdown().await
}
