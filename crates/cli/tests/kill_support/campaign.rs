//! One kind of work, killed again and again.

use std::{
    env,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use outcrop_oracle::{Random, Stock};

use super::{
    Victim, Work,
    judge::{Held, complaints, database, held},
    pace::Pace,
    scene::{Job, Scene},
};
use crate::support::{Ran, ran};

/// Says how many kills there are in all.
const KILLS: &str = "OUTCROP_KILLS";

/// How many there are otherwise.
const USUAL_KILLS: usize = 60;

/// Says from which number moments, contents and order are drawn.
const SEED: &str = "OUTCROP_KILL_SEED";

/// Kills that one repository lives through.
const KILLS_EACH: usize = 10;

/// Kills a kind of work as often as is its share.
pub(crate) fn campaign(work: Work, victim: Victim) {
    let number = |name| env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let kills = number(KILLS).map_or(USUAL_KILLS, |kills| usize::try_from(kills).unwrap());
    let wanted = kills.div_ceil(Work::CAMPAIGNS);
    let seed = number(SEED).unwrap_or(1);
    let what = format!("{work:?}, {victim:?} killed, {SEED}={seed}");
    println!("{what}: begins");
    let stock = Stock::find();
    let origin = Scene::origin(&stock);
    let mut random = Random::new(seed);
    let mut pace: Option<Pace> = None;
    let mut acknowledged = 0;
    for generation in 0.. {
        let mut scene = Scene::new(&stock, &origin, &format!("{generation}"), work);
        let pace =
            pace.get_or_insert_with(|| Pace::new(undisturbed(&mut scene, work, &mut random)));
        for number in 1..=KILLS_EACH {
            if pace.landed() >= wanted || pace.is_hopeless() {
                break;
            }
            let case = format!("{what}, kill {number} of generation {generation}");
            kill(&stock, &mut scene, (work, victim, number, &case), pace, &mut random);
        }
        // What was acknowledged last.
        let found = complaints(&stock, &scene.file, &scene.acknowledged, &mut random);
        assert!(found.is_empty(), "{what}, generation {generation}: {found:#?}");
        acknowledged += scene.acknowledged.len() - held(&stock, &origin).len();
        if pace.landed() >= wanted || pace.is_hopeless() {
            break;
        }
    }
    pace.unwrap().settle(&what, acknowledged);
}

/// How long the work takes when nobody disturbs it.
fn undisturbed(scene: &mut Scene<'_>, work: Work, random: &mut Random) -> Duration {
    let mut job = scene.job(work, 0, random);
    let begun = Instant::now();
    scene.do_again(&mut job);
    begun.elapsed()
}

/// Kills once, looks at what is left, and does the work to its end.
fn kill(
    stock: &Stock,
    scene: &mut Scene<'_>,
    (work, victim, number, case): (Work, Victim, usize, &str),
    pace: &mut Pace,
    random: &mut Random,
) {
    let mut job = scene.job(work, number, random);
    // A server has always something else to do; beside a command there may be someone.
    let load = (work.is_exchange() || random.one_in(2)).then(|| scene.load(case));
    let before = held(stock, &scene.file);
    let wait = pace.moment(random);
    let client = job.command().spawn().unwrap();
    thread::sleep(wait);
    let (landed, ended) = strike(client, scene, victim);
    pace.learn(landed);
    if let Some(load) = load {
        scene.acknowledged.artifacts.extend(load.end());
    }
    let case = format!("{case}, after {wait:?}, landed {landed}");
    assert!(landed || victim == Victim::Server || ended.code == 0, "{case}: {ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{case}: {ended:?}");
    pace.unfinished += usize::from(landed && job.left_a_journal());
    if ended.code == 0 {
        scene.acknowledge(&job, &ended);
    }
    // At times the server itself finds what it has left.
    if work.is_exchange() && random.one_in(4) {
        scene.serve();
    }
    let mut found = scene.complaints(&job, random);
    if work == Work::Clone && job.file.exists() {
        found.extend(database(stock, &job.file));
    }
    assert!(found.is_empty(), "{case}: {found:#?}");
    if work.is_exchange() {
        scene.serve();
    }
    scene.do_again(&mut job);
    if work == Work::Clone {
        is_whole(stock, &job, &before, &case, random);
    }
}

/// Sends the signal. Gives whether it hit the victim in its work, and how the client has ended.
fn strike(mut client: Child, scene: &mut Scene<'_>, victim: Victim) -> (bool, Ran) {
    let landed = client.try_wait().unwrap().is_none();
    match victim {
        Victim::Client => client.kill().unwrap(),
        Victim::Server => scene.kill_server(),
    }
    let ended = ran(&client.wait_with_output().unwrap());
    // A client may have come to its end between the look and the signal.
    (landed && ended.code != 0, ended)
}

/// A clone that was resumed has all that the server had when it began.
fn is_whole(stock: &Stock, job: &Job, server: &Held, case: &str, random: &mut Random) {
    let found = complaints(stock, &job.file, server, random);
    assert!(found.is_empty(), "{case}: the clone: {found:#?}");
}
