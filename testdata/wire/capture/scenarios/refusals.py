"""What a server says to someone who may not, or who talks nonsense."""

from invented import OTHER_PROJECT, PROJECT, STONE, STONE_NAME
from messages import PULL_CARD, PUSH_CARD, envelope, signed
from registry import scenario
from stage import Stage


@scenario("clone-refused", "> clone 3 1", "> login", "< push * *",
          "< error not\\sauthorized\\sto\\sclone", "< error login\\sfailed")
def clone_refused(stage: Stage) -> None:
    """Nobody may clone; a wrong password; a user without the right `g`."""
    stage.world.closed_to_strangers(stage.server)
    stage.clone("stranger", check=False)
    stage.world.run("clone", stage.wire.url("alice", "wrong-pw"),
                    stage.world.path("wrong.fossil"), "--no-open", "--once",
                    check=False)
    stage.world.user_caps(stage.server, "o", "bob")
    stage.clone("no-right", "bob", check=False)


@scenario("push-refused", "> push", "> pull",
          "< error not\\sauthorized\\sto\\swrite",
          "< message pull\\sonly*", "2.29 < error *localauth*")
def push_refused(stage: Stage) -> None:
    """Push and sync without the right `i`; then with `localauth`, which
    2.29 names as a possible reason."""
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
def read_refused(stage: Stage) -> None:
    """The clone is made before the server closes itself to strangers."""
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.sync("pull", client, check=False)


@scenario("write-without-push", "> file", "> cfile",
          "< error not\\sauthorized\\sto\\swrite")
def write_without_push(stage: Stage) -> None:
    """Written by hand: artifacts without a push card before them."""
    packed = envelope(STONE)
    stage.wire.post(f"file {STONE_NAME} 6\n".encode() + STONE)
    stage.wire.post(f"cfile {STONE_NAME} 6 {len(packed)}\n".encode()
                    + packed + b"\n")


@scenario("wrong-hash", "> file", "< error malformed*file*line")
def wrong_hash(stage: Stage) -> None:
    """Written by hand: a file card whose content has another name, which
    makes the server give up with an HTML page, and a malformed one."""
    for name in ("1" * 40, "nonsense"):
        card = f"file {name} 6\nstone\n"
        stage.wire.post(signed("alice", PUSH_CARD + card))


@scenario("wrong-project", "> pull", "> push", "< error wrong\\sproject")
def wrong_project(stage: Stage) -> None:
    """The client's project is not the one it meets at the address."""
    client = stage.clone("client", "alice", hidden=True)
    stage.wire.serve(stage.world.new_repo("other.fossil", OTHER_PROJECT))
    stage.sync("pull", client, check=False)
    stage.sync("push", client, check=False)


@scenario("bad-command", "> quarry", "< error bad\\scommand:\\squarry*")
def bad_command(stage: Stage) -> None:
    """Written by hand: unknown cards, known ones with missing words, an
    unknown pragma (which is no error) and an empty request."""
    for text in ("quarry one two\n", "quarry\nquarry\tagain\n", "gimme\n",
                 "igot nonsense\n", f"pull {PROJECT}\n",
                 f"{PULL_CARD}quarry after pull\n",
                 "pragma\n", "pragma no-such-pragma x\n", ""):
        stage.wire.post(text)
