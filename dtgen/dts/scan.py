"""What stands in a source's text that a blob no longer tells: `/plugin/`, fragments, deletes, with lines.

dtc compiles a delete inside an overlay to nothing and merges two fragments of one name without a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import field

from dtgen.records import dataclass

# what can hold braces and slashes that are no tokens: strings, characters, comments
_OPAQUE = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\\n])+'|/\*.*?\*/|//[^\n]*", re.DOTALL)
_REFERENCE = re.compile(r"&\s*[A-Za-z_{]")
_TABLE = re.compile(r"__(?:local_)?fixups__\s*\{")
_TOKEN = re.compile(
    r"(?P<delete>/delete-(?:node|property)/\s*[^;\s]+)"
    # of a node: one of a property or a value cannot be referred to by a block
    r"|(?P<label>[A-Za-z_]\w*)\s*:(?=\s*(?:[A-Za-z_]\w*\s*:\s*)*(?:/omit-if-no-ref/\s*)?[\w,.+?#@/-]+\s*\{)"
    r"|(?P<directive>/[a-z0-9-]+/)"
    r"|(?P<reference>&(?:[A-Za-z_]\w*|\{[^}]*\}))(?=\s*\{)"
    r"|(?P<node>(?<![\w,.+?#@-])(?:[\w,.+?#-]+(?:@[\w,.+-]+)?|/)(?=\s*\{))"
    r"|(?P<open>\{)|(?P<close>\})"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of a source, its line and, where somebody asks, its column; both from 1."""

    text: str
    line: int
    column: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in one source."""

    plugin: bool
    fragments: tuple[Mention, ...]
    """Each top-level `&label {` and `&{/path} {`, and each node of `/` with an `__overlay__`.

    But not those of a label that the source itself has defined above: dtc merges these into the node.
    """
    reservations: tuple[Mention, ...]
    """Each `/memreserve/`."""
    deletes: tuple[Mention, ...]
    """But not those in such a block, and of such a node: dtc carries them out."""
    written_out: bool = False
    """Whether all fragments are nodes, and the tables of references, if there are any, too: dtc makes an
    overlay of that as it is, without `/plugin/`; what was decompiled is so."""

    @property
    def is_overlay(self) -> bool:
        return self.plugin or self.written_out


def scan(text: str) -> Scan:
    """Look through a source, before or after the preprocessor. Never fails: dtc says what is wrong."""
    plugin = False
    fragments: list[Mention] = []
    reservations: list[Mention] = []
    deletes: list[Mention] = []
    stack: list[Mention] = []
    own: set[str] = set()
    opened: Mention | None = None
    for token, line in _tokens(text):
        found = Mention(token[0], line)
        match token.lastgroup:
            case "directive":
                plugin = plugin or found.text == "/plugin/"
                reservations += [found] if found.text == "/memreserve/" else []
            case "delete":
                words = found.text.split()
                if not (_is_own(words[-1], own) or (stack and _is_own(stack[0].text, own))):
                    deletes.append(Mention(" ".join(words), line, _column(token)))
            case "label":
                own.add(token["label"])
            case "reference" | "node":
                opened = found
                fragments += _fragment(found, stack, own)
            case "open":
                stack.append(opened or Mention("", line))
                opened = None
            case "close" if stack:
                stack.pop()
    bare = _OPAQUE.sub(_blank, text)
    written_out = all(not fragment.text.startswith("&") for fragment in fragments) and (
        bool(_TABLE.search(bare)) or not _REFERENCE.search(bare)
    )
    return Scan(
        plugin, tuple(fragments), tuple(reservations), tuple(deletes), bool(fragments) and written_out
    )


def _fragment(node: Mention, stack: Sequence[Mention], own: Collection[str]) -> tuple[Mention, ...]:
    """The fragment that a node makes; `stack`: the nodes around it, `own`: the labels above it."""
    if node.text.startswith("&") and not stack and not _is_own(node.text, own):
        return (node,)
    if node.text == "__overlay__" and len(stack) == 2 and stack[0].text == "/":
        return (stack[1],)
    return ()


def _is_own(reference: str, labels: Collection[str]) -> bool:
    """Source: get_node_by_ref() in dtc's livetree.c."""
    return reference.startswith("&") and reference[1:] in labels


def without_comments(text: str) -> str:
    """The text with blanks for its comments: every line and column stays what it was."""
    return _OPAQUE.sub(lambda match: _blank(match) if match[0].startswith("/") else match[0], text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _column(token: re.Match[str]) -> int:
    return token.start() - token.string.rfind("\n", 0, token.start())


def _tokens(text: str) -> Iterator[tuple[re.Match[str], int]]:
    text = _OPAQUE.sub(_blank, text)
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield match, line
