//! `outcrop serve`: repositories over HTTP.

use std::{
    fmt::Display,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use outcrop_repo::create::{CreateOptions, Created};
use outcrop_server::{
    GatewayOptions, Hosting, ListenOptions, ServiceOptions, Site, XferService,
    hooks::{HookOptions, PushHooks},
    limits, serve,
};
use outcrop_sync::handle_sync;
use outcrop_xfer::Limits;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use tokio::{net::TcpListener, time::timeout};

use super::{
    init, seconds,
    serve_web::{self, HookArgs, WebArgs},
};
use crate::{
    failure::{Exit, Failure},
    interruption::Interruption,
    logging,
    output::Output,
};

/// Serve repositories over HTTP
///
/// PATH is a repository file, or a folder: then every NAME.fossil in it and in the folders below is
/// served as /NAME, and files that come and go are noticed. Stock fossil clones, pulls and pushes;
/// a browser sees a page, or with --web all that stock shows. The answers of /healthz and /readyz are for those who watch over servers.
///
/// Ctrl-C, or the signal TERM, ends it when the rounds under way are done; a second one at once.
///
/// With -v a line on stderr tells of each request. With --json one line with the address is printed
/// when the server is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 stands for any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Make a first repository if there is none: PATH itself, or demo.fossil in it
    #[arg(long)]
    create: bool,
    /// Login of the first user of that repository; your own name if this is left out, or "admin" if
    /// nobody knows it
    #[arg(long, value_name = "NAME", requires = "create")]
    admin_user: Option<String>,
    /// A repository, or a folder of repositories
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    bounds: BoundsArgs,
    #[command(flatten)]
    web: WebArgs,
    #[command(flatten)]
    hooks: HookArgs,
}

/// What clients may do to a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
struct BoundsArgs {
    /// Bytes of the largest message
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.message)]
    limit_message: usize,
    /// Requests that are worked on at a time
    #[arg(long, value_name = "N", default_value_t = limits::ROUNDS)]
    rounds: usize,
    /// Requests that may wait for their turn; further ones are refused with status 503
    #[arg(long, value_name = "N", default_value_t = limits::WAITING)]
    waiting: usize,
    /// Connections at a time; further ones wait to be accepted
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS)]
    connections: usize,
    /// Give up on a client that sends and takes nothing for this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    timeout: Duration,
    /// How many seconds the rounds under way get when the server is to end
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    grace: Duration,
}

const EXAMPLES: &str = "\
Examples:
  outcrop serve --create project.fossil         a first repository, and how to clone it
  outcrop serve repositories --listen 0.0.0.0:8080 -v
  outcrop serve repositories --web fossil       with all pages of stock fossil
  outcrop serve repositories --on-push 'jq -r .repository | xargs ./build'
  outcrop serve project.fossil --listen 127.0.0.1:0 --json";

/// What the first repository of a folder is called.
const FIRST: &str = "demo.fossil";

/// What to serve, and how.
#[derive(Debug)]
pub(crate) struct Settings {
    path: PathBuf,
    listen: SocketAddr,
    create: Option<CreateOptions>,
    service: ServiceOptions,
    connections: ListenOptions,
    web: Option<GatewayOptions>,
    hooks: HookOptions,
}

impl ServeArgs {
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        // In a container nobody has a name, and one command is to be enough.
        let admin = self.admin_user.or_else(init::own_name).unwrap_or_else(|| "admin".to_owned());
        let create = self.create.then(|| init::options(Some(admin))).transpose()?;
        let (bounds, web) = (self.bounds, self.web.resolve());
        let hooks = self.hooks.resolve(&self.path)?;
        Ok(Settings {
            path: self.path,
            listen: self.listen,
            create,
            service: ServiceOptions {
                limits: Limits { message: bounds.limit_message, ..Limits::DEFAULT },
                rounds: bounds.rounds,
                waiting: bounds.waiting,
                body_stall: bounds.timeout,
                ..ServiceOptions::default()
            },
            connections: ListenOptions {
                connections: bounds.connections,
                head: bounds.timeout,
                reply_stall: bounds.timeout,
                // A browser that has gone away needs no page.
                half_close: web.is_none(),
                grace: bounds.grace,
            },
            web,
            hooks,
        })
    }
}

pub(crate) async fn run(settings: Settings, output: Output) -> Result<Exit, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Failed, &error);
    logging::to_stderr(output);
    // Caught from before the address is told: whoever has read it may end us.
    let mut interruption = Interruption::catch().map_err(failed)?;
    let mut again = Interruption::catch().map_err(failed)?;
    // Before anything is made: an address that is taken leaves no trace.
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        let message = format!("cannot listen on {}: {error}; use --listen", settings.listen);
        Failure::new(Exit::Failed, &message)
    })?;
    let address = listener.local_addr().map_err(failed)?;
    let first = settings.create.as_ref().map(|options| create(&settings.path, options));
    let first = first.transpose()?.flatten();
    let hosting = Hosting::new(&settings.path);
    let hosting = hosting.map_err(|error| Failure::new(Exit::Failed, &error))?;
    let is_folder = hosting.is_folder();
    let hooks = PushHooks::start(settings.hooks.clone());
    let handler = hooks.around(handle_sync);
    let rounds = XferService::with_handler(hosting, settings.service.clone(), handler);
    let site = serve_web::open(Site::new(rounds.clone()), settings.web.clone()).await?;
    announce(&settings, is_folder, address, first.as_ref(), output)?;
    drop(first);

    let grace = settings.connections.grace;
    let mut asked = None;
    let serving = async {
        let ended = serve(listener, site, settings.connections, async {
            interruption.come().await;
            asked = Some(Instant::now());
            tracing::info!("ending when the rounds under way are done");
        });
        let all_ended = ended.await;
        let left = grace.saturating_sub(asked.map_or(Duration::ZERO, |asked| asked.elapsed()));
        // Before the files are closed: they may be looked at to tell what has come.
        hooks.close(left).await;
        timeout(grace, rounds.close()).await.is_ok() && all_ended
    };
    let told_twice = async {
        again.come().await;
        again.come().await;
    };
    tokio::select! {
        all_done = serving => {
            if all_done {
                Ok(Exit::Done)
            } else {
                Err(unfinished(format!("{} s", grace.as_secs_f64())))
            }
        }
        () = told_twice => Err(unfinished("the second signal")),
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

/// Makes the first repository, unless something is there.
fn create(path: &Path, options: &CreateOptions) -> Result<Option<Created>, Failure> {
    let file = if is_for_file(path) {
        path.to_owned()
    } else {
        std::fs::create_dir_all(path).map_err(|error| {
            let message = format!("cannot make {}: {error}", path.display());
            Failure::new(Exit::Failed, &message)
        })?;
        path.join(FIRST)
    };
    if file.exists() {
        return Ok(None);
    }
    init::create(&file, options).map(Some)
}

/// Whether a path is that of a repository, there or not, and not of a folder.
fn is_for_file(path: &Path) -> bool {
    path.is_file() || (!path.is_dir() && path.extension().is_some_and(|end| end == "fossil"))
}

/// The server, as `--json` has it.
#[derive(Serialize)]
struct Server<'a> {
    listening: &'a str,
    path: String,
    created: Option<First<'a>>,
}

#[derive(Serialize)]
struct First<'a> {
    file: String,
    project_code: &'a str,
    admin_user: &'a str,
    admin_password: &'a str,
    clone: &'a str,
}

fn announce(
    settings: &Settings,
    is_folder: bool,
    address: SocketAddr,
    first: Option<&Created>,
    output: Output,
) -> Result<(), Failure> {
    let url = format!("http://{address}/");
    let first = settings.create.as_ref().zip(first);
    let clone = first.map_or_else(String::new, |(options, created)| {
        clone_line(address, is_folder, &options.admin, &created.admin_password)
    });
    if output.json {
        Output::object(&Server {
            listening: &url,
            path: settings.path.display().to_string(),
            created: first.map(|(options, created)| First {
                file: created.repo.path().display().to_string(),
                project_code: &created.project_code,
                admin_user: &options.admin,
                admin_password: &created.admin_password,
                clone: &clone,
            }),
        })?;
        return Ok(());
    }
    let mut out = Output::results();
    // Not even --quiet may lose a password that stands nowhere else.
    if let Some((options, created)) = first {
        let (file, password) = (created.repo.path().display(), &created.admin_password);
        writeln!(out, "Made {file}")?;
        writeln!(out, "admin-user: {} (initial password is \"{password}\")", options.admin)?;
    }
    if !output.quiet {
        writeln!(out, "Serving {} at {url}", settings.path.display())?;
        if first.is_some() {
            writeln!(out, "Try")?;
            writeln!(out, "  {}", output.stdout.key(&clone))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What to paste into another terminal: stock keeps the password for later, and asks nothing.
fn clone_line(address: SocketAddr, is_folder: bool, user: &str, password: &str) -> String {
    let path = if is_folder { FIRST.trim_end_matches(".fossil") } else { "" };
    let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
    // Whoever listens everywhere is found here too.
    let host = if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    };
    format!("fossil clone --save-http-password http://{user}:{password}@{host}/{path} clone.fossil")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_paste_is_one_word_a_part() {
        let address = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(
            clone_line(address, true, "al ice@x", "pw"),
            "fossil clone --save-http-password http://al%20ice%40x:pw@127.0.0.1:8080/demo clone.fossil"
        );
        let anywhere = "[::]:80".parse().unwrap();
        assert_eq!(
            clone_line(anywhere, false, "a", "b"),
            "fossil clone --save-http-password http://a:b@localhost:80/ clone.fossil"
        );
    }

    #[test]
    fn files_are_told_from_folders_before_they_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        std::fs::create_dir(path("odd.fossil")).unwrap();
        std::fs::write(path("plain"), "").unwrap();
        assert!(is_for_file(&path("new.fossil")) && is_for_file(&path("plain")));
        assert!(!is_for_file(&path("new")) && !is_for_file(&path("odd.fossil")));
    }
}
