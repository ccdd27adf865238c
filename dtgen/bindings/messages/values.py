"""Decoded values as a person writes them in a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from dtgen.devicetree.cells import ID_MAPS
from dtgen.devicetree.tree import Property
from dtgen.devicetree.values import quoted

NameOf = Callable[[int], str | None]
"""What a person calls the node of a phandle (`&label`, or its path); None where no node has it."""

_MAX_VALUE = 80
_MAX_LIST = 80
_MAX_LISTED = 8

_TYPES = {
    "address": "addresses",
    "flag": "no value",
    "node": "a child node",
    "phandle": "a phandle",
    "phandle-array": "phandles and their cells",
    "string": "a string",
    "string-array": "strings",
}
_JSON_TYPES = {
    "array": "a list",
    "boolean": "no value",
    "integer": "one cell",
    "object": "a child node",
    "string": "a string",
}
_WIDTHS = {"8": "byte", "16": "16-bit number", "32": "cell", "64": "64-bit number"}


def value_text(value: Any, types: Sequence[str], name: str, name_of: NameOf) -> str:
    """`<&label 0x3000 0x0>`, `"string"`, `[00 ff]` of a value of the property `name`.

    `types`: those that the bindings give to the property; they say whether it has phandles.
    """
    match value:
        case bytes():
            text = _bytes_text(value)
        case str():
            text = quoted(value)
        case int():
            text = _strings_of([value]) or hex(value)
        case [str(), *_]:
            text = ", ".join(quoted(str(string)) for string in value)
        case [int(), *_]:
            text = _cells_text(list(value), types, name, name_of)
        case [list(), *_]:
            cells = [cell for entry in value for cell in entry]
            entries = (_cells_text(list(entry), types, name, name_of) for entry in value)
            text = _strings_of(cells) or ", ".join(entries)
        case dict():
            text = "a node"
        case _:
            text = "empty"
    return shortened(text, _MAX_VALUE)


def _bytes_text(value: bytes) -> str:
    prop = Property("", value)
    if prop.is_strings:
        return ", ".join(map(quoted, prop.strings))
    if Property("", value + b"\0").is_strings:
        return f"{quoted(value.decode())} without its final NUL"
    if len(value) % 4 == 0:
        return f"<{' '.join(map(hex, prop.cells))}>"
    return f"[{value.hex(' ')}]"


def _cells_text(cells: list[Any], types: Sequence[str], name: str, name_of: NameOf) -> str:
    if getattr(next(iter(cells), 0), "size", 32) == 8:
        return f"[{' '.join(f'{cell & 0xFF:02x}' for cell in cells)}]"
    strings = _strings_of(cells)
    if strings:
        return strings
    phandles = _phandles(len(cells), types, name)
    words = [(name_of(cell) if at in phandles else None) or hex(cell) for at, cell in enumerate(cells)]
    return f"<{' '.join(words)}>"


def _strings_of(cells: list[Any]) -> str:
    """Text where cells are due decodes to numbers that nobody recognizes; empty where it is none.

    A single cell is taken for a number: four letters are too few to tell.
    """
    sizes = [getattr(cell, "size", 32) for cell in cells]
    if sizes == [32] or not all(isinstance(cell, int) and cell >= 0 for cell in cells):
        return ""
    value = b"".join(cell.to_bytes(size // 8, "big") for cell, size in zip(cells, sizes, strict=True))
    prop = Property("", value)
    return ", ".join(map(quoted, prop.strings)) if prop.is_strings else ""


def _phandles(count: int, types: Sequence[str], name: str) -> set[int]:
    """Which cells of an entry are phandles."""
    if name in ID_MAPS:
        return {1}
    if not any(kind.startswith("phandle") for kind in types):
        return set()
    # both ends of an interconnect have one cell or two
    return {0, count // 2} if name == "interconnects" and count in (4, 6) else {0}


def type_text(types: Sequence[str], json_types: Sequence[str] = ()) -> str:
    """What a property of such types is, in words; of the JSON types where there are no others."""
    words = [_type_text(kind) for kind in types] or [_JSON_TYPES.get(kind, kind) for kind in json_types]
    return listed(list(dict.fromkeys(words)))


def _type_text(kind: str) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    number, _, shape = kind.partition("-")
    word = _WIDTHS.get(number.lstrip("uint"), number)
    return f"{word}s" if shape else f"a {word}" if word != "cell" else "one cell"


def allowed_text(values: Sequence[object], types: Sequence[str], name: str, name_of: NameOf) -> str:
    """`0x1, 0x2 or 0x3`."""
    return listed([value_text(value, types, name, name_of) for value in values])


def listed(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`; of many the first ones and how many there are more."""
    lengths = accumulate(len(word) + 2 for word in words)
    fitting = sum(length <= _MAX_LIST for length in lengths)
    shown = max(1, min(fitting, len(words) if len(words) <= _MAX_LISTED + 1 else _MAX_LISTED))
    if shown < len(words):
        return f"{', '.join(words[:shown])} … and {len(words) - shown} more"
    *first, last = words or [""]
    return f"{', '.join(first)} or {last}" if first else last


def shortened(text: str, length: int) -> str:
    """On one line, and cut where it is longer."""
    text = " ".join(text.split(maxsplit=length))  # of what comes after as many words, nothing is shown
    return text if len(text) <= length else f"{text[: length - 1]}…"
