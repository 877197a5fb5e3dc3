//! Users: rows of `user`.

use rusqlite::Row;

use super::error::DatabaseError;
use super::settings::{optional_number, text};
use super::{ReadTx, WriteTx};
use crate::capability::Capabilities;
use crate::secret::Secret;
use crate::user::{NewUser, User};

const READING: &str = "look up a user";
const CHANGING: &str = "change a user";

const USER: &str = "SELECT uid, login, cap, info, mtime, coalesce(length(pw), 0) > 0 FROM user ";

impl ReadTx {
    /// All users, in the order of their logins.
    pub fn users(&self) -> Result<Vec<User>, DatabaseError> {
        self.all("list the users", &[USER, "ORDER BY login"].concat(), [], user)
    }

    /// The user with this login.
    pub fn user(&self, login: &str) -> Result<Option<User>, DatabaseError> {
        self.first(READING, &[USER, "WHERE login = ?1"].concat(), [login], user)
    }

    /// The password of a user as it is stored: hashed, or as it is. `None` if the user has none, or
    /// there is no such user.
    pub fn password_of(&self, login: &str) -> Result<Option<Secret>, DatabaseError> {
        let sql = "SELECT pw FROM user WHERE login = ?1";
        let stored = self.first("look up a password", sql, [login], |row| text(row, 0))?;
        Ok(stored.filter(|stored| !stored.is_empty()).map(Secret::new))
    }
}

impl WriteTx {
    pub(crate) fn insert_user(
        &self,
        user: &NewUser<'_>,
        password: &str,
        now: i64,
    ) -> Result<i64, DatabaseError> {
        let NewUser { login, capabilities, contact, .. } = user;
        let sql = "INSERT INTO user(login, pw, cap, info, mtime) VALUES(?1, ?2, ?3, ?4, ?5)";
        let capabilities = capabilities.to_string();
        self.insert("add a user", sql, (login, password, capabilities, contact, now))
    }

    pub(crate) fn update_password(
        &self,
        uid: i64,
        password: &Secret,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE user SET pw = ?2, mtime = ?3 WHERE uid = ?1";
        self.execute(CHANGING, sql, (uid, password.expose(), now))?;
        Ok(())
    }

    pub(crate) fn update_capabilities(
        &self,
        uid: i64,
        capabilities: Capabilities,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE user SET cap = ?2, mtime = ?3 WHERE uid = ?1";
        self.execute(CHANGING, sql, (uid, capabilities.to_string(), now))?;
        Ok(())
    }

    pub(crate) fn update_contact(
        &self,
        uid: i64,
        contact: &str,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE user SET info = ?2, mtime = ?3 WHERE uid = ?1";
        self.execute(CHANGING, sql, (uid, contact, now))?;
        Ok(())
    }

    /// Gives a user another login, in the list of subscribers too.
    pub(crate) fn update_login(
        &self,
        user: &User,
        login: &str,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sql = "UPDATE user SET login = ?2, mtime = ?3 WHERE uid = ?1";
        self.execute(CHANGING, sql, (user.uid, login, now))?;
        if self.has_table("subscriber")? {
            let sql = "UPDATE subscriber SET suname = ?2 WHERE suname = ?1";
            self.execute(CHANGING, sql, (&user.login, login))?;
        }
        Ok(())
    }

    /// Removes a user, from the list of subscribers too.
    pub(crate) fn remove_user(&self, user: &User) -> Result<(), DatabaseError> {
        if self.has_table("subscriber")? {
            let sql = "DELETE FROM subscriber WHERE suname = ?1";
            self.execute(CHANGING, sql, [&user.login])?;
        }
        self.execute(CHANGING, "DELETE FROM user WHERE uid = ?1", [user.uid])?;
        Ok(())
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        uid: row.get(0)?,
        login: text(row, 1)?,
        capabilities: Capabilities::parse(&text(row, 2)?),
        contact: text(row, 3)?,
        mtime: optional_number(row, 4)?,
        has_password: row.get(5)?,
    })
}
