//! What people see in a real browser: our pages, and those of stock Fossil behind our address.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod browser_support;
mod served;

use browser_support::Browser;
use outcrop_server::{GatewayOptions, Hosting, ListenOptions, ServiceOptions, XferService};
use serde_json::Value;
use served::{Fossil, Served, create};

fn rounds(fossil: &Fossil) -> XferService {
    XferService::new(Hosting::new(fossil.path("root")).unwrap(), ServiceOptions::default())
}

/// A folder of two repositories, one with check-ins on two branches.
fn folder() -> (Fossil, String) {
    let fossil = Fossil::find();
    let password = create(&fossil.path("root/quarry.fossil"));
    create(&fossil.path("root/libraries/lichen.fossil"));
    let repository = fossil.path("root/quarry.fossil").to_str().unwrap().to_owned();
    let name = "UPDATE config SET value='Quarry' WHERE name='project-name'";
    let describe = "INSERT INTO config(name,value,mtime) VALUES('project-description', \
                    'Cuts large logs into stones that one can carry',1)";
    fossil.run(&["sql", "--no-repository", &repository, &format!("{name};{describe}")]);
    std::fs::create_dir(fossil.path("work")).unwrap();
    fossil.run_in("work", &["open", "--nosync", &repository]);
    fossil.commit("work", "a.txt", "text\n", &["--user-override", "mira"]);
    let long = "a comment of many words ".repeat(12) + &"andonewordwithoutanend".repeat(20);
    std::fs::write(fossil.path("work/b.txt"), "text\n").unwrap();
    fossil.run_in("work", &["add", "b.txt"]);
    fossil.run_in("work", &["commit", "--no-warnings", "--branch", "side", "-m", &long]);
    (fossil, password)
}

/// Words of a page that are too faint for their ground: WCAG wants a contrast of 4.5.
const TOO_FAINT: &str = r"
    const part = v => (v /= 255, v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    const parse = c => c.match(/[\d.]+/g).map(Number);
    const light = c => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
    const ground = e => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c;
        }
        return [255, 255, 255];
    };
    const faint = [];
    let looked = 0;
    for (const e of document.body.querySelectorAll('*')) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!own) continue;
        looked++;
        const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
        const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (contrast < 4.5) faint.push(e.tagName + ' ' + contrast + ' ' + e.innerText);
    }
    return looked > 3 ? faint : ['nothing was looked at'];
";

/// What makes a page hard to read or to find one's way in.
fn faults(browser: &Browser) -> Vec<String> {
    let mut faults: Vec<String> = serde_json::from_value(browser.run(TOO_FAINT)).unwrap();
    let checks = [
        ("document.documentElement.scrollWidth <= innerWidth", "is wider than its window"),
        ("document.querySelectorAll('h1').length === 1", "has not one heading of its own"),
        ("document.querySelector('main h1')", "has no main part"),
        ("document.documentElement.lang === 'en'", "does not say its language"),
        ("document.title.trim()", "has no title"),
        ("!document.scripts.length", "has scripts"),
        (
            "[...document.querySelectorAll('section')].every(s => !s.hasAttribute('aria-labelledby') \
          || document.getElementById(s.getAttribute('aria-labelledby')))",
            "has parts without names",
        ),
        ("[...document.links].every(a => a.innerText.trim())", "has links without words"),
    ];
    for (check, fault) in checks {
        if browser.run(&format!("return Boolean({check})")) != Value::Bool(true) {
            faults.push(fault.to_owned());
        }
    }
    faults.extend(browser.complaints());
    faults
}

#[test]
fn pages_are_readable_in_light_and_dark_and_on_any_screen() {
    let Some(browser) = Browser::start() else { return };
    let (fossil, _) = folder();
    let served = Served::start(rounds(&fossil), ListenOptions::default());
    for (path, name) in [("", "folder"), ("libraries/", "inner"), ("quarry", "repository")] {
        let mut grounds = Vec::new();
        for (width, is_dark, reader) in [
            (1200, false, "light"),
            (1200, true, "dark"),
            (360, false, "narrow"),
            (360, true, "night"),
        ] {
            browser.reader(width, is_dark);
            browser.open(&served.url(path));
            assert_eq!(faults(&browser), [""; 0], "{name} for {reader}");
            grounds.push(browser.run("return getComputedStyle(document.body).backgroundColor"));
            assert!(browser.screenshot(&format!("{name}-{reader}")).len() > 2_000);
        }
        assert_ne!(grounds[0], grounds[1], "light is dark");
        assert_eq!((&grounds[0], &grounds[1]), (&grounds[2], &grounds[3]));
    }
    // From the list to a repository, and back.
    browser.open(&served.url(""));
    assert!(browser.text().contains("Cuts large logs into stones"), "{}", browser.text());
    browser.click("a[href='/quarry']");
    assert_eq!(browser.title(), "Quarry");
    let text = browser.text();
    for words in ["3 check-ins", "mira", "trunk", "side", "a comment of many words", "Clone"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        text.contains(&format!("fossil clone {} quarry.fossil", served.url("quarry"))),
        "{text}"
    );
    browser.click("nav a");
    assert_eq!(browser.url(), served.url(""));
    browser.open(&served.url("none"));
    assert_eq!(browser.title(), "Nothing is here");
    drop(browser);
    assert!(served.stop());
}

#[test]
fn stock_is_browsed_logged_in_to_and_edited_and_the_edit_arrives_by_pull() {
    let Some(browser) = Browser::start() else { return };
    let (fossil, password) = folder();
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let pages = GatewayOptions { program: program.into(), ..GatewayOptions::default() };
    let connections = ListenOptions { half_close: false, ..ListenOptions::default() };
    let served = Served::start_with_pages(rounds(&fossil), connections, pages);
    fossil.run(&["clone", &served.url("quarry"), "clone.fossil"]);

    browser.reader(1200, false);
    browser.open(&served.url(""));
    browser.click("a[href='/quarry']");
    browser.open(&served.url("quarry/timeline"));
    assert_eq!(browser.title(), "Quarry: Timeline");
    assert!(browser.text().contains("a comment of many words"), "{}", browser.text());
    // Its styles and scripts came too.
    assert_eq!(browser.run("return document.styleSheets[0].cssRules.length > 10"), true);
    // Its pages have no icon, so the browser asks for one where none is.
    let mut complaints = browser.complaints();
    complaints.retain(|complaint| !complaint.contains("/favicon.ico"));
    assert_eq!(complaints, [""; 0]);
    browser.screenshot("stock-timeline");

    browser.open(&served.url("quarry/login"));
    browser.type_into("input[name=u]", "alice");
    browser.type_into("input[name=p]", &password);
    browser.click("input[name=in]");
    browser.wait_until("document.querySelector('a[href$=\"/logout\"]')");
    browser.open(&served.url("quarry/wikinew"));
    browser.type_into("form input[name=name]", "From the browser");
    browser.click("form input[type=submit]");
    browser.wait_until(
        "document.querySelector('#wikiedit-content-editor') \
                        && !document.querySelector('#wikiedit-content-editor').disabled \
                        && document.querySelector('#wikiedit-tab-content').offsetParent",
    );
    browser.type_into("#wikiedit-content-editor", "Written by hand. Größe: 10 €");
    browser.wait_until("!document.querySelector('button.wikiedit-save').disabled");
    browser.click("button.wikiedit-save");
    browser.wait_until("document.body.innerText.includes('Saved page')");
    browser.open(&served.url("quarry/wiki?name=From+the+browser"));
    assert!(browser.text().contains("Größe: 10 €"), "{}", browser.text());
    browser.screenshot("stock-wiki");

    fossil.run(&["pull", "-R", "clone.fossil"]);
    let pulled = fossil.run(&["wiki", "export", "From the browser", "-R", "clone.fossil"]);
    assert_eq!(pulled.trim(), "Written by hand. Größe: 10 €");
    drop(browser);
    assert!(served.stop());
    fossil.finds_it_whole(&fossil.path("root/quarry.fossil"));
}
