//! The server, from its start to its end.

use std::convert::Infallible;
use std::fmt::Display;
use std::io;
use std::time::{Duration, Instant};

use outcrop_server::hooks::PushHooks;
use outcrop_server::{Gateway, Hosting, ListenOptions, Probes, Site, Tls, XferService, serve};
use outcrop_sync::handle_sync;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::announce::Ready;
use super::listen::{Opened, Opener};
use super::supervisor::{self, State};
use super::watch::MetricsAt;
use super::{Settings, beside, first};
use crate::failure::{Exit, Failure};
use crate::interruption::{Hangup, Interruption};
use crate::output::Output;

/// Connections at a time to the place that metrics have of their own.
const PROBE_CONNECTIONS: usize = 16;

/// How long answers there may take to end with the server.
const PROBE_GRACE: Duration = Duration::from_secs(1);

/// Serves until it is told to stop.
pub(crate) async fn run(settings: Settings, output: Output) -> Result<Exit, Failure> {
    let logging = settings.logging;
    logging.start(output);
    let served = async {
        let telemetry = settings.telemetry.start()?;
        let mut settings = settings;
        settings.service.observer = telemetry.observer();
        let ended = start(settings, output).await;
        telemetry.end(output).await;
        ended
    };
    match served.await {
        // Whoever reads the log reads this too.
        Err(failure) if logging.is_json() => Ok(failure.report(Output { json: true, ..output })),
        ended => ended,
    }
}

async fn start(mut settings: Settings, output: Output) -> Result<Exit, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Failed, &error);
    // Caught from before the address is told: whoever has read it may end us.
    let interruption = Interruption::catch().map_err(failed)?;
    let again = Interruption::catch().map_err(failed)?;
    let hangup = Hangup::catch().map_err(failed)?;
    // Before anything is made: an address that is taken leaves no trace.
    let (opened, metrics) = open(&mut settings)?;
    let made = settings.create.as_ref().map(|options| first::create(&settings.path, options));
    let made = made.transpose()?.flatten();
    let hosting = Hosting::new(&settings.path);
    let hosting = hosting.map_err(|error| Failure::new(Exit::Failed, &error))?;
    let is_folder = hosting.is_folder();
    let hooks = PushHooks::start(settings.hooks.clone());
    let handler = hooks.around(handle_sync);
    let rounds = XferService::with_handler(hosting, settings.service.clone(), handler);
    let site = Site::new(rounds.clone()).show_metrics(settings.metrics_at == MetricsAt::Everywhere);
    let site = beside::open(site, settings.web.clone()).await?;
    Ready {
        settings: &settings,
        is_folder,
        opened: &opened,
        metrics: metrics.as_ref(),
        first: made.as_ref(),
    }
    .announce(output)?;
    drop(made);

    let serving = serve_all(Serving {
        site,
        rounds,
        hooks,
        opened,
        metrics,
        connections: settings.connections.clone(),
        interruption,
    });
    supervisor::tell(State::Ready);
    tokio::select! {
        all_done = serving => {
            if all_done {
                Ok(Exit::Done)
            } else {
                Err(unfinished(format!("{} s", settings.connections.grace.as_secs_f64())))
            }
        }
        () = told_twice(again) => Err(unfinished("the second signal")),
        never = keep_fresh(hangup, settings.tls) => match never {},
    }
}

/// Opens all sockets, those for metrics too.
fn open(settings: &mut Settings) -> Result<(Opened, Option<Opened>), Failure> {
    let Settings { places, passed, socket_mode, tls, metrics_at, .. } = settings;
    let mode = *socket_mode;
    // First: what is passed on under a name of its own is not for all.
    let metrics = match metrics_at {
        MetricsAt::Only(place) => {
            let place = std::slice::from_ref(place);
            let mut opener = Opener { passed: &mut *passed, mode, tls: None, option: "--metrics" };
            Some(opener.open(place)?)
        }
        MetricsAt::Everywhere | MetricsAt::Nowhere => None,
    };
    let mut opener = Opener { passed: &mut *passed, mode, tls: tls.as_ref(), option: "--listen" };
    let everyone = opener.open(places)?;
    if !passed.is_empty() {
        // Whoever connects to them would wait for ever.
        tracing::warn!("not all sockets that were passed on are used: add --listen systemd");
    }
    Ok((everyone, metrics))
}

/// All that serves.
struct Serving {
    site: Gateway,
    rounds: XferService,
    hooks: PushHooks,
    opened: Opened,
    metrics: Option<Opened>,
    connections: ListenOptions,
    interruption: Interruption,
}

/// Serves until it is told to stop; gives whether all rounds have come to their end.
async fn serve_all(serving: Serving) -> bool {
    let Serving { site, rounds, hooks, opened, metrics, connections, mut interruption } = serving;
    let grace = connections.grace;
    let (over, is_over) = oneshot::channel::<()>();
    let probes = Probes::new(rounds.clone());
    let mut asked = None;
    let serving = async {
        let ended = serve(opened.listeners, site, connections, async {
            interruption.come().await;
            asked = Some(Instant::now());
            supervisor::tell(State::Stopping);
            tracing::info!("ending when the rounds under way are done");
        });
        let all_ended = ended.await;
        let left = grace.saturating_sub(asked.map_or(Duration::ZERO, |asked| asked.elapsed()));
        // Before the files are closed: they may be looked at to tell what has come.
        hooks.close(left).await;
        let closed = timeout(grace, rounds.close()).await.is_ok();
        // Until then it can be seen how that goes on.
        drop(over);
        closed && all_ended
    };
    let watching = async {
        let Some(opened) = metrics else { return };
        let options = ListenOptions {
            connections: PROBE_CONNECTIONS,
            grace: PROBE_GRACE,
            ..ListenOptions::default()
        };
        serve(opened.listeners, probes, options, async { drop(is_over.await) }).await;
    };
    tokio::join!(serving, watching).0
}

async fn told_twice(mut again: Interruption) {
    again.come().await;
    again.come().await;
}

/// Reads certificates anew, each time that it is asked to.
async fn keep_fresh(mut hangup: Hangup, tls: Option<Tls>) -> Infallible {
    loop {
        hangup.come().await;
        supervisor::tell(State::Reloading);
        let Some(tls) = tls.clone() else {
            tracing::info!("there is nothing to be read anew");
            supervisor::tell(State::Ready);
            continue;
        };
        match spawn_blocking(move || tls.reload()).await {
            Ok(Ok(())) => tracing::info!("the certificate was read anew"),
            Ok(Err(error)) => tracing::error!("the certificate stays as it was: {error}"),
            // A panic there was reported by the runtime.
            Err(_) => {}
        }
        supervisor::tell(State::Ready);
    }
}

/// The end came before the end of all rounds.
fn unfinished(after: impl Display) -> Failure {
    let message = format!(
        "some requests were not done after {after}: what they would have written is undone, and \
         nobody was told that it was"
    );
    Failure::new(Exit::Failed, &message)
}
