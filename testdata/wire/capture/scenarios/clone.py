"""Clones by all three versions of the clone protocol."""

import random

from invented import chapter
from messages import cards
from registry import Skip, scenario
from stage import Stage

# A client has to be at least this new to be sent artifacts with SHA3 names.
VERSION_2_0 = "pragma client-version 20000\n"


@scenario("clone-v3", "> clone 3 1", "< cfile * * * .", "< cfile * * * * .",
          "< clone_seqno 0", "< push * *")
def clone_v3(stage: Stage) -> None:
    """The server is compressed first, so that it has deltas to send."""
    stage.world.run("rebuild", "--compress", stage.server)
    stage.clone("clone")


@scenario("clone-v3-batches", "> clone 3 1", "< clone_seqno [1-9]*",
          "< clone_seqno 0", "< cfile")
def clone_v3_batches(stage: Stage) -> None:
    """A small max-download: several rounds for a small project."""
    stage.world.set_config(stage.server, "max-download", "1500")
    stage.clone("clone")


@scenario("clone-v2", "> clone 2 1", "< file * * .", "< file * * * .",
          "< clone_seqno [1-9]*", "< clone_seqno 0",
          "< error Fossil\\sversion\\s2.0*")
def clone_v2(stage: Stage) -> None:
    """Written by hand: the rounds an old client would have made."""
    stage.world.set_config(stage.server, "max-download", "3000")
    sequence = 1
    while sequence:
        reply = stage.wire.post(f"{VERSION_2_0}clone 2 {sequence}\n")
        line = [c for c in cards(reply) if c.startswith("clone_seqno")][0]
        sequence = int(line.split()[1])
    stage.wire.post("clone 2 1\n")
    stage.wire.post("clone 2 0\n")


@scenario("clone-v1", "> clone .", "> gimme", "< igot", "< push * *",
          "< file * * .", "< error Fossil\\sversion\\s2.0*")
def clone_v1(stage: Stage) -> None:
    """Written by hand: ask for the list, then for everything on it."""
    reply = stage.wire.post(f"{VERSION_2_0}clone\n")
    names = [c.split()[1] for c in cards(reply) if c.startswith("igot")]
    wanted = "".join(f"gimme {name}\n" for name in names)
    stage.wire.post(f"{VERSION_2_0}clone\n{wanted}")
    stage.wire.post(f"clone\n{wanted}")


@scenario("clone-big", "> clone 3 1", "< cfile * * * *", "< clone_seqno 0")
def clone_big(stage: Stage) -> None:
    """A few hundred artifacts; the seed makes the texts the same each time."""
    if stage.world.release != "2.21":
        raise Skip("made once, with 2.21, to keep the folder small")
    dice = random.Random(20240301)
    tree = stage.world.open(stage.server, "server-tree")
    for number in range(280):
        tree.write(f"big/{number // 20:02d}/{number:03d}.txt", gravel(dice))
        if number % 20 == 19:
            tree.write("doc/chapter.txt", chapter(number))
            tree.commit(f"Up to file {number}")
    stage.clone("clone")


def gravel(dice: random.Random) -> str:
    """A line of words that does not compress to nearly nothing."""
    words = "granite slate basalt chalk flint marble gneiss schist".split()
    return " ".join(dice.choice(words) + str(dice.randrange(1000))
                    for _ in range(60)) + "\n"
