//! Both servers with the same repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Server;
use crate::stage::{Stage, text};

/// The name that the repository is served by.
pub(super) const NAME: &str = "project";

/// Both servers, each with a copy of its own.
pub(super) struct Hosts {
    pub(super) ours: Server,
    pub(super) stock: Server,
}

impl Hosts {
    /// Serves a repository.
    pub(super) fn of(stage: &Stage, repository: &Path) -> Self {
        let hosts =
            Self { ours: Server::ours(stage, "ours"), stock: Server::stock(stage, "stock") };
        hosts.ours.add(repository, NAME);
        hosts.stock.add(repository, NAME);
        hosts
    }

    /// A clone by our client from our server, by the user who may do everything.
    pub(super) fn our_clone(&self, stage: &Stage) -> PathBuf {
        let file = stage.vacant("ours.fossil");
        let url = self.ours.url_of_user(NAME);
        succeed(&mut stage.outcrop(&["clone", "-q", "--save-http-password", &url, text(&file)]));
        file
    }

    /// A clone by stock's client from its own server, by the same user.
    pub(super) fn stock_clone(&self, stage: &Stage) -> PathBuf {
        let file = stage.vacant("stock.fossil");
        let url = self.stock.url_of_user(NAME);
        let arguments = ["clone", "--nocompress", "--save-http-password", &url, text(&file)];
        succeed(&mut stage.fossil(&arguments));
        file
    }
}

/// Runs a command that is not measured.
pub(super) fn succeed(command: &mut Command) {
    crate::measure::run(command);
}
