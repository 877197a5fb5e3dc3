"""Unversioned files: the newer time wins, and a deletion is a file too."""

from pathlib import Path

from invented import STONE_NAME, chapter
from messages import signed
from registry import scenario
from stage import Stage


@scenario("clone-unversioned", "> pragma uv-hash", "> uvgimme", "< uvigot",
          "< uvfile * * * * 0", "< pragma uv-pull-only")
def clone_unversioned(stage: Stage) -> None:
    """The second clone does not ask; the server's setting makes it tell."""
    stage.uv_file(stage.server, "dir/a.txt", "A first file\n", "2024-03-10")
    stage.uv_file(stage.server, "b.txt", "Another file\n", "2024-03-11")
    stage.clone("clone", None, "--unversioned")
    stage.world.set_config(stage.server, "uv-sync", "1")
    stage.clone("announced")


@scenario("unversioned-sync", "> pragma uv-hash", "< pragma uv-push-ok",
          "> uvfile * * * * 0", "> uvfile * * * * 4", "> uvfile * * - 0 1",
          "< uvigot * * * *", "< uvigot * * - 0", "> uvgimme",
          "< uvfile * * * * 0")
def unversioned_sync(stage: Stage) -> None:
    """Every kind of change on either side, with a sync after each."""
    client = stage.clone("client", "alice", hidden=True)
    changes_on_client(stage, client)
    changes_on_server(stage, client)
    sync(stage, client)                              # nothing to do


def changes_on_client(stage: Stage, client: Path) -> None:
    """New files, an edit, a newer time without an edit, a deletion."""
    stage.uv_file(client, "a.txt", "First text\n", "2024-03-10 00:00:00")
    stage.uv_file(client, "dir/b.txt", "Second text\n", "2024-03-10 01:00:00")
    stage.uv_file(client, "empty.txt", "", "2024-03-10 02:00:00")
    sync(stage, client)
    stage.uv_file(client, "a.txt", "First text, edited\n", "2024-03-11")
    sync(stage, client)
    stage.uv(client, "touch", "dir/b.txt", mtime="2024-03-12")
    sync(stage, client)
    stage.uv(client, "rm", "a.txt", mtime="2024-03-13")
    sync(stage, client)


def changes_on_server(stage: Stage, client: Path) -> None:
    """New files, one of them deleted before; a newer time; a deletion."""
    stage.uv_file(stage.server, "c.txt", "From the server\n", "2024-03-14")
    stage.uv_file(stage.server, "a.txt", "Back again\n", "2024-03-14")
    sync(stage, client)
    stage.uv(stage.server, "touch", "c.txt", mtime="2024-03-15")
    sync(stage, client)
    stage.uv(stage.server, "rm", "c.txt", mtime="2024-03-16")
    sync(stage, client)


def sync(stage: Stage, client: Path) -> None:
    stage.sync("uv sync", client, "alice")


@scenario("unversioned-batches", "> uvgimme", "< uvfile", "< uvigot",
          "> uvfile")
def unversioned_batches(stage: Stage) -> None:
    """Small limits on both sides: several rounds for a few files."""
    client = stage.clone("client", "alice", hidden=True)
    stage.world.set_config(stage.server, "max-download", "900")
    stage.world.set_config(client, "max-upload", "900")
    for number in range(4):
        stage.uv_file(stage.server, f"down-{number}.txt",
                      chapter(number, 10), "2024-03-10")
        stage.uv_file(client, f"up-{number}.txt",
                      chapter(number + 5, 10), "2024-03-10")
    sync(stage, client)


@scenario("unversioned-revert", "> pragma uv-hash", "> uvgimme", "< uvigot",
          "< uvfile * * * * 0")
def unversioned_revert(stage: Stage) -> None:
    """The server's files come back although the client's are newer."""
    stage.uv_file(stage.server, "a.txt", "As on the server\n", "2024-03-10")
    client = stage.clone("client", "alice", "-u", hidden=True)
    stage.uv_file(client, "a.txt", "Changed by mistake\n", "2024-03-11")
    stage.uv_file(client, "mine.txt", "Only here\n", "2024-03-11")
    stage.sync("uv revert", client, "alice")


@scenario("unversioned-readonly", "> pragma uv-hash", "< pragma uv-pull-only",
          "< uvigot", "> uvfile", "2.29 < error Write*permissions*")
def unversioned_readonly(stage: Stage) -> None:
    """The last exchange is written by hand: a uvfile card without right y."""
    stage.uv_file(stage.server, "a.txt", "As on the server\n", "2024-03-10")
    client = stage.clone("client", "bob", "-u", hidden=True)
    stage.uv_file(client, "a.txt", "Newer here\n", "2024-03-11")
    stage.sync("uv sync", client, "bob", check=False)
    card = f"uvfile s.txt 1710000000 {STONE_NAME} 6 0\nstone\n"
    stage.wire.post(signed("bob", card))
