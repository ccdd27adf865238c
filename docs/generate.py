"""Write docs/board-format.md from schemas/board.schema.json; a test checks that it is up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/board-format.md"

INTRODUCTION = """\
# The format of a board description

*Written by `make docs` from [board.schema.json](../schemas/board.schema.json): change it there.*

A description is one YAML 1.2 file, `boards/<name>.yaml`, below the directory that you work in or one
above it, or dtgen's own. Give editors the schema with a first line
`# yaml-language-server: $schema=…/board.schema.json`; they complete and check it then.

Numbers are written in hex (`0x3000`) or decimal; a leading zero (`0400`) is refused, since YAML reads
it as decimal. Labels of nodes are plain words: `[apps_smmu, 0x3000, 0x0]`.

## An example of each shape

```yaml
"""

MIDDLE = """\
```

## All keys
"""


def page() -> str:
    """The whole page."""
    schema = json.loads((ROOT / "schemas/board.schema.json").read_text(encoding="utf-8"))
    example = (ROOT / "docs/example-board.yaml").read_text(encoding="utf-8")
    lines = [INTRODUCTION + example + MIDDLE, schema["description"], ""]
    for name, entry in schema["properties"].items():
        needed = ", required" if name in schema["then"]["required"] else ""
        lines += [f"### `{name}`", "", f"*{_kind(entry, schema)}{needed}.* {_description(entry, schema)}", ""]
        rows = list(_rows(_needing(name, entry, schema), schema, ""))
        if rows:
            lines += ["| key | is | |", "|---|---|---|", *rows, ""]
    lines += ["### Values of properties", "", schema["$defs"]["value"]["description"], ""]
    return "\n".join(lines)


def _needing(name: str, entry: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The entry with what it has to have in a description that extends none."""
    return entry | schema["then"]["properties"].get(name, {})


def _resolved(entry: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = entry.get("$ref")
    if not reference:
        return entry
    target = schema["$defs"][reference.removeprefix("#/$defs/")]
    return _resolved(target, schema) | {key: value for key, value in entry.items() if key != "$ref"}


def _description(entry: dict[str, Any], schema: dict[str, Any]) -> str:
    return str(_resolved(entry, schema).get("description", ""))


def _kind(entry: dict[str, Any], schema: dict[str, Any]) -> str:
    entry = _resolved(entry, schema)
    names = {
        "object": "mapping",
        "array": "list",
        "string": "text",
        "integer": "number",
        "boolean": "true or false",
    }
    kind = entry.get("type", "")
    return names.get(kind[0] if isinstance(kind, list) else kind, "value")  # or null, which removes


def _rows(entry: dict[str, Any], schema: dict[str, Any], prefix: str) -> Iterator[str]:
    """A table row for each key below `entry`; `<…>` stands for a key that the user chooses."""
    entry = _resolved(entry, schema)
    if entry.get("type") == "array":
        item = _resolved(entry.get("items") or {}, schema) if isinstance(entry.get("items"), dict) else {}
        for choice in item.get("oneOf", [item]):
            yield from _rows(choice, schema, f"{prefix}[].")
        return
    for name, inner in entry.get("properties", {}).items():
        resolved = _resolved(inner, schema)
        needed = ", required" if name in entry.get("required", ()) else ""
        default = f" Default: `{resolved['default']}`." if "default" in resolved else ""
        kind = _kind(inner, schema) + needed
        yield f"| `{prefix}{name}` | {kind} | {_description(inner, schema)}{default} |"
        if name not in ("properties", *prefix.split(".")):  # children have children of the same form
            yield from _rows(inner, schema, f"{prefix}{name}.")
    additional = entry.get("additionalProperties")
    if isinstance(additional, dict):
        yield from _rows(additional, schema, f"{prefix}<…>.")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
