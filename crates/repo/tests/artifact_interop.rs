//! Ours and the real fossil take the same bytes for artifacts, and for the same kinds of them.
//!
//! Fossil's own parser is asked through `fossil test-parse-manifest`. It says whether bytes are an
//! artifact, but not of which kind; so an accepted artifact is shown to it once more without its D
//! card (a cluster: with one), and the complaint names the kind.
// Tests say what they expect by unwrapping, and shared helpers need no documentation.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod artifact_support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use artifact_support::{Random, cards_start, goldens, mutant, repair};
use outcrop_repo::artifact::{Artifact, Kind, Moment};

/// How many damaged goldens are compared. `OUTCROP_SEED` chooses other ones than usual.
const MUTANTS: usize = 1200;

/// The first release that reads SSH signatures, and wants four dashes behind PGP's `SIGNATURE`.
const SSH_RELEASE: (u32, u32) = (2, 26);

/// The real fossil, with a scratch folder to hand it artifacts.
struct Fossil {
    program: PathBuf,
    release: (u32, u32),
    folder: tempfile::TempDir,
}

impl Fossil {
    fn find() -> Self {
        let program = env::var_os("OUTCROP_FOSSIL").unwrap_or_else(|| "fossil".into());
        let version = Command::new(&program).arg("version").output();
        let version = version.unwrap_or_else(|error| {
            panic!(
                "{}: {error}. This test needs the real fossil: install it \
                 (`apt-get install fossil`), or set OUTCROP_FOSSIL to its path.",
                program.display()
            )
        });
        let version = String::from_utf8(version.stdout).unwrap();
        let release = version
            .split_whitespace()
            .find_map(|word| {
                let (major, minor) = word.split_once('.')?;
                Some((major.parse().ok()?, minor.parse().ok()?))
            })
            .unwrap_or_else(|| panic!("`fossil version` says {version:?}"));
        let fossil =
            Self { program: program.into(), release, folder: tempfile::tempdir().unwrap() };
        // The first run also makes fossil's configuration, which parallel runs would fight over.
        let repository = fossil.repository();
        fossil.run(&["init", "-A", "tester", &repository]);
        assert!(Path::new(&repository).exists(), "`fossil init` failed");
        fossil
    }

    /// An empty repository.
    fn repository(&self) -> String {
        self.path("scratch.fossil")
    }

    /// What fossil prints. `None` if it crashed.
    fn run(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("FOSSIL_HOME", self.folder.path())
            .env("USER", "tester")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.code().map(|_| said)
    }

    fn path(&self, name: &str) -> String {
        let path: &Path = self.folder.path();
        path.join(name).to_str().unwrap().to_owned()
    }

    /// What fossil has against bytes: nothing if it takes them for an artifact.
    fn complaint(&self, bytes: &[u8], name: &str) -> Option<String> {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        let Some(said) = self.run(&["test-parse-manifest", &path]) else {
            // K, R and Z cards without a word can do that.
            return Some("a crash".into());
        };
        if said.contains("manifest_parse() worked") {
            return None;
        }
        let complaint = said.lines().find_map(|line| line.strip_prefix("ERROR: "));
        Some(complaint.unwrap_or_else(|| panic!("no answer about {path}: {said}")).into())
    }

    /// The kind that fossil takes bytes for.
    fn verdict(&self, bytes: &[u8], name: &str) -> Option<Kind> {
        if self.complaint(bytes, name).is_some() {
            return None;
        }
        let start = cards_start(bytes);
        let mut lines: Vec<&[u8]> = bytes[start..].split_inclusive(|&b| b == b'\n').collect();
        match lines.iter().position(|line| line.starts_with(b"D ")) {
            Some(date) if !lines[0].starts_with(b"M ") => drop(lines.remove(date)),
            _ => lines.insert(0, b"D 2024-01-01\n"),
        }
        let mut probe = [&bytes[..start], &lines.concat()].concat();
        repair(&mut probe);
        let complaint = self.complaint(&probe, name);
        let complaint = complaint.unwrap_or_else(|| panic!("{} passed", probe.escape_ascii()));
        let kind = complaint.split_once(" in ").map(|(_, kind)| kind);
        Some(match kind {
            Some("manifest") => Kind::CheckIn,
            Some("cluster") => Kind::Cluster,
            Some("tag") => Kind::Control,
            Some("wiki") => Kind::Wiki,
            Some("ticket") => Kind::Ticket,
            Some("attachment") => Kind::Attachment,
            Some("technote") => Kind::Technote,
            Some("forum post") => Kind::Forum,
            _ => panic!("{complaint:?} about {}", probe.escape_ascii()),
        })
    }

    /// Why this fossil may see these bytes otherwise than the current release does.
    fn is_outdated_for(&self, bytes: &[u8]) -> Option<&'static str> {
        if self.release >= SSH_RELEASE {
            return None;
        }
        let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        if bytes.starts_with(b"-----BEGIN SSH SIGNED MESSAGE-----") || has(b"\n-----BEGIN SSH SIG")
        {
            return Some("SSH signatures are not known before 2.26");
        }
        // Up to 2.25 the dashes behind this were not looked at.
        if has(b"\n-----BEGIN PGP SIGNATURE") && !has(b"\n-----BEGIN PGP SIGNATURE----") {
            return Some("the end of the signed text is marked more strictly since 2.26");
        }
        None
    }
}

/// Compares verdicts on all samples; gives the disagreements, and how many were accepted.
fn compare(fossil: &Fossil, samples: &[(String, Vec<u8>)], part: usize) -> (Vec<String>, usize) {
    let (mut disagreements, mut accepted) = (Vec::new(), 0);
    for (number, (origin, bytes)) in samples.iter().enumerate() {
        if fossil.is_outdated_for(bytes).is_some() {
            continue;
        }
        let theirs = fossil.verdict(bytes, &format!("sample-{part}-{number}"));
        let parsed = Artifact::parse(bytes);
        accepted += usize::from(theirs.is_some());
        if theirs != parsed.as_ref().ok().map(Artifact::kind) {
            let ours = parsed.map(|artifact| artifact.kind());
            let bytes = bytes.escape_ascii();
            disagreements.push(format!("{origin}: ours {ours:?}, fossil's {theirs:?}\n{bytes}"));
        }
    }
    (disagreements, accepted)
}

/// Compares verdicts, on all processors.
fn assert_agreement(fossil: &Fossil, samples: &[(String, Vec<u8>)]) -> usize {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (mut disagreements, mut accepted) = (Vec::new(), 0);
    thread::scope(|scope| {
        let parts = samples.chunks(samples.len().div_ceil(workers)).enumerate();
        let running: Vec<_> = parts
            .map(|(part, samples)| scope.spawn(move || compare(fossil, samples, part)))
            .collect();
        for worker in running {
            let (more_disagreements, more_accepted) = worker.join().unwrap();
            disagreements.extend(more_disagreements);
            accepted += more_accepted;
        }
    });
    let count = disagreements.len();
    assert_eq!(count, 0, "{count} disagreements\n{}", disagreements.join("\n"));
    accepted
}

#[test]
fn fossil_takes_the_goldens_for_what_we_take_them_for() {
    let fossil = Fossil::find();
    let samples: Vec<_> = goldens().into_iter().map(|g| (g.name, g.bytes)).collect();
    assert!(assert_agreement(&fossil, &samples) >= samples.len() - 2);
}

#[test]
fn fossil_and_we_agree_on_damaged_goldens() {
    let fossil = Fossil::find();
    let seed = env::var("OUTCROP_SEED").map_or(20_240_501, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    let goldens = goldens();
    let samples: Vec<_> = (0..MUTANTS).map(|_| mutant(&goldens, &mut random)).collect();
    let accepted = assert_agreement(&fossil, &samples);
    // Damage that all sides refuse at once would prove little.
    assert!(accepted > MUTANTS / 10, "only {accepted} were accepted");
}

/// Cards at the edges of the rules, each set made an artifact by a right Z card.
#[test]
fn fossil_and_we_agree_at_the_edges() {
    const CARDS: &[&str] = &[
        "C x\nD 2020-01-01\nF a H\nU me\n",
        "C x\nD 2020-01-01\nF a H \nU me\n",
        "C x\nD 2020-01-01\nF a\0H\nU me\n",
        "C x\nD 2020-01-01\nF a H w \nU me\n",
        "C x\nD 2020-01-01\nF a H  b\nU me\n",
        "C x\nD 2020-01-01\nF a\\0/../b H\nU me\n",
        "C x\nD 2020-01-01\nF a\\\\b H\nU me\n",
        "C x\nD 2020-01-01\nF a\\sb H\nF a! H\nU me\n",
        "C x\nD 2020-01-01\nF a! H\nF a\\sb H\nU me\n",
        "C x\nD 2020-01-01\nF ..a H\nF .b./c H\nF ... H\n",
        "C x\nD 2020-01-01\nF a/./b H\n",
        "C x\nD 2020-01-01\nF \u{e000}\u{1f600} H\n",
        "C x\nD 2020-01-01\nF a/_FOSSIL_ H\nF a/_FOSSIL_ H\n",
        "C x\nD 2020-01-01\nF x_FOSSIL_-wal H\nF x_FOSSIL_-wal H\n",
        "C x\nD 2020-01-01\nF x_FOSSIL_ H\nF x_FOSSIL_ H\n",
        "C x\nD 2020-01-01\nF a.fslckout H\nF a.fslckout H\n",
        "C x\nD 2020-01-01\nF .FSLCKOUT-shm H\nF .FSLCKOUT-shm H\n",
        "D 2020-01-01\nF _FOSSIL_ H\nU me\n",
        "D 2020-01-01\nF _FOSSIL_ H\nR 0123456789abcdefABCDEF0123456789\n",
        "D 2020-01-01\nP\nU me\n",
        "D 2020-01-01\nP\nT +x H\nU me\n",
        "D 2020-01-01\nN text/plain\nU me\n",
        "D 2020-01-01\nN text/plain\nQ +H\nU me\n",
        "D 2020-01-01\nP H\nP H\nU me\nZ 0123456789abcdefABCDEF0123456789\n",
        "B H\nC x\nD 2020-01-01\nF a\nF b \n",
        "B H\nC x\nD 2020-01-01\nF a\nF b H l c\n",
        "C \nD 2020-01-01\nU \n",
        "C x\nD 2020-01-01\nU\n",
        "C x\nD 2020-01-01\n\nU me\n",
        "C x\nD 2020-01-01\nT +x *\nT +x H\n",
        "C x\nD 2020-01-01\nT +x H\nT +x *\n",
        "C x\nD 2020-01-01\nT \\+x H\n",
        "C x\nD 2020-01-01\nT +cafe H\n",
        "C x\nD 2020-01-01\nT +caf\\0x H\n",
        "C x\nD 2020-01-01\nT +caf\\\\ H\n",
        "C x\nD 2020-01-01\nT + H\n",
        "C x\nD 2020-01-01\nT +x\0H\0v\n",
        "D 2020-01-01\nT +x *\nU me\n",
        "D 2020-01-01\nT +x H v\nT -x H\nU me\n",
        "D 2020-01-01\nT +x hH\nU me\n",
        "D 2020-01-01\nJ \nK H\nU me\n",
        "D 2020-01-01\nJ a b \nK H\nU me\n",
        "D 2020-01-01\nJ a\nJ +b\nK H\nU me\n",
        "D 2020-01-01\nJ a\\sb\nJ a!\nK H\nU me\n",
        "D 2020-01-01\nL a\\sb\nU me\nW 1x\na\n",
        "D 2020-01-01\nL a\\s\\sb\nU me\nW 0\n\n",
        "D 2020-01-01\nL a\\n\nU me\nW 0\n\n",
        "D 2020-01-01\nL \u{7f}\u{e4}\nU me\nW \n\n",
        "D 2020-01-01\nL a\nU me\nW 3\na\0\n\n",
        "D 2020-01-01\nL a\nU me\nW 5\na\n",
        "D 2020-01-01\nL a\nU me\nW 4294967297\na\n",
        "D 2020-01-01\nL a\nU me\nW 1 \na\n",
        "D 2020-01-01\nL a\nU me\nW 1\0\na\n",
        "D 2020-01-01\nL a\nW 0\n\n",
        "A a b\\sc H\nD 2020-01-01\n",
        "A a/../b c\nD 2020-01-01\n",
        "A a \nD 2020-01-01\n",
        "A a b \nD 2020-01-01\n",
        "D 2020-01-01\nE 2020-01-01 H\nP H\nN a\nP H\nW 0\n\n",
        "D 2020-01-01\nE 2020-01-01 H\nT +x *\nN a\nW 0\n\n",
        "D 2020-01-01\nE 2020-01-01 H\nT *x *\nW 0\n\n",
        "D 2020-01-01\nH a\nI H\nU me\nW 0\n\n",
        "D 2020-01-01\nG H\nH a\nP H\nU me\nW 0\n\n",
        "D 2020-01-01\nH a\nP H\nP H\nU me\nW 0\n\n",
        "M H\nU me\n",
        "D 2020-01-01\nM H\n",
        "M ABCDEF1111111111111111111111111111111111\nM H\nM abcdef1111111111111111111111111111111111\n",
        "M H\nM ABCDEF1111111111111111111111111111111111\n",
        "C x\nD 2020-01-01\nX y\n",
        "C x\nD 2020-01-01\nfoo\n",
    ];
    let fossil = Fossil::find();
    let samples: Vec<_> = CARDS
        .iter()
        .map(|cards| {
            let hash = "1234567890123456789012345678901234567890";
            let cards =
                cards.replace(" H", &format!(" {hash}")).replace("\0H", &format!("\0{hash}"));
            let mut bytes = cards.replace("+H", &format!("+{hash}")).into_bytes();
            bytes.extend_from_slice(&outcrop_repo::artifact::checksum::z_line(&bytes));
            (cards, bytes)
        })
        .collect();
    assert!(assert_agreement(&fossil, &samples) > CARDS.len() / 4);
}

/// Words that are dates, nearly dates, and damaged dates.
fn date_words() -> Vec<String> {
    const WORDS: &[&str] = &[
        "2010-01-02T03:04:05.678",
        "-0123-01-02T03:04",
        "2010-01-02TTT03:04:05Z",
        "2010-01-02T03:04:05.12345+09:30",
        "24:59:59.999-14:59",
        "03:04",
        "2455198.62783",
        "1.5e6",
        "5373484.49999",
        "9999-12-31T23:59:59.999",
        "0000-02-29",
    ];
    const ALPHABET: &[u8] = b"0123456789:.-+TZtz\te";
    let mut random = Random(7);
    let mut words: Vec<String> = WORDS.iter().map(ToString::to_string).collect();
    for _ in 0..3000 {
        let mut word = WORDS[random.below(WORDS.len())].as_bytes().to_vec();
        for _ in 0..=random.below(2) {
            let byte = ALPHABET[random.below(ALPHABET.len())];
            match (random.below(3), random.below(word.len())) {
                (0, at) => word[at] = byte,
                (1, at) if word.len() > 1 => drop(word.remove(at)),
                (_, at) => word.insert(at, byte),
            }
        }
        words.push(String::from_utf8(word).unwrap());
    }
    words
}

/// Whether releases of fossil differ on this word, by the SQLite within them: years before our era,
/// decimals that could be rounded to a whole second, and minutes after hour 24.
fn depends_on_release(word: &str) -> bool {
    word.starts_with('-') || word.contains(".999") || word.contains("24:")
}

#[test]
fn dates_have_the_values_that_fossil_computes() {
    let fossil = Fossil::find();
    let repository = fossil.repository();
    let words = date_words();
    let values: Vec<_> = words.iter().map(|word| format!("('{word}')")).collect();
    let script = format!(
        "SELECT ifnull(printf('%d', round(julianday(column1)*86400000.0)), 'none') \
         FROM (VALUES {});",
        values.join(",")
    );
    let answers = fossil.run(&["sql", "-R", &repository, &script]).unwrap();
    let answers: Vec<_> = answers.lines().map(|line| line.trim_matches('\'')).collect();
    assert_eq!(answers.len(), words.len());
    let mut dates = 0;
    for (word, answer) in words.iter().zip(answers) {
        // Fossil takes nothing for a date that is not above zero.
        let theirs = answer.parse::<i64>().ok().filter(|&millis| millis > 0);
        let ours = Moment::parse(word.as_bytes()).map(Moment::julian_millis);
        if depends_on_release(word) {
            assert!(ours.is_some() || theirs.is_none(), "{word:?} is {theirs:?}");
        } else {
            assert_eq!(ours, theirs, "{word:?}");
        }
        dates += usize::from(theirs.is_some());
    }
    assert!(dates > 500, "only {dates} were dates");
}
