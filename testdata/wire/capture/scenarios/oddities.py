"""Bodies that are not compressed, other transports, rare pragmas."""

import shlex

from messages import PACKED, PULL_CARD, split_http
from registry import Skip, scenario
from stage import Stage


@scenario("clone-uncompressed-http", "> clone 3 1", "< cfile",
          "< clone_seqno 0")
def clone_uncompressed_http(stage: Stage) -> None:
    """`--httptrace` makes the client post plain text as x-fossil-debug."""
    stage.clone("clone", None, "--httptrace")


@scenario("sync-uncompressed-http", "> pull", "> push", "> igot", "> file")
def sync_uncompressed_http(stage: Stage) -> None:
    """The client posts plain text under the name of the packed type."""
    client = stage.clone("client", "alice", hidden=True)
    tree = stage.world.open(client, "tree")
    tree.write("plain.txt", "Sent without compression\n")
    tree.commit("One more file")
    stage.sync("sync", client, "alice", "--no-http-compression", check=False)


@scenario("card-text-plain", "> pull", "> clone 3 1", "> clone 2 1", "< igot",
          "< cfile", "< file")
def card_text_plain(stage: Stage) -> None:
    """Written by hand: the same cards under each content type."""
    version = "pragma client-version 20000\n"
    stage.world.set_config(stage.server, "max-download", "600")
    for text in (f"# plain\n\n  {PULL_CARD.strip()}  \n",
                 version + "clone 2 1\n", version + "clone 3 1\n"):
        for kind in (PACKED, f"{PACKED}-debug", f"{PACKED}-uncompressed"):
            stage.wire.post(text, kind)


@scenario("links", "> pragma req-links", "> pragma client-url",
          "< pragma link")
def links(stage: Stage) -> None:
    """Twice: with a server that has no link yet, then with one that has."""
    client = stage.clone("client", "alice", hidden=True)
    home = "http://alice.example.org:8080/rocks"
    stage.world.set_config(client, "email-url", home)
    stage.world.set_config(client, f"baseurl:{home}", "{}")
    stage.sync("sync", client, "alice", "--share-links")
    stage.sync("sync", client, "alice", "--share-links")


@scenario("ping", "> pragma client-version", "< pragma server-version")
def ping(stage: Stage) -> None:
    """An exchange that transfers nothing: is there a server?"""
    if stage.world.older_than("2.24"):
        raise Skip("this release has no `sync --ping`")
    client = stage.clone("client", "alice", hidden=True)
    stage.sync("sync", client, "alice", "--ping")


@scenario("ssh", "> clone 3 1", "< cfile", "< clone_seqno 0")
def ssh(stage: Stage) -> None:
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
    record_streams(stage, stage.world.path("sent.bin").read_bytes(),
                   stage.world.path("answered.bin").read_bytes())


def record_streams(stage: Stage, sent: bytes, answered: bytes) -> None:
    """Cut both directions into messages and keep them in pairs."""
    while sent:
        request, sent = split_http(sent)
        reply, answered = split_http(answered)
        stage.wire.record(request, reply)
    # When the client hangs up, the server takes that for one more request
    # and writes an error page that nobody reads.
    assert not split_http(answered)[1], "replies without a request"
