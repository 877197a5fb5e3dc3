"""The invented project and people that all captures speak of."""

import hashlib

PROJECT = "5eed" + "0c7a" * 9
OTHER_PROJECT = "5eed" + "b0a7" * 9

PASSWORDS = {
    "admin": "admin-pw",
    "alice": "alice-pw",
    "bob": "bob-pw",
    "carol": "carol-pw",
    "dan o\\hara": "dan-pw",
}
CAPABILITIES = {
    "alice": "ghijkortwxy",  # may write, sync private and unversioned content
    "bob": "ghijkortw",      # may write; no x (private), no y (unversioned)
    "carol": "gjorz",        # may only read and clone
    "dan o\\hara": "gio",    # a name that has to be escaped in a login card
}

# The date of everything whose time does not matter: 2024-03-01.
EPOCH = 1709251200

# A small artifact for messages written by hand.
STONE = b"stone\n"
STONE_NAME = hashlib.sha1(STONE).hexdigest()


def chapter(number: int, lines: int = 40) -> str:
    """A text long enough to be worth a delta against another chapter."""
    return "".join(f"line {n:03d} of chapter {number if n % 7 == 0 else 1}: "
                   f"granite, slate and sandstone\n" for n in range(lines))
