"""What a binding asks of a node, in words: its page for people."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dtgen.bindings.dtschema import SCHEMA_ROOT, core_schemas
from dtgen.bindings.schemas import file as schema_file
from dtgen.errors import ToolError
from dtgen.project import files, layout
from dtgen.records import dataclass
from dtgen.words import counted, near_names

_SHOWN = 8
"""Values of an enumeration, bindings that are named."""
_ID = re.compile(rb"^\$id:[ \t]*[\"']?http://devicetree\.org/schemas/([^#\"'\s]+)", re.MULTILINE)
_TYPE = "types.yaml#/definitions/"
_WIDTH = 106


@dataclass(frozen=True, slots=True)
class Summary:
    """A binding, as far as a person reads it at a glance."""

    id: str
    """What messages call it: its file below `bindings/`."""
    file: str
    title: str
    description: str
    required: tuple[str, ...]
    allowed: tuple[tuple[str, str], ...]
    """Properties and children, each with what it may be; a regular expression between slashes."""
    includes: tuple[str, ...]
    """Bindings that hold for the node, too."""
    conditions: int
    """How many `if` it has."""
    closed: bool
    """Whether what is named nowhere is an error."""

    @property
    def documentation(self) -> str:
        """As that of a rule: a first sentence, and paragraphs with headings."""
        lines = (f"    {name}: {what}" if what else f"    {name}" for name, what in self.allowed)
        more = [f"what these require and allow: {', '.join(self.includes)}"] if self.includes else []
        if self.conditions:
            more.append(
                f"{counted(self.conditions, 'condition')} (`if`), by compatible and the like: see the file"
            )
        more.append(f"other properties and children are {'an error' if self.closed else 'let be'}")
        paragraphs = (
            self.description,
            f"Required: {', '.join(self.required) or 'nothing'}.",
            "Allowed:",
            "\n".join(lines) or "    nothing of its own",
            f"More: {'; '.join(more)}.",
            f"File: {self.file}",
        )
        shown = (
            text if text.startswith("    ") else textwrap.fill(text, _WIDTH, break_long_words=False)
            for text in paragraphs
            if text
        )
        return "\n\n".join((self.title or "a binding without a title", *shown))


def summary(name: str, given: Path | None) -> Summary:
    """Of the binding that messages call `name`, in the set of `given`, or the built-in one.

    `given`: a kernel tree, a directory of bindings or a processed set. Raises: ToolError.
    """
    if given and given.is_file():
        return _of(name, layout.display(given), _processed(name, given))
    directory = layout.bindings_directory(given) if given else layout.builtin_bindings()
    found = _file(name, directory)
    if found is None:
        raise _unknown(name, directory, given)
    file, id_ = found
    try:
        schema = schema_file.read(str(file))
    except Exception as error:
        help = f"`dtgen check {layout.display(file)}` says what is wrong with it"
        raise ToolError(f"{layout.display(file)} is not a schema that can be read", help) from error
    return _of(id_, layout.display(file), schema)


def _file(name: str, directory: Path) -> tuple[Path, str] | None:
    """The file of a binding and its id: by its place, by its name alone, or by its `$id`."""
    for place in (directory, core_schemas()):
        if (place / name).is_file():
            return place / name, name
    below = sorted(files.below(directory, ".yaml"))
    named = [file for file in below if file.rpartition("/")[2] == name]
    if len(named) == 1:
        return directory / named[0], named[0]
    for file in below:
        match = _ID.search(files.content(directory / file))
        if match and match[1].decode() == name:
            return directory / file, name
    return None


def _processed(name: str, given: Path) -> Mapping[str, Any]:
    try:
        schemas = json.loads(files.content(given))
        found = schemas if isinstance(schemas, list) else schemas.values()
        for schema in found:
            if isinstance(schema, dict) and schema.get("$id", "").rstrip("#") == SCHEMA_ROOT + name:
                return schema
    except (ValueError, AttributeError, OSError) as error:
        message = f"{layout.display(given)} is not a processed set of bindings"
        raise ToolError(message, "give a directory of bindings or a kernel tree") from error
    raise ToolError(
        f"{layout.display(given)} has no binding {name}", "give the set that messages named it of"
    )


def _unknown(name: str, directory: Path, given: Path | None) -> ToolError:

    shown = layout.display(directory) if given else "the built-in bindings"
    by_name: dict[str, str] = {}
    for file in files.below(directory, ".yaml"):
        by_name.setdefault(file.rpartition("/")[2], file)
    near = near_names(name.rpartition("/")[2], by_name, 1, 0.85)
    help = (
        f"did you mean {by_name[near[0]]}?"
        if near
        else "name the set that has it: --kernel DIR, or --bindings DIR"
    )
    return ToolError(f"{shown} has no binding {name}" if given else f"{shown} have no binding {name}", help)


def _of(id_: str, file: str, schema: Mapping[str, Any]) -> Summary:
    properties = {name: _words(value) for name, value in schema.get("properties", {}).items()}
    patterns = {f"/{name}/": _words(value) for name, value in schema.get("patternProperties", {}).items()}
    own = {name: what for name, what in (properties | patterns).items() if not name.startswith("$")}
    applied = [schema, *schema.get("allOf", ())]
    references = (part["$ref"] for part in applied if isinstance(part.get("$ref"), str))
    return Summary(
        id_,
        file,
        str(schema.get("title", "")),
        _first_paragraph(schema.get("description")),
        tuple(map(str, schema.get("required", ()))),
        tuple(own.items()),
        tuple(dict.fromkeys(_binding(reference, id_) for reference in references)),
        sum("if" in part for part in applied),
        any(schema.get(key) is False for key in ("additionalProperties", "unevaluatedProperties")),
    )


def _binding(reference: str, id_: str) -> str:
    """What messages call the binding that a reference leads to."""
    path = reference.partition("#")[0].removeprefix(SCHEMA_ROOT).removeprefix("/schemas/")
    folder = id_.rpartition("/")[0]
    return path if reference.startswith(("/", "http")) or not folder else f"{folder}/{path}"


def _first_paragraph(text: Any) -> str:
    return " ".join(str(text or "").strip().partition("\n\n")[0].split())


def _words(schema: Any) -> str:
    """What a value may be, in a line; empty where the schema says nothing that is short."""
    if not isinstance(schema, Mapping):
        return "is an error" if schema is False else ""
    return ", ".join(_said(schema))


def _said(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") == "object" or "properties" in schema:
        required = ", ".join(map(str, schema.get("required", ())))
        yield f"a node that requires {required}" if required else "a node"
        return
    if schema.get("type") == "boolean":
        yield "a flag"
    reference = schema.get("$ref")
    if isinstance(reference, str):
        file, _, type_ = reference.partition(_TYPE)
        yield type_ or f"see {file.removesuffix('#')}"
    items = schema.get("items")
    if count := _count(schema, len(items) if isinstance(items, list) else None):
        yield count
    if "const" in schema:
        yield _value(schema["const"])
    for part in (schema, items if isinstance(items, Mapping) else {}):
        if isinstance(part.get("enum"), list):
            yield "one of " + _listed([_value(value) for value in part["enum"]])
    each = items if isinstance(items, list) else ()
    if named := [_value(item["const"]) for item in each if isinstance(item, Mapping) and "const" in item]:
        yield _listed(named)
    if any(key in schema for key in ("oneOf", "anyOf")):
        values = tuple(dict.fromkeys(_values(schema)))
        yield f"one of {_listed(values)}" if values else "in one of several forms"


def _values(schema: Any) -> Iterator[str]:
    """Every value that a schema names, in whatever form."""
    if isinstance(schema, list):
        for part in schema:
            yield from _values(part)
    elif isinstance(schema, Mapping):
        if "const" in schema:
            yield _value(schema["const"])
        yield from map(_value, schema.get("enum", ()))
        for key in ("oneOf", "anyOf", "items"):
            yield from _values(schema.get(key))


def _count(schema: Mapping[str, Any], listed: int | None) -> str:
    """How many items: without `minItems` as many as at most. Source: dtschema's fixups.py."""
    most = schema.get("maxItems", listed)
    least = schema.get("minItems", most)
    if not isinstance(least, int):
        return ""
    if most is None:
        return f"{least} or more items"
    if least == most:
        return counted(most, "item")
    return f"{least} to {most} items"


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN])
    return f"{shown}, … ({len(values)})" if len(values) > _SHOWN else shown


def _value(value: Any) -> str:
    return f"{value:#x}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
