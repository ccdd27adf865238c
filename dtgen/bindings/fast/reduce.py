"""What of a node dtschema needs to see, where a schema finds an error in it or in one of its children.

A controller has hundreds of children, and dtschema takes a second for all of them because one has a mistake.
A child or a property is left out where nothing that dtschema says depends on it: it is valid under all that
is asked of it, it is no reason for an error elsewhere, and no message shows the node with it.
Source: jsonschema's `_keywords.py` and `_legacy_keywords.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.fast.index import NODE_NAME
from dtgen.validity import patterns
from dtgen.validity.keywords import KEYWORDS
from dtgen.validity.parts import SILENT, Check, Doubt, Parts

_FEWEST = 3
"""Properties and children; with fewer, it takes as long to look for what can be left out."""
_DEEPEST = 60
_NEEDED = (NODE_NAME, "compatible")
"""By the latter dtschema knows which schema to ask."""
_OTHERS = ("additionalProperties", "unevaluatedProperties")
_ASKED = {"properties", "patternProperties", "propertyNames", *_OTHERS}
"""Keywords that ask each child on its own."""
_CERTAIN = {*SILENT, *_ASKED, "$schema", "typeSize"} | {
    name for name, keyword in KEYWORDS.items() if keyword.of in ("array", "number", "string")
}
"""With those that say nothing of a node."""


def reduced(schemas: Parts, schema: Mapping[str, Any], base: str, node: DecodedNode) -> DecodedNode:
    """The node without what is of no matter to a schema; itself, where that is in doubt.

    `schemas`: what tells whether a child is valid, with nothing excused. `schema`: with its `select`.
    """
    if len(node) < _FEWEST:
        return node
    try:
        select = {"if": schema["select"], "then": schema} if "select" in schema else schema
        parts = [*_Applied(schemas, node).parts(select, base, False, 0)]
    except Exception:  # noqa: BLE001  whatever a foreign schema provokes
        return node
    gone = {
        name
        for name, value in node.items()
        if name not in _NEEDED and all(part.lets_go(name, value) for part in parts)
    }
    return {name: value for name, value in node.items() if name not in gone} if gone else node


def restore(errors: Iterable[Any], shown: DecodedNode, node: DecodedNode) -> None:
    """Have errors be of the node, which were found in what was shown of it."""
    for error in errors:
        if error.instance is shown:
            error.instance = node
        restore(error.context or (), shown, node)


class _Part:
    """A schema that is applied to the node, for itself or for what depends on it."""

    def __init__(self, schemas: Parts, schema: Mapping[str, Any], base: str) -> None:
        self._schemas, self._base = schemas, base
        self._names = schema.get("propertyNames", True)
        self._others = [schema[keyword] for keyword in _OTHERS if schema.get(keyword, True) is not True]
        self._known = schema.get("properties", {})
        self._like = [(patterns.search(p), sub) for p, sub in schema.get("patternProperties", {}).items()]
        if not patterns.stand_alone(schema.get("patternProperties", {})):
            raise Doubt("patternProperties")
        self._named = {*schema.get("required", ()), *schema.get("dependentSchemas", ())}
        for name, others in schema.get("dependentRequired", {}).items():
            self._named |= {name, *others}

    def lets_go(self, name: str, child: Any) -> bool:
        """Whether all is the same without this property or child."""
        if name in self._named:
            return False
        found = [sub for matches, sub in self._like if matches(name)]
        if name in self._known:
            found.append(self._known[name])
        try:
            return (self._names is True or self._check(self._names)(name)) and all(
                self._check(sub)(child) for sub in found or self._others
            )
        except Exception:  # noqa: BLE001
            return False

    def _check(self, schema: Any) -> Check:
        return self._schemas.check(schema, self._base)


class _Applied:
    """What is applied to a node, with a schema."""

    def __init__(self, schemas: Parts, node: DecodedNode) -> None:
        self._schemas, self._node = schemas, node

    def parts(  # noqa: PLR0912  one for each keyword
        self, schema: Any, base: str, silent: bool, depth: int
    ) -> Iterator[_Part]:
        """`silent`: whether nothing is said of what is wrong under it. Raises: Doubt."""
        if depth > _DEEPEST or not isinstance(schema, dict):
            if schema is True or (schema is False and silent):
                return
            raise Doubt("depth")
        yield _Part(self._schemas, schema, base)
        for keyword, value in schema.items():
            match keyword:
                case "$ref":
                    target, where = self._schemas.target(value, base)
                    yield from self.parts(target, where, silent, depth + 1)
                case "allOf":
                    for member in value:
                        yield from self.parts(member, base, silent, depth + 1)
                case "anyOf" | "oneOf" | "not":
                    if not silent and not self._holds({keyword: value}, base):
                        raise Doubt(keyword)  # the message shows the node
                    for member in [value] if keyword == "not" else value:
                        yield from self.parts(member, base, True, depth + 1)
                case "if":
                    yield from self.parts(value, base, True, depth + 1)
                    for branch in ("then", "else"):
                        taken = silent or self._holds(value, base) == (branch == "then")
                        if taken and branch in schema:
                            yield from self.parts(schema[branch], base, silent, depth + 1)
                case "dependentSchemas":
                    for name, sub in value.items():
                        if name in self._node:
                            yield from self.parts(sub, base, silent, depth + 1)
                case "type" if "object" in ([value] if isinstance(value, str) else value):
                    pass
                case "required" | "dependentRequired":
                    pass
                case _ if keyword in _CERTAIN:
                    pass
                case _:
                    raise Doubt(keyword)

    def _holds(self, schema: Any, base: str) -> bool:
        return self._schemas.check(schema, base)(self._node)
