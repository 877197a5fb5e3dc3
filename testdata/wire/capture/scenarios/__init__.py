"""All scenarios, by theme.  Importing a module registers what is in it, in
the order in which everything runs when no scenario is named."""

from . import (clone, transfer, private, unversioned, config, locks, logins,
               refusals, oddities)

__all__ = ["clone", "transfer", "private", "unversioned", "config", "locks",
           "logins", "refusals", "oddities"]
