//! What a server keeps about its peers: nonces, check-in locks, and other places of the project.

use outcrop_format::hash::HashName;

use super::error::DatabaseError;
use super::{ReadTx, WriteTx};

/// Someone is about to commit on top of a check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInLock {
    /// The check-in.
    pub check_in: HashName,
    /// Who holds the lock.
    pub login: String,
    /// In which check-out.
    pub client: Vec<u8>,
    /// Since when, in seconds since 1970.
    pub since: i64,
}

/// Another place where the project can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub url: String,
    /// More about it, in JSON.
    pub about: String,
    /// When it was last seen, in seconds since 1970.
    pub seen: i64,
}

const USERS: &str = "look up a user";
const LOCKS: &str = "look up check-in locks";
const PLACES: &str = "look up other places of the project";

impl ReadTx {
    /// Number and name of the first user who may set up the repository.
    pub fn owner(&self) -> Result<Option<(i64, String)>, DatabaseError> {
        let sql = "SELECT uid, CAST(login AS TEXT) FROM user WHERE cap GLOB '*s*' ORDER BY uid";
        self.first(USERS, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether something was received under a login with this nonce.
    pub fn is_nonce_used(&self, nonce: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS(SELECT 1 FROM rcvfrom WHERE nonce = ?1)";
        self.only("look up a nonce", sql, [nonce], |row| row.get(0))
    }

    /// All check-in locks, those that have lapsed too.
    pub fn check_in_locks(&self) -> Result<Vec<CheckInLock>, DatabaseError> {
        let sql = "SELECT substr(name, 9), coalesce(value->>'login', 'anonymous'), \
                   CAST(coalesce(value->>'clientid', '') AS BLOB), CAST(mtime AS INTEGER) \
                   FROM config WHERE name GLOB 'ci-lock-*' AND json_valid(value)";
        let locks = self.all(LOCKS, sql, [], |row| {
            let name: String = row.get(0)?;
            let Ok(check_in) = name.parse() else { return Ok(None) };
            let (login, client) = (row.get(1)?, row.get(2)?);
            Ok(Some(CheckInLock { check_in, login, client, since: row.get(3)? }))
        })?;
        Ok(locks.into_iter().flatten().collect())
    }

    /// Other places of the project, as far as they were seen at `since` or later. What is told
    /// about each says that it comes from `here`.
    pub fn places(&self, here: &str, since: i64) -> Result<Vec<Place>, DatabaseError> {
        let sql = "WITH place(mtime, url, about) AS (\
                   SELECT mtime, substr(name, 10), '{}' FROM config \
                   WHERE name GLOB 'syncwith:http*' OR name GLOB 'syncfrom:http*' \
                   UNION ALL SELECT mtime, substr(name, 9), '{\"type\":\"git\"}' FROM config \
                   WHERE name GLOB 'gitpush:*') \
                   SELECT url, json_insert(about, '$.src', ?1), CAST(max(mtime) AS INTEGER) \
                   FROM place WHERE mtime > ?2 GROUP BY url ORDER BY url";
        self.all(PLACES, sql, (here, since), |row| {
            Ok(Place { url: row.get(0)?, about: row.get(1)?, seen: row.get(2)? })
        })
    }
}

impl WriteTx {
    /// Locks a check-in for a check-out of a user.
    pub fn lock_check_in(&self, lock: &CheckInLock) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) VALUES('ci-lock-' || ?1, \
                   json_object('login', ?2, 'clientid', CAST(?3 AS TEXT)), ?4)";
        let CheckInLock { check_in, login, client, since } = lock;
        self.execute("lock a check-in", sql, (&*check_in.to_hex(), login, client, since))?;
        Ok(())
    }

    /// Takes the lock off a check-in.
    pub fn forget_lock(&self, check_in: &HashName) -> Result<(), DatabaseError> {
        let sql = "DELETE FROM config WHERE name = 'ci-lock-' || ?1";
        self.execute("unlock a check-in", sql, [&*check_in.to_hex()])?;
        Ok(())
    }

    /// Takes note that a peer says it can be found at this address.
    pub fn note_place(&self, url: &str, now: i64) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) VALUES('syncfrom:' || ?1, '{}', ?2)";
        self.execute("note another place of the project", sql, (url, now))?;
        Ok(())
    }
}
