//! Settings of a repository, and the repository that it is synced with.

use std::fmt;

use crate::artifact::Moment;
use crate::secret::Secret;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// A setting of the repository.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is called.
    pub name: String,
    /// Its value, as text.
    pub value: Option<String>,
    /// When it was last changed, in seconds since 1970.
    pub mtime: Option<i64>,
}

impl fmt::Debug for Setting {
    /// Leaves out the value, which may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, mtime, .. } = self;
        f.debug_struct("Setting").field("name", name).field("mtime", mtime).finish_non_exhaustive()
    }
}

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// Each setting has a name.
    #[error("a setting needs a name")]
    NoName,
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The repository that this one is synced with unless another is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its URL, without a password.
    pub url: String,
    /// The password of the user that the URL names.
    pub password: Option<Secret>,
}

const URL: &str = "last-sync-url";
const PASSWORD: &str = "last-sync-pw";

/// What the names of places begin with that the repository was synced with.
const PLACE: &str = "syncwith:";

const SECONDS_OF_DAY: i64 = 86_400;

const PARENT_URL: &str = "parent-project-url";
const PARENT_PASSWORD: &str = "parent-project-pw";

impl ReadTx {
    /// A setting with the time of its last change.
    pub fn setting_with_time(&self, name: &str) -> Result<Option<Setting>, DatabaseError> {
        self.setting_row(name)
    }

    /// All settings, in the order of their names. Some of them are not for everyone to see.
    pub fn settings(&self) -> Result<Vec<Setting>, DatabaseError> {
        self.setting_rows("")
    }

    /// The repository that this one was last synced with.
    pub fn last_sync(&self) -> Result<Option<Remote>, DatabaseError> {
        let Some(url) = self.setting(URL)? else { return Ok(None) };
        let password = self.setting(PASSWORD)?.map(|stored| Secret::from_obscured(&stored));
        Ok(Some(Remote { url, password }))
    }
}

impl WriteTx {
    /// Gives a setting a value.
    pub fn set_setting(&self, name: &str, value: &str, now: Moment) -> Result<(), SettingError> {
        if name.is_empty() {
            return Err(SettingError::NoName);
        }
        Ok(self.put_setting(name, value, seconds(now))?)
    }

    /// Takes a setting away, so that Fossil's default holds. Says whether there was one.
    pub fn unset_setting(&self, name: &str) -> Result<bool, DatabaseError> {
        self.delete_setting(name)
    }

    /// Remembers with whom the repository was synced. `salt` is a random byte. Without a password,
    /// one that was remembered for an earlier URL is forgotten: it would be sent to the wrong side.
    pub fn remember_sync(
        &self,
        remote: &Remote,
        salt: u8,
        now: Moment,
    ) -> Result<(), DatabaseError> {
        self.remember_in([URL, PASSWORD], remote, salt, now)
    }

    /// Remembers where the project is that this one was made from, in the same way.
    pub fn remember_parent(
        &self,
        remote: &Remote,
        salt: u8,
        now: Moment,
    ) -> Result<(), DatabaseError> {
        self.remember_in([PARENT_URL, PARENT_PASSWORD], remote, salt, now)
    }

    /// Writes only what is new, so that a sync of nothing leaves the file as it is.
    fn remember_in(
        &self,
        [url, password]: [&str; 2],
        remote: &Remote,
        salt: u8,
        now: Moment,
    ) -> Result<(), DatabaseError> {
        if self.setting(url)?.as_ref() != Some(&remote.url) {
            self.put_setting(url, &remote.url, seconds(now))?;
        }
        let stored = self.setting(password)?.map(|stored| Secret::from_obscured(&stored));
        match &remote.password {
            known if *known == stored => Ok(()),
            Some(secret) => self.put_setting(password, &secret.obscured(salt), seconds(now)),
            None => self.delete_setting(password).map(|_| ()),
        }
    }

    /// Remembers that the repository was synced with this URL, and on which day: Fossil lists such
    /// places.
    pub fn remember_place(&self, remote: &Remote, now: Moment) -> Result<(), DatabaseError> {
        let name = format!("{PLACE}{}", remote.url);
        let day = |seconds: i64| seconds.div_euclid(SECONDS_OF_DAY);
        let today = seconds(now);
        let stored = self.setting_row(&name)?.and_then(|place| place.mtime);
        if stored.is_some_and(|stored| day(stored) == day(today)) {
            return Ok(());
        }
        self.put_setting(&name, "{}", today)
    }

    /// Forgets with whom the repository was synced.
    pub fn forget_sync(&self) -> Result<(), DatabaseError> {
        self.delete_setting(URL)?;
        self.delete_setting(PASSWORD)?;
        Ok(())
    }
}

/// Seconds since 1970, as settings and users have them.
pub(crate) const fn seconds(at: Moment) -> i64 {
    at.unix_millis().div_euclid(1000)
}
