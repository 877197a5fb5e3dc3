//! Configuration: `reqconfig` and `config`.

use outcrop_repo::config::{Acceptance, Areas, ConfigOutcome, ExportError};
use outcrop_repo::crosslink::LinkError;
use outcrop_repo::ticket::TicketTablesError;
use outcrop_xfer::card::config::{Config, Reqconfig};
use outcrop_xfer::{Card, Payload, Token};

use super::error::{HandleError, Step, Stop};
use super::round::Round;
use crate::caps::Permission;

impl Round<'_> {
    /// Sends an area of the configuration, as far as the client may see it. Who may see nothing is
    /// sent nothing.
    pub(super) fn send_config(&mut self, asked: &Reqconfig<'_>) -> Step {
        if !self.session.may(Permission::Read) {
            return Ok(());
        }
        // Without the slash it is the name of a setting, as very old clients asked for them.
        let name = asked.name.as_str().and_then(|name| name.strip_prefix('/'));
        let Some(areas) = name.and_then(Areas::named) else { return Ok(()) };
        let areas = areas.readable_with(self.session.permissions.rights());
        // However often it is asked for.
        let areas = areas.without(self.session.config_told);
        self.session.config_told = self.session.config_told | areas;
        let items = match self.read().export_config(areas, 0) {
            Ok(items) => items,
            Err(ExportError::Database(error)) => return Err(error.into()),
            Err(error) => return Err(Stop::refused(error.to_string())),
        };
        for item in items {
            if let Some(name) = Token::new(item.name.as_bytes()) {
                let content = Payload::Shared(item.payload.into());
                self.handled.counts.config_sent += 1;
                self.out.push(&Card::Config(Config { name, content }));
            }
        }
        Ok(())
    }

    /// Takes in a row of the configuration, from an administrator. As in stock, a row that cannot be
    /// taken in is passed over.
    pub(super) fn take_config(&mut self, config: &Config<'_>) -> Step {
        if !self.session.may(Permission::Admin) {
            return Err(Stop::refused("not authorized to push configuration"));
        }
        let tx = self.write()?;
        let receiver = self.config_receiver.get_or_insert_with(|| {
            tx.config_receiver(Acceptance { areas: Areas::ALL, overwrite: false })
        });
        let outcome = receiver.receive(config.name.as_bytes(), &config.content)?;
        self.handled.counts.config_received += u64::from(outcome == ConfigOutcome::Stored);
        Ok(())
    }

    /// Derives anew what depends on the configuration that has come: tables of tickets may have other
    /// columns, and their changes other words on the timeline.
    pub(super) fn apply_config(&mut self) -> Step {
        let Some(receiver) = self.config_receiver.take() else { return Ok(()) };
        if !receiver.consequences().rebuild_tickets() {
            return Ok(());
        }
        match self.write()?.rebuild_tickets() {
            Ok(_) => Ok(()),
            // Its words are the client's, and so is the mistake.
            Err(LinkError::TicketTables(error @ TicketTablesError::Setting { .. })) => {
                Err(Stop::refused(error.to_string()))
            }
            Err(error) => Err(HandleError::from(error).into()),
        }
    }
}
