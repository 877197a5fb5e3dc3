"""Does a scenario's folder show the cards that the scenario promises?"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from pathlib import Path

from messages import cards, open_body
from registry import Scenario
from world import World

LIMIT_FILE = 200_000  # the captures are kept in the source tree


def check_captures(scenario: Scenario, world: World, folder: Path) -> None:
    """Fail when captures lack a promised card or grew too large."""
    found = recorded_cards(folder)
    missing = [pattern for pattern in wanted_from(world, scenario.required)
               if not any(fits(pattern, card) for card in found)]
    large = [p.name for p in folder.iterdir() if p.stat().st_size > LIMIT_FILE]
    if missing or large:
        raise AssertionError(
            f"{scenario.name}: lacks {missing}, too large: {large}\n"
            + "\n".join(sorted({card[:150] for card in found})))


def recorded_cards(folder: Path) -> list[str]:
    """All cards in a folder of captures: `> ` sent, `< ` answered."""
    found = []
    for path in sorted(folder.glob("*.http")):
        mark = "> " if path.stem.endswith("request") else "< "
        found += [mark + card for card in cards(open_body(path.read_bytes()))]
    return found


def wanted_from(world: World, patterns: Iterable[str]) -> Iterator[str]:
    """The patterns that hold for this release: `2.29 < pragma link` is asked
    of 2.29 and later ones, a pattern without a number of all of them."""
    for pattern in patterns:
        since, _, rest = pattern.partition(" ")
        if since in "<>":
            yield pattern
        elif not world.older_than(since):
            yield rest


def fits(pattern: str, card: str) -> bool:
    """Does the card begin with these words?  `*` stands for any text within
    a word, a lone `.` at the end says that nothing may follow."""
    wanted, words = pattern.split(), card.split()
    if wanted[-1] == ".":
        wanted.pop()
        if len(words) != len(wanted):
            return False
    return len(words) >= len(wanted) and all(
        fnmatch.fnmatchcase(word, want) for word, want in zip(words, wanted))
