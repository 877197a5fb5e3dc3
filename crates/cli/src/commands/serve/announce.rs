//! What is said when the server is ready.

use std::io::Write as _;
use std::net::SocketAddr;

use outcrop_repo::create::Created;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::Settings;
use super::first::FIRST;
use super::listen::Opened;
use crate::failure::Failure;
use crate::output::Output;

/// The server, as `--json` has it.
#[derive(Serialize)]
struct Server<'a> {
    /// The first of the addresses.
    listening: Option<&'a String>,
    /// All of them: URLs, or `unix:PATH`.
    addresses: &'a [String],
    /// Where clients find it, if that is known.
    base_url: Option<String>,
    /// Where metrics have a place of their own.
    metrics: Option<&'a String>,
    path: String,
    created: Option<First<'a>>,
}

#[derive(Serialize)]
struct First<'a> {
    file: String,
    project_code: &'a str,
    admin_user: &'a str,
    admin_password: &'a str,
    /// How to clone it, if it can be reached over a network.
    clone: Option<&'a String>,
}

/// A server that is about to serve.
pub(super) struct Ready<'a> {
    pub(super) settings: &'a Settings,
    pub(super) is_folder: bool,
    pub(super) opened: &'a Opened,
    pub(super) metrics: Option<&'a Opened>,
    /// The repository that was made.
    pub(super) first: Option<&'a Created>,
}

impl Ready<'_> {
    pub(super) fn announce(&self, output: Output) -> Result<(), Failure> {
        let first = self.settings.create.as_ref().zip(self.first);
        let clone = first.and_then(|(options, created)| {
            self.clone_line(&options.admin, &created.admin_password)
        });
        let Opened { urls, .. } = self.opened;
        let metrics = self.metrics.and_then(|opened| opened.urls.first());
        let base_url = self.settings.service.base_url.clone();
        if output.json {
            Output::object(&Server {
                listening: urls.first(),
                addresses: urls,
                base_url: base_url.map(|url| url.without_user().to_string()),
                metrics,
                path: self.settings.path.display().to_string(),
                created: first.map(|(options, created)| First {
                    file: created.repo.path().display().to_string(),
                    project_code: &created.project_code,
                    admin_user: &options.admin,
                    admin_password: &created.admin_password,
                    clone: clone.as_ref(),
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
            for url in urls {
                writeln!(out, "Serving {} at {url}", self.settings.path.display())?;
            }
            if let Some(url) = metrics {
                writeln!(out, "Metrics at {url}")?;
            }
            if let Some(clone) = &clone {
                writeln!(out, "Try")?;
                writeln!(out, "  {}", output.stdout.key(clone))?;
            }
        }
        out.flush()?;
        Ok(())
    }

    /// What to paste into another terminal: stock keeps the password for later, and asks nothing.
    fn clone_line(&self, user: &str, password: &str) -> Option<String> {
        let base = if let Some(url) = self.settings.service.base_url.clone() {
            url.without_user().to_string()
        } else {
            let scheme = if self.settings.tls.is_some() { "https" } else { "http" };
            format!("{scheme}://{}{}", host(self.opened.address?), self.settings.service.prefix)
        };
        let (scheme, rest) = base.trim_end_matches('/').split_once("://")?;
        let name = if self.is_folder { FIRST.trim_end_matches(".fossil") } else { "" };
        let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
        Some(format!(
            "fossil clone --save-http-password {scheme}://{user}:{password}@{rest}/{name} clone.fossil"
        ))
    }
}

/// Host and port. Whoever listens everywhere is found here too.
fn host(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Args {
        #[command(flatten)]
        serve: super::super::ServeArgs,
    }

    fn clone_line(args: &[&str], address: &str, is_folder: bool, user: &str) -> Option<String> {
        let args = Args::try_parse_from(["serve", "x"].iter().chain(args)).unwrap();
        let settings = args.serve.resolve().unwrap();
        let opened = Opened { address: address.parse().ok(), ..Opened::default() };
        let (settings, opened) = (&settings, &opened);
        let ready = Ready { settings, is_folder, opened, metrics: None, first: None };
        let line = ready.clone_line(user, "pw")?;
        let url = line.strip_prefix("fossil clone --save-http-password ")?;
        Some(url.strip_suffix(" clone.fossil")?.to_owned())
    }

    #[test]
    fn the_line_to_paste_is_one_word_a_part() {
        let line = |args, address, is_folder, user| clone_line(args, address, is_folder, user);
        let plain = line(&[], "127.0.0.1:8080", true, "al ice@x");
        assert_eq!(plain.as_deref(), Some("http://al%20ice%40x:pw@127.0.0.1:8080/demo"));
        let anywhere = line(&["--prefix", "f/"], "[::]:80", false, "a");
        assert_eq!(anywhere.as_deref(), Some("http://a:pw@localhost:80/f/"));
        assert_eq!(line(&[], "no address", false, "a"), None);
        let base = ["--base-url", "https://code.example.org/fossil/"];
        let behind = line(&base, "no address", true, "a");
        assert_eq!(behind.as_deref(), Some("https://a:pw@code.example.org/fossil/demo"));
    }
}
