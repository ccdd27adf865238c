"""A YAML file as plain data in which every entry keeps its line. The only module that imports ruamel.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtgen.description.yaml_slips import Mark, slip
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.project import files
from dtgen.records import dataclass

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import Node as YamlNode

MAX_SIZE = 1 << 20
MAX_ENTRIES = 100_000
"""Counted after aliases are expanded, so that a few lines cannot grow to gigabytes."""
MAX_DEPTH = 64
MAX_DIGITS = 64
"""As many as 64 bits have in binary."""
_SHORT_TEXT = 1 << 14
"""Characters."""

Keys = tuple[str | int, ...]
"""The way to an entry: keys and indexes from the top."""
VALUE = -1
"""An index that no list has; see `Document.locations`."""

_TAG = "tag:yaml.org,2002:"
_CONFUSING = re.compile(r"[-+]?0[0-9]")
# The core schema of YAML 1.2, chapter 10.3; ruamel.yaml takes more for numbers.
_CORE = {
    "null": re.compile(r"(?:~|null|Null|NULL)?"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
}
_OTHER_VERSION = re.compile(r"^%YAML (?!1\.2\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and where each of its entries stands."""

    data: Any
    locations: Mapping[Keys, Location]
    """Where the entry begins, at its key if it has one; with `VALUE` after the keys, where its value does."""

    def location(self, keys: Keys) -> Location:
        """Where the entry stands, or the nearest one above it."""
        while keys not in self.locations:
            keys = keys[:-1]
        return self.locations[keys]

    def value(self, keys: Keys) -> Location:
        """Where the entry's value stands, behind its key or below it."""
        return self.location((*keys, VALUE))

    def patched(self, patch: Document) -> Document:
        """This document with `patch` merged into it (RFC 7396: null removes, lists are replaced)."""
        merged: set[Keys] = set()
        gone: set[Keys] = set()
        data = _merge_patch(self.data, patch.data, (), merged, gone)
        locations = {known: place for known, place in self.locations.items() if not _is_within(known, gone)}
        for known, place in patch.locations.items():
            holder = known[:-1] if known[-1:] == (VALUE,) else known
            if holder in merged or _is_within(known, gone):
                locations[known] = place
        for removed in (keys for keys in gone if keys and _at(patch.data, keys) is None):
            locations.pop(removed, None)
            locations.pop((*removed, VALUE), None)
        return Document(data, locations)


def _merge_patch(old: Any, new: Any, keys: Keys, merged: set[Keys], gone: set[Keys]) -> Any:
    """`merged`: what both have; `gone`: of what nothing is left of the old."""
    if not isinstance(new, dict):
        gone.add(keys)
        return new
    merged.add(keys)
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in new.items():
        inner = (*keys, key)
        if value is None:
            result.pop(key, None)
            gone.add(inner)
        else:
            result[key] = _merge_patch(result.get(key), value, inner, merged, gone)
    return result


def _is_within(keys: Keys, places: set[Keys]) -> bool:
    return any(keys[:length] in places for length in range(len(keys) + 1))


def _at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


def read(file: Path, name: str) -> Document:
    """Read a YAML 1.2 file whose top is a mapping; `name` is what messages call it.

    Raises: Unreadable, Rejected where it is not such a file.
    """
    try:
        data = files.content(file, MAX_SIZE + 1)
    except OSError as error:
        raise files.Unreadable(f"cannot read {name}: {error.strerror}", file) from error
    if len(data) > MAX_SIZE:
        raise _wrong(name, None, f"larger than {MAX_SIZE >> 10} KiB, the limit for a description")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise rejected("yaml", f"not UTF-8: byte 0x{data[error.start]:02x}", Location(name, line)) from error
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """The same for a text. What comes of a short one is kept: each of many overlays asks for the same."""
    return _kept(text, name) if len(text) < _SHORT_TEXT else _parsed(text, name)


@lru_cache(maxsize=64)
def _kept(text: str, name: str) -> Document:
    return _parsed(text, name)


def _parsed(text: str, name: str) -> Document:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    other = _OTHER_VERSION.search(text)
    if other:
        line = text.count("\n", 0, other.start()) + 1
        raise rejected("yaml", "descriptions are YAML 1.2", Location(name, line), "leave the directive out")
    try:
        top = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise _unreadable(text, name, error) from error
    except YAMLError as error:
        raise rejected("yaml", str(error).partition("\n")[0], Location(name)) from error
    except RecursionError as error:
        raise _wrong(name, None, f"nested more than {MAX_DEPTH} deep") from error
    if top is None:
        raise _wrong(name, None, "the file is empty", "`dtgen new NAME` begins a description")
    builder = _Builder(name)
    data = builder.build(top, ())
    if not isinstance(data, dict):
        message = "a description must be a mapping at the top"
        raise _wrong(name, top, message, "write lines of key: value, as in `name: carrier`")
    return Document(data, builder.locations)


def _unreadable(text: str, name: str, error: MarkedYAMLError) -> Rejected:
    """In words, or in YAML's where nobody knows better."""
    problem = error.problem or str(error)
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    if mark is None:
        return rejected("yaml", problem, Location(name))
    at = Mark(mark.line + 1, mark.column + 1)
    found = slip(text, problem, at, Mark(context.line + 1, context.column + 1) if context else None)
    if found:
        return rejected("yaml", found.message, Location(name, found.line, found.column), found.help)
    while_ = f" ({error.context})" if error.context else ""
    return rejected("yaml", problem + while_, Location(name, at.line, at.column))


_QUOTED = re.compile(r"[:?]|(?:y|n|yes|no|on|off)$", re.IGNORECASE)
"""Texts that readers take for keys inside of brackets, or for booleans where they have an older YAML."""
VALUE_KEYS = frozenset({"cells", "bits", "bytes", "path"})
"""Of a value of a property that is more than a text, a number or true."""
_SHORT = 70
"""Characters."""


class _Decimal(int):
    """A number that nobody reads in hex."""


def write(data: Any) -> str:
    """Plain data as YAML, integers in hex but for negative ones, for which YAML 1.2 has no hex."""
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        """Registered representers are the class's: this one is ours alone."""

    def in_hex(representer: SafeRepresenter, number: int) -> Any:
        return representer.represent_scalar(_TAG + "int", hex(number) if number >= 0 else str(number))

    def in_one_line(representer: SafeRepresenter, values: list[Any]) -> Any:
        plain = not any(isinstance(value, dict | list) or len(str(value)) > 20 for value in values)
        return representer.represent_sequence(_TAG + "seq", values, flow_style=plain)

    def in_quotes(representer: SafeRepresenter, text: str) -> Any:
        # plain and single-quoted scalars write U+0085 and its like as they are, and these read as line ends
        lines = text.removesuffix("\n").split("\n")
        if len(lines) > 1 and text.isascii() and all(ln.isprintable() and ln == ln.strip() for ln in lines):
            style: str | None = "|"
        else:
            style = '"' if not text.isprintable() else "'" if _QUOTED.match(text) else None
        return representer.represent_scalar(_TAG + "str", text, style=style)

    def short_in_one_line(representer: SafeRepresenter, entries: dict[str, Any]) -> Any:
        if "bits" in entries:
            entries = {**entries, "bits": _Decimal(entries["bits"])}
        value = entries.keys() <= VALUE_KEYS and len(str(entries)) < _SHORT
        return representer.represent_mapping(_TAG + "map", entries, flow_style=value or None)

    Representer.add_representer(dict, short_in_one_line)
    Representer.add_representer(_Decimal, lambda representer, number: representer.represent_int(int(number)))
    Representer.add_representer(int, in_hex)
    Representer.add_representer(str, in_quotes)
    Representer.add_representer(list, in_one_line)
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Representer = Representer
    yaml.sort_base_mapping_type_on_output = False
    yaml.default_flow_style = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = MAX_SIZE  # a folded text would end its lines with spaces
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _wrong(name: str, node: YamlNode | None, message: str, help: str = "") -> Rejected:
    where = Location(name)
    if node is not None:
        where = Location(name, node.start_mark.line + 1, node.start_mark.column + 1)
    return rejected("yaml", message, where, help)


def _shape(node: YamlNode) -> str | None:
    """The tag that a collection has of itself; None for a scalar."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    return "map" if isinstance(node, MappingNode) else "seq" if isinstance(node, SequenceNode) else None


def _is_empty(node: YamlNode) -> bool:
    return node.value == "" and getattr(node, "style", None) is None


class _Builder:
    """YAML's node graph to data: scalars of YAML 1.2's core schema, no tags, no duplicate keys."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.locations: dict[Keys, Location] = {}
        self.entries = 0

    def build(self, node: YamlNode, keys: Keys) -> Any:
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            raise _wrong(self.name, node, f"more than {MAX_ENTRIES} entries once aliases are expanded")
        if len(keys) > MAX_DEPTH:
            raise _wrong(self.name, node, f"nested more than {MAX_DEPTH} deep")
        if node.anchor and (_is_empty(node) or node.anchor.endswith(":")):
            name = node.anchor.rstrip(":")
            raise _wrong(
                self.name, node, f"&{name} is an anchor in YAML", f"write {name}: a label has no & here"
            )
        mark = node.start_mark
        self.locations.setdefault(keys, Location(self.name, mark.line + 1, mark.column + 1))
        kind = _shape(node)
        if kind and node.tag != _TAG + kind:
            raise self.wrong_tag(node)
        if kind == "map":
            return self.mapping(node, keys)
        if kind == "seq":
            return [self.build(child, (*keys, index)) for index, child in enumerate(node.value)]
        return self.scalar(node)

    def wrong_tag(self, node: YamlNode) -> Rejected:
        return _wrong(self.name, node, f"tags like {node.tag} are not read", "write the plain value")

    def mapping(self, node: YamlNode, keys: Keys) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for place, (key, value) in enumerate(node.value):
            name = key.value
            if not isinstance(name, str):
                raise _wrong(self.name, key, "a key must be a word")
            if _is_empty(value) and value.start_mark.index == key.end_mark.index:  # in braces alone
                raise self.without_colon(node.value, place)
            if name in data:
                first = self.locations[(*keys, name)]
                raise _wrong(
                    self.name, key, f"{name} is here twice (first in line {first.line})", "keep one of them"
                )
            self.locations[(*keys, name)] = Location(
                self.name, key.start_mark.line + 1, key.start_mark.column + 1
            )
            if not _is_empty(value):
                mark = value.start_mark
                self.locations[(*keys, name, VALUE)] = Location(self.name, mark.line + 1, mark.column + 1)
            data[name] = self.build(value, (*keys, name))
        return data

    def without_colon(self, pairs: Sequence[tuple[YamlNode, YamlNode]], place: int) -> Rejected:
        """In braces, a word between commas: most often the comma belongs to a name or a text."""
        key = pairs[place][0]
        name = key.value
        behind = pairs[place + 1][0] if place + 1 < len(pairs) else None
        if behind and behind.start_mark.index == key.end_mark.index + 1:
            whole = f'"{name},{behind.value}"'
            return _wrong(self.name, key, f"a comma ends the name {name}", f"write {whole}, in quotes")
        before, value = pairs[place - 1] if place else (None, None)
        if before and value and _shape(value) is None and value.start_mark.line == key.start_mark.line:
            message = f"a comma ends the value of {before.value}"
            text = f"{value.value},{' ' * (key.start_mark.index - value.end_mark.index - 1)}{name}"
            return _wrong(self.name, value, message, f'quote it: {before.value}: "{text}"')
        return _wrong(self.name, key, f"{name} has no colon", f"write {name}: …")

    def scalar(self, node: YamlNode) -> str | int | float | bool | None:
        text: str = node.value
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise _wrong(self.name, node, "half of a surrogate pair is not a character")
        kind = str(node.tag).removeprefix(_TAG)
        quoted = getattr(node, "style", None) is not None
        if quoted or kind in ("str", "timestamp"):  # YAML 1.2 has no timestamps
            return text
        if kind not in _CORE:
            raise self.wrong_tag(node)
        if not _CORE[kind].fullmatch(text):
            plain = text.replace("_", "")
            is_number = kind == "int" and _CORE[kind].fullmatch(plain)
            help = f"write {plain}: no underscores" if is_number else "quote it to make it a text"
            raise _wrong(self.name, node, f"{text} is not a plain value in YAML 1.2", help)
        if kind == "int" and len(text) > MAX_DIGITS:
            raise _wrong(self.name, node, f"a number of {len(text)} digits does not fit in a cell")
        if kind == "int":
            if _CONFUSING.match(text):
                sign, digits = text.rstrip("0123456789"), text.lstrip("+-0") or "0"
                help = f"write {sign}0x{digits} or {sign}{digits}"
                raise _wrong(self.name, node, f"{text} is decimal in YAML 1.2", help)
            return int(text, 0)
        if kind == "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return text.lower() == "true" if kind == "bool" else None
