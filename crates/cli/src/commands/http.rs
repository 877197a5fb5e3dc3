//! `outcrop http`: one HTTP request on standard input.

use std::{net::IpAddr, path::PathBuf};

use super::entry::{Client, stderr_is_the_client};
use super::serve::beside::WebArgs;
use crate::{
    failure::{Exit, Failure},
    logging,
    output::Output,
};

/// Answer one HTTP request on standard input, as inetd and systemd start programs
///
/// PATH is a repository file, or a folder: then every NAME.fossil in it and in the folders below is
/// there as /NAME. The answer goes to standard output, and the program ends.
///
/// Over SSH (the variable `SSH_CONNECTION` is set) it answers as many requests as the client has,
/// each with the rights of the login in it. Stock's client sends none over SSH, so a key that is good
/// for this command alone is one to clone and pull; see `outcrop test-http` for one to push.
///
/// What is wrong goes to stderr, unless that is the client too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct HttpArgs {
    /// The address of the client, if it is not at the other end of a socket on standard input
    #[arg(long, value_name = "ADDR")]
    ipaddr: Option<IpAddr>,
    /// A repository, or a folder of repositories
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    web: WebArgs,
}

const EXAMPLES: &str = "\
Standard output is the client's. With --json, what is wrong is an object on stderr.

Examples:
  printf 'GET / HTTP/1.0\\r\\n\\r\\n' | outcrop http repositories

In /etc/inetd.conf:
  8080 stream tcp nowait fossil /usr/bin/outcrop outcrop http /srv/repositories

In a service of systemd, which its socket starts with Accept=yes:
  [Service]
  ExecStart=/usr/bin/outcrop http /srv/repositories
  StandardInput=socket

In ~/.ssh/authorized_keys:
  command=\"outcrop http /srv/repositories\",restrict ssh-ed25519 …";

impl HttpArgs {
    pub(crate) fn resolve(self) -> Client {
        let Self { path, ipaddr: address, web } = self;
        Client { path, is_owner: false, address, web: web.resolve() }
    }
}

pub(crate) async fn run(client: Client, output: Output) -> Result<Exit, Failure> {
    if !stderr_is_the_client() {
        logging::to_stderr(output);
    }
    client.serve().await
}
