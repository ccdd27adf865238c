"""A binding's complaint in the words of a source: what is there, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.messages.causes import (
    ACCUSING,
    cause,
    closest,
    effects,
    missing,
    shadowed,
    unexpected,
    weight,
)
from dtgen.bindings.messages.near import nearest
from dtgen.bindings.messages.values import (
    NameOf,
    allowed_text,
    listed,
    shortened,
    type_text,
    value_text,
)
from dtgen.bindings.plain import Engine
from dtgen.records import dataclass
from dtgen.words import counted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["Explanation", "NameOf", "effects", "explain", "missing", "shadowed", "unexpected", "unmatched"]

_MAX_MESSAGE = 200
_VENDORS = "/vendor-prefixes.yaml"
_CORE = "/dt-core.yaml"
_NODE_NAME = "$nodename"
_EXPECTED = ", expected "


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in words."""

    place: list[str]
    """From the node that was checked down to what it is about: child nodes, then perhaps a property."""
    message: str
    help: str
    weight: int
    """Of several about one property, the heaviest tells the cause."""


def nameless(phandle: int) -> str | None:
    """For a tree whose labels nobody knows."""
    return None


def explain(
    error: ValidationError, item: str, node: DecodedNode, engine: Engine, name_of: NameOf = nameless
) -> Explanation:
    """What an error of `node` says.

    `item`: which one of those it is about, where the error names several that the schema does not know.
    Of the alternatives of an error, the one that fits best is explained.
    """
    reported = cause(error)
    complaint = _Complaint(reported, node, engine, name_of)
    place = complaint.place
    if reported.validator in ACCUSING:
        item = (item if reported is error else "") or next(iter(unexpected(reported)), "")
    else:
        item = next(iter(missing(reported)), "")
    if reported.validator in ACCUSING and item:
        place = [*place, item]
        message, help = complaint.unknown(item)
    elif item:
        message, help = complaint.missing(item)
    else:
        place = [*place, *complaint.suspects] if len(complaint.suspects) == 1 else place
        message, help = complaint.wrong()
    return Explanation(
        place, shortened(message, _MAX_MESSAGE), shortened(help, _MAX_MESSAGE), weight(reported)
    )


def unmatched(compatible: str, engine: Engine) -> tuple[str, str]:
    """What to say of a compatible that no schema of the set knows, and what may have been meant."""
    vendor = f"{compatible.partition(',')[0]},"
    near = _alike(compatible, (name for name in engine.compatibles() if name.startswith(vendor)))
    return f'no binding knows the compatible "{compatible}"', f"did you mean {near[0]}?" if near else ""


@dataclass(frozen=True)
class _Complaint:
    error: ValidationError
    node: DecodedNode
    engine: Engine
    name_of: NameOf

    @cached_property
    def place(self) -> list[str]:
        """Child nodes, then the property, if the error is in one."""
        here: Any = self.node
        place = []
        for key in self.error.absolute_path:
            if not isinstance(here, dict) or key == _NODE_NAME:
                break
            place.append(str(key))
            here = here.get(key)
        return place

    @cached_property
    def suspects(self) -> list[str]:
        """What the schema `false` may forbid: jsonschema says its value, and not its name."""
        node = self.holder.get(self.name) if self.place and isinstance(self.holder, dict) else self.node
        properties = node.items() if isinstance(node, dict) and self.error.schema is False else ()
        return [name for name, value in properties if value is self.error.instance]

    @cached_property
    def within(self) -> list[int]:
        """The index of the entry, then of the cell, where the error is in one."""
        return [key for key in list(self.error.absolute_path)[len(self.place) :] if isinstance(key, int)]

    @cached_property
    def holder(self) -> Any:
        """What has the property: the node around the value."""
        here: Any = self.node
        for key in self.place[:-1]:
            here = here.get(key) if isinstance(here, dict) else None
        return here

    @property
    def name(self) -> str:
        """Of the property, or of the child node; empty for the node that was checked."""
        return self.place[-1] if self.place else ""

    @cached_property
    def types(self) -> list[str]:
        return self.engine.types(self.name) if self.name else []

    @property
    def what(self) -> str:
        """`iommus`, `entry 2 of iommus`, `cell 1 of entry 2 of reg`."""
        value = self.holder.get(self.name) if isinstance(self.holder, dict) else None
        words = []
        for index in self.within:
            if not isinstance(value, list) or not 0 <= index < len(value):
                break
            if len(value) > 1:
                words.append(f"{'cell' if isinstance(value[index], int) else 'entry'} {index + 1}")
            value = value[index]
        return " of ".join([*reversed(words), self.name or "the node"])

    @property
    def value(self) -> str:
        return value_text(self.error.instance, self.types, self.name, self.name_of)

    def unknown(self, item: str) -> tuple[str, str]:
        """A property or a child node that the schema does not know."""
        schema_file = str(getattr(self.error, "schema_file", ""))
        instance = self.error.instance
        if schema_file.endswith(_VENDORS):
            return f"{item}: {item.partition(',')[0]} is not a vendor prefix that the bindings know", ""
        if schema_file.endswith(_CORE) and not self.place:
            return f"{item} is not a valid name of a node or a property", ""
        if isinstance(instance, dict) and isinstance(instance.get(item), dict):
            return f"the binding knows no child node {item} here", ""
        return f"the binding does not know {item}", self._near_property(item)

    def missing(self, item: str) -> tuple[str, str]:
        """A property that the schema requires."""
        present = self.error.instance if isinstance(self.error.instance, dict) else {}
        unknown = [name for name in present if not self.engine.types(name)]
        return _absent(item), "".join(f"is {name} a typo of it?" for name in _alike(item, unknown)[:1])

    def wrong(self) -> tuple[str, str]:
        """Anything else."""
        error, instance = self.error, self.error.instance
        if list(error.absolute_path)[len(self.place) :][:1] == [_NODE_NAME]:
            return self._node_name()
        if closest(error):
            return self._no_alternative(), ""
        if isinstance(instance, bytes) and not self.types and not self._should_be_node():
            if self.name in self.engine.property_names:
                return f"{self.name} is {self.value}, and no binding says what type it has", ""
            return f"no binding knows the property {self.name}", self._near_property(self.name)
        sentence = _SENTENCES.get(str(error.validator))
        found = sentence(self, error.validator_value) if sentence else None
        return found or (
            f"{self.what} is {self.value}, which the binding forbids ({error.validator or 'false'})",
            "",
        )

    def _node_name(self) -> tuple[str, str]:
        name = self.error.instance
        if self.error.validator == "pattern":
            return f"the node is called {name}, expected a name that matches {self.error.validator_value}", ""
        return f"the binding does not allow a node to be called {name} here", ""

    def _should_be_node(self) -> bool:
        return self.error.validator == "type" and self.error.validator_value == "object"

    def _near_property(self, name: str) -> str:
        """Of those that look alike, one that is expected here, or any where the name itself means nothing."""
        names = self.engine.property_names
        near = [other for other in _alike(name, names) if other != name]
        here = [other for other in near if self.engine.expects(self.error, other)]
        found = here or ([] if name in names else near)
        return f"did you mean {found[0]}?" if found else ""

    def _no_alternative(self) -> str:
        """None of several alternatives fits better than the others."""
        leaves = list(_leaves(self.error))
        absent = list(dict.fromkeys(name for leaf in leaves for name in missing(leaf)))
        if all(map(missing, leaves)):
            return f"one of the properties {listed(absent)} is required" if absent[1:] else _absent(absent[0])
        if all(leaf.validator == "type" and leaf.instance is self.error.instance for leaf in leaves):
            kinds = [kind for leaf in leaves for kind in _kinds(leaf.validator_value)]
            return self.type(kinds)[0]
        said = [explain(leaf, "", self.node, self.engine, self.name_of).message for leaf in leaves]
        heads, tails = zip(*(message.partition(_EXPECTED)[::2] for message in said), strict=True)
        if len(set(heads)) == 1 and all(tails):
            return f"{heads[0]}{_EXPECTED}{listed(list(dict.fromkeys(tails)))}"
        return f"none of the alternatives fits: {'; '.join(dict.fromkeys(said))}"

    @property
    def found(self) -> str:
        """What is there, where it is not of the expected type."""
        if self.error.instance is True:
            return f"{self.what} has no value"
        return f"{self.what} is {self.value}"

    # one for each keyword of JSON Schema; `limit` is the keyword's value

    def type(self, limit: Any) -> tuple[str, str]:
        instance = self.error.instance
        kinds = _kinds(limit)
        if kinds == ["object"]:
            return f"{self.what} is a property, expected a child node", ""
        if isinstance(instance, dict):
            return f"{self.what} is a node, expected a property", ""
        types = self.types if not self.within or self._is_text() else []
        if kinds == ["boolean"] or types == ["flag"]:
            return f"{self.found}, expected no value", f"write `{self.name};`" if instance is not True else ""
        if isinstance(instance, bytes) and len(instance) % 4 and all(map(_is_cells, types)):
            count = counted(len(instance), "byte")
            return f"{self.what} has {count}, expected cells of 4 bytes each: {self.value}", ""
        return f"{self.found}, expected {type_text(types, kinds)}", ""

    def type_size(self, limit: Any) -> tuple[str, str]:
        if self.value.startswith('"'):
            return self.type("integer")
        found = counted(getattr(self.error.instance, "size", 32) // 8, "byte")
        help = f"write `/bits/ {limit} <…>`" if limit != 32 else ""
        return f"{self.what} has {found}, expected {limit // 8}: {self.value}", help

    def enum(self, limit: Any) -> tuple[str, str]:
        instance = self.error.instance
        if self.types and isinstance(instance, list | bytes | bool) and not self.within:
            return self.type([])
        allowed = allowed_text(limit, self.types, self.name, self.name_of)
        strings = [value for value in limit if isinstance(value, str)]
        near = "".join(f"did you mean {value}?" for value in _alike(instance, strings)[:1])
        return f"{self.found}, expected {allowed}", near or self._order_help(limit)

    def const(self, limit: Any) -> tuple[str, str]:
        if limit is True:
            return self.type("boolean")
        return self.enum([limit])

    def _order_help(self, limit: Any) -> str:
        entries = self.holder.get(self.name) if isinstance(self.holder, dict) and self.within else None
        moved = isinstance(entries, list) and any(value in entries for value in limit)
        return "the binding fixes the order" if moved else ""

    def pattern(self, limit: Any) -> tuple[str, str]:
        return f"{self.found}, expected text that matches {limit}", ""

    def minimum(self, limit: Any) -> tuple[str, str]:
        return f"{self.found}, expected at least {_number(limit)}", ""

    def maximum(self, limit: Any) -> tuple[str, str]:
        return f"{self.found}, expected at most {_number(limit)}", ""

    def multiple_of(self, limit: Any) -> tuple[str, str]:
        return f"{self.found}, expected a multiple of {_number(limit)}", ""

    def too_few(self, limit: Any) -> tuple[str, str]:
        if self._is_text():
            return self.type([])
        if not self.error.instance and any(kind.startswith("phandle") for kind in self.types):
            # dtschema stops at a phandle that it cannot follow
            return f"{self.what} starts with no phandle of a provider", ""
        help = self._lacking(limit) or self._cells_help()
        return f"{self.what} has {self._count()}, expected at least {limit}{self._shown()}", help

    def too_many(self, limit: Any) -> tuple[str, str]:
        if self._is_text():
            return self.type([])
        return f"{self.what} has {self._count()}, expected at most {limit}{self._shown()}", self._cells_help()

    def _is_text(self) -> bool:
        """Whether the cells are those of a string, which then have no sensible count."""
        return self.value.startswith('"') and bool(self.types) and all(map(_is_cells, self.types))

    def _count(self) -> str:
        instance: Any = self.error.instance
        if not instance or not all(isinstance(entry, int) for entry in instance):
            return counted(len(instance), "entry")
        return counted(len(instance), "byte" if getattr(instance[0], "size", 32) == 8 else "cell")

    def _shown(self) -> str:
        return f": {self.value}" if self.error.instance else ""

    def _cells_help(self) -> str:
        if self.within and self.name in ("reg", "ranges", "dma-ranges"):
            return "#address-cells and #size-cells of the parent say how many"
        return ""

    def _lacking(self, limit: int) -> str:
        """The names of the entries that are missing, where the schema or a `…-names` tells them."""
        instance: Any = self.error.instance
        count, schema = len(instance), self.error.schema
        items = schema.get("items") if isinstance(schema, Mapping) else None
        names = [item.get("const") for item in items[count:limit]] if isinstance(items, list) else []
        if not any(names) and isinstance(self.holder, dict) and not self.within:
            named = self.holder.get(f"{self.name.removesuffix('s')}-names")
            names = named[count:] if isinstance(named, list) else []
        text = ", ".join(f'"{name}"' for name in names if isinstance(name, str))
        return f"{text} {'is' if len(names) == 1 else 'are'} missing" if text else ""

    def unique(self, limit: Any) -> tuple[str, str]:
        return f"{self.what} has an entry twice{self._shown()}", ""

    def contains(self, limit: Any) -> tuple[str, str]:
        wanted = "an entry that the binding asks for"
        for values in (limit.get("enum"), [limit.get("const")]) if isinstance(limit, dict) else ():
            if values and values != [None]:
                wanted = allowed_text(values, self.types, self.name, self.name_of)
        return f"{self.what} lacks {wanted}{self._shown()}", ""

    def dependent(self, limit: Any) -> tuple[str, str]:
        absent, _, has = self.error.message.partition(" is a dependency of ")
        absent, has = absent.strip("'"), has.strip("'")
        return f"{has} is here without {absent}, which it needs", f"add {absent}, or remove {has}"

    def excluded(self, limit: Any) -> tuple[str, str]:
        required = limit.get("required") if isinstance(limit, dict) else None
        if isinstance(self.error.instance, dict) and required:
            if len(required) == 1:
                return f"{required[0]} is not allowed here", ""
            return f"{' and '.join(required)} exclude each other", "remove one of them"
        return f"{self.found}, which the binding excludes", ""

    def too_many_fit(self, limit: Any) -> tuple[str, str]:
        """More than one of alternatives: jsonschema names no error of any."""
        instance: Any = self.error.instance
        required = [each.get("required", []) for each in limit if isinstance(each, dict)]
        present = [names[0] for names in required if len(names) == 1 and isinstance(instance, dict)]
        present = [name for name in dict.fromkeys(present) if name in instance]
        if present[1:]:
            return f"{' and '.join(present)} exclude each other", "remove one of them"
        return f"{self.what} fits several alternatives that exclude each other", ""

    def forbidden(self, limit: Any) -> tuple[str, str]:
        names = listed(self.suspects) or self.what
        one_of = "one of " if self.suspects[1:] else ""
        return (
            f"{one_of}{names} is not allowed here",
            "the binding excludes it for this compatible, or beside another property",
        )


_SENTENCES: Mapping[str, Callable[[_Complaint, Any], tuple[str, str]]] = {
    "None": _Complaint.forbidden,
    "const": _Complaint.const,
    "contains": _Complaint.contains,
    "dependentRequired": _Complaint.dependent,
    "enum": _Complaint.enum,
    "maxItems": _Complaint.too_many,
    "maximum": _Complaint.maximum,
    "minItems": _Complaint.too_few,
    "minimum": _Complaint.minimum,
    "multipleOf": _Complaint.multiple_of,
    "not": _Complaint.excluded,
    "oneOf": _Complaint.too_many_fit,
    "pattern": _Complaint.pattern,
    "type": _Complaint.type,
    "typeSize": _Complaint.type_size,
    "uniqueItems": _Complaint.unique,
}


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong in each of the alternatives that fit best."""
    for errors in closest(error):
        leaf = cause(max(errors, key=weight))
        if closest(leaf):
            yield from _leaves(leaf)
        else:
            yield leaf


def _absent(name: str) -> str:
    return f"the required property {name} is missing"


def _is_cells(kind: str) -> bool:
    return kind.startswith(("phandle", "uint32", "int32", "address"))


def _kinds(types: Any) -> list[str]:
    """JSON types; `null` is in the schemas of flags and means nothing to a tree."""
    return [kind for kind in ([types] if isinstance(types, str) else types) if kind != "null"]


def _number(limit: Any) -> str:
    return hex(limit) if isinstance(limit, int) else str(limit)


def _alike(name: object, known: Iterable[str]) -> list[str]:
    """The nearest first."""
    return nearest(name, tuple(known)) if isinstance(name, str) else []
