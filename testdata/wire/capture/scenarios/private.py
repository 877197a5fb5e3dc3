"""Private branches: with the right `x`, and without it."""

import contextlib
import sqlite3
from pathlib import Path

from invented import STONE_NAME, chapter
from messages import PULL_CARD, PUSH_CARD, signed
from registry import scenario
from stage import Stage


def private_work(stage: Stage, repo: Path, name: str,
                 owner: str = "alice") -> None:
    """Two private check-ins, so that there is a delta among them."""
    tree = stage.world.open(repo, name, owner)
    tree.write("secret.txt", chapter(7, 20))
    tree.commit("A private branch", "--private", "--branch", "hidden")
    tree.write("secret.txt", chapter(8, 20))
    tree.commit("More of it")


@scenario("clone-private", "> pragma send-private", "> clone 3",
          "> login alice", "< private", "< cfile")
def clone_private(stage: Stage) -> None:
    """Strangers are locked out because the right `x` needs a login."""
    stage.world.closed_to_strangers(stage.server)
    private_work(stage, stage.server, "server-tree")
    stage.clone("clone", "alice", "--private")


@scenario("sync-private", "> pragma send-private", "> private", "> igot * 1",
          "< private", "< igot * 1", "> file", "< file")
def sync_private(stage: Stage) -> None:
    """One client pushes a private branch, another one pulls it."""
    one = stage.clone("one", "alice", hidden=True)
    two = stage.clone("two", "alice", hidden=True)
    private_work(stage, one, "tree")
    stage.sync("sync", one, "alice", "--private")
    stage.sync("pull", two, "alice", "--private")


@scenario("pull-private-refused", "> pragma send-private", "> private",
          "< error not\\sauthorized\\sto\\ssync\\sprivate\\scontent")
def pull_private_refused(stage: Stage) -> None:
    """The second half is a push of private content without the right."""
    client = stage.clone("client", "bob", hidden=True)
    stage.sync("pull", client, "bob", "--private", check=False)
    private_work(stage, client, "tree", "bob")
    stage.sync("push", client, "bob", "--private", check=False)
    stage.wire.post(signed("bob", f"{PUSH_CARD}private\n"
                                  f"file {STONE_NAME} 6\nstone\n"))


@scenario("private-named", "> gimme", "< igot * 1")
def private_named(stage: Stage) -> None:
    """Written by hand: asking for a private artifact without the pragma."""
    private_work(stage, stage.server, "server-tree")
    with contextlib.closing(sqlite3.connect(stage.server)) as db:
        names = [row[0] for row in db.execute(
            "SELECT uuid FROM blob JOIN private USING(rid) ORDER BY 1")]
    stage.wire.post("pragma client-version 22100 20230226 192424\n" + PULL_CARD
                    + "".join(f"gimme {name}\n" for name in names))
