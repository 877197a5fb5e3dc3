"""Record the Fossil sync protocol as spoken by a stock `fossil` program.

    python3 testdata/wire/capture [--fossil PATH] [--out DIR] [SCENARIO ...]

A sync is a short run of HTTP requests: the client posts a list of *cards* to
the server and gets a list of cards back, until neither side has anything left
to say.  This program stands between the two:

    stock client  --->  Wire (127.0.0.1, a free port)  --->  `fossil http REPO`
      fossil pull         writes NN-request.http              one process for
      fossil clone ...    and NN-reply.http                   each request

Where to look:

    scenarios/   what is recorded: one function for each scenario, under the
                 list of cards that its captures have to contain
    registry     the list of scenarios and the decorator that fills it
    runner       one scenario from start to finish
    stage        what a scenario works with
    proxy        the recorder
    messages     taking messages apart and writing them by hand
    checks       comparing captures with the promised cards
    world        repositories, users and check-outs in a temporary directory
    basis        the project that most scenarios start from
    invented     names, passwords and texts
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

import scenarios  # noqa: F401  (fills the list)
from registry import SCENARIOS, Scenario, Skip
from runner import capture


def main() -> int:
    choice = parse_arguments()
    names = choice.scenario or list(SCENARIOS)
    fine = [report(SCENARIOS[name], choice.fossil, choice.out)
            for name in names]
    return 0 if all(fine) else 1


def parse_arguments() -> argparse.Namespace:
    """The command line, with the program found and the names known."""
    parser = argparse.ArgumentParser(
        prog="capture",
        description="Record the sync protocol as a stock fossil speaks it.")
    parser.add_argument("--fossil", default="fossil", metavar="PATH",
                        help="the program to use")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        default=Path(__file__).resolve().parent.parent,
                        help="where to put the captures")
    parser.add_argument("scenario", nargs="*", help="default: all of them")
    choice = parser.parse_args()
    unknown = set(choice.scenario) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    program = shutil.which(choice.fossil)
    if not program:
        parser.error(f"no such program: {choice.fossil}")
    choice.fossil = os.path.abspath(program)
    return choice


def report(scenario: Scenario, fossil: str, out: Path) -> bool:
    """Run a scenario and print how it went; one that fails must not keep
    the rest from running."""
    try:
        result, fine = capture(scenario, fossil, out), True
    except Skip as why:
        result, fine = f"skipped, {why}", True
    except Exception as error:
        result, fine = f"FAILED, {type(error).__name__}: {error}", False
    print(f"{scenario.name}: {result}", flush=True)
    return fine


if __name__ == "__main__":
    sys.exit(main())
