//! `outcrop serve` by HTTPS, driven by the real client.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::fs;
use std::io::Read as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use support::serving::{PATIENCE, Serving, address_of, artifacts, get, is_whole};
use support::{Fossil, outcrop, run};

/// An authority, and the files of a server that it vouches for.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn in_folder(folder: &Path) -> Self {
        Self { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    /// Writes a new pair, from a new authority whose own certificate goes to a file.
    fn renew(&self, authority: &Path) {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(authority, params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        fs::write(&self.certificate, params.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        fs::write(&self.key, key.serialize_pem()).unwrap();
    }

    fn args(&self) -> [&str; 4] {
        let (certificate, key) = (self.certificate.to_str(), self.key.to_str());
        ["--tls-cert", certificate.unwrap(), "--tls-key", key.unwrap()]
    }
}

fn url(serving: &serde_json::Value) -> String {
    let address = address_of(&serving["listening"]);
    format!("https://alice:sesame@{}/", address.replace("127.0.0.1", "localhost"))
}

#[test]
fn a_certificate_is_read_anew_on_a_signal() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let files = Files::in_folder(fossil.path());
    let [first, second] = ["first.pem", "second.pem"].map(|name| fossil.path().join(name));
    files.renew(&first);
    let supervisor = fossil.path().join("notify");
    let hear = UnixDatagram::bind(&supervisor).unwrap();
    hear.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = outcrop(["serve", "--json", "-v", "--listen", "127.0.0.1:0"]);
    command.args(files.args()).arg(&repository).env("NOTIFY_SOCKET", &supervisor);
    let serving = Serving::spawn(&mut command, 1);
    let line = serde_json::from_str(&serving.lines[0]).unwrap();
    let mut number = 0;
    let mut clones = |authority: &Path| {
        number += 1;
        let args = ["clone", &url(&line), &format!("{number}.fossil")].map(str::to_owned);
        fossil.run_trusting(authority, fossil.path(), args).code == 0
    };
    let reload = || {
        serving.signal("-HUP");
        let mut message = [0; 256];
        loop {
            let len = hear.recv(&mut message).unwrap();
            if message[..len].starts_with(b"READY=1") {
                break;
            }
        }
    };
    assert!(clones(&first));
    // What cannot be used changes nothing.
    fs::write(&files.key, "no key").unwrap();
    // The first word is that of the start.
    reload();
    reload();
    assert!(clones(&first));
    files.renew(&second);
    reload();
    assert!(clones(&second) && !clones(&first));
    let (code, log) = serving.terminate();
    assert_eq!(code, 0, "{log}");
    assert!(
        log.contains("ERROR the certificate stays as it was: there is no private key"),
        "{log}"
    );
    assert!(log.contains("INFO the certificate was read anew"), "{log}");
}

#[test]
fn a_push_by_https_is_cut_between_rounds_and_never_within_one() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let files = Files::in_folder(fossil.path());
    let authority = fossil.path().join("authority.pem");
    files.renew(&authority);
    let start = |at: &str| {
        let at = ["--listen", at, "--metrics", "127.0.0.1:0", repository.to_str().unwrap()];
        Serving::at(&[&files.args()[..], &at].concat())
    };
    let (serving, line) = start("127.0.0.1:0");
    let address = address_of(&line["listening"]);
    let url = url(&line);
    let clone = ["clone", "--save-http-password", &url, "clone.fossil"];
    assert_eq!(fossil.run_trusting(&authority, fossil.path(), clone).code, 0);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    // Many rounds: a client sends no more than 250,000 bytes in each.
    for part in 0..12 {
        let mut noise = vec![0; 200_000];
        fs::File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
        fs::write(checkout.join(part.to_string()), noise).unwrap();
    }
    fossil.run_in(&checkout, ["addremove"]);
    fossil.run_in(&checkout, ["commit", "--no-warnings", "-m", "noise"]);
    let all = artifacts(&fossil, &fossil.path().join("clone.fossil"));
    let before = artifacts(&fossil, &repository);
    let push = || {
        let pushed = fossil.run_trusting(&authority, &checkout, ["push"]);
        pushed.code == 0 && pushed.stderr.is_empty() && !pushed.stdout.contains("Error")
    };
    let watch = address_of(&line["metrics"]);
    let none = "\noutcrop_artifacts_received_total 0\n";
    let pushed = thread::scope(|scope| {
        let pushing = scope.spawn(push);
        let begun = Instant::now();
        while get(&watch, "/metrics").contains(none) {
            assert!(begun.elapsed() < PATIENCE);
        }
        assert_eq!(serving.terminate().0, 0);
        pushing.join().unwrap()
    });
    is_whole(&fossil, &repository);
    let after = artifacts(&fossil, &repository);
    assert!(!pushed && after != all, "the end came too late: the test tests nothing");
    assert!(after.lines().count() > before.lines().count(), "what was acknowledged is there");
    let (serving, _) = start(&address);
    assert!(push(), "the rest is not pushed");
    assert_eq!(artifacts(&fossil, &repository), all);
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn what_is_wrong_with_a_certificate_is_told() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    let files = Files::in_folder(fossil.path());
    files.renew(&fossil.path().join("one.pem"));
    let other = fossil.path().join("other");
    fs::create_dir(&other).unwrap();
    let others = Files::in_folder(&other);
    others.renew(&other.join("two.pem"));
    let [cert, certificate, key, file] = files.args();
    let theirs = others.key.to_str().unwrap();
    for (args, code, words) in [
        (vec![cert, "missing.pem", key, file], 1, "name a file that this user may read"),
        (vec![cert, file, key, file], 1, "there is no certificate"),
        (vec![cert, certificate, key, certificate], 1, "there is no private key"),
        (vec![cert, certificate, key, theirs], 1, "are they of one pair?"),
        (vec![cert, certificate], 2, "--tls-key"),
        (vec![key, file], 2, "--tls-cert"),
    ] {
        let failed = run(["serve"].iter().chain(&args).chain(&[repository]));
        assert_eq!(failed.code, code, "{args:?}: {failed:?}");
        assert!(failed.stderr.contains(words), "{args:?}: {failed:?}");
    }
}
