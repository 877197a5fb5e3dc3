//! No bytes log in by chance, and a login means the same as a card and as a cookie.

use outcrop_xfer::{
    Card, Reader,
    login::{COOKIE, Login, Secret},
};

const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";
const PASSWORD: &str = "a password that no fuzzer guesses";

/// Checks the login card with its tail, and the cookie.
pub fn login(bytes: &[u8]) {
    // A message has one login; a server that looked at more would hash its tail for each.
    let mut reader = Reader::new(bytes);
    while let Some(Ok(card)) = reader.next() {
        if let Card::Login(login) = card {
            check(&login, reader.tail());
            break;
        }
    }
    if let Ok(header) = str::from_utf8(bytes) {
        for header in [header, &format!("{COOKIE}={header}")] {
            if let Some(Ok(login)) = Login::from_cookies(header) {
                check(&login, b"");
            }
        }
    }
}

/// `login` came with `tail` after it.
fn check(login: &Login<'_>, tail: &[u8]) {
    let as_cookie = Login::from_cookies(&login.to_cookie()).unwrap().unwrap();
    assert_eq!(as_cookie, *login, "a cookie carries the same login");
    assert!(!login.is_signed_with(PASSWORD.as_bytes(), PROJECT), "a forged signature");
    assert!(!login.proves(tail, PASSWORD.as_bytes(), PROJECT));

    // The same user, who does know the password, is believed about this tail and no other.
    let user = login.user.to_text();
    let Some(real) = Login::sign(&user, &Secret::new(PROJECT, &user, PASSWORD), [tail]) else {
        return;
    };
    assert!(real.proves(tail, PASSWORD.as_bytes(), PROJECT));
    assert!(!real.covers(&[tail, b"#"].concat()), "a nonce covers one tail");
}
