"""The surroundings of one scenario: repositories, users, check-outs.

Everything lives below one temporary directory, so that nothing of the machine
it runs on (settings, user names, time zone) finds its way into a capture.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
from pathlib import Path

from invented import CAPABILITIES, EPOCH, PASSWORDS, PROJECT

TIMEOUT = 120

Env = dict[str, str]
Finished = subprocess.CompletedProcess[str]


def release_number(release: str) -> tuple[int, ...]:
    """`2.9` comes before `2.21`: compare releases as numbers, not as text."""
    return tuple(map(int, release.split(".")))


class World:
    """A temporary directory with a fossil program and fixed surroundings."""

    def __init__(self, fossil: str, root: str | Path) -> None:
        self.fossil, self.root = fossil, Path(root)
        self.clock = 0
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        self.env = {
            "HOME": str(home), "FOSSIL_HOME": str(home), "TZ": "UTC",
            "USER": "alice", "LOGNAME": "alice", "FOSSIL_USER": "alice",
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.root),
        }
        self.release = self._release()

    def _release(self) -> str:
        text = self.run("version").stdout
        match = re.search(r"version (\d+\.\d+)", text)
        if not match:
            raise RuntimeError(f"not a fossil program: {self.fossil}")
        return match.group(1)

    def older_than(self, release: str) -> bool:
        return release_number(self.release) < release_number(release)

    def path(self, name: str) -> Path:
        return self.root / name

    def now(self) -> str:
        """A new fixed date, one hour after the last one."""
        self.clock += 1
        day, hour = divmod(self.clock, 24)
        return f"2024-03-{1 + day:02d} {hour:02d}:00:00"

    def run(self, *args: str | Path, cwd: Path | None = None,
            check: bool = True, env: Env | None = None) -> Finished:
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

    # Changes that no command makes, or not with a fixed date

    def sql(self, repo: Path, statement: str, *values: object) -> None:
        """Change a repository's tables where no command would do it."""
        with contextlib.closing(sqlite3.connect(repo)) as db, db:
            db.execute(statement, values)

    def set_config(self, repo: Path, name: str, value: str) -> None:
        self.sql(repo, "REPLACE INTO config(name,value,mtime) VALUES(?,?,?)",
                 name, value, EPOCH)

    def user_caps(self, repo: Path, caps: str, *users: str) -> None:
        for user in users:
            self.sql(repo, "UPDATE user SET cap=? WHERE login=?", caps, user)

    def closed_to_strangers(self, repo: Path) -> None:
        """Leave nobody and anonymous without any rights."""
        self.user_caps(repo, "", "nobody", "anonymous")

    # Repositories and check-outs

    def new_repo(self, name: str, project: str = PROJECT) -> Path:
        """An empty repository of the invented project, with its people."""
        repo = self.path(name)
        self.run("new", "--sha1", "-A", "admin", "--date-override", self.now(),
                 "--project-name", "Outcrop Sample",
                 "--project-desc", "An invented project", repo)
        self.set_config(repo, "project-code", project)
        self.set_config(repo, "server-code", project[::-1])
        self.no_backoffice(repo)
        self._add_people(repo)
        return repo

    def no_backoffice(self, repo: Path) -> None:
        """Keep fossil from leaving a process behind after a request."""
        self.set_config(repo, "backoffice-disable", "1")

    def _add_people(self, repo: Path) -> None:
        """Only after the project code is fixed: passwords depend on it."""
        self.run("user", "password", "admin", PASSWORDS["admin"], "-R", repo)
        for user, caps in CAPABILITIES.items():
            self.run("user", "new", user, f"{user.split()[0]}@example.org",
                     PASSWORDS[user], "-R", repo)
            self.run("user", "capabilities", user, caps, "-R", repo)

    def open(self, repo: Path, name: str, owner: str = "alice") -> Checkout:
        """A check-out of `repo` in a directory called `name`."""
        work = self.path(name)
        work.mkdir()
        tree = Checkout(self, repo, work, owner)
        tree.run("open", repo, "--nosync")
        return tree


class Checkout:
    """A working directory that writes files and commits them."""

    def __init__(self, world: World, repo: Path, work: Path,
                 owner: str) -> None:
        self.world, self.repo, self.work = world, repo, work
        self.owner = owner
        self.mtime = EPOCH

    def run(self, *args: str | Path, env: Env | None = None) -> Finished:
        """Run a fossil command in here, as the owner."""
        env = {"FOSSIL_USER": self.owner, **(env or {})}
        return self.world.run(*args, cwd=self.work, env=env)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        self.mtime += 60  # fossil sees an edit by its size and time
        os.utime(path, (self.mtime, self.mtime))
        return path

    def commit(self, comment: str, *options: str, user: str = "alice") -> None:
        """Check in whatever has changed, at the world's next date."""
        self.run("addremove")
        self.run("commit", "-m", comment, "--no-warnings", "--nosign",
                 "--date-override", self.world.now(),
                 "--user-override", user, *options)

    def many_files(self, prefix: str, count: int) -> None:
        """One check-in with many small files: many artifacts at once."""
        for number in range(count):
            self.write(f"{prefix}/{number:03d}.txt", f"{prefix} {number}\n")
        self.commit(f"{count} files in {prefix}")
