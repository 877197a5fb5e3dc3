//! The files of `packaging/` and the program fit each other.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests say what they expect by unwrapping, and print what they leave out"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{
    fs,
    net::TcpListener,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use support::serving::{Serving, artifacts, get};
use support::{Fossil, outcrop, ran, run};

const SERVICE: &str = "packaging/systemd/outcrop.service";
const SOCKET: &str = "packaging/systemd/outcrop.socket";
const OPTIONS: &str = "packaging/systemd/outcrop.default";
const BY_HAND: &str = "packaging/systemd/README.md";
const CONTAINERFILE: &str = "packaging/container/Containerfile";

/// Where the packages put the program.
const PROGRAM: &str = "/usr/bin/outcrop";

/// Where the service has its repositories.
const STATE: &str = "/var/lib/outcrop";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a name in Unicode")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// The values of a key of a unit, the last one last.
fn values(unit: &str, key: &str) -> Vec<String> {
    let value = |line: &str| Some(line.split_once('=').filter(|(name, _)| *name == key)?.1.into());
    text(unit).lines().filter_map(value).collect()
}

fn value(unit: &str, key: &str) -> String {
    values(unit, key).pop().unwrap_or_else(|| panic!("{unit} has no {key}="))
}

/// Splits a line into words as systemd and shells do, quotes and all.
fn words(line: &str) -> Vec<String> {
    let script = "eval \"set -- $1\"; for word; do printf '%s\\n' \"$word\"; done";
    let split = ran(&Command::new("sh").args(["-c", script, "sh", line]).output().unwrap());
    assert_eq!((split.code, &split.stderr[..]), (0, ""), "{line}");
    split.stdout.lines().map(str::to_owned).collect()
}

/// What the service runs, with some options of the operator and repositories elsewhere.
fn service_words(options: &str, repositories: &str) -> Vec<String> {
    let start = value(SERVICE, "ExecStart");
    let mut all = words(&start.replace("$OUTCROP_OPTIONS", options).replace(STATE, repositories));
    assert_eq!(all.remove(0), PROGRAM);
    all
}

/// The words of `CMD`, `ENTRYPOINT` or `HEALTHCHECK CMD`.
fn container_words(instruction: &str) -> Vec<String> {
    let text = text(CONTAINERFILE);
    let found: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' ')).collect();
    assert_eq!(found.len(), 1, "{instruction}");
    serde_json::from_str(found[0]).expect("a list of words")
}

#[test]
fn the_service_serves_what_its_socket_passes_on() {
    let fossil = Fossil::new();
    let folder = fossil.path().join("repositories");
    fs::create_dir(&folder).unwrap();
    fs::copy(fossil.path().join(Fossil::REPOSITORY), folder.join("project.fossil")).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let script = "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\" 3<&0 0</dev/null";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_outcrop")]);
    command.args(service_words("", folder.to_str().unwrap()));
    let serving = Serving::spawn(command.stdin(OwnedFd::from(tcp)), 1);
    fossil.run(["clone", &format!("http://{address}/project"), "clone.fossil"]);
    let (here, there) = (fossil.path().join("clone.fossil"), folder.join("project.fossil"));
    assert_eq!(artifacts(&fossil, &here), artifacts(&fossil, &there));
    assert_eq!(serving.terminate(), (0, String::new()));
}

#[test]
fn the_units_agree_with_each_other_and_with_the_user() {
    assert_eq!(value(SERVICE, "Requires"), "outcrop.socket");
    assert_eq!(value(SERVICE, "Also"), "outcrop.socket");
    assert_eq!(format!("/var/lib/{}", value(SERVICE, "StateDirectory")), STATE);
    assert_eq!(value(SERVICE, "WorkingDirectory"), STATE);
    assert!(value(SERVICE, "ExecReload").contains("-HUP"));
    assert!(!values(SOCKET, "ListenStream").is_empty());
    let user = value(SERVICE, "User");
    let made = text("packaging/systemd/outcrop.sysusers");
    assert!(
        made.lines().any(|line| line.starts_with(&format!("u {user} ")) && line.ends_with(STATE))
    );
    let folder = format!("d {STATE} {} {user} {user}", value(SERVICE, "StateDirectoryMode"));
    assert!(text("packaging/systemd/outcrop.tmpfile").lines().any(|line| line == folder));
    // Requests, and then files, may each take this long to end.
    let help = run(["serve", "--help"]).stdout;
    let grace =
        help.split("--grace").nth(1).and_then(|rest| rest.split("[default: ").nth(1)).unwrap();
    let grace: u32 = grace.split(']').next().unwrap().parse().unwrap();
    assert!(value(SERVICE, "TimeoutStopSec").parse::<u32>().unwrap() > 2 * grace);
}

#[test]
fn options_that_are_shown_to_operators_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let text = text(OPTIONS);
    let shown = |line: &str| {
        let line = line.trim_start_matches('#').strip_prefix("OUTCROP_OPTIONS=\"")?;
        Some(line.strip_suffix('"').expect("an end").to_owned())
    };
    let shown: Vec<_> = text.lines().filter_map(shown).collect();
    assert!(shown.len() > 4, "{shown:?}");
    // What stands there for all is empty: everything else is for the operator to choose.
    assert_eq!(shown.last().unwrap(), "");
    for options in &shown {
        let args = service_words(options, folder.path().to_str().unwrap());
        let ran = run(&args);
        // Nobody passes a socket on, and certificates are not there; but nothing is wrong usage.
        assert_eq!(ran.code, 1, "{options}: {}", ran.stderr);
        let wanted = if options.contains("--tls-cert") { "chain.pem" } else { "was passed on" };
        assert!(ran.stderr.contains(wanted), "{options}: {}", ran.stderr);
    }
    // And an option that does not exist is.
    assert_eq!(run(service_words("--no-such-option", "x")).code, 2);
}

#[test]
fn the_container_serves_a_first_repository() {
    let fossil = Fossil::new();
    let folder = fossil.path().join("repositories");
    let text = text(CONTAINERFILE);
    let line = |line: &str| assert!(text.lines().any(|found| found == line), "no line {line}");
    line("VOLUME /repositories");
    line("EXPOSE 8080");
    assert_eq!(container_words("ENTRYPOINT"), ["/outcrop"]);
    let rust = format!(":{}-slim", env!("CARGO_PKG_RUST_VERSION"));
    assert!(text.contains(&rust), "the image is built by another release than {rust}");

    let command = container_words("CMD").into_iter().map(|word| match &word[..] {
        "/repositories" => folder.to_str().unwrap().to_owned(),
        "0.0.0.0:8080" => "127.0.0.1:0".to_owned(),
        _ => word,
    });
    let mut command = outcrop(command);
    // Nobody has a name there.
    let command = command.env_remove("USER").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let lines = std::io::BufRead::lines(stdout).take(5).map(Result::unwrap).collect();
    let serving = Serving { process: support::Background(child), lines };
    assert!(serving.lines[1].starts_with("admin-user: admin "), "{:?}", serving.lines);
    let address = serving.address();
    assert!(get(&address, "/readyz").ends_with("ready\n"));
    fossil.run(["clone", &format!("http://{address}/demo"), "clone.fossil"]);

    let mut health = container_words("HEALTHCHECK CMD");
    assert_eq!(health.remove(0), "/outcrop");
    let url = health.pop().unwrap().replace("127.0.0.1:8080", &address);
    health.push(url);
    let healthy = run(&health);
    assert_eq!((healthy.code, &healthy.stderr[..]), (0, ""));
    assert_eq!(serving.terminate().0, 0);
    assert_eq!(run(&health).code, 4);
}

/// What a page tells people to type, behind one of its prompts: `# ` for root, `$ ` for anybody.
fn typed(page: &str, prompt: &str) -> Vec<String> {
    let page = text(page);
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix(prompt));
    let lines: Vec<_> = lines.map(str::to_owned).collect();
    assert!(!lines.is_empty(), "nothing to type");
    lines
}

/// What `scripts/package --smoke` types where systemd runs.
#[test]
fn lines_for_root_fit_the_service() {
    let (user, folder) = (value(SERVICE, "User"), tempfile::tempdir().unwrap());
    for page in ["README.md", BY_HAND] {
        let lines = typed(page, "# ");
        assert!(lines.contains(&"systemctl enable --now outcrop".to_owned()), "{lines:?}");
        let first = lines.iter().find_map(|line| line.strip_prefix("runuser "));
        let init = first.unwrap().strip_prefix(&format!("-u {user} -- outcrop "));
        let init = init.expect("the user of the service").replace(STATE, path(folder.path()));
        let file = folder.path().join("project.fossil");
        let made = run(words(&init));
        assert_eq!((made.code, &made.stderr[..]), (0, ""), "{init}");
        fs::remove_file(file).unwrap();
    }
    let name = metadata()["metadata"]["deb"]["name"].as_str().unwrap().to_owned();
    let installed = format!("apt-get install ./{name}_*.deb");
    assert!(typed("README.md", "# ").contains(&installed), "{installed}");
}

#[test]
fn all_files_of_the_service_are_installed_by_hand() {
    let lines = typed(BY_HAND, "# ");
    let installs: Vec<_> = lines.iter().filter(|line| line.starts_with("install ")).collect();
    assert!(installs.iter().any(|line| line.ends_with(&format!(" outcrop {PROGRAM}"))));
    let is_installed =
        |name: &str| installs.iter().any(|line| words(line).contains(&format!("systemd/{name}")));
    let files = fs::read_dir(root().join("packaging/systemd")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name != "README.md" && !is_installed(name)).collect();
    assert!(left.is_empty(), "{left:?}");
    let options = value(SERVICE, "EnvironmentFile");
    assert!(installs.iter().any(|line| line.ends_with(options.trim_start_matches('-'))));
}

#[test]
fn the_readme_runs_the_container_as_its_file_says() {
    let (lines, text) = (typed("README.md", "$ "), text(CONTAINERFILE));
    for line in &lines {
        assert!(text.contains(&format!("#   {line}\n")), "the Containerfile does not show: {line}");
    }
    let build = lines.iter().find(|line| line.starts_with("docker build ")).unwrap();
    assert!(words(build).contains(&CONTAINERFILE.to_owned()), "{build}");
    let of = |instruction: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(instruction)).unwrap();
        value.trim().to_owned()
    };
    let run = lines.iter().find(|line| line.starts_with("docker run ")).unwrap();
    let (port, volume) = (of("EXPOSE"), of("VOLUME"));
    assert!(run.contains(&format!(" -p {port}:{port} ")), "{run}");
    assert!(run.contains(&format!(" -v outcrop:{volume} ")), "{run}");
    let command = container_words("CMD").concat();
    assert!(command.contains(&volume) && command.contains(&port), "{command}");
}

/// What cargo knows of the package of the program.
fn metadata() -> serde_json::Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let said = ran(&command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let workspace: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let packages = workspace["packages"].as_array().unwrap();
    packages.iter().find(|package| package["name"] == "outcrop-cli").unwrap().clone()
}

#[test]
fn every_file_of_the_debian_package_is_there_or_is_made() {
    const MADE: &str = "../../target/package/assets/";
    let made = tempfile::tempdir().unwrap();
    let script = root().join("packaging/assets");
    let program = env!("CARGO_BIN_EXE_outcrop");
    let ran = ran(&Command::new(script).arg(program).arg(made.path()).output().unwrap());
    assert_eq!((ran.code, &ran.stdout[..], &ran.stderr[..]), (0, "", ""));
    let bash = made.path().join("completions/outcrop");
    assert!(Command::new("bash").arg("-n").arg(bash).status().unwrap().success());

    let deb = &metadata()["metadata"]["deb"];
    let package = text("scripts/package");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_there = |source: &str| {
        let Some(name) = source.strip_prefix(MADE) else {
            return here.join(source).exists();
        };
        match name.split_once('*') {
            Some((folder, end)) => {
                let mut files = fs::read_dir(made.path().join(folder)).unwrap();
                files.any(|file| file.unwrap().file_name().to_str().unwrap().ends_with(end))
            }
            // Two are made by the script itself, from sources and history.
            None => {
                made.path().join(name).exists()
                    || package.contains(&format!("\"$assets/{}\"", name.trim_end_matches(".gz")))
            }
        }
    };
    let mut sources = Vec::new();
    for asset in deb["assets"].as_array().unwrap() {
        sources.push(asset[0].as_str().unwrap());
    }
    for key in ["changelog", "maintainer-scripts"] {
        sources.push(deb[key].as_str().unwrap());
    }
    sources.push(deb["license-file"][0].as_str().unwrap());
    assert!(sources.len() > 8, "{sources:?}");
    for source in sources.into_iter().filter(|source| *source != "target/release/outcrop") {
        assert!(is_there(source), "nothing is at {source}");
    }
    // What the system looks for under the name of the package.
    for name in ["outcrop.service", "outcrop.socket", "outcrop.sysusers", "outcrop.tmpfile"] {
        assert!(root().join("packaging/systemd").join(name).exists(), "{name}");
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: there is no systemd-analyze here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let verify = |service: &str| {
        let unit = folder.path().join("outcrop.service");
        fs::write(&unit, service.replace(PROGRAM, env!("CARGO_BIN_EXE_outcrop"))).unwrap();
        fs::write(folder.path().join("outcrop.socket"), text(SOCKET)).unwrap();
        let said = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(unit).output();
        let said = ran(&said.unwrap());
        // Other units of this system may have their own faults.
        said.stderr.lines().filter(|line| line.contains("outcrop")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(verify(&text(SERVICE)), "");
    assert!(!verify(&text(SERVICE).replace("PrivateTmp=", "PrivateTemp=")).is_empty());
}
