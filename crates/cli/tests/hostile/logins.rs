//! Logins that come late, twice, again, or not quite; and configuration that would rather be run.

use crate::scene::{Scene, file, login, name, post, pull, push, signed};
use crate::table::{Case, USUAL, run};

/// Whether an artifact was stored.
fn is_held(scene: &Scene, content: &[u8]) -> bool {
    let reply = scene.ask(pull(&format!("gimme {}\n", name(content))));
    reply.contains(&format!("file {}", name(content)))
}

#[test]
fn logins_that_are_none() {
    run(
        &[],
        &[
            Case {
                name: "a push without a login",
                act: |scene| scene.ask([push("").as_bytes(), &file(b"sneaky\n")].concat()),
                answer: "not\\sauthorized\\sto\\swrite",
                memory: USUAL,
            },
            Case {
                name: "a push before the login",
                act: |scene| {
                    let file = file(b"sneaky\n");
                    let late = signed(b"# tail\n");
                    let answer = scene.ask([push("").as_bytes(), &file, &late].concat());
                    assert!(!is_held(scene, b"sneaky\n"));
                    answer
                },
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "two logins, the second one right",
                act: |scene| {
                    let body = signed(&[push("").as_bytes(), &file(b"sneaky\n")].concat());
                    let first = format!("login bob {0} {0}\n", name(b"")).into_bytes();
                    let answer = scene.ask([first, body].concat());
                    assert!(!is_held(scene, b"sneaky\n"));
                    answer
                },
                answer: "login\\sfailed",
                memory: USUAL,
            },
            Case {
                name: "a login of another message",
                act: |scene| {
                    let line = signed(pull("").as_bytes());
                    let end = line.iter().position(|byte| *byte == b'\n').unwrap() + 1;
                    let cards = [push("").as_bytes(), &file(b"sneaky\n")].concat();
                    let answer = scene.ask([&line[..end], &cards].concat());
                    assert!(!is_held(scene, b"sneaky\n"));
                    answer
                },
                answer: "login\\sfailed",
                memory: USUAL,
            },
            Case {
                name: "a whole message once more",
                act: |scene| {
                    let body = signed(&[push("").as_bytes(), &file(b"mine\n")].concat());
                    assert!(scene.ask(&body).contains("errors 0"));
                    scene.ask(&body)
                },
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a login as a cookie that is badly encoded",
                act: |scene| {
                    let cookie = "Cookie: x-f-l-c=login+alice%ZZ%00+%\r\n";
                    let cards = [push("").as_bytes(), &file(b"sneaky\n")].concat();
                    scene.send(&post(cookie, "application/x-fossil-debug", &cards))
                },
                answer: "not\\sauthorized\\sto\\swrite",
                memory: USUAL,
            },
            Case {
                name: "a login as a cookie, of another message",
                act: |scene| {
                    let cookie = format!("Cookie: {}\r\n", login(b"other").to_cookie());
                    let cards = [push("").as_bytes(), &file(b"sneaky\n")].concat();
                    scene.send(&post(&cookie, "application/x-fossil-debug", &cards))
                },
                answer: "login\\sfailed",
                memory: USUAL,
            },
            Case {
                name: "a user by the name of some SQL",
                act: |scene| {
                    let user = "x'\\s;\\sDROP\\sTABLE\\suser;--";
                    scene.ask(format!("login {user} {0} {0}\n{1}", name(b""), pull("")))
                },
                answer: "login\\sfailed",
                memory: USUAL,
            },
        ],
    );
}

/// Bytes that a stranger may send in these cases.
const STRANGER: &str = "1000000";

/// More than that, of no consequence.
fn large() -> Vec<u8> {
    format!("# {}\n", "x".repeat(60_000)).repeat(20).into_bytes()
}

/// Sends cards with a login of a user that is not right.
fn ask_wrongly(scene: &Scene, user: &str, cards: &[u8]) -> String {
    let line = format!("login {user} {0} {0}\n", name(b""));
    scene.ask([line.as_bytes(), cards].concat())
}

#[test]
fn logins_that_are_none_with_large_messages() {
    run(
        &["--limit-stranger", STRANGER],
        &[
            Case {
                name: "a large message with a wrong login",
                act: |scene| ask_wrongly(scene, "alice", &large()),
                answer: "login\\sfailed",
                memory: USUAL,
            },
            Case {
                name: "the fourth of them",
                act: |scene| {
                    for _ in 0..3 {
                        assert!(ask_wrongly(scene, "alice", b"").contains("login\\sfailed"));
                    }
                    ask_wrongly(scene, "alice", &large())
                },
                answer: "too many logins have failed",
                memory: USUAL,
            },
            Case {
                name: "a right one after that, once a small message was right",
                act: |scene| {
                    for _ in 0..3 {
                        ask_wrongly(scene, "alice", b"");
                    }
                    assert!(scene.ask(signed(&large())).contains("log in with a smaller one"));
                    assert!(scene.ask(signed(b"# small\n")).contains("errors 0"));
                    scene.ask(signed(&large()))
                },
                answer: "errors 0",
                memory: USUAL,
            },
            Case {
                name: "a large message with a login of nobody",
                act: |scene| ask_wrongly(scene, "nobody", &large()),
                answer: "without a login a message may have",
                memory: USUAL,
            },
            Case {
                name: "one with a password by the way of the web, which does not count here",
                act: |scene| {
                    let basic = "Authorization: Basic YWxpY2U6d3Jvbmc=\r\n";
                    scene.send(&post(basic, "application/x-fossil-debug", &large()))
                },
                answer: "without a login a message may have",
                memory: USUAL,
            },
        ],
    );
}

/// Rows of the configuration, as their cards.
fn config(rows: &[(&str, &str)]) -> String {
    let cards = rows.iter().map(|(name, row)| format!("config {name} {}\n{row}\n", row.len()));
    push(&cards.collect::<String>())
}

/// What all rows of the configuration and the schema are.
fn state(scene: &Scene) -> Vec<String> {
    let tx = outcrop_repo::Repo::open(scene.file()).unwrap().read().unwrap();
    let settings = tx.settings().unwrap().into_iter().map(|setting| format!("{setting:?}"));
    let users = tx.users().unwrap().into_iter().map(|user| format!("{user:?}"));
    settings.chain(users).filter(|row| row.contains("hacked") || row.contains("mallory")).collect()
}

const SQL: &str = "REPLACE INTO user(login,pw,cap) VALUES('mallory','hacked','s');";

#[test]
fn configuration_that_would_rather_be_run() {
    run(
        &[],
        &[
            Case {
                name: "statements in the place of a row",
                act: |scene| {
                    let rows = [("/config", SQL), ("/user", SQL), ("/shun", SQL)];
                    let answer = scene.ask_as_alice(config(&rows));
                    assert_eq!(state(scene), Vec::<String>::new());
                    answer
                },
                answer: "error",
                memory: USUAL,
            },
            Case {
                name: "statements behind a row",
                act: |scene| {
                    let row = format!("1767225600 'project-name' value 'x'); {SQL} --'");
                    let answer = scene.ask_as_alice(config(&[("/config", &row)]));
                    assert_eq!(state(scene), Vec::<String>::new());
                    answer
                },
                answer: "error",
                memory: USUAL,
            },
            Case {
                name: "a subquery in the place of a value",
                act: |scene| {
                    let row = "1767225600 'project-name' value (SELECT 'hacked'||pw FROM user)";
                    let answer = scene.ask_as_alice(config(&[("/config", row)]));
                    assert_eq!(state(scene), Vec::<String>::new());
                    answer
                },
                answer: "error",
                memory: USUAL,
            },
            Case {
                name: "a row by who is no administrator",
                act: |scene| {
                    let row = "1767225600 'project-name' value 'hacked'";
                    let answer = scene.ask(config(&[("/config", row)]));
                    assert_eq!(state(scene), Vec::<String>::new());
                    answer
                },
                answer: "error ",
                memory: USUAL,
            },
        ],
    );
}
