//! Check-ins pushed and pulled.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::hosts::{Hosts, NAME};
use crate::bars;
use crate::contest::{Entry, Series, contest};
use crate::history;
use crate::measure::{Measured, run};
use crate::report::Report;
use crate::server::Server;
use crate::stage::{Stage, discard, text};

/// Check-ins that are pushed or pulled in one go.
const MANY: usize = 1000;
/// Check-ins that are pushed one by one.
const FEW: u32 = 20;

pub(super) fn run_all(stage: &Stage, report: &mut Report) {
    let corpus = stage.corpus();
    let ahead = stage.copy(&corpus, "ahead.fossil");
    history::grow(&ahead, MANY);
    let gap = Gap { behind: &corpus, ahead: &ahead, apart: 0 };
    let [ours, stock] = pushes(stage, &gap);
    let times = report.compare("push of 1,000 check-ins", &ours, &stock);
    report.judge(&bars::PUSH, times);
    let [ours, stock] = pulls(stage, &gap);
    let times = report.compare("pull of 1,000 check-ins", &ours, &stock);
    report.judge(&bars::PULL, times);
    let [ours, stock] = push_each(stage, &corpus);
    let times = report.compare("push of one check-in, 20 times", &ours, &stock);
    report.judge(&bars::PUSH_EACH, times);
}

/// Two repositories of a project.
pub(super) struct Gap<'a> {
    pub(super) behind: &'a Path,
    pub(super) ahead: &'a Path,
    /// Artifacts that only the one behind has.
    pub(super) apart: u64,
}

/// What a client does, with a repository and an address.
type Session = fn(&Stage, &'static str, &Path, &str) -> Command;

fn our(stage: &Stage, what: &'static str, file: &Path, url: &str) -> Command {
    stage.outcrop(&[what, "-q", "-R", text(file), "--once", url])
}

fn stocks(stage: &Stage, what: &'static str, file: &Path, url: &str) -> Command {
    stage.fossil(&[what, url, "-R", text(file), "--once"])
}

/// Both push the same file, each to a fresh copy at its own server.
pub(super) fn pushes(stage: &Stage, gap: &Gap<'_>) -> [Series; 2] {
    let servers = [Server::ours(stage, "ours"), Server::stock(stage, "stock")];
    let number = Cell::new(0);
    let expected = stage.artifacts(gap.ahead) + gap.apart;
    let push = |server: &Server, session: Session| {
        number.set(number.get() + 1);
        let name = format!("push{}", number.get());
        server.add(gap.behind, &name);
        let client = stage.copy(gap.ahead, "client.fossil");
        let url = server.url_of_user(&name);
        let measured = server.serving(|| run(&mut session(stage, "push", &client, &url)));
        assert_eq!(stage.artifacts(&server.file(&name)), expected, "all of it was pushed");
        measured
    };
    let both = contest(
        stage.rounds,
        [
            Entry::new("push, ours", || push(&servers[0], our)),
            Entry::new("push, stock", || push(&servers[1], stocks)),
        ],
    );
    for (server, number) in
        servers.iter().flat_map(|server| (1..=number.get()).map(move |n| (server, n)))
    {
        discard(&server.file(&format!("push{number}")));
    }
    both
}

/// Both pull into a fresh copy, each from its own server.
pub(super) fn pulls(stage: &Stage, gap: &Gap<'_>) -> [Series; 2] {
    let hosts = Hosts::of(stage, gap.ahead);
    let pull = |server: &Server, session: Session| {
        let client = stage.copy(gap.behind, "client.fossil");
        let url = server.url(NAME);
        let measured = server.serving(|| run(&mut session(stage, "pull", &client, &url)));
        // A server that is asked for news may make clusters of them.
        let expected = stage.artifacts(&server.file(NAME)) + gap.apart;
        assert_eq!(stage.artifacts(&client), expected, "all of it was pulled");
        measured
    };
    contest(
        stage.rounds,
        [
            Entry::new("pull, ours", || pull(&hosts.ours, our)),
            Entry::new("pull, stock", || pull(&hosts.stock, stocks)),
        ],
    )
}

/// Check-ins, each pushed when it is made.
pub(super) fn push_each(stage: &Stage, corpus: &Path) -> [Series; 2] {
    let hosts = Hosts::of(stage, corpus);
    let (here, there) = (stage.copy(corpus, "here.fossil"), stage.copy(corpus, "there.fossil"));
    let push = |server: &Server, client: &PathBuf, session: Session| {
        let url = server.url_of_user(NAME);
        let one = || {
            history::grow(client, 1);
            server.serving(|| run(&mut session(stage, "push", client, &url)))
        };
        (0..FEW).map(|_| one()).fold(Measured::default(), Measured::and).each(FEW)
    };
    let both = contest(
        stage.rounds,
        [
            Entry::new("each, ours", || push(&hosts.ours, &here, our)),
            Entry::new("each, stock", || push(&hosts.stock, &there, stocks)),
        ],
    );
    for (server, client) in [(&hosts.ours, &here), (&hosts.stock, &there)] {
        assert_eq!(stage.artifacts(&server.file(NAME)), stage.artifacts(client), "all was pushed");
    }
    both
}
