"""What to write instead of a value that does not fit, and what the schema says of its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dtgen.description.yaml import VALUE_KEYS, Keys
from dtgen.words import near_names

Schema = Mapping[str, Any]

_MAX_SHOWN = 60
_PLAIN = re.compile(r"[A-Za-z_/][\w./+@-]*")
_LABEL = re.compile(r"[A-Za-z_]\w*")
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]+)")
_BLOB = re.compile(r"\.dtb(o?)$")
_TRUE, _FALSE = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


def instead(value: Any, schema: Schema, is_label: bool = False) -> str:
    """Empty where nobody can say what was meant.

    `schema`: of the place, without `$ref`; `is_label`: whether it is that of labels.
    """
    wanted = schema.get("type")
    kind = wanted[0] if isinstance(wanted, list) else wanted
    if isinstance(value, str):
        return _instead_of_text(value, kind, schema, is_label)
    match value, kind:
        case _, "boolean":
            return "write true or false"
        case True, "object" if "properties" in schema and "required" not in schema:
            return "write {}"
        case list(), "string":
            return f"write {value[0]}" if len(value) == 1 else f"write one {_noun(schema)}"
        case list(), "array" if is_flat(value) and _of_lists(schema):
            return f"write [{_flow(value)}]"
        case list(), "object":
            return _mapping(value, schema)
        case dict(), _:
            if kind == "array":
                return "begin each entry with a dash: - " + next(iter(value), "")
            return _typed(value) if "oneOf" in schema else ""
        case list(), _ if value and "oneOf" in schema and all(isinstance(item, int | str) for item in value):
            return f"write {{cells: {_flow(value)}}}"
        case False, _ if "oneOf" in schema:
            return "leave the property out: a boolean is false where it is absent"
    return ""


def _instead_of_text(text: str, kind: str | None, schema: Schema, is_label: bool) -> str:
    match kind:
        case "integer":
            if text.isdecimal() and (text == "0" or text[0] != "0"):
                return f"write {text}, without quotes"
            found = _HEX.fullmatch(text)
            return f"write 0x{found[1].lower()}, without quotes" if found else ""
        case "boolean":
            word = text.lower()
            return f"write {'true' if word in _TRUE else 'false' if word in _FALSE else 'true or false'}"
        case "array":
            return _entry(text, schema)
        case "object":
            return _mapping_of(text, schema)
        case "string":
            return (label(text) if is_label else "") or _fitting(text, schema)
    return ""


def _mapping(values: list[Any], schema: Schema) -> str:
    """A mapping that somebody wrote as a list: the value of its one key, or its keys."""
    if values and schema.get("required") == ["iommus"]:
        entries = values if all(isinstance(item, list) for item in values) else [values]
        return f"write {{iommus: {_flow(entries)}}}"
    if values and all(isinstance(item, str) for item in values):
        return "write {" + ", ".join(f"{_flow(item)}: {{}}" for item in values) + "}"
    return ""


def _mapping_of(text: str, schema: Schema) -> str:
    """A mapping of which somebody wrote one value, or one key."""
    wanted, inner = schema.get("required", ()), schema.get("additionalProperties")
    if "why" in schema.get("properties", {}) and not wanted:
        return f"write {{why: {_flow(text)}}}"
    if wanted == ["path"]:
        return f"write {{path: {_flow(text)}}}"
    if isinstance(inner, dict) and _PLAIN.fullmatch(text):
        if "required" in inner:
            return f"write {{{text}: {{{inner['required'][0]}: …}}}}"
        return f"write {{{text}: {{}}}}" if inner.get("$ref") == "#/$defs/reason" else ""
    return ""


def _noun(schema: Schema) -> str:
    return "name" if "pattern" in schema and "$ref" not in schema else "text"


_ENDINGS = (".dts", ".dtso")


def unfit(text: str, pattern: str) -> str:
    """What is wrong with a text of another form."""
    if len(text) > _MAX_SHOWN:
        return f"{shown(text)} does not fit here"
    if re.search(pattern, f"/{text}"):
        return f"{shown(text)} does not begin with /"
    if re.search(pattern, text.rstrip("/")):
        return f"{shown(text)} ends in /"
    if _ENDINGS[0][:3] in pattern and not text.endswith(_ENDINGS) and re.search(pattern, text + _ENDINGS[0]):
        return f"{shown(text)} ends in neither {' nor '.join(_ENDINGS)}"
    if re.search(pattern, text.lower()):
        return f"{shown(text)} has capital letters"
    for character in dict.fromkeys(text):
        without = text.replace(character, "")
        allowed = any(re.search(pattern, without + character * count) for count in (1, 2))
        if re.search(pattern, without) and not allowed:
            return f"{shown(text)} cannot have {shown(character)} in it"
        if re.search(pattern, text.lstrip(character)):
            return f"{shown(text)} cannot begin with {shown(character)}"
    return f"{shown(text)} does not fit here"


def _fitting(text: str, schema: Schema) -> str:
    """A text of the form that is due, near to the one that is there."""
    pattern = schema.get("pattern", "")
    if not pattern or len(text) > _MAX_SHOWN or re.search(pattern, text):
        return ""
    if _BLOB.search(text) and "/" not in text:
        return ""
    near = [f"/{text}", text.rstrip("/"), text.lower(), text.replace("0x", "")]
    if _ENDINGS[0][:3] in pattern:
        near.append(_BLOB.sub(r".dts\1", text) if "." in text else text + _ENDINGS[0])
    fits = next((other for other in near if other != text and re.search(pattern, other)), None)
    return f"write {_flow(fits)}" if fits else ""


def hint(text: str) -> str:
    """The first sentence of a description, as what helps: in small letters, without a full stop."""
    first = text.partition(". ")[0].removesuffix(".")
    return first if first[1:2].isupper() else first[:1].lower() + first[1:]


def _typed(value: Mapping[str, Any]) -> str:
    """A value of a property, with a key that says of what kind it is."""
    near = (near_names(key, VALUE_KEYS) for key in value if key not in VALUE_KEYS)
    if meant := next(filter(None, near), None):
        return f"did you mean {meant[0]}?"
    cells = value.get("cells")
    return f"write {{cells: [{_flow(cells)}]}}" if isinstance(cells, int | str) else ""


def _entry(text: str, schema: Schema) -> str:
    """A list that somebody wrote as one text: cells as in a source, or words."""
    if not _of_lists(schema) and schema.get("prefixItems") is None:
        return f"write [{_flow(text)}]"
    entry = cells(text)
    if entry == "[]":
        return ""
    return f"write [{entry}]" if _of_lists(schema) else f"write {entry}"


def cells(text: str) -> str:
    """Of a text with cells as in a source, `<&apps_smmu 0x3000>`: the list that is meant."""
    words = [word.lstrip("&") for word in re.split(r"[\s,<>]+", text.strip("<>[] \t")) if word]
    return f"[{', '.join(word if _HEX.fullmatch(word) else _flow(word) for word in words)}]"


def _of_lists(schema: Schema) -> bool:
    items = schema.get("items")
    return isinstance(items, dict) and items.get("type") == "array"


def is_flat(values: list[Any]) -> bool:
    """Whether they are the parts of one entry, where a list of entries is due."""
    texts = (value for value in values if isinstance(value, str))
    parts = not any(isinstance(value, list | dict) for value in values) and all(
        len(t.split()) == 1 for t in texts
    )
    return len(values) > 1 and parts


def label(text: str) -> str:
    """Of a text that is no label, and what is."""
    first, *rest = re.split(r"[\s,]+", text.strip())
    name = first.lstrip("&").strip("{}")
    if name.startswith("/") and name != text and not rest:
        return f"write {name}"
    if not _LABEL.fullmatch(name):
        return ""
    if rest:
        return f"is a comma missing? {', '.join((name, *rest))}" if _HEX.fullmatch(rest[0]) else ""
    return f"write {name}: a label has no & here" if name != text else ""


def shown(value: Any) -> str:
    """A value as somebody would write it, not too long."""
    return shortened(json.dumps(value, ensure_ascii=False) if isinstance(value, str) else _flow(value))


def shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _flow(value: Any) -> str:
    """YAML in one line, numbers in hex."""
    match value:
        case bool() | None:
            return json.dumps(value)
        case int():
            return hex(value)
        case str():
            return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case dict():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def part(schema: Schema, keys: Keys) -> Schema:
    """The schema of a place, `$ref` followed; empty where there is no one schema of it."""
    found = _resolved(schema, schema)
    for key in keys:
        found = _resolved(schema, _below(found, key))
    return found


def description(schema: Schema, keys: Keys) -> str:
    """What the schema says of a place, or of the nearest one above it that is more than a mapping."""
    while keys:
        found = part(schema, keys)
        if text := found.get("description"):
            return hint(str(text))
        if not isinstance(keys[-1], int):
            break
        keys = keys[:-1]
    return ""


def _below(schema: Schema, key: str | int) -> Any:
    if isinstance(key, int):
        first = schema.get("prefixItems", ())
        return first[key] if key < len(first) else schema.get("items", {})
    return schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))


def _resolved(root: Schema, schema: Any) -> Schema:
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        inner = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return {**_resolved(root, inner), **schema}
    return schema
