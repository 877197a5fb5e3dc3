//! Who may do what.

use std::error::Error;
use std::sync::Arc;

use outcrop_oracle::Random;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::user::{NewUser, UserError};
use outcrop_sync::Account;

use crate::stage::Stage;
use crate::time;

/// May do all there is to sync.
pub(crate) const DEVELOPER: &str = "dev";

/// May push, and neither see what is private nor write files.
pub(crate) const PLAIN: &str = "plain";

/// May read.
pub(crate) const READER: &str = "read";

/// The users of each repository, and what they may do.
const USERS: [(&str, &str); 3] = [(DEVELOPER, "giorxyz"), (PLAIN, "gioz"), (READER, "go")];

/// Bytes of a reply of a thrifty node, so that a clone comes in many batches.
const LITTLE: &str = "2000";

/// The password of a user, after so many changes.
fn word(login: &str, node: usize, changes: u32) -> String {
    format!("{login} at {node} {changes}")
}

pub(crate) fn moment(node: usize) -> Moment {
    Moment::since_1970(time::told(node))
}

/// Makes the users that a repository lacks, and sets their passwords.
pub(crate) fn make(stage: &Arc<Stage>, node: usize, repo: &Repo) -> Result<(), Box<dyn Error>> {
    let (tx, now) = (repo.write()?, moment(node));
    let changes = stage.with(node, |node| node.words);
    for (login, rights) in USERS {
        let (password, capabilities) = (word(login, node, changes), Capabilities::parse(rights));
        if tx.user(login)?.is_some() {
            tx.set_password(login, &password, now)?;
            tx.set_capabilities(login, capabilities, now)?;
        } else {
            let password = Some(password.as_str());
            tx.add_user(&NewUser { login, password, capabilities, contact: "" }, now)?;
        }
    }
    if stage.with(node, |node| node.thrifty) {
        tx.set_setting("max-download", LITTLE, now)?;
    }
    Ok(tx.commit()?)
}

/// Changes rights or passwords.
pub(crate) fn change(
    stage: &Arc<Stage>,
    node: usize,
    repo: &Repo,
    random: &mut Random,
) -> Result<String, UserError> {
    let (tx, now) = (repo.write()?, moment(node));
    if random.one_in(2) {
        let (login, rights) =
            (*random.pick(&[DEVELOPER, PLAIN]), *random.pick(&["o", "go", "gio", "giorxyz"]));
        tx.set_capabilities(login, Capabilities::parse(rights), now)?;
        tx.commit()?;
        return Ok(format!("gives {login} the rights {rights}"));
    }
    let changes = stage.with(node, |node| node.words) + 1;
    for (login, _) in USERS {
        tx.set_password(login, &word(login, node, changes), now)?;
    }
    tx.commit()?;
    stage.with(node, |node| node.words = changes);
    Ok("changes the passwords".to_owned())
}

/// How a user logs in at a node.
pub(crate) fn account(stage: &Arc<Stage>, node: usize, login: &str) -> Account {
    Account::new(login, word(login, node, stage.with(node, |node| node.words)))
}
