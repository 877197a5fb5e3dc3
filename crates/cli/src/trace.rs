//! A transport that shows what passes.

use std::io::{self, Write as _};

use outcrop_sync::{BoxFuture, Reply, Request, Traffic, Transport, TransportError};
use outcrop_xfer::{Card, Limits, Writer};

use crate::{output::Output, show};

/// With `-v`, prints the cards of both messages on stderr, `>` before those sent and `<` before those received.
pub(crate) struct Traced<T> {
    pub(crate) transport: T,
    pub(crate) output: Output,
}

impl<T: Transport> Transport for Traced<T> {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        if !self.output.verbose {
            return self.transport.exchange(request);
        }
        Box::pin(async move {
            if let Some(login) = &request.login {
                let mut writer = Writer::new();
                writer.push(&Card::Login(login.clone()));
                self.show('>', &writer.finish().to_vec());
            }
            self.show('>', &request.cards.to_vec());
            let reply = self.transport.exchange(request).await?;
            self.show('<', &reply.text());
            Ok(reply)
        })
    }

    fn traffic(&self) -> Option<Traffic> {
        self.transport.traffic()
    }

    fn address(&self) -> Option<String> {
        self.transport.address()
    }

    fn moved(&self) -> Option<String> {
        self.transport.moved()
    }
}

impl<T> Traced<T> {
    /// Cards that cannot be read are passed over here: whoever asked for them will complain.
    fn show(&self, direction: char, text: &[u8]) {
        let mut stderr = io::stderr().lock();
        for row in show::rows(text, Limits::default()).map_while(Result::ok) {
            // The trace is a help; the work goes on without it.
            let _ = write!(stderr, "{direction} ");
            let _ = row.write(&mut stderr, self.output.stderr, false);
        }
    }
}
