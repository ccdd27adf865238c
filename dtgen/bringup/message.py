"""A message of a kernel, a firmware or a bootloader: what it looks like, and who prints it since when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from dtgen.records import dataclass

# What a field of a skeleton may be. A device is `30000000.remoteproc`, `0004:01:00.0`, `firmware:scm`.
_KINDS = {
    "x": r"(?:0x)*[0-9a-fA-F]+",
    "x16": r"0x[0-9a-fA-F]{16}",
    "d": r"-?[0-9]+",
    "dev": r"[\w.:@,+#-]{0,80}\w",
    "w": r"[^\s,;]{1,200}",
    "t": r"\S.*",
    "keys": r".*",
}
_FIELD = re.compile(r"\{(\w+):(\w+)\}")
_TAB = re.compile(r"\^I|#011")
_KEY = re.compile(r"\b(\w+) ?= ?(0x[0-9a-fA-F]+|[0-9]+)(?=[\s,;)]|$)")


@dataclass(frozen=True, slots=True)
class Match:
    """A message in a line: which skeleton, from 0, the fields by name, and where in the line."""

    form: int
    fields: Mapping[str, str]
    begin: int
    end: int


@dataclass(frozen=True)
class Message:
    """One message in all the forms that it has had.

    A skeleton is the text with fields in braces, `{name:kind}`; a blank stands for any white space, which
    `normal()` has made one. It is looked for anywhere in a line: what a console, a journal or a mail puts
    before it does not matter.
    """

    id: str
    skeletons: tuple[str, ...]
    kernels: str
    """Which versions print it; empty where that is not Linux, or is all of them."""
    source: str
    """Who prints it."""
    examples: tuple[str, ...]
    """A line of every form."""
    begins: str = ""
    """What its first line has where a mail program has wrapped it; empty where nobody looks for that."""
    needs: tuple[str, ...] = ()
    """Fields that a line lacks where it was wrapped behind `begins`."""

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_pattern(skeleton)) for skeleton in self.skeletons)

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The longest text of each skeleton that is in every line of it."""
        return tuple(max(pieces(skeleton), key=len) for skeleton in self.skeletons)

    def match(self, text: str) -> Match | None:
        """What a `normal()` line has of it; None where it is not this message."""
        for form, (literal, pattern) in enumerate(zip(self.literals, self.patterns, strict=True)):
            found = pattern.search(text) if literal in text else None
            if found:
                return Match(form, _fields(found), *found.span())
        return None


@dataclass(frozen=True, slots=True)
class Event:
    """A message as it was found in a log."""

    id: str
    """Of the message."""
    line: int
    """From 1."""
    time: float | None
    """In seconds since the kernel began; None where the line does not say."""
    text: str
    """The line without what is in front of the kernel's time."""
    fields: Mapping[str, str] = field(default_factory=dict)
    form: int = 0
    """Which of the message's skeletons it is."""
    file: str = ""
    """Where the line stands, if not in the log itself."""
    count: int = 1
    """How often it came, with those that are like it and with those that the kernel suppressed."""

    def number(self, name: str) -> int | None:
        """A field in hex; None where the line does not have it, or is cut there."""
        text = self.fields.get(name)
        return int(text.replace("0x", "") or "0", 16) if text else None

    def decimal(self, name: str) -> int | None:
        """A field in decimal; None where the line does not have it."""
        text = self.fields.get(name)
        return int(text) if text else None

    def get(self, name: str) -> str:
        """A field as it is printed, empty where the line does not have it."""
        return self.fields.get(name, "")


def normal(text: str) -> str:
    """With one blank for all white space; syslog daemons and terminals have words for a tab."""
    return " ".join(_TAB.sub(" ", text).split())


def _pattern(skeleton: str) -> str:
    parts = []
    at = 0
    for found in _FIELD.finditer(skeleton):
        parts.append(re.escape(skeleton[at : found.start()]))
        parts.append(f"(?P<{found[1]}>{_KINDS[found[2]]})")
        at = found.end()
    # a field begins where its word does: no line, however long, is tried from each of its letters
    begin = r"(?<![\w.:@,+#-])" if skeleton[0] == "{" else r"(?<![\w.])" if skeleton[0].isalnum() else ""
    return begin + "".join(parts) + re.escape(skeleton[at:])


def pieces(skeleton: str) -> tuple[str, ...]:
    """The text between the fields."""
    return tuple(piece for piece in _FIELD.split(skeleton)[::3] if piece)


def _fields(found: re.Match[str]) -> dict[str, str]:
    fields = {name: value for name, value in found.groupdict().items() if value is not None}
    keys = fields.pop("keys", None)
    if keys is not None:
        # older and newer kernels, and vendors, have the keys in another order
        fields |= {key.lower(): value for key, value in _KEY.findall(keys)}
    return fields
