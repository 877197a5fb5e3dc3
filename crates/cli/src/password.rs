//! Passwords that a user types, or a script hands over.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _, stderr, stdin},
};

use outcrop_repo::secret::Secret;

use crate::failure::{Exit, Failure};

/// Where scripts put a password.
const VARIABLE: &str = "OUTCROP_PASSWORD";

/// Bytes that a password may have.
const LONGEST: u64 = 1_000;

/// The new password of a user.
///
/// On a terminal it has to be typed twice, and what is typed is not shown. Otherwise it is the value
/// of a variable, or else the first line of stdin.
pub(crate) fn new(login: &str) -> Result<Secret, Failure> {
    if let Some(value) = env::var_os(VARIABLE) {
        let value = value.into_string();
        let value = value.map_err(|_| Failure::new(Exit::Usage, &"the password is no text"))?;
        return checked(&value);
    }
    if !stdin().is_terminal() {
        return checked(&line()?);
    }
    let typed = typed(&format!("New password for {login}: "))?;
    if self::typed("The same again: ")?.expose() != typed.expose() {
        return Err(Failure::new(Exit::Failed, &"these are two passwords: try again"));
    }
    Ok(typed)
}

/// The password of a user of another repository, typed by someone who sits at a terminal.
pub(crate) fn of(login: &str, place: &str) -> Result<Secret, Failure> {
    if !stdin().is_terminal() {
        let message =
            format!("a password for {login} is needed: put it into {VARIABLE}, or into the URL");
        return Err(Failure::new(Exit::Usage, &message));
    }
    typed(&format!("Password for {login} at {place}: "))
}

fn checked(text: &str) -> Result<Secret, Failure> {
    if text.is_empty() {
        let message = format!(
            "a password cannot be empty: type one, put one into {VARIABLE}, or write one to stdin"
        );
        return Err(Failure::new(Exit::Usage, &message));
    }
    Ok(Secret::new(text))
}

/// The first line of stdin.
fn line() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = stdin().lock().take(LONGEST).read_until(b'\n', &mut bytes);
    read.map_err(|error| unread(&error))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Failure::new(Exit::Usage, &"the password is no text"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn typed(prompt: &str) -> Result<Secret, Failure> {
    let hidden = Hidden::begin().map_err(|error| unread(&error))?;
    let _ = write!(stderr(), "{prompt}");
    let line = line();
    drop(hidden);
    // The newline that was typed was not shown either.
    let _ = writeln!(stderr());
    checked(&line?)
}

fn unread(error: &io::Error) -> Failure {
    let message = format!("cannot read a password: {error}; put one into {VARIABLE}");
    Failure::new(Exit::Failed, &message)
}

/// The terminal, while it does not show what is typed.
#[cfg(unix)]
struct Hidden(rustix::termios::Termios);

#[cfg(unix)]
impl Hidden {
    fn begin() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // If this fails, `stty echo` helps; there is nobody to tell.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
    }
}

/// Other systems hide nothing, so nothing is asked there.
#[cfg(not(unix))]
struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> io::Result<Self> {
        Err(io::Error::other("this system cannot hide what is typed"))
    }
}
