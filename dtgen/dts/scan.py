"""What stands in a source's text that a blob no longer tells: `/plugin/`, fragments, deletes, with lines.

dtc compiles a delete inside an overlay to nothing and merges two fragments of one name without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# what can hold braces and slashes that are no tokens: strings, characters, comments
_OPAQUE = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\\n])+'|/\*.*?\*/|//[^\n]*", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<delete>/delete-(?:node|property)/\s*[^;\s]+)"
    r"|(?P<directive>/[a-z0-9-]+/)"
    r"|(?P<reference>&(?:[A-Za-z_]\w*|\{[^}]*\}))(?=\s*\{)"
    r"|(?P<node>(?<![\w,.+?#@-])(?:[\w,.+?#-]+(?:@[\w,.+-]+)?|/)(?=\s*\{))"
    r"|(?P<open>\{)|(?P<close>\})"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of a source and its line, from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in one source."""

    plugin: bool
    fragments: tuple[Mention, ...]
    """Each top-level `&label {` and `&{/path} {`, and each node of `/` with an `__overlay__`."""
    deletes: tuple[Mention, ...]


def scan(text: str) -> Scan:
    """Look through a source, before or after the preprocessor. Never fails: dtc says what is wrong."""
    plugin = False
    fragments: list[Mention] = []
    deletes: list[Mention] = []
    stack: list[Mention] = []
    opened: Mention | None = None
    for match, line in _tokens(text):
        kind, found = match.lastgroup, match[0]
        if kind == "directive":
            plugin = plugin or found == "/plugin/"
        elif match["delete"]:
            deletes.append(Mention(" ".join(found.split()), line))
        elif kind == "reference":
            opened = Mention(found, line)
            if not stack:
                fragments.append(opened)
        elif kind == "node":
            opened = Mention(found, line)
            if found == "__overlay__" and len(stack) == 2 and stack[0].text == "/":
                fragments.append(stack[1])
        elif kind == "open":
            stack.append(opened or Mention("", line))
            opened = None
        elif kind == "close" and stack:
            stack.pop()
    return Scan(plugin, tuple(fragments), tuple(deletes))


def without_comments(text: str) -> str:
    """The text with blanks for its comments: every line and column stays what it was."""
    return _OPAQUE.sub(lambda match: _blank(match) if match[0].startswith("/") else match[0], text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _tokens(text: str) -> Iterator[tuple[re.Match[str], int]]:
    text = _OPAQUE.sub(_blank, text)
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield match, line
