//! Stock as a web server that lives for long: `fossil ui`.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::Stdio,
};

use outcrop_oracle::Stock;

use crate::support::{
    Background,
    serving::{ask, connect},
};

/// What it says when it listens.
const LISTENS: &str = "Listening for HTTP requests on TCP port ";

/// Ports that are tried: somebody else may take a free one before it does.
const PORTS: usize = 10;

/// Pages that read a repository in many ways; archives are of the newest check-in.
pub(crate) const PAGES: [&str; 10] = [
    "/timeline?n=50",
    "/stat",
    "/leaves",
    "/taglist",
    "/brlist",
    "/bloblist",
    "/dir?ci=tip",
    "/reports",
    "/tarball/tip/it.tar.gz",
    "/zip/tip/it.zip",
];

/// What it says of a file that others have locked.
const LOCKED: &str = "database is locked";

/// `fossil ui`, which gives who calls from this machine all rights, until the test ends.
pub(crate) struct Ui {
    address: String,
    process: Background,
}

impl Ui {
    pub(crate) fn start(stock: &Stock, repository: &Path) -> Self {
        for _ in 0..PORTS {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr());
            let port = free.unwrap().port().to_string();
            let mut command = stock.command();
            command.args(["ui", "--nobrowser", "--port", &port]).arg(repository);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut process = Background(command.spawn().unwrap());
            let mut line = String::new();
            let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
            stdout.read_line(&mut line).unwrap();
            if let Some(port) = line.trim().strip_prefix(LISTENS) {
                return Self { address: format!("127.0.0.1:{port}"), process };
            }
        }
        panic!("fossil ui found no port");
    }

    /// Where it answers rounds as well.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// A page, which must come, and as a whole.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.ask(&format!("GET {path} HTTP/1.0\r\n\r\n"));
        let (head, page) = answer.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.starts_with("HTTP/1.0 200 "), "{path}: {answer}");
        let is_whole = if head.contains("text/html") {
            page.trim_end().ends_with("</html>")
        } else {
            // An archive, of something.
            page.len() > 100
        };
        assert!(is_whole, "{path}: {answer}");
        for complaint in [LOCKED, "Database Error", "SQL error", "SQLITE_"] {
            assert!(!page.contains(complaint), "{path}: {answer}");
        }
        answer
    }

    /// Commits another content of a file, as its editor does. Gives the name of the check-in, or
    /// nothing if the file was locked.
    #[track_caller]
    pub(crate) fn commit(&self, parent: &str, file: &str, content: &str) -> Option<String> {
        let form = format!(
            "filename={file}&checkin={parent}&content={content}&comment={content}\
             &comment_mimetype=text/plain&allow_older=1"
        );
        let answer = self.ask(&format!(
            "POST /fileedit/commit HTTP/1.0\r\nReferer: http://{}/fileedit\r\n\
             Host: {0}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        ));
        if answer.contains(LOCKED) {
            return None;
        }
        let (head, said) = answer.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.starts_with("HTTP/1.0 200 "), "{answer}");
        let said: serde_json::Value = serde_json::from_str(said).unwrap();
        Some(said["checkin"].as_str().expect("the name of a check-in").to_owned())
    }

    fn ask(&self, request: &str) -> String {
        ask(connect(&self.address), request)
    }

    /// Whether it runs yet.
    pub(crate) fn lives(&mut self) -> bool {
        self.process.0.try_wait().unwrap().is_none()
    }
}
