"""Which of the schemas that have no compatible can matter to a node, from its names alone.

dtschema asks each of them of every node. Most have a `select` that nearly no node meets, the others
speak of a few properties. So for each a condition is worked out once that holds of every node of which
it finds an error; it may hold of more. Where it does not hold, the schema needs not be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from dtgen.bindings.fast.names import Names
from dtgen.validity import patterns
from dtgen.validity.keywords import KEYWORDS
from dtgen.validity.parts import DIALECTS, SILENT, Doubt, says_nothing

NODE_NAME = "$nodename"
"""The property that holds a node's name; every node has it when it is checked."""

Atom = tuple[str, ...]
"""Something that is true or not of a node: a kind of those below, and what it is of."""
HAS = "has"
"""a property of this name"""
HAS_LIKE = "has-like"
"""a property whose name this expression is found in"""
HAS_OTHER = "has-other"
"""a property of a name that is not among the first, in JSON Schema's `properties`, and that none of the
expressions is found in; the two are separated by an empty text"""
COMPATIBLE = "compatible"
COMPATIBLE_LIKE = "compatible-like"
LACKS_COMPATIBLE = "lacks-compatible"
NAMED = "named"
NAMED_LIKE = "named-like"
_LIKE = {HAS_LIKE: HAS, COMPATIBLE_LIKE: COMPATIBLE, NAMED_LIKE: NAMED}

Clause = frozenset[Atom]
"""Atoms of which at least one is true of the node; empty where there can be no such node."""

Resolve = Callable[[Any, str], tuple[Any, str]]
"""What a reference leads to, and what references there are relative to. Raises: Doubt."""

_NEVER: Clause = frozenset()
_DEEPEST = 30

_OF_OTHER_TYPES = frozenset(n for n, keyword in KEYWORDS.items() if keyword.of not in ("any", "object"))
"""Keywords that are of no matter to an object."""

# how many nodes in a thousand have what atoms are of, roughly: of two conditions the rarer one is taken
_SHARE = {
    HAS: 30, HAS_LIKE: 100, HAS_OTHER: 50, COMPATIBLE: 1, COMPATIBLE_LIKE: 20, LACKS_COMPATIBLE: 300,
    NAMED: 1, NAMED_LIKE: 10,
}  # fmt: skip
_COMMON = {"compatible": 700, "reg": 500, "phandle": 700, "status": 300, NODE_NAME: 1000}


def condition(schema: Mapping[str, Any], base: str, resolve: Resolve) -> Clause | None:
    """What is true of a node whenever `schema`, with its `select`, finds an error; None for no condition."""
    selected = _holds(schema["select"])
    violated = _violated({k: v for k, v in schema.items() if k != "select"}, base, resolve, 0)
    return _rarest([selected, violated])


def _rarest(clauses: Iterable[Clause | None]) -> Clause | None:
    return min((clause for clause in clauses if clause is not None), key=_share, default=None)


def _share(clause: Clause) -> int:
    return sum(
        _COMMON.get(atom[-1], _SHARE[atom[0]]) if atom[0] == HAS else _SHARE[atom[0]] for atom in clause
    )


def _either(clauses: Iterable[Clause | None]) -> Clause | None:
    union: Clause = _NEVER
    for clause in clauses:
        if clause is None:
            return None
        union |= clause
    return union


def _holds(schema: Any) -> Clause | None:
    """What is true of a node that is valid under `schema`."""
    if schema is False:
        return _NEVER
    if not isinstance(schema, dict):
        return None
    clauses: list[Clause | None] = [frozenset({(HAS, name)}) for name in schema.get("required", ())]
    for name, kinds in (("compatible", (COMPATIBLE, COMPATIBLE_LIKE)), (NODE_NAME, (NAMED, NAMED_LIKE))):
        atoms = _among(schema.get("properties", {}).get(name, True), *kinds)
        if atoms is not None:
            absent = {(LACKS_COMPATIBLE,)} if name == "compatible" else set()
            clauses.append(atoms | absent)
    clauses += [_holds(member) for member in schema.get("allOf", ())]
    clauses += [_either(map(_holds, schema[k])) for k in ("anyOf", "oneOf") if k in schema]
    if frozenset({(HAS, "compatible")}) in clauses:
        clauses = [clause and clause - {(LACKS_COMPATIBLE,)} for clause in clauses]
    return _rarest(clauses)


def _among(schema: Any, literal: str, like: str) -> Clause | None:
    """What is true of the texts in a list of at least one text that is valid under `schema`."""
    if not isinstance(schema, dict):
        return None
    clauses: list[Clause | None] = []
    if "contains" in schema and schema.get("minContains", 1) == 1:
        clauses.append(_text(schema["contains"], literal, like))
    items = schema.get("items")
    if isinstance(items, list) and items:
        clauses.append(_text(items[0], literal, like))
    clauses += [
        _either(_among(m, literal, like) for m in schema[k]) for k in ("anyOf", "oneOf") if k in schema
    ]
    clauses += [_among(member, literal, like) for member in schema.get("allOf", ())]
    return _rarest(clauses)


def _text(schema: Any, literal: str, like: str) -> Clause | None:
    """The same for a text."""
    if not isinstance(schema, dict):
        return None
    clauses: list[Clause | None] = []
    members = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(members, list) and all(isinstance(member, str) for member in members):
        clauses.append(frozenset((literal, member) for member in members))
    if isinstance(schema.get("pattern"), str):
        clauses.append(frozenset({(like, schema["pattern"])}))
    clauses += [
        _either(_text(m, literal, like) for m in schema[k]) for k in ("anyOf", "oneOf") if k in schema
    ]
    return _rarest(clauses)


def _violated(schema: Any, base: str, resolve: Resolve, depth: int) -> Clause | None:
    """What is true of a node that is *not* valid under `schema`."""
    if schema is True:
        return _NEVER
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    if "$id" in schema and schema["$id"].rstrip("#") != base:
        return None
    return _either(_ways(schema, base, resolve, depth + 1))


def _ways(  # noqa: PLR0912  one for each keyword
    schema: Mapping[str, Any], base: str, resolve: Resolve, depth: int
) -> Iterator[Clause | None]:
    """For each keyword, what is true of a node that is not valid because of it."""
    for keyword, value in schema.items():
        match keyword:
            case "type":
                names = [value] if isinstance(value, str) else value
                yield _NEVER if "object" in names else None
            case "properties":
                yield frozenset((HAS, name) for name, sub in value.items() if not says_nothing(sub))
            case "patternProperties":
                yield frozenset((HAS_LIKE, name) for name, sub in value.items() if not says_nothing(sub))
            case "additionalProperties" | "unevaluatedProperties" if value is not True:
                known, like = schema.get("properties", {}), schema.get("patternProperties", {})
                if "" in known:
                    yield None
                # jsonschema joins the expressions; that more nodes than those have errors is for it to say
                yield frozenset({(HAS_OTHER, *known, "", *like)}) if patterns.stand_alone(like) else None
            case "allOf":
                yield from (_violated(member, base, resolve, depth) for member in value)
            case "anyOf":
                yield _rarest(_violated(member, base, resolve, depth) for member in value)
            case "not":
                yield _holds(value)
            case "if":
                then = _violated(schema.get("then", True), base, resolve, depth)
                yield _rarest([_holds(value), then])
                otherwise = _violated(schema.get("else", True), base, resolve, depth)
                yield _rarest([_violated(value, base, resolve, depth), otherwise])
            case "dependentRequired":
                yield frozenset((HAS, name) for name in value)
            case "dependentSchemas":
                for name, sub in value.items():
                    yield _rarest([frozenset({(HAS, name)}), _violated(sub, base, resolve, depth)])
            case "$ref":
                try:
                    target, where = resolve(value, base)
                except (Doubt, LookupError, ValueError):
                    yield None
                else:
                    yield _violated(target, where, resolve, depth)
            case "$schema" if value.startswith(DIALECTS):
                pass
            case "additionalProperties" | "unevaluatedProperties":
                pass
            case _ if keyword in SILENT or keyword in _OF_OTHER_TYPES:
                pass
            case _:
                yield None


class Candidates:
    """The numbers of the schemas whose conditions are true of a node."""

    def __init__(
        self, conditions: Sequence[Sequence[Sequence[str]] | None], names: Names | None = None
    ) -> None:
        """`conditions`: one for each schema, numbered in this order. `names`: of their set."""
        names = names or Names()
        self._conditions = conditions
        self._all = range(len(conditions))
        self._always = [number for number, clause in enumerate(conditions) if clause is None]
        self._without_compatible = [
            n for n, clause in enumerate(conditions) if [LACKS_COMPATIBLE] in map(list, clause or ())
        ]
        self._named, self._has, self._compatible = map(names.table, (NAMED, HAS, COMPATIBLE))

    def of(self, node: Mapping[str, Any], name: str) -> list[int]:
        """In the order of the schemas. `node` has its `$nodename`."""
        found = {*self._always, *self._by(NAMED, self._named, name)}
        known = self._has
        for prop in node:
            found.update(known[prop] if prop in known else self._by(HAS, known, prop))
        if "compatible" not in node:
            found.update(self._without_compatible)
        else:
            compatibles = node["compatible"]
            if not isinstance(compatibles, list) or not compatibles:
                return list(self._all)
            for compatible in compatibles:
                if not isinstance(compatible, str):
                    return list(self._all)
                found.update(self._by(COMPATIBLE, self._compatible, compatible))
        return sorted(found)

    def _by(self, kind: str, known: dict[str, list[int]], text: str) -> list[int]:
        found = known.get(text)
        if found is None:
            literals, likes = self._atoms[kind]
            numbers = {number for matches, number in likes if matches(text)} | literals.get(text, set())
            found = known[text] = sorted(numbers)
        return found

    @cached_property
    def _atoms(self) -> dict[str, tuple[dict[str, set[int]], list[tuple[patterns.Search, int]]]]:
        """By what is named, the schemas of a name, and those of all names that are like something."""
        found: dict[str, tuple[dict[str, set[int]], list[tuple[patterns.Search, int]]]]
        found = {kind: ({}, []) for kind in (HAS, COMPATIBLE, NAMED)}
        for number, clause in enumerate(self._conditions):
            for kind, *texts in clause or ():
                if kind == HAS_OTHER:
                    found[HAS][1].append((_other(texts), number))
                elif kind in _LIKE:
                    found[_LIKE[kind]][1].append((patterns.search(texts[0]), number))
                elif kind != LACKS_COMPATIBLE:
                    found[kind][0].setdefault(texts[0], set()).add(number)
        return found


def _other(texts: Sequence[str]) -> patterns.Search:
    border = texts.index("")
    known, matches = frozenset(texts[:border]), patterns.any_of(texts[border + 1 :])
    return lambda text: text not in known and not matches(text)
