//! Who has what: `igot` and `gimme`, looked up many at a time.

use std::collections::HashSet;
use std::ops::ControlFlow;

use outcrop_format::hash::HashName;
use outcrop_repo::blob::Standing;
use outcrop_xfer::Card;
use outcrop_xfer::card::have::{Gimme, Igot};

use super::error::Step;
use super::limits::{ASKED_AT_ONCE, NEW_PHANTOMS, RUN};
use super::round::Round;
use crate::caps::Permission;

impl Round<'_> {
    /// The client has an artifact. That is news only to who is pushed to.
    pub(super) fn take_igot(&mut self, igot: Igot) -> Step {
        if self.session.push {
            self.igots.push(igot);
        }
        if self.igots.len() < RUN { Ok(()) } else { self.look_up_igots() }
    }

    /// The client asks for an artifact, and so does not have it.
    pub(super) fn take_gimme(&mut self, name: HashName) -> Step {
        self.session.asked = true;
        // That matters only where artifacts are asked for.
        if self.session.push {
            self.session.lacks.insert(name);
        }
        if self.session.pull {
            self.gimmes.push(name);
        }
        if self.gimmes.len() < RUN { Ok(()) } else { self.look_up_gimmes() }
    }

    pub(super) fn look_up_runs(&mut self) -> Step {
        self.look_up_igots()?;
        self.look_up_gimmes()
    }

    pub(super) fn look_up_gimmes(&mut self) -> Step {
        let names = std::mem::take(&mut self.gimmes);
        let mut rows: Vec<_> = self.read().blobs_named(&names)?.into_iter().flatten().collect();
        // Neighbours build upon each other: here they are expanded once, and there what is sent as a
        // change of another mostly comes after it.
        rows.sort_by_key(|row| row.rid);
        for row in rows {
            self.send(&row)?;
        }
        Ok(())
    }

    pub(super) fn look_up_igots(&mut self) -> Step {
        let igots = std::mem::take(&mut self.igots);
        for igot in &igots {
            match self.read().standing_of(&igot.name)? {
                Some(here) => self.hear_of_known(igot, here)?,
                None => self.hear_of_new(igot)?,
            }
        }
        Ok(())
    }

    /// The client has something that has a row here.
    fn hear_of_known(&mut self, igot: &Igot, here: Standing) -> Step {
        self.session.has.insert(here.rid);
        if here.phantom && !self.read().is_shunned(&igot.name)? {
            self.to_ask.push(igot.name);
        }
        if igot.private {
            // What is public here stays so: others have seen it. What is not here need not be asked
            // of those who would not give it.
            if here.phantom && !here.private {
                self.write()?.conceal_phantom(here.rid)?;
            }
        } else if here.private {
            if here.phantom || self.session.may(Permission::Private) {
                self.write()?.publish(here.rid)?;
            } else {
                // To know the name is not to have the content: who sends it makes it public.
                self.to_ask.push(igot.name);
            }
        }
        Ok(())
    }

    /// The client has something that nobody here has heard of.
    fn hear_of_new(&mut self, igot: &Igot) -> Step {
        let is_ours = !igot.private || self.session.may(Permission::Private);
        if !is_ours || self.read().is_shunned(&igot.name)? {
            return Ok(());
        }
        let tx = self.write()?;
        // Others may have heard of it since this round began to read.
        let known = tx.rid_of(&igot.name)?;
        if known.is_none() && self.new_phantoms < NEW_PHANTOMS {
            self.new_phantoms += 1;
            self.session.has.extend(tx.expect(&igot.name, igot.private)?);
            self.to_ask.push(igot.name);
        }
        Ok(())
    }

    /// Asks for what is not here: first for what the client has announced.
    pub(super) fn ask(&mut self) -> Step {
        let private = self.session.send_private;
        let mut asked = HashSet::new();
        let mut wanted = Vec::new();
        let announced = std::mem::take(&mut self.to_ask);
        for row in self.read().blobs_named(&announced)?.into_iter().flatten() {
            let is_secret = row.is_phantom() && row.private && !private;
            let is_held = row.size.is_some() && !row.private;
            if !is_secret && !is_held && asked.len() < ASKED_AT_ONCE && asked.insert(row.name) {
                wanted.push(row.name);
            }
        }
        self.read().announce_phantoms(private, |name| {
            if asked.len() >= ASKED_AT_ONCE {
                return ControlFlow::Break(());
            }
            if !self.session.lacks.contains(&name) && asked.insert(name) {
                wanted.push(name);
            }
            ControlFlow::Continue(())
        })?;
        for name in wanted {
            self.out.push(&Card::Gimme(Gimme { name }));
        }
        Ok(())
    }
}
