//! A real browser: Chromium without a window, driven by a protocol that is called `WebDriver`.
//!
//! `chromedriver` speaks it, as JSON over HTTP. Where there is none, tests that need it fail and say
//! how to get it; whoever sets `OUTCROP_NO_BROWSER` does without, but not in continuous integration.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// By this name `WebDriver` has elements in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    /// Gone when it is.
    profile: TempDir,
}

impl Browser {
    /// Starts one; `None` if there is to be none.
    pub(crate) fn start() -> Option<Self> {
        let in_ci = std::env::var_os("CI").is_some();
        if std::env::var_os("OUTCROP_NO_BROWSER").is_some() && !in_ci {
            return None;
        }
        let program =
            std::env::var("OUTCROP_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let profile = tempfile::tempdir().unwrap();
        let started = Command::new(&program)
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = started.unwrap_or_else(|error| {
            panic!(
                "cannot run `{program}` ({error}): a browser is missing: apt-get install chromium \
                 chromium-driver, or set OUTCROP_CHROMEDRIVER to the path of chromedriver, or \
                 OUTCROP_NO_BROWSER=1 to do without"
            )
        });
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver tells its port");
        // It goes on to write.
        thread::spawn(move || lines.for_each(drop));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut browser = Self { driver, address, session: String::new(), profile };
        browser.open_session();
        Some(browser)
    }

    fn open_session(&mut self) {
        let profile = self.profile.path().join("profile");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ];
        let mut arguments: Vec<_> = arguments.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let made = self.ask("POST", "/session", &capabilities);
        self.session = format!("/session/{}", made["sessionId"].as_str().unwrap());
    }

    /// Sends a command; gives the value of its answer.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = if method == "GET" { String::new() } else { body.to_string() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        // The connection may stay open.
        let mut stream = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            match line.to_ascii_lowercase().split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse().unwrap(),
                Some(_) => {}
                None if line.trim().is_empty() => break,
                None => assert!(line.starts_with("HTTP/1.1 "), "{line}"),
            }
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        self.ask("POST", &format!("{}/{name}", self.session), body)
    }

    fn value(&self, name: &str) -> Value {
        self.ask("GET", &format!("{}/{name}", self.session), &Value::Null)
    }

    pub(crate) fn open(&self, url: &str) {
        self.command("url", &json!({ "url": url }));
    }

    pub(crate) fn url(&self) -> String {
        self.value("url").as_str().unwrap().to_owned()
    }

    pub(crate) fn title(&self) -> String {
        self.value("title").as_str().unwrap().to_owned()
    }

    /// What a script gives that is run in the page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// All words that are shown.
    pub(crate) fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap().to_owned()
    }

    fn find(&self, selector: &str) -> String {
        let using = json!({"using": "css selector", "value": selector});
        let found = self.command("element", &using);
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Waits until a script gives true.
    pub(crate) fn wait_until(&self, script: &str) {
        let begun = Instant::now();
        while self.run(&format!("return Boolean({script})")) != Value::Bool(true) {
            assert!(begun.elapsed() < PATIENCE, "{script} at {}: {}", self.url(), self.text());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sets what the reader has: how wide the page may be, and light or dark.
    pub(crate) fn reader(&self, width: u32, is_dark: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        let device =
            json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        for (cmd, params) in
            [("Emulation.setDeviceMetricsOverride", device), ("Emulation.setEmulatedMedia", media)]
        {
            self.command("goog/cdp/execute", &json!({"cmd": cmd, "params": params}));
        }
    }

    /// The whole page as a picture, kept if `OUTCROP_SCREENSHOTS` names a folder; gives its bytes.
    pub(crate) fn screenshot(&self, name: &str) -> Vec<u8> {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let shot = json!({"cmd": "Page.captureScreenshot", "params": params});
        let shot = self.command("goog/cdp/execute", &shot);
        let picture = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        if let Some(folder) = std::env::var_os("OUTCROP_SCREENSHOTS") {
            let path = Path::new(&folder).join(name).with_extension("png");
            std::fs::write(path, &picture).unwrap();
        }
        picture
    }

    /// What the page has complained of since it was last asked.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        let lines = log.as_array().unwrap().iter();
        let lines = lines.filter(|line| line["level"] == "SEVERE");
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its window goes with its session, also when a test has failed.
        if let Ok(mut stream) = TcpStream::connect(self.address) {
            let _ = stream.set_read_timeout(Some(PATIENCE));
            let _ = write!(
                stream,
                "DELETE {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\n\r\n{{}}",
                self.session, self.address
            );
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
