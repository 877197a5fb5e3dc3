//! Whatever comes over a connection, what goes back is HTTP that says how long it is, and nobody is
//! told or changes what is not for them.
//!
//! The first byte says which way the bytes come in: as one request of HTTP, or as requests over SSH.
//! In place of the value of a `Content-Length` may stand `*`, for all that follows the head.

use std::cell::RefCell;

use outcrop_server::{Hosting, ServiceOptions, Site, XferService, entry};
use tokio::runtime::{Builder, Runtime};

use crate::scene::{PASSWORD, PRIVATE, Stage, holds};

/// What stands for the length of the body.
const ANY_LENGTH: &[u8] = b"Content-Length: *\r\n";

/// What ends a head.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

thread_local! {
    static STAGE: RefCell<Served> = RefCell::new(Served::new());
}

struct Served {
    stage: Stage,
    /// Its clock runs ahead whenever everyone waits: nobody waits for real.
    runtime: Runtime,
}

/// Sends the bytes over a connection of nobody's.
pub fn exchange(bytes: &[u8]) {
    let Some((way, bytes)) = bytes.split_first() else { return };
    let request = with_length(bytes);
    STAGE.with_borrow_mut(|served| {
        let site = served.site();
        let mut output = Vec::new();
        let over_ssh = way & 1 == 1;
        // An error is a connection that broke off.
        drop(served.runtime.block_on(async {
            if over_ssh {
                entry::ssh(&*request, &mut output, site, None).await
            } else {
                entry::http(&*request, &mut output, site, None).await
            }
        }));
        if !over_ssh {
            check_answer(&request, &output);
        }
        assert!(!holds(&output, PRIVATE), "what is private was sent");
        assert!(!holds(&output, PASSWORD.as_bytes()), "a password was sent");
        assert!(served.stage.is_untouched(), "nobody has written");
    });
}

impl Served {
    fn new() -> Self {
        let stage = Stage::new("project.fossil", &[("bob", "i")]);
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        Self { stage, runtime: runtime.unwrap() }
    }

    /// A server that knows nothing of those who called before.
    fn site(&self) -> Site {
        let hosting = Hosting::new(self.stage.folder()).unwrap();
        Site::new(XferService::new(hosting, ServiceOptions::default()))
    }
}

/// The request with the length of its body in the place that is kept for it.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let find = |part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let (Some(at), Some(end)) = (find(ANY_LENGTH), find(BLANK_LINE)) else {
        return bytes.to_vec();
    };
    let (before, rest) = bytes.split_at(at);
    let after = rest.get(ANY_LENGTH.len()..).unwrap_or_default();
    let length = bytes.len().saturating_sub(end + BLANK_LINE.len());
    let header = format!("Content-Length: {length}\r\n");
    [before, header.as_bytes(), after].concat()
}

/// There is no answer, or one with the length that it says.
fn check_answer(request: &[u8], output: &[u8]) {
    if output.is_empty() {
        return;
    }
    // Before the answer may stand a line that a body may be sent.
    let output = output.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(output);
    let end = output.windows(4).position(|window| window == BLANK_LINE).expect("a head");
    let (head, body) = output.split_at(end + BLANK_LINE.len());
    let head = str::from_utf8(head).expect("a head is text").to_ascii_lowercase();
    assert!(head.starts_with("http/1."), "{head}");
    assert!(!head.contains("transfer-encoding"), "stock's client reads no chunks: {head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.expect("a length").parse().expect("a number");
    let only_head = request.trim_ascii_start().starts_with(b"HEAD ");
    assert!(body.len() == length || only_head && body.is_empty(), "{head}: {}", body.len());
}
