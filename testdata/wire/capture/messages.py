"""Taking sync messages apart, and putting hand-written ones together.

The three ways a body is packed (`open_body`):

    application/x-fossil               4 bytes, big endian: the length of the
                                       plain text; then a zlib stream
    application/x-fossil-debug         plain text
    application/x-fossil-uncompressed  plain text
"""

from __future__ import annotations

import hashlib
import zlib

from invented import PASSWORDS, PROJECT

PACKED = "application/x-fossil"

# The zeros stand for the client's server code; the server compares only the
# project code.
PULL_CARD = f"pull {'0' * 40} {PROJECT}\n"
PUSH_CARD = f"push {'0' * 40} {PROJECT}\n"


# HTTP messages

def split_http(stream: bytes) -> tuple[bytes, bytes]:
    """Cut the first HTTP message off `stream`: (message, rest)."""
    head, mark, rest = stream.partition(b"\r\n\r\n")
    size = int(header(head, "content-length") or 0)
    return head + mark + rest[:size], rest[size:]


def header(message: bytes, name: str) -> str | None:
    """The value of one header of an HTTP message, or None."""
    head = message.partition(b"\r\n\r\n")[0].decode("latin-1")
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return None


# Bodies

def envelope(text: bytes) -> bytes:
    """Pack a card text the way `application/x-fossil` wants it."""
    return len(text).to_bytes(4, "big") + zlib.compress(text)


def open_body(message: bytes) -> bytes:
    """The plain card text inside an HTTP message."""
    body = message.partition(b"\r\n\r\n")[2]
    kind = (header(message, "content-type") or "").partition(";")[0]
    if not kind.startswith(PACKED):
        return b""  # an HTML page: the server gave up
    if kind != PACKED or not body:
        return body
    try:
        text = zlib.decompress(body[4:])
    except zlib.error:
        return body  # `--no-http-compression` names this type all the same
    assert len(text) == int.from_bytes(body[:4], "big"), "wrong length word"
    return text


# Cards

def payload_size(tokens: list[str]) -> int:
    """How many bytes follow a card's own line.

    A cfile or config payload is followed by a newline of its own (after a
    cfile only if the payload does not end in one), which then reads as a
    blank line; a file or uvfile payload runs straight into the next card.
    """
    if tokens[0] in ("file", "cfile"):
        return int(tokens[-1])
    if tokens[0] == "uvfile":
        return 0 if int(tokens[5]) & 5 else int(tokens[4])
    if tokens[0] == "config":
        return int(tokens[2])
    return 0


def cards(text: bytes) -> list[str]:
    """The card lines of a message, with the payloads left out."""
    found = []
    while text:
        line, _, text = text.partition(b"\n")
        tokens = line.decode("utf-8", "replace").split()
        if tokens:
            found.append(" ".join(tokens))
            text = text[payload_size(tokens):]
    return found


# Logins

def shared_secret(user: str, password: str, project: str = PROJECT) -> str:
    """What fossil stores in place of a password."""
    return hashlib.sha1(f"{project}/{user}/{password}".encode()).hexdigest()


def login_card(user: str, rest: bytes) -> bytes:
    """The login card that signs `rest`, the text after it."""
    nonce = hashlib.sha1(rest).hexdigest()
    secret = shared_secret(user, PASSWORDS[user])
    signature = hashlib.sha1((nonce + secret).encode()).hexdigest()
    return f"login {user} {nonce} {signature}\n".encode()


def signed(user: str, rest: str | bytes) -> bytes:
    """`rest` with the login card in front that it takes to be believed."""
    rest = rest if isinstance(rest, bytes) else rest.encode()
    return login_card(user, rest) + rest
