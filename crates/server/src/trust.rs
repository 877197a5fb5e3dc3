//! Whose rights a request has, if whoever has passed it on vouches for the client.

use http::Extensions;
use outcrop_repo::Repo;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::Trust;

/// The setting of a repository that takes a web server's word for who has logged in.
const REMOTE_USER_OK: &str = "remote_user_ok";

/// Whose rights a request is to have, by its extensions, where no client can put anything.
pub(crate) fn vouched(extensions: &Extensions) -> Trust {
    extensions.get().cloned().unwrap_or(Trust::Login)
}

/// What comes of it in a repository: not all take a web server's word.
pub(crate) fn accepted(repo: &Repo, vouched: Trust) -> Result<Trust, DatabaseError> {
    if !matches!(vouched, Trust::User(_)) {
        return Ok(vouched);
    }
    let setting = repo.read()?.setting(REMOTE_USER_OK)?.unwrap_or_default();
    let is_on = ["on", "yes", "true", "1"].iter().any(|on| setting.eq_ignore_ascii_case(on));
    Ok(if is_on { vouched } else { Trust::Login })
}
