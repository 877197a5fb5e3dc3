"""Configuration: settings, users, report formats, shunned names."""

import hashlib

from invented import EPOCH, PASSWORDS
from registry import scenario
from stage import Stage

AREAS = ("all", "email", "interwiki", "project", "shun", "skin",
         "ticket", "user", "alias", "subscriber")

SETTINGS = {
    "short-project-name": "rocks",
    "ignore-glob": "*.o\n*.tmp",
    "css": "body { color: 'black' }\n",
    "header": "<h1>$<project_name></h1>\n",
    "ticket-title-expr": "title",
    "xfer-push-script": "set note 'pushed'",
    "walias:/old": "/wiki?name=Quarry",
}


def configured_server(stage: Stage) -> None:
    """Give every configuration area something to send."""
    world, repo = stage.world, stage.server
    for name, value in SETTINGS.items():
        world.set_config(repo, name, value)
    world.run("interwiki", "edit", "stone", "--base",
              "http://stone.example.org/", "--hash", "info/", "--wiki",
              "wiki?name=", "-R", repo)
    world.sql(repo, "INSERT INTO shun(uuid,mtime,scom) VALUES(?,?,?)",
              "deadbeef" * 5, EPOCH, "a mistake, isn't it")
    world.sql(repo, "INSERT INTO concealed(hash,content,mtime) VALUES(?,?,?)",
              hashlib.sha1(b"eve@example.org").hexdigest(),
              "eve@example.org", EPOCH)
    world.sql(repo, "UPDATE user SET mtime=?", EPOCH)
    world.sql(repo, "UPDATE reportfmt SET mtime=?", EPOCH)


@scenario("config-pull", *[f"> reqconfig /{area}" for area in AREAS],
          "> reqconfig @user", "< config /config", "< config /user",
          "< config /reportfmt", "< config /shun", "< config /concealed")
def config_pull(stage: Stage) -> None:
    """Each area, asked for by a setup user; then without that right; then
    names written by hand: three that the server passes over, two that it
    answers although no command asks for them."""
    client = stage.clone("client", "admin", hidden=True)
    configured_server(stage)
    for area in AREAS:
        stage.sync(f"config pull {area}", client, "admin")
    stage.sync("config pull all", client, "carol", check=False)
    stage.sync("config pull all", client, check=False)
    stage.wire.post("reqconfig @user\nreqconfig project-name\n"
                    "reqconfig /nonsense\n")
    stage.wire.post("reqconfig /css\nreqconfig /xfer\n")


@scenario("config-push", "> config /config", "> config /user",
          "< error not\\sauthorized\\sto\\spush\\sconfiguration")
def config_push(stage: Stage) -> None:
    """By a setup user, one area after the other; then by one who may not."""
    configured_server(stage)
    client = stage.clone("client", "admin", hidden=True)
    with stage.wire.unrecorded():
        stage.sync("config pull all", client, "admin")
    stage.world.set_config(client, "project-description", "Edited, 'quoted'")
    # The pushed user table replaces the password that signs the next push.
    stage.world.run("user", "password", "admin", PASSWORDS["admin"],
                    "-R", client)
    for area in ("project", "user", "ticket", "shun", "all"):
        stage.sync(f"config push {area}", client, "admin")
    stage.sync("config push project", client, "alice", check=False)


@scenario("config-sync", "> reqconfig /project", "> config /config",
          "< config /config")
def config_sync(stage: Stage) -> None:
    """One message that both asks and gives."""
    configured_server(stage)
    client = stage.clone("client", "admin", hidden=True)
    stage.world.set_config(client, "clean-glob", "*.tmp")
    stage.sync("config sync project", client, "admin")
