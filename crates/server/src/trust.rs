//! Who a request is from, by the word of the web server that passes it on.

use outcrop_repo::Repo;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::Trust;

/// The setting of a repository by which the word of a web server counts.
const BY_WORD: &str = "remote_user_ok";

/// An extension of requests: the user whom a service in front has made sure of. It counts in
/// repositories whose setting `remote_user_ok` is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUser(pub String);

/// Whose rights a request has.
pub(crate) fn trust(repo: &Repo, user: Option<RemoteUser>) -> Result<Trust, DatabaseError> {
    let Some(RemoteUser(user)) = user else { return Ok(Trust::Login) };
    let tx = repo.read()?;
    let setting = tx.setting(BY_WORD)?.unwrap_or_default();
    let is_on = ["on", "yes", "true", "1"].iter().any(|on| setting.eq_ignore_ascii_case(on));
    // Whoever has no password cannot log in anywhere.
    let is_believed = is_on && tx.password_of(&user)?.is_some();
    Ok(if is_believed { Trust::User(user) } else { Trust::Login })
}
