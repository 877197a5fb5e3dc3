//! `outcrop test-http`: what stock's client runs over SSH.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use super::entry::Client;
use crate::{
    failure::{Exit, Failure},
    logging,
    output::Output,
};

/// Answer requests on standard input with all rights: what stock's client runs over SSH
///
/// Stock's client runs `fossil test-http PATH` on the server and asks for no login: whoever may run
/// programs there may read and write the file anyway. It takes no program that has another name, so
/// have a link to this one that is called fossil, and name it in the URL.
///
/// Over SSH (the variable `SSH_CONNECTION` is set) requests are answered until the client ends,
/// elsewhere one is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestHttpArgs {
    /// The repository
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

const EXAMPLES: &str = "\
Standard output is the client's. With --json, what is wrong is an object on stderr.

Examples:
  printf 'GET / HTTP/1.0\\r\\n\\r\\n' | outcrop test-http project.fossil

On the server:
  mkdir -p /usr/local/lib/outcrop
  ln -s /usr/bin/outcrop /usr/local/lib/outcrop/fossil

Elsewhere:
  fossil clone 'ssh://alice@example.org//srv/project.fossil?fossil=/usr/local/lib/outcrop/fossil'

A key that is good for one repository, in ~/.ssh/authorized_keys:
  command=\"outcrop test-http /srv/project.fossil\",restrict ssh-ed25519 …";

impl TestHttpArgs {
    pub(crate) fn resolve(self) -> Client {
        // Who is not there over SSH is here.
        let here = env_is_local().then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Client { path: self.path, is_owner: true, address: here, web: None }
    }
}

/// Whether nobody has come over SSH.
fn env_is_local() -> bool {
    std::env::var_os("SSH_CONNECTION").is_none()
}

pub(crate) async fn run(client: Client, output: Output) -> Result<Exit, Failure> {
    logging::to_stderr(output);
    client.serve().await
}
