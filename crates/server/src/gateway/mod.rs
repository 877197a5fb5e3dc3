//! Pages by stock Fossil: its whole web interface, beside rounds that are answered here.
//!
//! ```text
//! request ─► is it ours? ─► Site
//!               │ no
//!               └─► variables ─► fossil http --scgi ─► head, body ─► answer
//! ```
//!
//! Each page is a process of its own. It is told of the request what `variables.rs` lists, it ends
//! with the page, and it is killed when the client goes away or takes too long.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Gateway`]: which requests are whose |
//! | `page.rs` | one page, from the request to the end of the process |
//! | `variables.rs` | what Fossil is told of a request |
//! | `stock.rs` | Fossil as a program |
//! | `reply.rs` | the head of what it replies |
//! | `body.rs` | the body of an answer, whoever gives it |
//! | `log.rs` | what is logged |
//! | [`limits`] | every bound, by name |

mod body;
pub mod limits;
mod log;
mod page;
mod reply;
mod stock;
mod variables;

use std::convert::Infallible;
use std::ffi::OsString;
use std::mem;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Method, Request, Response};
use hyper::body::Body;
use outcrop_sync::BoxFuture;
use percent_encoding::percent_decode_str;
use tokio::task::spawn_blocking;
use tower_service::Service;
use tracing::Instrument as _;

pub use self::body::PageBody;
use self::page::{Page, Pages};
pub use self::stock::NoFossil;
use self::stock::Stock;
use self::variables::Place;
use crate::gate::Gate;
use crate::hosting::Hosted;
use crate::log::Access;
use crate::share::Shares;
use crate::{Site, pages};

/// What is never a page of Fossil, below the place where everything is mounted.
const OURS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// How the content types of the protocol begin. Fossil takes all of them for rounds.
const PROTOCOL: &str = "application/x-fossil";

/// The page of Fossil that answers rounds.
const ROUNDS: &str = "xfer";

/// How stock Fossil makes pages.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The program: a path, or a name that is looked for.
    pub program: PathBuf,
    /// Further options of `fossil http`.
    pub arguments: Vec<OsString>,
    /// What it finds in its environment, beside what it needs of ours.
    pub environment: Vec<(OsString, OsString)>,
    /// Pages that are made at a time.
    pub pages: usize,
    /// Pages that are made for one address at a time, or for one network of IPv6. Whoever is on this
    /// machine may have all of them: as a proxy may that is not known as one.
    pub pages_each: usize,
    /// Requests for pages that may wait for their turn. Further ones are refused with status 503.
    pub waiting: usize,
    /// How long they may wait.
    pub patience: Duration,
    /// How long a page may take, to be made and to be sent.
    pub page_time: Duration,
    /// Bytes of the largest body of a request.
    pub body: u64,
    /// How long a client may send nothing of a body.
    pub body_stall: Duration,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            program: PathBuf::from("fossil"),
            arguments: Vec::new(),
            environment: Vec::new(),
            pages: limits::PAGES,
            pages_each: limits::PAGES_EACH,
            waiting: limits::WAITING,
            patience: crate::limits::PATIENCE,
            page_time: limits::PAGE_TIME,
            body: limits::BODY,
            body_stall: crate::limits::BODY_STALL,
        }
    }
}

/// A [`Site`] whose repositories have the pages of stock Fossil: timeline, wiki, tickets, forum,
/// downloads, administration, `/json`.
///
/// | request | answer |
/// |---|---|
/// | a round | by [`Site`] |
/// | `/healthz`, `/readyz`, `/metrics` | by [`Site`] |
/// | of a folder | by [`Site`]: the repositories in it |
/// | `GET`, `HEAD`, `POST` of a repository, or of anything below | by Fossil |
///
/// Without Fossil ([`Gateway::closed`]) everything is answered by [`Site`].
#[derive(Debug, Clone)]
pub struct Gateway {
    site: Site,
    pages: Option<Arc<Pages>>,
}

impl Gateway {
    /// Has Fossil make the pages. Looks whether it can be run.
    pub async fn open(site: Site, mut options: GatewayOptions) -> Result<Self, NoFossil> {
        let stock = Stock {
            program: mem::take(&mut options.program),
            arguments: mem::take(&mut options.arguments),
            environment: mem::take(&mut options.environment),
        };
        stock.introduce().await?;
        let gate = Arc::new(Gate::new(options.pages, options.waiting, options.patience));
        let shares = Shares::new(options.pages_each);
        Ok(Self { site, pages: Some(Arc::new(Pages { stock, gate, shares, options })) })
    }

    /// Has [`Site`] answer everything.
    #[must_use]
    pub const fn closed(site: Site) -> Self {
        Self { site, pages: None }
    }

    /// What a request asks for, if that may be a page of Fossil.
    fn asked<B>(&self, request: &Request<B>) -> Option<Asked> {
        let is_known = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST);
        let path = request.uri().path();
        let below = self.site.rounds().below(path)?;
        if self.pages.is_none() || !is_known || OURS.contains(&below) || is_round(request) {
            return None;
        }
        let (rounds, prefix) = (self.site.rounds(), path.strip_suffix(below)?);
        let (base, caller) = (rounds.options().base_url.as_ref(), rounds.caller(request));
        Some(Asked {
            is_post: request.method() == Method::POST,
            address: caller.address,
            place: pages::Place::asked_for(base, caller, prefix),
            below: below.to_owned(),
        })
    }

    /// The page that is asked for, if there is a repository for it.
    async fn page(&self, asked: Asked) -> Option<(Arc<Pages>, Page)> {
        let pages = self.pages.as_ref()?;
        let (hosted, below) = self.find(asked.below).await?;
        if asked.is_post && is_page_for_rounds(&below) {
            return None;
        }
        let Hosted { name, repo, .. } = hosted;
        let slash = if name.is_empty() { "" } else { "/" };
        let pages::Place { scheme, host, prefix, .. } = asked.place;
        let repository = format!("{prefix}{slash}{name}");
        let (is_https, address) = (scheme == "https", asked.address);
        let place = Place { is_https, address, host, repository, below };
        Some((Arc::clone(pages), Page { repository: repo.path().to_owned(), place }))
    }

    /// The repository that a path begins with, and the rest of the path. What is none is for
    /// [`Site`] to tell.
    async fn find(&self, below: String) -> Option<(Hosted, String)> {
        let hosting = self.site.rounds().hosting();
        let looking = move || {
            let (hosted, rest) = hosting.find_leading(&below).ok()?;
            Some((hosted, rest.to_owned()))
        };
        spawn_blocking(looking).await.ok()?
    }
}

/// What a request asks for.
struct Asked {
    is_post: bool,
    /// The address of the client.
    address: Option<IpAddr>,
    /// Where the pages are, as the client has it.
    place: pages::Place,
    /// The path below that.
    below: String,
}

/// Whether a request is one of the protocol as Fossil has it, which is more than the protocol has.
fn is_round<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).map_or(&[][..], |kind| kind.as_bytes());
    let start = kind.trim_ascii_start().get(..PROTOCOL.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PROTOCOL.as_bytes()))
}

/// Whether a path below a repository is the page that answers rounds.
fn is_page_for_rounds(below: &str) -> bool {
    // Fossil may decode a path as a whole, and so find a slash in it.
    let decoded: Vec<u8> = percent_decode_str(below).collect();
    let parts = decoded.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    // Each page is there in the looks of a draft, too.
    let mut pages =
        parts.skip_while(|part| matches!(part, [b'd', b'r', b'a', b'f', b't', b'1'..=b'9']));
    pages.next() == Some(ROUNDS.as_bytes())
}

impl<B> Service<Request<B>> for Gateway
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<PageBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut gateway, asked) = (self.clone(), self.asked(&request));
        Box::pin(async move {
            let page = match asked {
                Some(asked) => gateway.page(asked).await,
                None => None,
            };
            let Some((pages, page)) = page else {
                return Ok(gateway.site.call(request).await?.map(PageBody::from));
            };
            let rounds = gateway.site.rounds();
            let caller = rounds.caller(&request);
            let mut access = Access::begin(&request, &caller);
            let span = access.span.clone();
            let making = async {
                let share = pages.share(&caller).await?;
                pages.make(page, request, share, &mut access).await
            };
            let answer = making.instrument(span).await;
            let mut answer = answer.unwrap_or_else(|refusal| refusal.map(PageBody::from));
            access.end(&mut answer, &rounds.options().metrics);
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_known_in_all_forms_in_which_fossil_knows_them() {
        let of = |kind: &str| Request::post("/").header(CONTENT_TYPE, kind).body(()).unwrap();
        for kind in [
            "application/x-fossil",
            "application/x-fossil-debug",
            "application/x-fossil; charset=utf-8",
            "application/x-fossilised",
            "Application/X-Fossil",
        ] {
            assert!(is_round(&of(kind)), "{kind}");
        }
        for kind in ["application/x-www-form-urlencoded", "text/plain", "application/json"] {
            assert!(!is_round(&of(kind)), "{kind}");
        }
        assert!(!is_round(&Request::post("/").body(()).unwrap()));
        for path in [
            "/xfer",
            "/xfer/",
            "/xfer/x",
            "//xfer",
            "/%78fer",
            "/%2fxfer%2Fa",
            "/draft1/xfer",
            "/draft9/xfer/a",
        ] {
            assert!(is_page_for_rounds(path), "{path}");
        }
        for path in ["", "/", "/xferlog", "/wiki/xfer", "/timeline", "/draft1", "/draft10/xfer"] {
            assert!(!is_page_for_rounds(path), "{path}");
        }
    }
}
