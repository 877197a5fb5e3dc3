"""The list of scenarios, filled by the decorator `@scenario`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stage import Stage

Play = Callable[[Stage], None]


class Skip(Exception):
    """The scenario cannot happen on this release; the text says why."""


@dataclass(frozen=True)
class Scenario:
    """One conversation, and the cards without which it would prove nothing."""

    name: str
    required: tuple[str, ...]
    play: Play


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, *required: str) -> Callable[[Play], Play]:
    """Register a scenario with the cards its captures have to contain.

    `"> igot"` is a card in a request, `"< igot"` one in a reply; see
    `checks.fits` and `checks.wanted_from` for the rules.
    """
    def register(play: Play) -> Play:
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are called {name}")
        SCENARIOS[name] = Scenario(name, required, play)
        return play
    return register
