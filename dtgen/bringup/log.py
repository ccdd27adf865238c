"""A log as bytes in a stream: whole lines, without what terminals and consoles put into them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Protocol

from dtgen.errors import ToolError

BLOCK = 1 << 20
"""Bytes that are read at a time."""
LONGEST = 64 << 10
"""Bytes of a line that are looked at."""
HELD = 3
"""Lines at the end of a block that are looked at with the next one: a message may have been wrapped."""

_PROBE = 4096
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[@-_])|[\0\x07\x08]")
_PRINTABLE = re.compile(rb"[\t -~\x80-\xff]*[ -~]{4}[\t -~\x80-\xff]*")
_TIME = re.compile(r"\[\s*([0-9]{1,9}\.[0-9]{1,6})\]|\|\s+([0-9]{1,9}\.[0-9]{6}):\s")
_LAVA = re.compile(r"""^\s*- \{.*?["']?lvl["']?: ["']?(\w+)["']?.*?["']?msg["']?: (.*)\}\s*$""")
_DRIVER = re.compile(r"^\S+(?: \S+)?: ")

# magic numbers of what is no text, and what to do with it
_NO_TEXT = (
    (b"LPKSHHRH", "a journal", "export it: journalctl -k -o short-monotonic --file FILE"),
    (b"\xd0\x0d\xfe\xed", "a devicetree", "give it with --tree, and the log beside it"),
    (b"\x78\x9c", "a compressed record of pstore", "mount pstore on the board: the kernel shows it as text"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "zstd -dc FILE | dtgen diagnose -"),
    (b"\x7fELF", "an ELF file", "give the log of a boot"),
)


class Readable(Protocol):
    """What a log is read of."""

    def read(self, size: int, /) -> bytes: ...


def check_text(head: bytes, name: str) -> None:
    """Raises: ToolError where what begins so is no log."""
    for magic, what, remedy in _NO_TEXT:
        if head.startswith(magic):
            raise ToolError(f"{name} is {what}, not a log", remedy)
    if b"/dts-v1/" in head:
        raise ToolError(
            f"{name} is a devicetree source, not a log", "give what the board wrote on its console"
        )
    cleaned = _cleaned(head[:_PROBE])
    if cleaned.strip() and not any(_PRINTABLE.fullmatch(line.strip()) for line in cleaned.split(b"\n")):
        raise ToolError(f"{name} is not text: there is no readable line in its first 4 KiB", "give a log")


def blocks(stream: Readable) -> Iterator[tuple[bytes, int]]:
    """Whole lines, and up to which byte of them they are new to be looked at; the rest comes again."""
    rest = held = b""
    skipping = False
    while data := stream.read(BLOCK):
        if skipping:
            _, newline, data = data.partition(b"\n")
            if not newline:
                continue
            skipping = False
        lines, newline, rest_now = data.rpartition(b"\n")
        if not newline:
            rest += rest_now
            if len(rest) > LONGEST:
                held, rest, skipping = held + _cleaned(rest[:LONGEST]) + b"\n", b"", True
            continue
        block = held + _cleaned(rest + lines + newline)
        rest = rest_now
        end = _without_last(block)
        yield block, end
        held = block[end:]
    last = held + _cleaned(rest)
    if last:
        yield last, len(last)


def _without_last(block: bytes) -> int:
    """Where the last lines, which are held back, begin."""
    end = len(block)
    for _ in range(HELD):
        end = block.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return end


def _cleaned(data: bytes) -> bytes:
    data = data.replace(b"\r\n", b"\n")
    if b"\x1b" in data or b"\0" in data or b"\x07" in data or b"\x08" in data:
        data = _ESCAPES.sub(b"", data)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b" ")


def shown(line: bytes) -> str | None:
    """A line as text, out of the wrapping of a test lab or a mail; None where the board did not print it."""
    text = line[:LONGEST].decode("utf-8", "backslashreplace").strip()
    if text.startswith("- {"):
        found = _LAVA.match(text)
        if found:
            if found[1] != "target":
                return None
            text = _unquoted(found[2])
    if "=3D" in text:
        text = text.replace("=3D", "=")
    if "&" in text and ("&quot;" in text or "&#" in text or "&lt;" in text):
        text = html.unescape(text)
    return text


def _unquoted(text: str) -> str:
    """A message of LAVA, which writes them as JSON or in single quotes of YAML."""
    if text[:1] == '"':
        try:
            return " ".join(str(json.loads(text)).split("\n"))
        except ValueError:
            return text.strip('"')
    return text.strip("'").replace("''", "'")


def time_of(text: str) -> tuple[float | None, str]:
    """The kernel's time in seconds, None where the line has none; and the line from there on."""
    found = _TIME.search(text)
    if not found:
        return None, text
    return float(found[1] or found[2]), text[found.start() :] if found[1] else text


def without_time(text: str) -> str:
    """A line of `time_of` without its time."""
    found = _TIME.match(text)
    return text[found.end() :] if found else text


def continued(text: str, following: bytes) -> str | None:
    """A line with the next one, where a mail program has wrapped it there; None where it is another one."""
    more = shown(following)
    if not more or _TIME.search(more):
        return None
    more = more.lstrip("> ")
    if _DRIVER.match(more):
        return None
    return f"{text.removesuffix('=').rstrip()} {more}"
