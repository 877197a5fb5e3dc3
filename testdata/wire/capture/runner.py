"""Running one scenario from an empty directory to finished captures."""

import shutil
import tempfile
from pathlib import Path

from basis import build_basis
from checks import check_captures
from proxy import Wire
from registry import Scenario
from stage import Stage
from world import World


def capture(scenario: Scenario, fossil: str, out: Path) -> str:
    """Run one scenario and put its captures in place.

    The old files go only after the new ones have passed their checks.
    """
    with tempfile.TemporaryDirectory(prefix="wire-") as root:
        world = World(fossil, root)
        world.run("settings", "autosync", "0", "--global")
        folder = world.path("captures")
        folder.mkdir()
        count = play(scenario, world, folder)
        check_captures(scenario, world, folder)
        target = out / world.release / scenario.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        size = sum(p.stat().st_size for p in target.iterdir())
        return f"{count} exchanges, {size} bytes"


def play(scenario: Scenario, world: World, folder: Path) -> int:
    """Let the scenario talk; the answer is the number of exchanges."""
    wire = Wire(world, folder)
    try:
        scenario.play(Stage(world, wire, build_basis(world)))
    finally:
        wire.close()
    return wire.count
