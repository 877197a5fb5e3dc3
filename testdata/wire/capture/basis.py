"""The small project that most scenarios start from.

It has a bit of everything that shapes a transfer: SHA1 and SHA3 names, texts
that make deltas, a rename, a branch, an empty and a binary file, a wiki page,
a ticket and a tag.
"""

import shutil
from pathlib import Path

from invented import chapter
from world import Checkout, World


def build_basis(world: World) -> Path:
    """Make the project's repository and leave no check-out behind."""
    repo = world.new_repo("basis.fossil")
    tree = world.open(repo, "basis")
    sha1_check_ins(tree)
    sha3_check_ins(tree)
    wiki_ticket_tag(tree)
    tree.run("close")
    shutil.rmtree(tree.work)
    return repo


def sha1_check_ins(tree: Checkout) -> None:
    tree.write("README.txt", "A project about rocks.\n")
    tree.write("doc/chapter.txt", chapter(1))
    tree.write("empty.txt", "")
    tree.write("logo.bin", bytes(range(256)) * 2)
    tree.commit("First files, named with SHA1")
    tree.write("doc/chapter.txt", chapter(2))
    tree.commit("Second edition", user="bob")


def sha3_check_ins(tree: Checkout) -> None:
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


def wiki_ticket_tag(tree: Checkout) -> None:
    page = tree.write("page.wiki", "The quarry lies north of the river.\n")
    tree.run("wiki", "create", "Quarry", page)
    page.unlink()
    tree.run("ticket", "add", "title", "Slate is brittle", "status", "Open",
             "type", "Code_Defect")
    tree.run("tag", "add", "checked", "v1.0",
             "--date-override", tree.world.now(), "--user-override", "alice")
