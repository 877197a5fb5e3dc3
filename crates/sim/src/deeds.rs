//! What users do in their own repositories.

use std::error::Error;
use std::sync::Arc;

use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_repo::artifact::TagAction;
use outcrop_repo::commit::{Author, Change, CheckInRequest, NewBranch, TagChange, WikiEdit};
use outcrop_repo::compact::CompactOptions;
use outcrop_repo::compose::NewTicketField;
use outcrop_repo::read::ResolveError;
use outcrop_repo::receive::Origin;
use outcrop_repo::tables::{self, Column, ColumnType, Conflict, Definition, Row};
use outcrop_repo::tx::WriteTx;
use outcrop_repo::{Repo, Rid};

use crate::copies;
use crate::raw::Facts;
use crate::stage::{Stage, short};
use crate::time;
use crate::users::{self, moment};

/// What a deed comes to: in words, or why it came to nothing.
type Done = Result<String, Box<dyn Error>>;

/// Someone does something in a repository.
pub(crate) struct Deed<'a> {
    pub(crate) stage: &'a Arc<Stage>,
    pub(crate) node: usize,
    pub(crate) repo: &'a Repo,
    pub(crate) random: &'a mut Random,
}

impl Deed<'_> {
    pub(crate) fn happen(mut self) -> Done {
        match self.random.below(22) {
            0..=4 => self.check_in(false),
            5 | 6 => self.check_in(true),
            7 => self.tag(),
            8 => self.wiki(),
            9 => self.ticket(),
            10..=12 => self.put_file(),
            13 => self.remove_file(),
            14 | 15 => self.put_row(),
            16 => self.remove_row(),
            17 => self.shun(),
            18 => users::change(self.stage, self.node, self.repo, self.random).map_err(Into::into),
            _ => self.keep_house(),
        }
    }

    fn unique(&self) -> u64 {
        self.stage.ledger().unique()
    }

    /// No two artifacts have the same time: which of them counts would be a matter of order.
    fn author(&self) -> Author<'static> {
        let millis = time::told(self.node) / 1000 * 1000 + self.unique() % 1000;
        Author { login: "alice", at: outcrop_repo::artifact::Moment::since_1970(millis) }
    }

    /// The tip of the trunk. There is none in a clone of what had come garbled and is still asked for.
    fn trunk(tx: &WriteTx) -> Result<Option<Rid>, ResolveError> {
        match tx.resolve("trunk", None) {
            Ok(found) => Ok(Some(found.rid)),
            Err(ResolveError::Unknown(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn check_in(&mut self, private: bool) -> Done {
        let (unique, author) = (self.unique(), self.author());
        let length = if self.random.one_in(6) { 4000 } else { 20 };
        let content = format!("{unique} and so on, in node {}\n", self.node)
            .repeat(1 + self.random.below(length));
        let name = format!("file {}", self.random.below(4));
        let branch = (private || self.random.one_in(6)).then(|| format!("branch {unique}"));
        let changes = [Change::put(&name, content.as_bytes())];
        let tx = self.repo.write()?;
        let Some(trunk) = Self::trunk(&tx)? else { return Ok("has no trunk yet".to_owned()) };
        let request = CheckInRequest {
            changes: &changes,
            branch: branch.as_deref().map(|name| NewBranch { name, background: None }),
            private,
            allow_fork: true,
            allow_empty: true,
            allow_older: true,
            allow_same_branch: true,
            ..CheckInRequest::new(Some(trunk), "a change", author)
        };
        let made = tx.check_in(&request)?;
        if private {
            // Before anyone can see it.
            let file = HashName::sha3_of(content.as_bytes());
            self.stage.ledger().private.extend([made.name, file]);
        }
        tx.commit()?;
        let kind = if private { "in private" } else { "" };
        Ok(format!("commits {} {kind}", short(&made.name)))
    }

    fn tag(&mut self) -> Done {
        let (name, author) = (format!("mark{}", self.unique()), self.author());
        let tx = self.repo.write()?;
        let Some(target) = Self::trunk(&tx)? else { return Ok("has no trunk yet".to_owned()) };
        let value = self.random.one_in(2).then_some("value");
        let action = if value.is_some() { TagAction::Propagate } else { TagAction::Add };
        tx.change_tags(&[TagChange { action, name: &name, target, value }], author)?;
        tx.commit()?;
        Ok(format!("tags the trunk {name}"))
    }

    fn wiki(&mut self) -> Done {
        let (title, author) = (format!("Page {}", self.random.below(3)), self.author());
        let text = format!("[trunk] says {}", self.unique());
        let edit = WikiEdit { title: &title, mimetype: None, text: &text, comment: None };
        let tx = self.repo.write()?;
        tx.write_wiki(&edit, author)?;
        tx.commit()?;
        Ok(format!("writes {title}"))
    }

    fn ticket(&mut self) -> Done {
        let (id, author) = (self.random.below(3).to_string().repeat(40), self.author());
        let value = format!("title {}", self.unique());
        let field = NewTicketField { name: "title", value: &value, is_appended: false };
        let tx = self.repo.write()?;
        tx.change_ticket(&id, &[field], author)?;
        tx.commit()?;
        Ok(format!("changes ticket {}", &id[..4]))
    }

    /// A time that is newer than that of what is there.
    fn newer_than(&self, tx: &WriteTx, name: &str) -> Result<i64, Box<dyn Error>> {
        let there = tx.unversioned_file(name)?.map_or(0, |file| file.mtime);
        Ok((i64::try_from(time::told(self.node) / 1000)?).max(there + 1))
    }

    fn put_file(&mut self) -> Done {
        let name = format!("file{}", self.random.below(4));
        let text = format!("{} ", self.unique()).repeat(1 + self.random.below(60));
        let tx = self.repo.write()?;
        let mtime = self.newer_than(&tx, &name)?;
        let at = moment(self.node);
        let mut receiver = tx.receiver(Origin { user: None, at, nonce: None, address: None });
        let hash = receiver.put_unversioned(&name, text.as_bytes(), mtime)?;
        receiver.finish()?;
        let version = (mtime, Some(hash.to_string()));
        self.stage.ledger().files.entry(name.clone()).or_default().tried(version.clone());
        tx.commit()?;
        self.stage.ledger().files.entry(name.clone()).or_default().kept(version);
        Ok(format!("puts {name} at {mtime}"))
    }

    fn remove_file(&mut self) -> Done {
        let name = format!("file{}", self.random.below(4));
        let tx = self.repo.write()?;
        let mtime = self.newer_than(&tx, &name)?;
        if !tx.delete_unversioned(&name, mtime)? {
            return Ok(format!("has no {name} to remove"));
        }
        let version = (mtime, None);
        self.stage.ledger().files.entry(name.clone()).or_default().tried(version.clone());
        tx.commit()?;
        self.stage.ledger().files.entry(name.clone()).or_default().kept(version);
        Ok(format!("removes {name} at {mtime}"))
    }

    fn put_row(&mut self) -> Done {
        let (key, text) = (self.random.below(4).to_string(), self.unique());
        let json = format!(r#"{{"id":"{key}","text":"{text}"}}"#);
        self.change_row(&key, &json, false)
    }

    fn remove_row(&mut self) -> Done {
        let key = self.random.below(4).to_string();
        let json = format!(r#"{{"id":"{key}"}}"#);
        self.change_row(&key, &json, true)
    }

    fn change_row(&mut self, key: &str, json: &str, delete: bool) -> Done {
        let tx = self.repo.write()?;
        let name = "notes".parse()?;
        let column =
            |name: &str, key| Column { name: name.to_owned(), kind: ColumnType::Text, key };
        let definition =
            Definition::new(vec![column("id", true), column("text", false)], Conflict::MtimeWins)?;
        tx.define_table(&name, &definition, 1)?;
        let table = tx.table(&name)?.ok_or("the table is not there")?;
        let row = Row::parse(&table.definition, json.as_bytes())?;
        let (now, author) =
            (i64::try_from(time::told(self.node) / 1000)?, tables::Author::User("alice"));
        let mtime = if delete {
            tx.delete_row(&table, &row.key_hash(), now, author)?
        } else {
            Some(tx.put_row(&table, &row, now, author)?)
        };
        let Some(mtime) = mtime else { return Ok(format!("has no row {key} to remove")) };
        let hash = if delete { None } else { row.content_hash().map(|hash| hash.to_string()) };
        let version = (mtime, hash);
        let key_hash = row.key_hash().to_string();
        self.stage.ledger().rows.entry(key_hash.clone()).or_default().tried(version.clone());
        tx.commit()?;
        self.stage.ledger().rows.entry(key_hash).or_default().kept(version);
        Ok(format!("changes row {key} at {mtime}, deleted {delete}"))
    }

    /// Shuns a version of a wiki page, or the text of a file.
    fn shun(&mut self) -> Done {
        let facts = Facts::of(self.repo.path())?;
        let tx = self.repo.write()?;
        let mut names = Vec::new();
        for name in &facts.held {
            let Some(rid) = tx.rid_of(name)? else { continue };
            if tx.content(rid)?.windows(3).any(|word| word == b"\nL ") {
                names.push(*name);
            }
        }
        if names.is_empty() {
            return Ok("has nothing to shun".to_owned());
        }
        let name = *self.random.pick(&names);
        tx.shun(&name, None, moment(self.node))?;
        tx.purge_shunned()?;
        tx.rebuild(|_| {})?;
        // Whether or not the commit succeeds, it may be gone.
        self.stage.ledger().held[self.node].remove(&name);
        tx.commit()?;
        self.stage.ledger().shunned[self.node].insert(name);
        Ok(format!("shuns {}", short(&name)))
    }

    fn keep_house(&mut self) -> Done {
        match self.random.below(8) {
            // Fossil keeps it, too.
            3 | 4 => {
                let tx = self.repo.write()?;
                tx.settle_unversioned_hash(moment(self.node))?;
                tx.commit()?;
                Ok("keeps the hash of its files".to_owned())
            }
            0 => {
                let go_on = |_: &_| std::ops::ControlFlow::Continue(());
                let vacuum = self.random.one_in(2);
                self.repo.compact(CompactOptions { vacuum }, go_on)?;
                Ok(format!("compacts, and gives back room: {vacuum}"))
            }
            5..=7 => copies::make(self.stage, self.node, self.repo),
            1 => {
                let tx = self.repo.write()?;
                tx.rebuild(|_| {})?;
                tx.commit()?;
                Ok("rebuilds".to_owned())
            }
            _ => {
                self.repo.settle()?;
                Ok("settles".to_owned())
            }
        }
    }
}
