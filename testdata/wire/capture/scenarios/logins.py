"""Login cards: good and bad ones, odd names, and the cookie."""

from messages import PULL_CARD, header, login_card
from registry import Skip, scenario
from stage import Stage


@scenario("clone-login", "> clone 3 1", "> login alice",
          "< error not\\sauthorized\\sto\\sclone", "< cfile")
def clone_login(stage: Stage) -> None:
    """The first request has no login card, so it is refused and repeated."""
    stage.world.closed_to_strangers(stage.server)
    stage.clone("clone", "alice")


@scenario("login-ok", "> login alice", "> pull", "< igot")
def login_ok(stage: Stage) -> None:
    """Nobody else may read, so an answer proves that the login counted."""
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.sync("pull", client, "alice")


@scenario("login-failed", "> login alice", "> login mallory",
          "< error login\\sfailed", "2.29 < error multiple\\slogin\\cards")
def login_failed(stage: Stage) -> None:
    """A wrong password, an unknown user, then two by hand: a nonce that
    does not fit the text, and two login cards in one message."""
    client = stage.clone("client", hidden=True)
    stage.sync("pull", client, "alice", password="wrong-pw", check=False)
    stage.sync("pull", client, "mallory", password="pw", check=False)
    rest = PULL_CARD.encode()
    good = login_card("alice", rest)
    stage.wire.post(good + rest + b"# one comment too many\n")
    outer = login_card("bob", good + rest)
    stage.wire.post(outer + good + rest)


@scenario("login-special-name", "> login dan\\so\\\\hara * *", "< igot",
          "> gimme", "< file")
def login_special_name(stage: Stage) -> None:
    """A name with a blank and a backslash; 2.29 also packs it in a cookie."""
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.more_on_server(1)
    stage.sync("pull", client, "dan o\\hara")


@scenario("login-cookie", "> pull", "> gimme", "< igot", "< file")
def login_cookie(stage: Stage) -> None:
    """From the second request on, the login card travels as a cookie."""
    if stage.world.older_than("2.27"):
        raise Skip("releases before 2.27 have no login cookie")
    client = stage.clone("client", hidden=True)
    stage.world.closed_to_strangers(stage.server)
    stage.more_on_server()
    stage.sync("pull", client, "alice")
    sent = (stage.wire.folder / "02-request.http").read_bytes()
    assert (header(sent, "cookie") or "").startswith("x-f-l-c="), "no cookie"
