//! Making a new repository, as `fossil init` does.

mod initial;
mod partial;

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use outcrop_format::hash::{Algorithm, HashName};

pub use partial::{CompleteError, Completed, PartialClone};

use crate::artifact::Moment;
use crate::compose::ComposeError;
use crate::crosslink::LinkError;
use crate::hash_policy::HashPolicy;
use crate::open::{OpenError, Repo};
use crate::receive::{Incoming, Origin, Payload, ReceiveError};
use crate::schema::{AUX_SCHEMA_MAX, CONTENT_SCHEMA};
use crate::secret::Secret;
use crate::tx::{DatabaseError, FirstRows};

/// What is to be decided about a new repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOptions {
    /// Login of the first user, who may do everything.
    pub admin: String,
    /// What the project is called.
    pub project_name: Option<String>,
    /// What tells this project from all others, in 40 lower-case hexadecimal digits. Repositories
    /// with the same code can be synced. Without one, a random code is taken.
    pub project_code: Option<String>,
    /// How new artifacts are named.
    pub naming: Algorithm,
    /// The time of the initial check-in.
    pub date: Moment,
    /// The time it is.
    pub now: Moment,
}

impl CreateOptions {
    /// What `fossil init` decides.
    #[must_use]
    pub fn new(admin: impl Into<String>, now: Moment) -> Self {
        Self {
            admin: admin.into(),
            project_name: None,
            project_code: None,
            naming: Algorithm::Sha3,
            date: now,
            now,
        }
    }
}

/// A new repository.
pub struct Created {
    /// The repository.
    pub repo: Repo,
    /// What tells the project from all others.
    pub project_code: String,
    /// What tells this copy of it from all others.
    pub server_code: String,
    /// The administrator's password. It stands nowhere else: the file holds a hash of it.
    pub admin_password: String,
    /// The initial check-in.
    pub initial_check_in: HashName,
}

impl fmt::Debug for Created {
    /// Leaves out the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repo, project_code, server_code, initial_check_in, .. } = self;
        f.debug_struct("Created")
            .field("repo", repo)
            .field("project_code", project_code)
            .field("server_code", server_code)
            .field("initial_check_in", initial_check_in)
            .finish_non_exhaustive()
    }
}

/// Why no repository was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Something has this path already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The administrator has no name.
    #[error("the administrator needs a login")]
    NoAdmin,
    /// A project code of another form.
    #[error("a project code has 40 lower-case hexadecimal digits, unlike {0:?}")]
    ProjectCode(String),
    /// The file system has refused.
    #[error("cannot make {}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: io::Error,
    },
    /// The new file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The administrator's login cannot stand in a check-in.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The initial check-in was not accepted.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// What the initial check-in means could not be told.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The row of the first user.
const ADMIN: i64 = 1;

/// Digits and letters that are not taken for one another; 32 of them, so that five random bits
/// choose one.
const PASSWORD_LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// Makes that many of them a password that is not guessed: 80 bits.
const PASSWORD_LEN: usize = 16;

impl Repo {
    /// Makes a repository at a path where nothing is, with an initial check-in that has no files.
    ///
    /// `random` fills what it is given with bytes that nobody can foresee: passwords and codes are
    /// made of them. If that fails, no file is left behind.
    ///
    /// ```
    /// use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
    /// let mut random = |bytes: &mut [u8]| bytes.fill(7); // not what one should do
    /// let made = Repo::create(
    ///     folder.path().join("new.fossil"),
    ///     &CreateOptions::new("alice", now),
    ///     &mut random,
    /// )?;
    /// let tx = made.repo.read()?;
    /// let row = tx.blob_named(&made.initial_check_in)?.ok_or("not there")?;
    /// assert!(tx.content(row.rid)?.starts_with(b"C initial\\sempty\\scheck-in\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(
        path: impl AsRef<Path>,
        options: &CreateOptions,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Created, CreateError> {
        let path = path.as_ref();
        check(options)?;
        on_path(path, || fill(path, options, random))
    }
}

/// Makes a repository at a path where nothing is, or only what an interrupted attempt has left.
fn on_path<T>(
    path: &Path,
    make: impl FnOnce() -> Result<T, CreateError>,
) -> Result<T, CreateError> {
    let is_new = match take_path(path) {
        // Whoever makes a repository of it does so in one transaction.
        Err(CreateError::Exists(_)) if is_blank(path) => false,
        taken => taken.map(|()| true)?,
    };
    let outcome = make();
    if outcome.is_err() && is_new {
        // What has gone wrong is told; that an empty file is left behind matters less.
        drop(fs::remove_file(path));
    }
    outcome
}

/// Whether nothing was ever stored in a file.
fn is_blank(path: &Path) -> bool {
    matches!(Repo::open_unfinished(path), Err(OpenError::Blank(_)))
}

/// Makes an empty file. Whoever takes the path first has it, and nobody's file is written to.
fn take_path(path: &Path) -> Result<(), CreateError> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            Err(CreateError::Exists(path.to_owned()))
        }
        Err(cause) => Err(CreateError::Io { path: path.to_owned(), cause }),
    }
}

fn check(options: &CreateOptions) -> Result<(), CreateError> {
    if options.admin.is_empty() {
        return Err(CreateError::NoAdmin);
    }
    match &options.project_code {
        Some(code) if code.len() != 40 || code.parse::<HashName>().is_err() => {
            Err(CreateError::ProjectCode(code.clone()))
        }
        _ => Ok(()),
    }
}

fn fill(
    path: &Path,
    options: &CreateOptions,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Created, CreateError> {
    let project_code = options.project_code.clone().unwrap_or_else(|| code(random));
    let server_code = code(random);
    let admin_password = password(random);
    let unfounded = Repo::unfounded(path, None);
    let tx = unfounded.write()?;
    let admin = options.admin.as_str();
    let settings = first_settings(options, &project_code, &server_code);
    let secret = Secret::hashed(&project_code, admin, &admin_password);
    // Fossil shows this password to whoever logs in as anonymous.
    let captcha = code(random).to_uppercase();
    let users = first_users(admin, secret.expose(), captcha.get(..16).unwrap_or_default());
    tx.found(&FirstRows { settings, users, now: options.now })?;

    let content = initial::check_in(admin, options.date)?;
    let name = HashName::of(options.naming, &content);
    let origin = Origin { user: Some(ADMIN), at: options.now, nonce: None, address: None };
    let payload = Payload::Plain(&content);
    let incoming = Incoming { name, source: None, payload, private: false };
    let mut receiver = tx.receiver(origin);
    receiver.receive(&incoming)?;
    receiver.finish()?;
    tx.commit()?;
    let repo = Repo::open(path)?;
    Ok(Created { repo, project_code, server_code, admin_password, initial_check_in: name })
}

fn first_settings<'a>(
    options: &CreateOptions,
    project_code: &str,
    server_code: &str,
) -> Vec<(&'a str, String)> {
    let policy = match options.naming {
        Algorithm::Sha1 => HashPolicy::Sha1,
        Algorithm::Sha3 => HashPolicy::Sha3,
    };
    let mut settings = vec![
        ("aux-schema", AUX_SCHEMA_MAX.to_owned()),
        ("content-schema", CONTENT_SCHEMA.to_owned()),
        ("hash-policy", policy.number().to_string()),
        ("project-code", project_code.to_owned()),
        ("rebuilt", concat!("Outcrop ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("server-code", server_code.to_owned()),
    ];
    settings.extend(options.project_name.clone().map(|name| ("project-name", name)));
    settings
}

/// The administrator, and the users whose rights others share.
fn first_users<'a>(admin: &'a str, secret: &'a str, captcha: &'a str) -> Vec<[&'a str; 4]> {
    let shared = [
        ["anonymous", captcha, "hz", "Anon"],
        ["nobody", "", "gjorz", "Nobody"],
        ["developer", "", "ei", "Dev"],
        ["reader", "", "kptw", "Reader"],
    ];
    let mut users = vec![[admin, secret, "s", ""]];
    users.extend(shared.into_iter().filter(|[login, ..]| *login != admin));
    users
}

/// Forty random digits.
fn code(random: &mut dyn FnMut(&mut [u8])) -> String {
    let mut digest = [0; 20];
    random(&mut digest);
    HashName::from_sha1(digest).to_string()
}

fn password(random: &mut dyn FnMut(&mut [u8])) -> String {
    let mut bytes = [0; PASSWORD_LEN];
    random(&mut bytes);
    let letter = |byte: u8| PASSWORD_LETTERS.get(usize::from(byte % 32)).copied();
    bytes.into_iter().filter_map(letter).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> CreateOptions {
        CreateOptions::new("alice", Moment::parse(b"2024-01-02T03:04:05").unwrap())
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "mine").unwrap();
        let error = Repo::create(&path, &options(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, CreateError::Exists(_)));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }

    #[test]
    fn a_code_of_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for code in ["", "abc", &"A".repeat(40), &"a".repeat(64)] {
            let options = CreateOptions { project_code: Some(code.to_owned()), ..options() };
            let error = Repo::create(&path, &options, &mut |_| {}).unwrap_err();
            assert!(matches!(error, CreateError::ProjectCode(_)), "{code}");
        }
        assert!(!path.exists());
    }
}
