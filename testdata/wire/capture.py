#!/usr/bin/env python3
"""Record the Fossil sync protocol as spoken by a stock `fossil` program.

    python3 testdata/wire/capture.py [--fossil PATH] [--out DIR] [SCENARIO ...]

How it works
------------
A sync is a short run of HTTP requests: the client posts a list of *cards* to
the server and gets a list of cards back, until neither side has anything left
to say.  This script stands between the two:

    stock client  --->  Wire (127.0.0.1, a free port)  --->  `fossil http REPO`
      fossil pull         writes NN-request.http              one process for
      fossil clone ...    and NN-reply.http                   each request

`Wire` reads one request from the client, starts `fossil http` for it, hands
the reply back, closes the connection and keeps both messages exactly as they
went by.  Nothing is rewritten in either direction.

Each scenario is one function below, marked with `@scenario`.  It prepares
repositories with ordinary fossil commands, then lets the client talk through
a `Wire`.  The decorator names the cards that the captures have to contain:
`"> igot"` is a card in a request, `"< igot"` one in a reply (`fits` has the
rules).  A scenario whose captures lack one of them fails, and the old files
stay in place.

A few messages are never sent by a current client: old clone versions, unknown
cards, broken logins.  For those the script writes the request itself
(`Wire.post`).  Such a request carries `User-Agent: wire-capture`; the reply to
it is the stock server's own.

The three ways a body is packed (`open_body`)
---------------------------------------------
    application/x-fossil               4 bytes, big endian: the length of the
                                       plain text; then a zlib stream
    application/x-fossil-debug         plain text
    application/x-fossil-uncompressed  plain text

The people, passwords, project codes and files in here are all invented.
Everything happens in a temporary directory that is removed at the end.
"""

import argparse
import contextlib
import fnmatch
import hashlib
import os
import pathlib
import random
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zlib

PROJECT = "5eed" + "0c7a" * 9
OTHER_PROJECT = "5eed" + "b0a7" * 9
PASSWORDS = {
    "admin": "admin-pw",
    "alice": "alice-pw",
    "bob": "bob-pw",
    "carol": "carol-pw",
    "dan o\\hara": "dan-pw",
}
CAPABILITIES = {
    "alice": "ghijkortwxy",  # may write, sync private and unversioned content
    "bob": "ghijkortw",      # may write; no x (private), no y (unversioned)
    "carol": "gjorz",        # may only read and clone
    "dan o\\hara": "gio",    # a name that has to be escaped in a login card
}
CONFIG_AREAS = ("all", "email", "interwiki", "project", "shun", "skin",
                "ticket", "user", "alias", "subscriber")
LIMIT_FILE = 200_000
TIMEOUT = 120


class Skip(Exception):
    """The scenario cannot happen on this release; the text says why."""


# ---------------------------------------------------------------- messages

def split_http(stream):
    """Cut the first HTTP message off `stream`: (message, rest)."""
    head, mark, rest = stream.partition(b"\r\n\r\n")
    size = int(header(head, "content-length") or 0)
    return head + mark + rest[:size], rest[size:]


def header(message, name):
    """The value of one header of an HTTP message, or None."""
    head = message.partition(b"\r\n\r\n")[0].decode("latin-1")
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def envelope(text):
    """Pack a card text the way `application/x-fossil` wants it."""
    return len(text).to_bytes(4, "big") + zlib.compress(text)


def open_body(message):
    """The plain card text inside an HTTP message."""
    body = message.partition(b"\r\n\r\n")[2]
    kind = (header(message, "content-type") or "").partition(";")[0]
    if not kind.startswith("application/x-fossil"):
        return b""  # an HTML page: the server gave up
    if kind != "application/x-fossil" or not body:
        return body
    try:
        text = zlib.decompress(body[4:])
    except zlib.error:
        return body  # `--no-http-compression` names this type all the same
    assert len(text) == int.from_bytes(body[:4], "big"), "wrong length word"
    return text


def payload_size(tokens):
    """How many bytes follow a card's own line.

    A cfile or config payload is followed by a newline of its own (after a
    cfile only if the payload does not end in one), which then reads as a
    blank line; a file or uvfile payload runs straight into the next card.
    """
    if tokens[0] in ("file", "cfile"):
        return int(tokens[-1])
    if tokens[0] == "uvfile":
        return 0 if int(tokens[5]) & 5 else int(tokens[4])
    if tokens[0] == "config":
        return int(tokens[2])
    return 0


def cards(text):
    """The card lines of a message, with the payloads left out."""
    found = []
    while text:
        line, _, text = text.partition(b"\n")
        tokens = line.decode("utf-8", "replace").split()
        if tokens:
            found.append(" ".join(tokens))
            text = text[payload_size(tokens):]
    return found


def shared_secret(user, password, project=PROJECT):
    """What fossil stores in place of a password."""
    return hashlib.sha1(f"{project}/{user}/{password}".encode()).hexdigest()


def login_card(user, password, rest):
    """The login card that signs `rest`, the text after it."""
    nonce = hashlib.sha1(rest).hexdigest()
    secret = shared_secret(user, password)
    signature = hashlib.sha1((nonce + secret).encode()).hexdigest()
    return f"login {user} {nonce} {signature}\n".encode()


# --------------------------------------------------------------- the world

class World:
    """A temporary directory with a fossil program and fixed surroundings."""

    def __init__(self, fossil, root):
        self.fossil, self.root = fossil, pathlib.Path(root)
        self.clock = 0
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        self.env = {
            "HOME": str(home), "FOSSIL_HOME": str(home), "TZ": "UTC",
            "USER": "alice", "LOGNAME": "alice", "FOSSIL_USER": "alice",
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.root),
        }
        text = self.run("version").stdout
        self.release = re.search(r"version (\d+\.\d+)", text).group(1)

    def older_than(self, release):
        return number(self.release) < number(release)

    def run(self, *args, cwd=None, check=True, env=None):
        """Run one fossil command without a terminal."""
        done = subprocess.run(
            [self.fossil, *map(str, args)], cwd=cwd or self.root,
            env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=TIMEOUT)
        if check and done.returncode:
            raise RuntimeError(f"fossil {' '.join(map(str, args))}: "
                               f"status {done.returncode}\n{done.stdout}")
        return done

    def now(self):
        """A new fixed date, one hour after the last one."""
        self.clock += 1
        return f"2024-03-{1 + self.clock // 24:02d} {self.clock % 24:02d}:00:00"

    def path(self, name):
        return self.root / name

    def sql(self, repo, statement, *values):
        """Change a repository's tables where no command would do it."""
        with contextlib.closing(sqlite3.connect(repo)) as db, db:
            db.execute(statement, values)

    def set_config(self, repo, name, value):
        self.sql(repo, "REPLACE INTO config(name,value,mtime) "
                       "VALUES(?,?,1709251200)", name, value)

    def user_caps(self, repo, caps, *users):
        for user in users:
            self.sql(repo, "UPDATE user SET cap=? WHERE login=?", caps, user)

    def closed_to_strangers(self, repo):
        """Leave nobody and anonymous without any rights."""
        self.user_caps(repo, "", "nobody", "anonymous")

    def new_repo(self, name, project=PROJECT):
        repo = self.path(name)
        self.run("new", "--sha1", "-A", "admin", "--date-override", self.now(),
                 "--project-name", "Outcrop Sample",
                 "--project-desc", "An invented project", repo)
        self.set_config(repo, "project-code", project)
        self.set_config(repo, "server-code", project[::-1])
        self.set_config(repo, "backoffice-disable", "1")
        self.run("user", "password", "admin", PASSWORDS["admin"], "-R", repo)
        for user, caps in CAPABILITIES.items():
            self.run("user", "new", user, f"{user.split()[0]}@example.org",
                     PASSWORDS[user], "-R", repo)
            self.run("user", "capabilities", user, caps, "-R", repo)
        return repo

    def open(self, repo, name, owner="alice"):
        """A check-out of `repo`."""
        work = self.path(name)
        work.mkdir()
        tree = Checkout(self, repo, work, owner)
        tree.run("open", repo, "--nosync")
        return tree


class Checkout:
    """A working directory that writes files and commits them."""

    def __init__(self, world, repo, work, owner):
        self.world, self.repo, self.work = world, repo, work
        self.owner = owner
        self.mtime = 1709251200

    def run(self, *args, env=None):
        env = {"FOSSIL_USER": self.owner, **(env or {})}
        return self.world.run(*args, cwd=self.work, env=env)

    def write(self, name, content):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        self.mtime += 60  # fossil sees an edit by its size and time
        os.utime(path, (self.mtime, self.mtime))
        return path

    def commit(self, comment, *options, user="alice"):
        self.run("addremove")
        self.run("commit", "-m", comment, "--no-warnings", "--nosign",
                 "--date-override", self.world.now(),
                 "--user-override", user, *options)


def chapter(number, lines=40):
    """A text long enough to be worth a delta."""
    return "".join(f"line {n:03d} of chapter {number if n % 7 == 0 else 1}: "
                   f"granite, slate and sandstone\n" for n in range(lines))


def build_basis(world):
    """The small project that most scenarios start from."""
    repo = world.new_repo("basis.fossil")
    tree = world.open(repo, "basis")
    tree.write("README.txt", "A project about rocks.\n")
    tree.write("doc/chapter.txt", chapter(1))
    tree.write("empty.txt", "")
    tree.write("logo.bin", bytes(range(256)) * 2)
    tree.commit("First files, named with SHA1")
    tree.write("doc/chapter.txt", chapter(2))
    tree.commit("Second edition", user="bob")
    tree.run("hash-policy", "sha3")
    tree.run("mv", "--hard", "README.txt", "README.md")
    tree.write("README.md", "# Rocks\n\nA project about rocks.\n")
    tree.write("doc/chapter.txt", chapter(3))
    tree.commit("Renamed a file; new artifacts are named with SHA3",
                "--tag", "v1.0")
    tree.write("doc/notes.txt", chapter(4, 25))
    tree.commit("A side branch", "--branch", "feature", user="bob")
    tree.run("update", "trunk")
    tree.write("doc/chapter.txt", chapter(5))
    tree.commit("Fifth edition")
    page = tree.write("page.wiki", "The quarry lies north of the river.\n")
    tree.run("wiki", "create", "Quarry", page)
    page.unlink()
    tree.run("ticket", "add", "title", "Slate is brittle", "status", "Open",
             "type", "Code_Defect")
    tree.run("tag", "add", "checked", "v1.0", "--date-override", world.now(),
             "--user-override", "alice")
    tree.run("close")
    shutil.rmtree(tree.work)
    return repo


# ---------------------------------------------------------------- the wire

class Wire:
    """Records what passes between a stock client and a stock server."""

    def __init__(self, world, folder):
        self.world, self.folder, self.count = world, folder, 0
        self.repo, self.options, self.lock = None, (), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def serve(self, repo, *options):
        """Answer from this repository from now on."""
        self.repo, self.options = repo, options

    def url(self, user=None, password=None):
        """The address to give to a client, with credentials if wanted."""
        if user is None:
            return f"http://127.0.0.1:{self.port}/"
        word = PASSWORDS[user] if password is None else password
        quote = user.replace(" ", "%20").replace("\\", "%5c")
        return f"http://{quote}:{word}@127.0.0.1:{self.port}/"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self.thread.join()
        self.listener.close()

    def post(self, text, kind="application/x-fossil", raw=False):
        """Send a request written by this script; returns the reply's text."""
        text = text if isinstance(text, bytes) else text.encode()
        packed = kind == "application/x-fossil" and not raw
        body = envelope(text) if packed else text
        head = (f"POST /xfer HTTP/1.0\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"User-Agent: wire-capture\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return open_body(self.exchange(head.encode() + body))

    def exchange(self, request):
        """Let the server answer one request, and keep both messages."""
        with self.lock:
            reply = self._ask(request)
            self.record(request, reply)
            return reply

    def record(self, request, reply):
        self.count += 1
        for kind, message in (("request", request), ("reply", reply)):
            name = f"{self.count:02d}-{kind}.http"
            (self.folder / name).write_bytes(message)

    def _ask(self, request):
        command = [self.world.fossil, "http", str(self.repo), "--nojail",
                   "--nodelay", "--nossl", "--ipaddr", "127.0.0.1",
                   *self.options]
        return subprocess.run(command, input=request, env=self.world.env,
                              cwd=self.world.root, timeout=TIMEOUT,
                              stdout=subprocess.PIPE).stdout

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(ConnectionError):
                    connection.sendall(self.exchange(read_request(connection)))


def read_request(connection):
    """Read exactly one HTTP request from a socket."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(connection)
    head = data.index(b"\r\n\r\n") + 4
    size = head + int(header(data, "content-length") or 0)
    while len(data) < size:
        data += receive(connection)
    return data


def receive(connection):
    block = connection.recv(65536)
    if not block:
        raise ConnectionError("the client went away")
    return block


class Stage:
    """What a scenario works with: a world, a server repository, a wire."""

    def __init__(self, world, wire, basis):
        self.world, self.wire = world, wire
        self.server = world.path("server.fossil")
        shutil.copy(basis, self.server)
        wire.serve(self.server)

    def clone(self, name, user=None, *options, check=True, hidden=False):
        """Clone through the wire; `hidden` leaves no capture."""
        repo = self.world.path(f"{name}.fossil")
        with self.unrecorded() if hidden else contextlib.nullcontext():
            self.world.run("clone", self.wire.url(user), repo, "--no-open",
                           "--once", "-A", user or "alice", *options,
                           check=check)
        if repo.exists():
            self.world.set_config(repo, "backoffice-disable", "1")
        if user:
            self.world.env["FOSSIL_USER"] = user
        return repo

    def sync(self, command, repo, user=None, *options, password=None,
             check=True):
        """Run pull, push or sync in a client repository."""
        return self.world.run(
            *command.split(), self.wire.url(user, password), "-R", repo,
            *(() if command.startswith(("uv", "config")) else ("--once",)),
            *options, check=check)

    @contextlib.contextmanager
    def unrecorded(self):
        """Talk without keeping anything: preparation, not the subject."""
        folder, count = self.wire.folder, self.wire.count
        self.wire.folder = pathlib.Path(tempfile.mkdtemp(dir=self.world.root))
        try:
            yield
        finally:
            self.wire.folder, self.wire.count = folder, count

    def more_on_server(self, rounds=2, name="server-tree"):
        """New check-ins in the server's repository."""
        tree = self.world.open(self.server, name)
        for number in range(rounds):
            tree.write("doc/chapter.txt", chapter(10 + number))
            tree.write(f"doc/extra-{number}.txt", f"extra {number}\n")
            tree.commit(f"Server work {number}")
        return tree

    def many_files(self, tree, prefix, count):
        """One check-in with many small files: many artifacts at once."""
        for number in range(count):
            tree.write(f"{prefix}/{number:03d}.txt", f"{prefix} {number}\n")
        tree.commit(f"{count} files in {prefix}")

    def uv(self, repo, *args, mtime=None, **more):
        when = ("--mtime", mtime) if mtime else ()
        self.world.run("uv", *args, *when, "-R", repo, **more)

    def uv_file(self, repo, name, content, mtime):
        path = self.world.path("uv-source.txt")
        path.write_text(content)
        self.uv(repo, "add", path, "--as", name, mtime=mtime)


# --------------------------------------------------------------- scenarios

SCENARIOS = {}
REQUIRED = {}


def scenario(name, *required):
    """Register a scenario with the cards its captures have to contain."""
    def register(function):
        SCENARIOS[name] = function
        REQUIRED[name] = required
        return function
    return register


@scenario("clone-v3", "> clone 3 1", "< cfile * * * .", "< cfile * * * * .",
          "< clone_seqno 0", "< push * *")
def clone_v3(stage):
    stage.world.run("rebuild", "--compress", stage.server)
    stage.clone("clone")


@scenario("clone-v3-batches", "> clone 3 1", "< clone_seqno [1-9]*",
          "< clone_seqno 0", "< cfile")
def clone_v3_batches(stage):
    stage.world.set_config(stage.server, "max-download", "1500")
    stage.clone("clone")


@scenario("clone-v2", "> clone 2 1", "< file * * .", "< file * * * .",
          "< clone_seqno [1-9]*", "< clone_seqno 0",
          "< error Fossil\\sversion\\s2.0*")
def clone_v2(stage):
    """Written by hand: the rounds an old client would have made."""
    stage.world.set_config(stage.server, "max-download", "3000")
    sequence = 1
    while sequence:
        reply = stage.wire.post(
            f"pragma client-version 20000\nclone 2 {sequence}\n")
        line = [c for c in cards(reply) if c.startswith("clone_seqno")][0]
        sequence = int(line.split()[1])
    stage.wire.post("clone 2 1\n")
    stage.wire.post("clone 2 0\n")


@scenario("clone-v1", "> clone .", "> gimme", "< igot", "< push * *",
          "< file * * .",
          "< error Fossil\\sversion\\s2.0*")
def clone_v1(stage):
    """Written by hand: ask for the list, then for everything on it."""
    version = "pragma client-version 20000\n"
    reply = stage.wire.post(version + "clone\n")
    names = [c.split()[1] for c in cards(reply) if c.startswith("igot")]
    wanted = "".join(f"gimme {name}\n" for name in names)
    stage.wire.post(version + "clone\n" + wanted)
    stage.wire.post("clone\n" + wanted)


@scenario("clone-refused", "> clone 3 1", "> login", "< push * *",
          "< error not\\sauthorized\\sto\\sclone", "< error login\\sfailed")
def clone_refused(stage):
    stage.world.closed_to_strangers(stage.server)
    stage.clone("stranger", check=False)
    stage.world.run("clone", stage.wire.url("alice", "wrong-pw"),
                    stage.world.path("wrong.fossil"), "--no-open", "--once",
                    check=False)
    stage.world.user_caps(stage.server, "o", "bob")
    stage.clone("no-right", "bob", check=False)


@scenario("clone-login", "> clone 3 1", "> login alice",
          "< error not\\sauthorized\\sto\\sclone", "< cfile")
def clone_login(stage):
    """The first request has no login card, so it is refused and repeated."""
    stage.world.closed_to_strangers(stage.server)
    stage.clone("clone", "alice")


@scenario("clone-unversioned", "> pragma uv-hash", "> uvgimme", "< uvigot",
          "< uvfile * * * * 0", "< pragma uv-pull-only")
def clone_unversioned(stage):
    stage.uv_file(stage.server, "dir/a.txt", "A first file\n", "2024-03-10")
    stage.uv_file(stage.server, "b.txt", "Another file\n", "2024-03-11")
    stage.clone("clone", None, "--unversioned")
    stage.world.set_config(stage.server, "uv-sync", "1")
    stage.clone("announced")


@scenario("clone-private", "> pragma send-private", "> clone 3",
          "> login alice", "< private", "< cfile")
def clone_private(stage):
    stage.world.closed_to_strangers(stage.server)
    private_work(stage, stage.server, "server-tree")
    stage.clone("clone", "alice", "--private")


@scenario("clone-uncompressed-http", "> clone 3 1", "< cfile",
          "< clone_seqno 0")
def clone_uncompressed_http(stage):
    """`--httptrace` makes the client post plain text as x-fossil-debug."""
    stage.clone("clone", None, "--httptrace")


@scenario("sync-uncompressed-http", "> pull", "> push", "> igot", "> file")
def sync_uncompressed_http(stage):
    client = stage.clone("client", "alice", hidden=True)
    tree = stage.world.open(client, "tree")
    tree.write("plain.txt", "Sent without compression\n")
    tree.commit("One more file")
    stage.sync("sync", client, "alice", "--no-http-compression", check=False)


@scenario("pull", "> pull * *", "> gimme", "< igot", "< file * * .",
          "< file * * * .", "< pragma server-version")
def pull(stage):
    client = stage.clone("client", hidden=True)
    stage.more_on_server()
    stage.sync("pull", client)


@scenario("pull-batches", "> gimme", "< igot", "< file")
def pull_batches(stage):
    """A small max-download: the server answers gimme with igot when full."""
    client = stage.clone("client", hidden=True)
    stage.more_on_server(3)
    stage.world.set_config(stage.server, "max-download", "700")
    stage.sync("pull", client)


@scenario("pull-nothing", "> pull * *", "< # timestamp")
def pull_nothing(stage):
    client = stage.clone("client", hidden=True)
    stage.sync("pull", client)


@scenario("pull-many", "> pull", "> gimme", "< igot", "< file")
def pull_many(stage):
    """Just under a hundred new artifacts: no cluster, one igot for each."""
    client = stage.clone("client", hidden=True)
    with stage.unrecorded():
        stage.sync("pull", client)
    tree = stage.world.open(stage.server, "server-tree")
    stage.many_files(tree, "few", 60)
    stage.sync("pull", client)


@scenario("pull-clusters", "> gimme", "< igot", "< file",
          "2.29 > pragma req-clusters", "2.29 < # sending-clusters",
          "2.29 < # end-of-clusters")
def pull_clusters(stage):
    """A chain of three clusters, met by a client that has none of them."""
    client = stage.clone("client", hidden=True)
    clustered_server(stage)
    stage.sync("pull", client)


def clustered_server(stage):
    """Grow the server's repository until it has made three clusters, each
    of which names the one before."""
    tree = stage.world.open(stage.server, "server-tree")
    with stage.unrecorded():
        trigger = stage.clone("trigger")
        for prefix in ("first", "second", "third"):
            stage.many_files(tree, prefix, 102)
            stage.sync("pull", trigger)
    return trigger


@scenario("push", "> push * *", "> igot", "> file * * .", "> file * * * .",
          "> login alice")
def push(stage):
    client = stage.clone("client", "alice", hidden=True)
    tree = stage.world.open(client, "tree")
    for number in range(3):
        tree.write("doc/chapter.txt", chapter(20 + number))
        tree.write(f"new-{number}.txt", f"Pushed file {number}\n")
        tree.commit(f"Client work {number}")
    stage.sync("push", client, "alice")


@scenario("push-batches", "> push", "> igot", "> file", "< gimme")
def push_batches(stage):
    """A small max-upload: what does not fit is announced for later."""
    client = stage.clone("client", "alice", hidden=True)
    tree = stage.world.open(client, "tree")
    for number in range(3):
        tree.write("doc/chapter.txt", chapter(20 + number))
        tree.commit(f"Client work {number}")
    stage.world.set_config(client, "max-upload", "900")
    stage.sync("push", client, "alice")


@scenario("push-clusters", "> push", "> igot", "> file", "< gimme",
          "2.29 > # sending-clusters", "2.29 > # end-of-clusters")
def push_clusters(stage):
    """The same clusters, pushed to a server that has none of them."""
    empty = stage.world.path("behind.fossil")
    shutil.copy(stage.server, empty)
    client = clustered_server(stage)
    stage.wire.serve(empty)
    stage.sync("push", client, "alice")


@scenario("push-refused", "> push", "> pull",
          "< error not\\sauthorized\\sto\\swrite",
          "< message pull\\sonly*", "2.29 < error *localauth*")
def push_refused(stage):
    client = stage.clone("client", "carol", hidden=True)
    tree = stage.world.open(client, "tree", "carol")
    tree.write("refused.txt", "The server will not take this\n")
    tree.commit("Not welcome", user="carol")
    stage.sync("push", client, "carol", check=False)
    stage.sync("sync", client, "carol", check=False)
    stage.world.set_config(stage.server, "localauth", "1")
    stage.wire.serve(stage.server, "--localauth")
    stage.sync("push", client, "carol", check=False)


@scenario("read-refused", "> pull", "< error not\\sauthorized\\sto\\sread")
def read_refused(stage):
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.sync("pull", client, check=False)


@scenario("write-without-push", "> file", "> cfile",
          "< error not\\sauthorized\\sto\\swrite")
def write_without_push(stage):
    """Written by hand: artifacts without a push card before them."""
    name = hashlib.sha1(b"stone\n").hexdigest()
    packed = envelope(b"stone\n")
    stage.wire.post(f"file {name} 6\nstone\n")
    stage.wire.post(f"cfile {name} 6 {len(packed)}\n".encode() + packed + b"\n")


@scenario("wrong-hash", "> file", "< error malformed*file*line")
def wrong_hash(stage):
    """Written by hand: a file card whose content has another name, which
    makes the server give up with an HTML page, and a malformed one."""
    def send(card):
        rest = f"push {'0' * 40} {PROJECT}\n{card}".encode()
        stage.wire.post(login_card("alice", PASSWORDS["alice"], rest) + rest)
    send(f"file {'1' * 40} 6\nstone\n")
    send("file nonsense 6\nstone\n")


@scenario("sync", "> pull", "> push", "> igot", "> gimme", "> file",
          "< igot", "< file")
def sync(stage):
    client = stage.clone("client", "alice", hidden=True)
    stage.more_on_server(1)
    tree = stage.world.open(client, "tree")
    tree.write("client.txt", "From the client\n")
    tree.commit("Client work", "--branch", "client-side")
    stage.sync("sync", client, "alice")


@scenario("sync-verily", "> pragma send-catalog", "> pull", "> push", "> igot",
          "< igot")
def sync_verily(stage):
    """Both sides list all they have.  In a sync the server leaves out what
    the client has just listed, in a pull it lists everything."""
    client = stage.clone("client", "alice", hidden=True)
    stage.more_on_server(1)
    stage.sync("sync", client, "alice", "--verily")
    stage.sync("pull", client, "alice", "--verily")


@scenario("sync-private", "> pragma send-private", "> private", "> igot * 1",
          "< private", "< igot * 1", "> file", "< file")
def sync_private(stage):
    """One client pushes a private branch, another one pulls it."""
    one = stage.clone("one", "alice", hidden=True)
    two = stage.clone("two", "alice", hidden=True)
    private_work(stage, one, "tree")
    stage.sync("sync", one, "alice", "--private")
    stage.sync("pull", two, "alice", "--private")


def private_work(stage, repo, name, owner="alice"):
    tree = stage.world.open(repo, name, owner)
    tree.write("secret.txt", chapter(7, 20))
    tree.commit("A private branch", "--private", "--branch", "hidden")
    tree.write("secret.txt", chapter(8, 20))
    tree.commit("More of it")


@scenario("pull-private-refused", "> pragma send-private", "> private",
          "< error not\\sauthorized\\sto\\ssync\\sprivate\\scontent")
def pull_private_refused(stage):
    """The second half is a push of private content without the right."""
    client = stage.clone("client", "bob", hidden=True)
    stage.sync("pull", client, "bob", "--private", check=False)
    private_work(stage, client, "tree", "bob")
    stage.sync("push", client, "bob", "--private", check=False)
    name = hashlib.sha1(b"stone\n").hexdigest()
    rest = (f"push {'0' * 40} {PROJECT}\n"
            f"private\nfile {name} 6\nstone\n").encode()
    stage.wire.post(login_card("bob", PASSWORDS["bob"], rest) + rest)


@scenario("private-named", "> gimme", "< igot * 1")
def private_named(stage):
    """Written by hand: asking for a private artifact without the pragma."""
    private_work(stage, stage.server, "server-tree")
    with contextlib.closing(sqlite3.connect(stage.server)) as db:
        names = [row[0] for row in db.execute(
            "SELECT uuid FROM blob JOIN private USING(rid) ORDER BY 1")]
    stage.wire.post("pragma client-version 22100 20230226 192424\n"
                    f"pull {'0' * 40} {PROJECT}\n"
                    + "".join(f"gimme {name}\n" for name in names))


@scenario("unversioned-sync", "> pragma uv-hash", "< pragma uv-push-ok",
          "> uvfile * * * * 0", "> uvfile * * * * 4", "> uvfile * * - 0 1",
          "< uvigot * * * *", "< uvigot * * - 0", "> uvgimme",
          "< uvfile * * * * 0")
def unversioned_sync(stage):
    client = stage.clone("client", "alice", hidden=True)
    run = lambda: stage.sync("uv sync", client, "alice")
    stage.uv_file(client, "a.txt", "First text\n", "2024-03-10 00:00:00")
    stage.uv_file(client, "dir/b.txt", "Second text\n", "2024-03-10 01:00:00")
    stage.uv_file(client, "empty.txt", "", "2024-03-10 02:00:00")
    run()                                            # new on the client
    stage.uv_file(client, "a.txt", "First text, edited\n", "2024-03-11")
    run()                                            # edited on the client
    stage.uv(client, "touch", "dir/b.txt", mtime="2024-03-12")
    run()                                            # only a newer time
    stage.uv(client, "rm", "a.txt", mtime="2024-03-13")
    run()                                            # deleted on the client
    stage.uv_file(stage.server, "c.txt", "From the server\n", "2024-03-14")
    stage.uv_file(stage.server, "a.txt", "Back again\n", "2024-03-14")
    run()                                            # new on the server
    stage.uv(stage.server, "touch", "c.txt", mtime="2024-03-15")
    run()                                            # newer time there
    stage.uv(stage.server, "rm", "c.txt", mtime="2024-03-16")
    run()                                            # deleted there
    run()                                            # nothing to do


@scenario("unversioned-batches", "> uvgimme", "< uvfile", "< uvigot",
          "> uvfile")
def unversioned_batches(stage):
    """Small limits on both sides: several rounds for a few files."""
    client = stage.clone("client", "alice", hidden=True)
    stage.world.set_config(stage.server, "max-download", "900")
    stage.world.set_config(client, "max-upload", "900")
    for number in range(4):
        stage.uv_file(stage.server, f"down-{number}.txt",
                      chapter(number, 10), "2024-03-10")
        stage.uv_file(client, f"up-{number}.txt",
                      chapter(number + 5, 10), "2024-03-10")
    stage.sync("uv sync", client, "alice")


@scenario("unversioned-revert", "> pragma uv-hash", "> uvgimme", "< uvigot",
          "< uvfile * * * * 0")
def unversioned_revert(stage):
    stage.uv_file(stage.server, "a.txt", "As on the server\n", "2024-03-10")
    client = stage.clone("client", "alice", "-u", hidden=True)
    stage.uv_file(client, "a.txt", "Changed by mistake\n", "2024-03-11")
    stage.uv_file(client, "mine.txt", "Only here\n", "2024-03-11")
    stage.sync("uv revert", client, "alice")


@scenario("unversioned-readonly", "> pragma uv-hash", "< pragma uv-pull-only",
          "< uvigot", "> uvfile", "2.29 < error Write*permissions*")
def unversioned_readonly(stage):
    """The last exchange is written by hand: a uvfile card without right y."""
    stage.uv_file(stage.server, "a.txt", "As on the server\n", "2024-03-10")
    client = stage.clone("client", "bob", "-u", hidden=True)
    stage.uv_file(client, "a.txt", "Newer here\n", "2024-03-11")
    stage.sync("uv sync", client, "bob", check=False)
    name = hashlib.sha1(b"stone\n").hexdigest()
    rest = f"uvfile s.txt 1710000000 {name} 6 0\nstone\n".encode()
    stage.wire.post(login_card("bob", PASSWORDS["bob"], rest) + rest)


def configured_server(stage):
    """Give every configuration area something to send."""
    world, repo = stage.world, stage.server
    for name, value in {
        "short-project-name": "rocks",
        "ignore-glob": "*.o\n*.tmp",
        "css": "body { color: 'black' }\n",
        "header": "<h1>$<project_name></h1>\n",
        "ticket-title-expr": "title",
        "xfer-push-script": "set note 'pushed'",
        "walias:/old": "/wiki?name=Quarry",
    }.items():
        world.set_config(repo, name, value)
    world.run("interwiki", "edit", "stone", "--base",
              "http://stone.example.org/", "--hash", "info/", "--wiki",
              "wiki?name=", "-R", repo)
    world.sql(repo, "INSERT INTO shun(uuid,mtime,scom) VALUES(?,?,?)",
              "deadbeef" * 5, 1709251200, "a mistake, isn't it")
    world.sql(repo, "INSERT INTO concealed(hash,content,mtime) VALUES(?,?,?)",
              hashlib.sha1(b"eve@example.org").hexdigest(),
              "eve@example.org", 1709251200)
    world.sql(repo, "UPDATE user SET mtime=1709251200")
    world.sql(repo, "UPDATE reportfmt SET mtime=1709251200")


@scenario("config-pull", *[f"> reqconfig /{area}" for area in CONFIG_AREAS],
          "> reqconfig @user", "< config /config", "< config /user",
          "< config /reportfmt", "< config /shun", "< config /concealed")
def config_pull(stage):
    """Each area, asked for by a setup user; then without that right; then
    names written by hand: three that the server passes over, two that it
    answers although no command asks for them."""
    client = stage.clone("client", "admin", hidden=True)
    configured_server(stage)
    for area in CONFIG_AREAS:
        stage.sync(f"config pull {area}", client, "admin")
    stage.sync("config pull all", client, "carol", check=False)
    stage.sync("config pull all", client, check=False)
    stage.wire.post("reqconfig @user\nreqconfig project-name\n"
                    "reqconfig /nonsense\n")
    stage.wire.post("reqconfig /css\nreqconfig /xfer\n")


@scenario("config-push", "> config /config", "> config /user",
          "< error not\\sauthorized\\sto\\spush\\sconfiguration")
def config_push(stage):
    configured_server(stage)
    client = stage.clone("client", "admin", hidden=True)
    with stage.unrecorded():
        stage.sync("config pull all", client, "admin")
    stage.world.set_config(client, "project-description", "Edited, 'quoted'")
    # The pushed user table replaces the password that signs the next push.
    stage.world.run("user", "password", "admin", PASSWORDS["admin"],
                    "-R", client)
    for area in ("project", "user", "ticket", "shun", "all"):
        stage.sync(f"config push {area}", client, "admin")
    stage.sync("config push project", client, "alice", check=False)


@scenario("config-sync", "> reqconfig /project", "> config /config",
          "< config /config")
def config_sync(stage):
    configured_server(stage)
    client = stage.clone("client", "admin", hidden=True)
    stage.world.set_config(client, "clean-glob", "*.tmp")
    stage.sync("config sync project", client, "admin")


@scenario("ci-lock", "> pragma ci-lock * *", "> pragma ci-unlock *",
          "< pragma ci-lock-fail alice *", "> push", "> file",
          "2.29 < pragma avoid-delta-manifests")
def ci_lock(stage):
    """While one person writes a check-in comment, another one commits."""
    first = locking_checkout(stage, "alice")
    second = locking_checkout(stage, "bob")
    for tree in (first, second):
        tree.write("README.md", f"# Rocks, by {tree.repo.stem}\n")
    editor = stage.world.path("editor.sh")
    editor.write_text(
        "#!/bin/sh\n"
        f"cd {shlex.quote(str(second.work))} || exit 1\n"
        f"FOSSIL_USER=bob {shlex.quote(stage.world.fossil)} commit --nosign "
        "-m 'Second to come' </dev/null >/dev/null 2>&1\n"
        f"cd {shlex.quote(str(first.work))} || exit 1\n"
        "echo 'First to come' >\"$1\"\n")
    editor.chmod(0o755)
    first.run("commit", "--nosign", env={"VISUAL": str(editor)})
    second.run("update")


def locking_checkout(stage, user):
    """A check-out that syncs by itself when something is committed."""
    repo = stage.world.path(f"{user}.fossil")
    with stage.unrecorded():
        stage.world.run("clone", stage.wire.url(user), repo, "--no-open",
                        "--save-http-password", "-A", user)
    tree = stage.world.open(repo, user, user)
    tree.run("settings", "autosync", "1")
    return tree


@scenario("login-ok", "> login alice", "> pull", "< igot")
def login_ok(stage):
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.sync("pull", client, "alice")


@scenario("login-failed", "> login alice", "> login mallory",
          "< error login\\sfailed", "2.29 < error multiple\\slogin\\cards")
def login_failed(stage):
    """A wrong password, an unknown user, then two by hand: a nonce that
    does not fit the text, and two login cards in one message."""
    client = stage.clone("client", hidden=True)
    stage.sync("pull", client, "alice", password="wrong-pw", check=False)
    stage.world.run("pull", f"http://mallory:pw@127.0.0.1:{stage.wire.port}/",
                    "-R", client, "--once", check=False)
    rest = f"pull {'0' * 40} {PROJECT}\n".encode()
    good = login_card("alice", PASSWORDS["alice"], rest)
    stage.wire.post(good + rest + b"# one comment too many\n")
    outer = login_card("bob", PASSWORDS["bob"], good + rest)
    stage.wire.post(outer + good + rest)


@scenario("login-special-name", "> login dan\\so\\\\hara * *", "< igot",
          "> gimme", "< file")
def login_special_name(stage):
    """A name with a blank and a backslash; 2.29 also packs it in a cookie."""
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.more_on_server(1)
    stage.sync("pull", client, "dan o\\hara")


@scenario("login-cookie", "> pull", "> gimme", "< igot", "< file")
def login_cookie(stage):
    """From the second request on, the login card travels as a cookie."""
    if stage.world.older_than("2.27"):
        raise Skip("releases before 2.27 have no login cookie")
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.more_on_server()
    stage.sync("pull", client, "alice")
    sent = (stage.wire.folder / "02-request.http").read_bytes()
    assert (header(sent, "cookie") or "").startswith("x-f-l-c="), "no cookie"


@scenario("wrong-project", "> pull", "> push", "< error wrong\\sproject")
def wrong_project(stage):
    client = stage.clone("client", "alice", hidden=True)
    stage.wire.serve(stage.world.new_repo("other.fossil", OTHER_PROJECT))
    stage.sync("pull", client, check=False)
    stage.sync("push", client, check=False)


@scenario("bad-command", "> quarry", "< error bad\\scommand:\\squarry*")
def bad_command(stage):
    """Written by hand: unknown cards, known ones with missing words, an
    unknown pragma (which is no error) and an empty request."""
    for text in ("quarry one two\n", "quarry\nquarry\tagain\n", "gimme\n",
                 "igot nonsense\n", f"pull {PROJECT}\n",
                 f"pull {'0' * 40} {PROJECT}\nquarry after pull\n",
                 "pragma\n", "pragma no-such-pragma x\n", ""):
        stage.wire.post(text)


@scenario("card-text-plain", "> pull", "> clone 3 1", "> clone 2 1", "< igot",
          "< cfile", "< file")
def card_text_plain(stage):
    """Written by hand: the same cards under each content type."""
    pull_text = f"# plain\n\n  pull {'0' * 40} {PROJECT}  \n"
    clone_two = "pragma client-version 20000\nclone 2 1\n"
    clone_three = "pragma client-version 20000\nclone 3 1\n"
    stage.world.set_config(stage.server, "max-download", "600")
    for text in (pull_text, clone_two, clone_three):
        for kind in ("application/x-fossil", "application/x-fossil-debug",
                     "application/x-fossil-uncompressed"):
            stage.wire.post(text, kind)


@scenario("links", "> pragma req-links", "> pragma client-url", "< pragma link")
def links(stage):
    client = stage.clone("client", "alice", hidden=True)
    home = "http://alice.example.org:8080/rocks"
    stage.world.set_config(client, "email-url", home)
    stage.world.set_config(client, f"baseurl:{home}", "{}")
    stage.sync("sync", client, "alice", "--share-links")
    stage.sync("sync", client, "alice", "--share-links")


@scenario("ping", "> pragma client-version", "< pragma server-version")
def ping(stage):
    if stage.world.older_than("2.24"):
        raise Skip("this release has no `sync --ping`")
    client = stage.clone("client", "alice", hidden=True)
    stage.sync("sync", client, "alice", "--ping")


@scenario("clone-big", "> clone 3 1", "< cfile * * * *", "< clone_seqno 0")
def clone_big(stage):
    if stage.world.release != "2.21":
        raise Skip("made once, with 2.21, to keep the folder small")
    dice = random.Random(20240301)
    words = "granite slate basalt chalk flint marble gneiss schist".split()
    tree = stage.world.open(stage.server, "server-tree")
    for number in range(280):
        text = " ".join(dice.choice(words) + str(dice.randrange(1000))
                        for _ in range(60))
        tree.write(f"big/{number // 20:02d}/{number:03d}.txt", text + "\n")
        if number % 20 == 19:
            tree.write("doc/chapter.txt", chapter(number))
            tree.commit(f"Up to file {number}")
    stage.clone("clone")


@scenario("ssh", "> clone 3 1", "< cfile", "< clone_seqno 0")
def ssh(stage):
    """A clone over `ssh`, with a stand-in for the ssh program that runs
    the server here and copies both streams."""
    relay = stage.world.path("relay.sh")
    relay.write_text(
        "#!/bin/sh\n"
        "export SSH_CONNECTION='127.0.0.1 50000 127.0.0.1 22'\n"
        f"tee sent.bin | {shlex.quote(stage.world.fossil)} test-http "
        "server.fossil | tee answered.bin\n")
    relay.chmod(0o755)
    stage.world.run("clone", "--ssh-command", relay,
                    "ssh://localhost/server.fossil", "over-ssh.fossil",
                    "--no-open", "--once", "-A", "alice")
    sent = stage.world.path("sent.bin").read_bytes()
    answered = stage.world.path("answered.bin").read_bytes()
    while sent:
        request, sent = split_http(sent)
        reply, answered = split_http(answered)
        stage.wire.record(request, reply)
    # When the client hangs up, the server takes that for one more request
    # and writes an error page that nobody reads.
    assert not split_http(answered)[1], "replies without a request"


# ------------------------------------------------------------------- main

def recorded_cards(folder):
    """All cards in a folder of captures: `> ` sent, `< ` answered."""
    found = []
    for path in sorted(folder.glob("*.http")):
        mark = "> " if path.stem.endswith("request") else "< "
        found += [mark + card for card in cards(open_body(path.read_bytes()))]
    return found


def fits(pattern, card):
    """Does the card begin with these words?  `*` stands for any text within
    a word, a lone `.` at the end says that nothing may follow."""
    wanted, words = pattern.split(), card.split()
    if wanted[-1] == ".":
        wanted.pop()
        if len(words) != len(wanted):
            return False
    return len(words) >= len(wanted) and all(
        fnmatch.fnmatchcase(word, want) for word, want in zip(words, wanted))


def wanted_from(release, patterns):
    """The patterns that hold for this release: `2.29 < pragma link` is asked
    of 2.29 and later ones, a pattern without a number of all of them."""
    for pattern in patterns:
        since, _, rest = pattern.partition(" ")
        if since in "<>":
            yield pattern
        elif number(release) >= number(since):
            yield rest


def number(release):
    return tuple(map(int, release.split(".")))


def check_captures(name, release, folder):
    """Fail when captures lack a promised card or grew too large."""
    found = recorded_cards(folder)
    missing = [pattern for pattern in wanted_from(release, REQUIRED[name])
               if not any(fits(pattern, card) for card in found)]
    large = [p.name for p in folder.iterdir() if p.stat().st_size > LIMIT_FILE]
    if missing or large:
        raise AssertionError(f"{name}: lacks {missing}, too large: {large}\n"
                             + "\n".join(sorted({c[:150] for c in found})))


def capture(name, fossil, out):
    """Run one scenario and put its captures in place."""
    with tempfile.TemporaryDirectory(prefix="wire-") as root:
        world = World(fossil, root)
        world.run("settings", "autosync", "0", "--global")
        folder = world.path("captures")
        folder.mkdir()
        wire = Wire(world, folder)
        try:
            SCENARIOS[name](Stage(world, wire, build_basis(world)))
        finally:
            wire.close()
        check_captures(name, world.release, folder)
        target = out / world.release / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        size = sum(p.stat().st_size for p in target.iterdir())
        return f"{wire.count} exchanges, {size} bytes"


def main():
    parser = argparse.ArgumentParser(
        description="Record the sync protocol as a stock fossil speaks it.")
    parser.add_argument("--fossil", default="fossil", help="the program to use")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        default=pathlib.Path(__file__).resolve().parent,
                        help="where to put the captures")
    parser.add_argument("scenario", nargs="*", help="default: all of them")
    choice = parser.parse_args()
    fossil = shutil.which(choice.fossil)
    unknown = set(choice.scenario) - set(SCENARIOS)
    if not fossil or unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}"
                     if unknown else f"no such program: {choice.fossil}")
    failed = 0
    for name in choice.scenario or SCENARIOS:
        try:
            result = capture(name, os.path.abspath(fossil), choice.out)
            print(f"{name}: {result}", flush=True)
        except Skip as why:
            print(f"{name}: skipped, {why}", flush=True)
        except Exception as error:  # one bad scenario must not hide the rest
            failed += 1
            print(f"{name}: FAILED, {type(error).__name__}: {error}",
                  flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
