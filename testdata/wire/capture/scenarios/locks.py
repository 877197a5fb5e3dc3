"""Check-in locks: who has begun a check-in keeps others from forking it."""

import shlex
from pathlib import Path

from registry import scenario
from stage import Stage
from world import Checkout


@scenario("ci-lock", "> pragma ci-lock * *", "> pragma ci-unlock *",
          "< pragma ci-lock-fail alice *", "> push", "> file",
          "2.29 < pragma avoid-delta-manifests")
def ci_lock(stage: Stage) -> None:
    """While one person writes a check-in comment, another one commits."""
    first = locking_checkout(stage, "alice")
    second = locking_checkout(stage, "bob")
    for tree in (first, second):
        tree.write("README.md", f"# Rocks, by {tree.repo.stem}\n")
    editor = interrupted_editor(stage, first, second)
    first.run("commit", "--nosign", env={"VISUAL": str(editor)})
    second.run("update")


def locking_checkout(stage: Stage, user: str) -> Checkout:
    """A check-out that syncs by itself when something is committed."""
    repo = stage.world.path(f"{user}.fossil")
    with stage.wire.unrecorded():
        stage.world.run("clone", stage.wire.url(user), repo, "--no-open",
                        "--save-http-password", "-A", user)
    tree = stage.world.open(repo, user, user)
    tree.run("settings", "autosync", "1")
    return tree


def interrupted_editor(stage: Stage, first: Checkout,
                       second: Checkout) -> Path:
    """A comment editor for `first` in which `second` tries to commit: while
    it is open, the lock is held for certain."""
    editor = stage.world.path("editor.sh")
    editor.write_text(
        "#!/bin/sh\n"
        f"cd {shlex.quote(str(second.work))} || exit 1\n"
        f"FOSSIL_USER=bob {shlex.quote(stage.world.fossil)} commit --nosign "
        "-m 'Second to come' </dev/null >/dev/null 2>&1\n"
        f"cd {shlex.quote(str(first.work))} || exit 1\n"
        "echo 'First to come' >\"$1\"\n")
    editor.chmod(0o755)
    return editor
