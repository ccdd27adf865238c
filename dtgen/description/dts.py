"""Values as DTS text in the kernel's style: what the templates' filters write."""

from __future__ import annotations

import re

from dtgen.description.values import (
    Bytes,
    Cells,
    Flag,
    Mixed,
    NodeSource,
    PathReference,
    PropertySource,
    Reference,
    Strings,
    Target,
    Value,
)
from dtgen.devicetree.values import quoted

TAB = 8
"""Columns. Source: the kernel's dts-coding-style.rst."""
_MAX_WIDTH = 80
"""Columns that a line with several texts may take. Source: the kernel's coding-style.rst."""

# private-use characters are the markers of render.py
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ue000-\uf8ff]")


def comment(text: str) -> str:
    """Text for inside a comment: it cannot end it."""
    return _UNPRINTABLE.sub(" ", str(text)).replace("*/", "* /")


def reference(target: Target) -> str:
    return f"&{{{target.target}}}" if target.is_path else f"&{target.target}"


def node_name(node: NodeSource) -> str:
    return f"{node.label}: {node.name}" if node.label else node.name


def property(prop: PropertySource, depth: int) -> str:
    """`name = value;` behind `depth` tabs; further groups of cells stand aligned beneath the first."""
    indent = "\t" * depth
    if isinstance(prop.value, Flag):
        return f"{indent}{prop.name};"
    start = f"{prop.name} = "
    parts = value_parts(prop.value)
    tabs, spaces = divmod(TAB * depth + len(start), TAB)
    short = isinstance(prop.value, Strings) and TAB * depth + len(start + ", ".join(parts)) < _MAX_WIDTH
    separator = ", " if short else ",\n" + "\t" * tabs + " " * spaces
    return f"{indent}{start}{separator.join(parts)};"


def value_parts(value: Value) -> list[str]:
    """The parts that commas stand between; none of a flag."""
    match value:
        case Strings(strings):
            return [quoted(string) for string in strings]
        case Cells(groups, bits):
            prefix = "" if bits == 32 else f"/bits/ {bits} "
            return [f"{prefix}<{' '.join(map(_word, group))}>" for group in groups]
        case Bytes(data):
            return [f"[{data.hex(' ')}]"]
        case PathReference(label):
            return [f"&{label}"]
        case Mixed(parts):
            return [text for part in parts for text in value_parts(part)]
        case _:
            return []


def _word(word: int | Reference) -> str:
    if isinstance(word, Reference):
        return f"&{word.label}"
    return hex(word) if word >= 0 else f"({word})"
