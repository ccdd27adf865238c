"""What dtschema's meta-schemas say of a binding, in a sentence with a line.

Where no alternative of a schema fits, dtschema lists what each of them expects; most often all of them
trip over one keyword that is misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dtgen.words import near_names


def problems(schema: Any, text: str, errors: Iterator[Any]) -> Iterator[tuple[int, str]]:
    """Lines, from 1, and messages, each once; `schema`: as ruamel.yaml reads `text` for a round trip."""
    top = _top_lines(text)
    found: dict[tuple[int, str], None] = {}
    for error in errors:
        leaves = list(_leaves(error))
        names = {leaf.instance: leaf for leaf in leaves if "propertyNames" in leaf.absolute_schema_path}
        for name, leaf in names.items():
            found[_line(schema, top, leaf.absolute_path, name), _keyword(leaf, name, leaves)] = None
        if not names:
            where = "/".join(map(str, error.absolute_path))
            message = "; or ".join(dict.fromkeys(leaf.message.partition("\n")[0] for leaf in leaves))
            found[_line(schema, top, error.absolute_path), f"{where}: {message}" if where else message] = None
    yield from sorted(found)


def _leaves(error: Any) -> Iterator[Any]:
    """What an error comes down to: itself, or what is wrong in each alternative."""
    if not error.context:
        yield error
    for inner in error.context:
        yield from _leaves(inner)


def _keyword(error: Any, name: str, leaves: list[Any]) -> str:
    allowed = {
        word
        for leaf in leaves
        if leaf.instance == name and isinstance(leaf.validator_value, list)
        for word in leaf.validator_value
    }
    near = near_names(name, sorted(map(str, allowed)))
    where = "/".join(map(str, error.absolute_path))
    return (f"{where}: " if where else "") + (
        f"{name} cannot be here; did you mean {near[0]}?" if near else f"{name} cannot be here"
    )


def _line(schema: Any, top: Mapping[str, int], path: Any, key: str | None = None) -> int:
    """Of the nearest entry above that has a line."""
    line, value = 1, schema
    for step in (*path, *([key] if key is not None else [])):
        lines = getattr(value, "lc", None)
        try:
            if lines:
                line = (lines.item(step) if isinstance(value, list) else lines.key(step))[0] + 1
            else:
                line = top[step]
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return line


def _top_lines(text: str) -> dict[str, int]:
    """Key to line of the topmost mapping, whose lines dtschema drops."""
    found = (re.match(r"[\"']?([^\s\"'#:][^\"':]*)[\"']?:", line) for line in text.split("\n"))
    return {match[1]: number for number, match in enumerate(found, 1) if match}
