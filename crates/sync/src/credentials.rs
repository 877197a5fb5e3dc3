//! Who a client says it is.

use outcrop_xfer::{
    Chunks,
    login::{Login, Secret},
};

/// A user, and what the user's messages are signed with. Not shown by `Debug`: the secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    user: String,
    secret: Secret,
}

/// Users that need no password. A login card of theirs would be refused.
const NAMELESS: [&str; 2] = ["nobody", "anonymous"];

/// Digits of a secret.
const SECRET_LEN: usize = 40;

impl Credentials {
    /// The credentials of a user of a project.
    ///
    /// `None` if there is nothing to sign with: for the users `nobody` and `anonymous`, without a
    /// password, and if the project code is not known. Signatures need the project code, unless the
    /// password is a secret of 40 hexadecimal digits already, as repositories store it.
    ///
    /// ```
    /// use outcrop_sync::Credentials;
    ///
    /// assert!(Credentials::new("alice", "sesame", Some("f00d")).is_some());
    /// assert!(Credentials::new("alice", "sesame", None).is_none());
    /// assert!(Credentials::new("alice", &"5e".repeat(20), None).is_some());
    /// assert!(Credentials::new("nobody", "sesame", Some("f00d")).is_none());
    /// ```
    #[must_use]
    pub fn new(user: &str, password: &str, project_code: Option<&str>) -> Option<Self> {
        if user.is_empty() || password.is_empty() || NAMELESS.contains(&user) {
            return None;
        }
        let is_secret =
            password.len() == SECRET_LEN && password.bytes().all(|byte| byte.is_ascii_hexdigit());
        let secret = match project_code {
            Some(project_code) => Secret::new(project_code, user, password),
            None if is_secret => Secret::without_project(password),
            None => return None,
        };
        Some(Self { user: user.to_owned(), secret })
    }

    /// The login for a message whose other cards are `cards`.
    pub(crate) fn sign(&self, cards: &Chunks) -> Option<Login<'static>> {
        let login = Login::sign(&self.user, &self.secret, cards.slices())?;
        Some(Login { user: login.user.into_owned(), ..login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_needs_no_project() {
        let secret = Secret::new("f00d", "alice", "sesame");
        let digits = str::from_utf8(secret.as_bytes()).unwrap();
        let (cards, known) = (Chunks::default(), Credentials::new("alice", digits, None));
        let login = known.unwrap().sign(&cards).unwrap();
        assert!(login.is_signed_with(b"sesame", "f00d"));
    }

    #[test]
    fn secrets_do_not_show() {
        let credentials = Credentials::new("alice", "sesame", Some("f00d")).unwrap();
        assert!(!format!("{credentials:?}").contains("sesame"));
    }
}
