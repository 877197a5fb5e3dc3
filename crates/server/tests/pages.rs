//! What people see, and what they must not.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::fs;

use outcrop_server::{Hosting, ListenOptions, ServiceOptions, XferService};
use served::{Fossil, Served, create, post};

fn start(hosting: Hosting) -> Served {
    Served::start(XferService::new(hosting, ServiceOptions::default()), ListenOptions::default())
}

#[test]
fn a_repository_shows_what_nobody_may_read() {
    let fossil = Fossil::find();
    let file = fossil.path("root/one.fossil");
    let password = create(&file);
    let path = file.to_str().unwrap();
    let served = start(Hosting::new(fossil.path("root")).unwrap());
    fossil.clone_and_open(&served.url("one"), &password, "one");
    fossil.commit("one", "<script>alert(1)<script> & 'more'", "text\n", &[]);
    fossil.commit("one", "secret", "text\n", &["--private", "--branch", "covert"]);
    let describe = "INSERT INTO config(name,value,mtime) VALUES('project-description','\"<i>',1)";
    fossil.run(&["sql", "--no-repository", path, describe]);
    // A private check-in of the server's own.
    fossil.run_in("one", &["push", "--private"]);
    fossil.run(&["sql", "--no-repository", path, "UPDATE user SET cap='sx' WHERE login='alice'"]);
    fossil.run_in("one", &["push", "--private"]);
    let private = "SELECT count(*) FROM event WHERE comment='secret'";
    assert_eq!(fossil.run(&["sql", "--no-repository", path, private]).trim(), "1");

    let page = served.get("/one");
    assert!(page.starts_with("HTTP/1.0 200 OK\r\n"), "{page}");
    assert!(page.contains("<h1>The &lt;b&gt;project&lt;/b&gt;</h1>"), "{page}");
    assert!(page.contains("<p class=\"lead\">&quot;&lt;i&gt;</p>"), "{page}");
    assert!(page.contains("fossil clone http://example.org:81/one one.fossil"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;script&gt; &amp; &#39;more&#39;"), "{page}");
    assert!(page.contains("initial empty check-in"), "{page}");
    assert!(page.contains("<li>2 check-ins</li>") && page.contains(" kB</li>"), "{page}");
    assert!(page.contains("<time datetime=\"2024-01-02\">2 January 2024</time>"), "{page}");
    assert!(page.contains("<span class=\"branch\">trunk</span>"), "{page}");
    assert!(!page.contains("covert"), "{page}");
    assert!(!page.contains("secret") && !page.contains("<script"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&served.get("/one/")), body(&page));

    // Whoever may not read is shown nothing of it, not even what it is called.
    for (rights, is_public, needs_login) in
        [("o", true, true), ("go", true, false), ("h", false, true)]
    {
        let sql = format!("UPDATE user SET cap='{rights}' WHERE login IN ('nobody','reader')");
        fossil.run(&["sql", "--no-repository", path, &sql]);
        let page = served.get("/one");
        assert_eq!(page.starts_with("HTTP/1.0 200 "), is_public, "{rights}: {page}");
        assert_eq!(page.contains("initial empty"), is_public, "{rights}: {page}");
        assert_eq!(page.contains("project"), is_public, "{rights}: {page}");
        assert_eq!(page.contains("LOGIN@"), needs_login, "{rights}: {page}");
        assert_eq!(served.get("/").contains("href=\"/one\""), is_public, "{rights}");
    }
    assert!(served.stop());
}

#[test]
fn a_folder_lists_its_repositories_as_they_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(&root).unwrap();
    let served = start(Hosting::new(&root).unwrap());
    let empty = served.get("/");
    assert!(
        empty.starts_with("HTTP/1.0 200 ") && empty.contains("There is no repository"),
        "{empty}"
    );
    assert!(served.get("/one").starts_with("HTTP/1.0 404 "));

    create(&root.join("one.fossil"));
    create(&root.join("sub/t <w> o.fossil"));
    fs::write(root.join("broken.fossil"), "no database").unwrap();
    fs::write(root.join(".hidden.fossil"), "").unwrap();
    let page = served.get("/");
    assert!(page.contains("<a href=\"/one\">one</a>"), "{page}");
    assert!(page.contains("&lt;b&gt;project&lt;/b&gt;"), "{page}");
    assert!(page.contains("<a href=\"/sub/\">sub/</a>"), "{page}");
    assert!(!page.contains("broken") && !page.contains("/.hidden"), "{page}");
    let sub = served.get("/sub/");
    assert!(sub.contains("<a href=\"/sub/t%20%3Cw%3E%20o\">t &lt;w&gt; o</a>"), "{sub}");
    let odd = served.get("/sub/t%20%3Cw%3E%20o");
    assert!(odd.contains("example.org:81/sub/t%20%3Cw%3E%20o clone.fossil"), "{odd}");

    fs::remove_file(root.join("one.fossil")).unwrap();
    assert!(served.get("/one").starts_with("HTTP/1.0 404 "));
    assert!(served.ask(post("/one", "# hi\n")).starts_with("HTTP/1.0 404 "));
    assert!(!served.get("/").contains("href=\"/one\""));
    fs::remove_dir_all(&root).unwrap();
    assert!(served.get("/readyz").starts_with("HTTP/1.0 503 "));
    assert!(served.get("/healthz").starts_with("HTTP/1.0 200 "));
    assert!(served.stop());
}

#[cfg(unix)]
#[test]
fn nothing_outside_is_served() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    create(&folder.path().join("outside.fossil"));
    create(&root.join("inside.fossil"));
    create(&root.join(".hidden.fossil"));
    create(&root.join(".dir/deep.fossil"));
    fs::write(root.join("text.fossil"), "no database").unwrap();
    fs::write(root.join("text.txt"), "text").unwrap();
    symlink(folder.path().join("outside.fossil"), root.join("link.fossil")).unwrap();
    symlink(folder.path(), root.join("up")).unwrap();
    let served = start(Hosting::new(&root).unwrap());
    assert!(served.ask(post("/inside", "# hi\n")).starts_with("HTTP/1.0 200 "));
    for path in [
        "/../outside",
        "/%2e%2e/outside",
        "/..%2foutside",
        "/inside/../../outside",
        "/up/outside",
        "/up/outside.fossil",
        "/up/",
        "/link",
        "/.hidden",
        "/.dir/deep",
        "/text",
        "/text.fossil",
        "/text.txt",
        "/inside.fossil-wal",
        "/inside%00",
        "/%ff",
        "//",
    ] {
        let answer = served.ask(post(path, "# hi\n"));
        assert!(answer.starts_with("HTTP/1.0 404 "), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\nno such repository\n"), "{path}: {answer}");
        if path != "//" {
            let page = served.get(path);
            assert!(page.starts_with("HTTP/1.0 404 "), "{path}: {page}");
        }
    }
    assert!(served.stop());
}
