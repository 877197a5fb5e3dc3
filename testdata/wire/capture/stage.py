"""What a scenario works with: a world, a server repository, a wire."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from invented import chapter
from proxy import Wire
from world import Checkout, Finished, World


class Stage:
    """Moves that scenarios share; the server starts as a copy of `basis`."""

    def __init__(self, world: World, wire: Wire, basis: Path) -> None:
        self.world, self.wire = world, wire
        self.server = world.path("server.fossil")
        shutil.copy(basis, self.server)
        wire.serve(self.server)

    def clone(self, name: str, user: str | None = None, *options: str,
              check: bool = True, hidden: bool = False) -> Path:
        """Clone through the wire; `hidden` leaves no capture."""
        repo = self.world.path(f"{name}.fossil")
        with self.wire.unrecorded() if hidden else contextlib.nullcontext():
            self.world.run("clone", self.wire.url(user), repo, "--no-open",
                           "--once", "-A", user or "alice", *options,
                           check=check)
        if repo.exists():
            self.world.no_backoffice(repo)
        if user:
            self.world.env["FOSSIL_USER"] = user
        return repo

    def sync(self, command: str, repo: Path, user: str | None = None,
             *options: str, password: str | None = None,
             check: bool = True) -> Finished:
        """Run pull, push, sync or a `uv` or `config` command in a client.

        `--once` keeps the address out of the client's settings; `uv` and
        `config` go without it.
        """
        once = () if command.startswith(("uv", "config")) else ("--once",)
        return self.world.run(*command.split(), self.wire.url(user, password),
                              "-R", repo, *once, *options, check=check)

    def more_on_server(self, rounds: int = 2) -> Checkout:
        """New check-ins in the server's repository."""
        tree = self.world.open(self.server, "server-tree")
        for number in range(rounds):
            tree.write("doc/chapter.txt", chapter(10 + number))
            tree.write(f"doc/extra-{number}.txt", f"extra {number}\n")
            tree.commit(f"Server work {number}")
        return tree

    def uv(self, repo: Path, *args: str | Path,
           mtime: str | None = None) -> None:
        """Change unversioned content without any sync."""
        when = ("--mtime", mtime) if mtime else ()
        self.world.run("uv", *args, *when, "-R", repo)

    def uv_file(self, repo: Path, name: str, content: str,
                mtime: str) -> None:
        """Add or replace one unversioned file."""
        path = self.world.path("uv-source.txt")
        path.write_text(content)
        self.uv(repo, "add", path, "--as", name, mtime=mtime)
