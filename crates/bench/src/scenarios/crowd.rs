//! Many clients of both programs at one server, for minutes: they clone, pull and push.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use super::hosts::NAME;
use crate::bars;
use crate::client::{Client, Done, Program, Step, missing};
use crate::measure::Measured;
use crate::report::{Report, megabytes, seconds};
use crate::server::Server;
use crate::stage::Stage;

/// Clients at a time: every other one is stock's.
const CLIENTS: usize = 64;
/// Failures that are told in full.
const TOLD: usize = 3;

/// What came of it all, at one server.
struct Outcome {
    clients: Vec<Done>,
    wall: Duration,
    /// Check-ins that were acknowledged, and those of them that are not there.
    acknowledged: usize,
    lost: usize,
    /// What stock finds wrong with the repository afterwards.
    sound: Result<(), Vec<String>>,
    /// Most bytes that the server had in memory.
    peak: u64,
    /// CPU time of the server.
    cpu: Duration,
}

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let ours = crowd(stage, Server::ours(stage, "crowd-ours"));
    report.note(ours.told("Our server"));
    report.judge(&bars::CROWD_FAILED, ours.failures().count() as f64);
    report.judge(&bars::CROWD_LOST, ours.lost as f64);
    report.judge(&bars::CROWD_UNSOUND, f64::from(ours.sound.is_err()));
    report.judge(&bars::CROWD_MEMORY, megabytes(ours.peak));
    report.judge(&bars::CROWD_FAIR, ours.unfairness());
    let stock = crowd(stage, Server::stock(stage, "crowd-stock"));
    report.note(stock.told("Stock's server"));
    let mut table = String::from("| server | | completed | a second | median | slowest |\n");
    table.push_str("|---|---|---|---|---|---|\n");
    for (server, outcome) in [("here", &ours), ("stock", &stock)] {
        for step in [Step::Clone, Step::Pull, Step::Push] {
            table.push_str(&outcome.row(server, step));
        }
    }
    report.section(table);
}

/// Has the clients work with a server, then looks for what they were told is there.
fn crowd(stage: &Stage, server: Server) -> Outcome {
    server.add(&stage.corpus(), NAME);
    let (url, file) = (server.url_of_user(NAME), server.file(NAME));
    let mut clients = Vec::new();
    let mut peak = 0;
    let began = Instant::now();
    let until = began + stage.crowd_time;
    let measured = server.serving(|| {
        (clients, peak) = server.weighed(|| {
            thread::scope(|scope| {
                let start = |number| {
                    let program = if number % 2 == 0 { Program::Ours } else { Program::Stock };
                    let client = Client::new(stage, program, &url, number);
                    scope.spawn(move || client.run(until))
                };
                let running: Vec<_> = (0..CLIENTS).map(start).collect();
                running.into_iter().map(|client| client.join().unwrap()).collect()
            })
        });
        Measured { wall: began.elapsed(), ..Measured::default() }
    });
    drop(server);
    let lost_by = |client: &Done| client.missing + missing(&file, &client.acknowledged);
    let lost = clients.iter().map(lost_by).sum();
    let sound = stage.stock.integrity(&file);
    let acknowledged = clients.iter().map(|client| client.acknowledged.len()).sum();
    Outcome { clients, wall: measured.wall, acknowledged, lost, sound, peak, cpu: measured.server }
}

impl Outcome {
    fn failures(&self) -> impl Iterator<Item = &String> {
        self.clients.iter().flat_map(|client| &client.failures)
    }

    /// A row about one kind of operation.
    fn row(&self, server: &str, which: Step) -> String {
        let steps = self.clients.iter().flat_map(|client| &client.steps);
        let mut all: Vec<_> =
            steps.filter(|(step, _)| *step == which).map(|(_, took)| *took).collect();
        all.sort_unstable();
        let (number, name) = (all.len(), format!("{which:?}").to_lowercase());
        let rate = number as f64 / self.wall.as_secs_f64();
        let show = |took: Option<&Duration>| took.map_or("–".to_owned(), |took| seconds(*took));
        let (median, slowest) = (show(all.get(number / 2)), show(all.last()));
        let mut row = String::new();
        writeln!(row, "| {server} | {name} | {number} | {rate:.1} | {median} | {slowest} |")
            .unwrap();
        row
    }

    /// How many times as much as the slowest client the median client of the same program has done.
    fn unfairness(&self) -> f64 {
        let of_program = |program| {
            let clients = self.clients.iter().filter(|client| client.program == program);
            let mut done: Vec<_> = clients.map(|client| client.steps.len()).collect();
            done.sort_unstable();
            done[done.len() / 2] as f64 / done[0].max(1) as f64
        };
        of_program(Program::Ours).max(of_program(Program::Stock))
    }

    fn told(&self, server: &str) -> String {
        let Self { wall, acknowledged, lost, peak, cpu, .. } = self;
        let failed = self.failures().count();
        let mut told = format!(
            "{server}, {CLIENTS} clients, {}: {failed} operations failed; {acknowledged} check-ins \
             acknowledged, {lost} of them lost; {:.0} MB of memory at most, {} of CPU time; the \
             median client did {:.1} times as much as the slowest.",
            seconds(*wall),
            megabytes(*peak),
            seconds(*cpu),
            self.unfairness()
        );
        for failure in self.failures().take(TOLD) {
            write!(told, "\nFailed, for one: {}", failure.replace('\n', " ")).unwrap();
        }
        if let Err(wrong) = &self.sound {
            let wrong: Vec<_> = wrong.iter().take(TOLD).map(String::as_str).collect();
            write!(told, "\nThe repository is not sound afterwards: {}.", wrong.join("; "))
                .unwrap();
        }
        told
    }
}
