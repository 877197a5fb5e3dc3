//! Users of a repository.
//!
//! Four users are special: what [`NOBODY`] may do, everyone may; `anonymous`, `reader` and
//! `developer` lend their rights to others, as told in [`crate::capability`]. Nobody logs in under
//! these names to sync.
//!
//! A password is stored as a hash in which the project and the login have a part. So it has to be
//! given again when the login changes.

use crate::artifact::Moment;
use crate::capability::{Capabilities, SharedRights};
use crate::secret::Secret;
use crate::setting::seconds;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// The user that everyone is who is not logged in.
pub const NOBODY: &str = "nobody";

/// The users whose rights others share.
pub const SPECIAL: [&str; 4] = [NOBODY, "anonymous", "reader", "developer"];

/// A user, as others may see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number of the row, by which deliveries name the user.
    pub uid: i64,
    /// What the user is called.
    pub login: String,
    /// What the user may do: the letters that are stored, without what follows from them.
    pub capabilities: Capabilities,
    /// How to reach the user.
    pub contact: String,
    /// When the user was last changed, in seconds since 1970. The special users of a new repository
    /// have no such time.
    pub mtime: Option<i64>,
    /// Whether there is a password. Without one, nobody can log in.
    pub has_password: bool,
}

/// A user to be.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// What the user is called.
    pub login: &'a str,
    /// The password as it is typed.
    pub password: Option<&'a str>,
    /// What the user may do.
    pub capabilities: Capabilities,
    /// How to reach the user.
    pub contact: &'a str,
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// There is nobody to change.
    #[error("there is no user {0:?}")]
    Unknown(String),
    /// Logins are unique.
    #[error("there is a user {0:?} already")]
    Exists(String),
    /// The login is empty, or holds what no card can carry.
    #[error("{0:?} cannot be a login")]
    BadLogin(String),
    /// Anyone could log in with it.
    #[error("a password cannot be empty")]
    EmptyPassword,
    /// Fossil relies on this user.
    #[error("the user {0:?} is special, and has to stay")]
    Special(String),
    /// Passwords cannot be hashed without it.
    #[error("the repository has no project code: clone or create it anew")]
    NoProjectCode,
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl std::fmt::Debug for NewUser<'_> {
    /// Leaves out the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { login, capabilities, .. } = self;
        f.debug_struct("NewUser")
            .field("login", login)
            .field("capabilities", capabilities)
            .finish_non_exhaustive()
    }
}

impl ReadTx {
    /// What the special users may do.
    pub fn shared_rights(&self) -> Result<SharedRights, DatabaseError> {
        let of = |login| -> Result<Capabilities, DatabaseError> {
            Ok(self.user(login)?.map(|user| user.capabilities).unwrap_or_default())
        };
        let [nobody, anonymous, reader, developer] = SPECIAL;
        Ok(SharedRights {
            nobody: of(nobody)?,
            anonymous: of(anonymous)?,
            reader: of(reader)?,
            developer: of(developer)?,
        })
    }

    fn existing(&self, login: &str) -> Result<User, UserError> {
        self.user(login)?.ok_or_else(|| UserError::Unknown(login.to_owned()))
    }

    fn free_login(&self, login: &str) -> Result<(), UserError> {
        if login.is_empty() || login.contains(char::is_control) {
            return Err(UserError::BadLogin(login.to_owned()));
        }
        match self.user(login)? {
            Some(_) => Err(UserError::Exists(login.to_owned())),
            None => Ok(()),
        }
    }

    fn hashed(&self, login: &str, password: &str) -> Result<Secret, UserError> {
        if password.is_empty() {
            return Err(UserError::EmptyPassword);
        }
        let code = self.setting("project-code")?.ok_or(UserError::NoProjectCode)?;
        Ok(Secret::hashed(&code, login, password))
    }
}

impl WriteTx {
    /// Adds a user, and gives the number of its row.
    pub fn add_user(&self, user: &NewUser<'_>, now: Moment) -> Result<i64, UserError> {
        self.free_login(user.login)?;
        let password = match user.password {
            Some(password) => self.hashed(user.login, password)?,
            None => Secret::new(""),
        };
        Ok(self.insert_user(user, password.expose(), seconds(now))?)
    }

    /// Gives a user another password.
    pub fn set_password(&self, login: &str, password: &str, now: Moment) -> Result<(), UserError> {
        let user = self.existing(login)?;
        let hashed = self.hashed(login, password)?;
        Ok(self.update_password(user.uid, &hashed, seconds(now))?)
    }

    /// Says what a user may do.
    pub fn set_capabilities(
        &self,
        login: &str,
        capabilities: Capabilities,
        now: Moment,
    ) -> Result<(), UserError> {
        let user = self.existing(login)?;
        Ok(self.update_capabilities(user.uid, capabilities, seconds(now))?)
    }

    /// Says how to reach a user.
    pub fn set_contact(&self, login: &str, contact: &str, now: Moment) -> Result<(), UserError> {
        let user = self.existing(login)?;
        Ok(self.update_contact(user.uid, contact, seconds(now))?)
    }

    /// Gives a user another login. A hashed password does not fit it: set it again.
    pub fn rename_user(&self, login: &str, new: &str, now: Moment) -> Result<(), UserError> {
        let user = self.changeable(login)?;
        self.free_login(new)?;
        Ok(self.update_login(&user, new, seconds(now))?)
    }

    /// Removes a user. Artifacts keep the name of who made them.
    pub fn delete_user(&self, login: &str) -> Result<(), UserError> {
        let user = self.changeable(login)?;
        Ok(self.remove_user(&user)?)
    }

    fn changeable(&self, login: &str) -> Result<User, UserError> {
        if SPECIAL.contains(&login) {
            return Err(UserError::Special(login.to_owned()));
        }
        self.existing(login)
    }
}
