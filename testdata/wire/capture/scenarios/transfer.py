"""Artifacts that travel in pull, push and sync."""

import shutil
from pathlib import Path

from invented import chapter
from registry import scenario
from stage import Stage


@scenario("pull", "> pull * *", "> gimme", "< igot", "< file * * .",
          "< file * * * .", "< pragma server-version")
def pull(stage: Stage) -> None:
    """The plain case: new check-ins on the server."""
    client = stage.clone("client", hidden=True)
    stage.more_on_server()
    stage.sync("pull", client)


@scenario("pull-batches", "> gimme", "< igot", "< file")
def pull_batches(stage: Stage) -> None:
    """A small max-download: the server answers gimme with igot when full."""
    client = stage.clone("client", hidden=True)
    stage.more_on_server(3)
    stage.world.set_config(stage.server, "max-download", "700")
    stage.sync("pull", client)


@scenario("pull-nothing", "> pull * *", "< # timestamp")
def pull_nothing(stage: Stage) -> None:
    """What is left of a pull when there is nothing to do."""
    client = stage.clone("client", hidden=True)
    stage.sync("pull", client)


@scenario("pull-many", "> pull", "> gimme", "< igot", "< file")
def pull_many(stage: Stage) -> None:
    """Just under a hundred new artifacts: no cluster, one igot for each."""
    client = stage.clone("client", hidden=True)
    with stage.wire.unrecorded():
        stage.sync("pull", client)
    tree = stage.world.open(stage.server, "server-tree")
    tree.many_files("few", 60)
    stage.sync("pull", client)


@scenario("pull-clusters", "> gimme", "< igot", "< file",
          "2.29 > pragma req-clusters", "2.29 < # sending-clusters",
          "2.29 < # end-of-clusters")
def pull_clusters(stage: Stage) -> None:
    """A chain of three clusters, met by a client that has none of them."""
    client = stage.clone("client", hidden=True)
    clustered_server(stage)
    stage.sync("pull", client)


@scenario("push", "> push * *", "> igot", "> file * * .", "> file * * * .",
          "> login alice")
def push(stage: Stage) -> None:
    """The plain case: new check-ins on the client."""
    client = stage.clone("client", "alice", hidden=True)
    tree = stage.world.open(client, "tree")
    for number in range(3):
        tree.write("doc/chapter.txt", chapter(20 + number))
        tree.write(f"new-{number}.txt", f"Pushed file {number}\n")
        tree.commit(f"Client work {number}")
    stage.sync("push", client, "alice")


@scenario("push-batches", "> push", "> igot", "> file", "< gimme")
def push_batches(stage: Stage) -> None:
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
def push_clusters(stage: Stage) -> None:
    """The same clusters, pushed to a server that has none of them."""
    empty = stage.world.path("behind.fossil")
    shutil.copy(stage.server, empty)
    client = clustered_server(stage)
    stage.wire.serve(empty)
    stage.sync("push", client, "alice")


def clustered_server(stage: Stage) -> Path:
    """Grow the server's repository until it has made three clusters, each
    of which names the one before.

    A server makes a cluster when it is asked for a list and has a hundred
    artifacts outside of any.  The client that asks is the one returned; it
    has all three in the end.
    """
    tree = stage.world.open(stage.server, "server-tree")
    with stage.wire.unrecorded():
        trigger = stage.clone("trigger")
        for prefix in ("first", "second", "third"):
            tree.many_files(prefix, 102)
            stage.sync("pull", trigger)
    return trigger


@scenario("sync", "> pull", "> push", "> igot", "> gimme", "> file",
          "< igot", "< file")
def sync(stage: Stage) -> None:
    """New check-ins on both sides; a branch keeps them from forking."""
    client = stage.clone("client", "alice", hidden=True)
    stage.more_on_server(1)
    tree = stage.world.open(client, "tree")
    tree.write("client.txt", "From the client\n")
    tree.commit("Client work", "--branch", "client-side")
    stage.sync("sync", client, "alice")


@scenario("sync-verily", "> pragma send-catalog", "> pull", "> push", "> igot",
          "< igot")
def sync_verily(stage: Stage) -> None:
    """Both sides list all they have.  In a sync the server leaves out what
    the client has just listed, in a pull it lists everything."""
    client = stage.clone("client", "alice", hidden=True)
    stage.more_on_server(1)
    stage.sync("sync", client, "alice", "--verily")
    stage.sync("pull", client, "alice", "--verily")
