//! A lower bound for messages of those who do not say who they are.
//!
//! What is large in practice is pushed, and who pushes logs in. The login is the first card of what
//! stock sends, so it is seen before the rest has come; a cookie or a header is seen even before that.
//! Where everyone may push, nobody is a stranger.

use outcrop_format::envelope;
use outcrop_repo::Repo;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::{Permission, Permissions};
use outcrop_xfer::MediaType;
use tokio::task::spawn_blocking;

use crate::answer::Refusal;
use crate::hosting::Hosted;
use crate::log;
use crate::service::failed;

/// The first word of a message from somebody.
const LOGIN: &[u8] = b"login ";

/// Bytes of a message that are looked at for that.
const LOOKED_AT: usize = 64;

/// Whether a message begins with a login, by its first bytes.
pub(crate) fn begins_with_login(media: MediaType, body: &[u8]) -> bool {
    let opened;
    let text = if media == MediaType::Compressed && envelope::has_zlib_header(body) {
        opened = envelope::beginning(body, LOOKED_AT);
        &opened
    } else {
        body
    };
    text.trim_ascii_start().starts_with(LOGIN)
}

/// Whether everyone may write to a repository.
pub(crate) async fn everyone_writes(hosted: &Hosted) -> Result<bool, Refusal> {
    let repo = hosted.repo.clone();
    let looked = spawn_blocking(move || rights_of_everyone(&repo)).await;
    let everyone = looked.map_err(|_| failed())?.map_err(|error| {
        log::round_failed(hosted.repo.path(), &error);
        failed()
    })?;
    Ok([Permission::Write, Permission::WriteUnversioned].iter().any(|one| everyone.has(*one)))
}

fn rights_of_everyone(repo: &Repo) -> Result<Permissions, DatabaseError> {
    Ok(Permissions::on_sync(&repo.read()?.shared_rights()?, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_seen_in_the_first_bytes_of_what_has_come() {
        let noise = "igot 0123456789\n".repeat(10_000);
        for (cards, is_login) in [
            (format!("login alice a b\n{noise}"), true),
            (format!("\n login alice a b\n{noise}"), true),
            (format!("# hello\nlogin alice a b\n{noise}"), false),
            (format!("pull a b\n{noise}"), false),
            ("logincard".to_owned(), false),
            (String::new(), false),
        ] {
            let begins = |media, body: &[u8]| begins_with_login(media, body);
            assert_eq!(begins(MediaType::Debug, cards.as_bytes()), is_login, "{cards:.20}");
            assert_eq!(begins(MediaType::Compressed, cards.as_bytes()), is_login, "{cards:.20}");
            let sealed = envelope::seal(cards.as_bytes()).unwrap();
            assert_eq!(begins(MediaType::Compressed, &sealed), is_login, "{cards:.20}");
            // Only a part of it has come.
            let part = sealed.get(..200).unwrap_or(&sealed);
            assert_eq!(begins(MediaType::Compressed, part), is_login, "{cards:.20}");
        }
    }
}
