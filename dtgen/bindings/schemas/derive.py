"""What is derived from a set of schemas as a whole, worked out anew only where it may be another.

dtschema generates schemas from all of a set: the types of properties, and the compatibles that there are.
It sorts out which schemas it asks of which nodes, and dtgen adds on what condition. What each schema has to
do with all that is kept, so that in the next set only those are looked at that have changed.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple, TypedDict

from dtgen.bindings import dtschema, versions
from dtgen.bindings.dtschema import GENERATED, PATTERN_TYPES, TYPES, UNMATCHED
from dtgen.bindings.fast import engine
from dtgen.bindings.fast.index import Atom
from dtgen.bindings.schemas import generate, property_types
from dtgen.bindings.schemas.generate import TypesSaid
from dtgen.bindings.schemas.pack import to_json
from dtgen.bindings.schemas.property_types import PropertyTypes
from dtgen.errors import ToolError
from dtgen.records import dataclass

_FEW = 0.25
"""The share of changed schemas up to which the past helps; with more, what is kept would only grow."""

Condition = Sequence[Atom] | None


class Share(NamedTuple):
    """What one schema has to do with the set, besides the types of properties."""

    compatibles: list[str]
    """All that are in it, first those of the nodes that it is for."""
    own: int
    """How many these are."""
    is_always: bool
    """Whether dtschema asks it of every node."""
    condition: Condition = None
    """Then, what is true of the nodes in which it may find errors."""
    referred: Sequence[str] = ()
    """The schemas, there or not, that the condition depends on besides its own."""


class Contribution(NamedTuple):
    """What one schema adds, whatever others are in the set."""

    share: Share
    types: TypesSaid | None
    """None where that cannot be told of it alone."""


class Kept(TypedDict):
    """What the next set wants to know of this one; steps and parts are in the order of its schemas."""

    properties: list[str]
    types: Sequence[Any]
    steps: str
    """Of property_types; see there."""
    parts: list[Share]


@dataclass(frozen=True, slots=True)
class EarlierSet:
    """An earlier set."""

    records: Mapping[str, bytes]
    """Its schemas, with those that were generated."""
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Derived:
    """All that is derived."""

    generated: dict[str, bytes]
    always: list[str]
    """The schemas that dtschema asks of every node, in its order."""
    conditions: list[Condition]
    compatibles: dict[str, str]
    """With the schemas of their nodes."""
    kept: Kept


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing can be derived from a set that has these schemas."""

    because: dict[str, Exception] = field(default_factory=dict)


def contributions(records: Mapping[str, bytes]) -> dict[str, Contribution]:
    """Of schemas as JSON, by `$id` without `#`; none of those that dtschema fails over."""
    schemas = _Schemas(records, generate.ordered)
    shares, _ = _shares(schemas, records, records)
    return {name: Contribution(share, generate.types_said(schemas[name])) for name, share in shares.items()}


def derive(
    records: Mapping[str, bytes],
    past: EarlierSet | None = None,
    given: Mapping[str, Contribution] | None = None,
    foreseen: PropertyTypes | None = None,
) -> Derived | Failed:
    """`records`: the schemas of a set as JSON, by `$id` without `#`, in dtschema's order.

    `given`: what some of them contribute; `foreseen`: the types that they lead to, as far as was seen.
    """
    if past and past.kept:
        changed = [name for name, record in records.items() if past.records.get(name) != record]
        if len(changed) <= _FEW * len(records):
            return _Derivation(records, past, changed, given or {}, None).run()
    return _Derivation(records, None, list(records), given or {}, foreseen).run()


def _shares(
    schemas: Mapping[str, Any], records: Mapping[str, bytes], names: Iterable[str]
) -> tuple[dict[str, Share], dict[str, Exception]]:
    """Of these schemas, without conditions, and what dtschema says of those that it fails over."""
    found: dict[str, set[str]] = {}
    failed: dict[str, Exception] = {}
    for name in names:
        try:
            found[name] = generate.compatibles(schemas[name], records[name])
        except Exception as error:  # noqa: BLE001  whatever a foreign schema provokes
            failed[name] = error
    always, pairs = _tables({name: schemas[name] for name in found}, failed)
    own: dict[str, set[str]] = {name: set() for name in found}
    for compatible, name in pairs:
        own[name].add(compatible)
    asked = frozenset(always)
    return {
        name: Share(sorted(own[name]) + sorted(found[name] - own[name]), len(own[name]), name in asked)
        for name in found.keys() - failed.keys()
    }, failed


def _tables(
    schemas: Mapping[str, Any], failed: dict[str, Exception]
) -> tuple[list[str], list[tuple[str, str]]]:
    """`failed`: is given the schemas that are to blame where there are no tables."""
    try:
        return generate.tables(schemas)
    except Exception:
        before = len(failed)
        for name, schema in schemas.items():
            try:
                generate.tables({name: schema})
            except Exception as error:  # noqa: BLE001
                failed[name] = error
        if len(failed) == before:
            raise  # it is no schema that is to blame
    return generate.tables({name: schema for name, schema in schemas.items() if name not in failed})


def is_the_same(schemas: Mapping[str, Any], kept: bytes, changed: Mapping[str, bytes]) -> bool:
    """Whether all that is derived of a set stays the same where some of its schemas have changed.

    `schemas`: the set before, in its order; `kept`: what was kept of it then, as JSON.
    """
    before = contributions({name: to_json(schemas[name]) for name in changed})
    after = contributions(changed)
    for name in changed:
        was, is_now = before.get(name), after.get(name)
        # as text: what is in another order is another
        if not was or not is_now or is_now.types is None or to_json(was) != to_json(is_now):
            return False
    shares = dict(zip(schemas, map(Share._make, json.loads(kept)["parts"]), strict=False))
    now = ChainMap({name: json.loads(record) for name, record in changed.items()}, schemas)  # type: ignore[arg-type]
    return all(
        to_json(engine.condition(now, name)) == to_json([share.condition, share.referred])
        for name, share in shares.items()
        if share.is_always and (name in changed or not changed.keys().isdisjoint(share.referred))
    )


class _Derivation:
    def __init__(
        self,
        records: Mapping[str, bytes],
        past: EarlierSet | None,
        changed: list[str],
        given: Mapping[str, Contribution],
        foreseen: PropertyTypes | None,
    ) -> None:
        kept = (past and past.kept) or Kept(properties=[], types=[], steps="", parts=[])
        self._names, self._changed = list(records), changed
        self._records, self._given = dict(records), given
        self._schemas = _Schemas(self._records, generate.ordered)
        self._plain = _Schemas(self._records, None)
        self._past_records = past.records if past else {}
        names = [name for name in self._past_records if name not in GENERATED]
        self._past_parts = dict(zip(names, map(Share._make, kept["parts"]), strict=True))
        steps = dict(zip(names, property_types.read(kept["steps"]), strict=True))
        self._types = foreseen or PropertyTypes(kept["properties"], kept["types"], steps)
        self._changed_types = frozenset(changed).difference(foreseen.steps if foreseen else ())
        self._failed: dict[str, Exception] = {}

    def run(self) -> Derived | Failed:
        new = self._new_parts()
        self._generate_types()
        if self._failed:
            return Failed(self._failed)
        parts = {name: new.get(name) or self._past_parts[name] for name in self._names}
        self._generate_compatibles(parts)
        generated = {name: record for name, record in self._records.items() if name in GENERATED}
        always, pairs = generate.tables({name: self._schemas[name] for name in generated})
        always = [name for name, part in parts.items() if part.is_always] + always
        compatibles = {c: name for name, part in parts.items() for c in part.compatibles[: part.own]}
        conditions = self._conditions(always)
        for name in parts.keys() & conditions.keys():
            condition, referred = conditions[name]
            parts[name] = parts[name]._replace(condition=condition, referred=referred)
        kept = Kept(
            properties=self._types.names,
            types=self._types.types,
            steps=property_types.written(self._types.steps.values()),
            parts=list(parts.values()),
        )
        found = [conditions[name][0] for name in always]
        return Derived(generated, always, found, compatibles | dict(pairs), kept)

    def _new_parts(self) -> dict[str, Share]:
        new = [name for name in self._changed if name not in self._given]
        found, self._failed = _shares(self._schemas, self._records, new)
        return found | {name: self._given[name].share for name in self._changed if name in self._given}

    def _generate_types(self) -> None:
        types, before = self._types, list(self._types.steps.items())
        said = {name: given.types for name, given in self._given.items()}
        self._failed |= types.follow(self._names, self._changed_types, self._schemas.__getitem__, said)
        if self._failed:
            return
        if self._past_records and list(types.steps.items()) == before:
            self._records |= {name: self._past_records[name] for name in (TYPES, PATTERN_TYPES)}
            return
        try:
            self._keep(generate.type_schemas(types.known()))
        except KeyError as error:
            givers = types.givers(error.args[0])
            if not givers:
                raise ToolError(
                    f"dtschema {dtschema.version()} fails at the types of these schemas: KeyError: {error}",
                    f"a later release may not: pip install 'dtschema=={versions.TESTED['dtschema'][-1]}'",
                ) from error
            failure = LookupError(f"a type is that of the property {error.args[0]}, which no schema defines")
            self._failed |= dict.fromkeys(givers, failure)

    def _generate_compatibles(self, parts: Mapping[str, Share]) -> None:
        before, now = (
            [part.compatibles for part in some.values()] for some in (self._past_parts, parts)
        )  # fmt: skip
        if self._past_records and now == before:
            self._records[UNMATCHED] = self._past_records[UNMATCHED]
        else:
            self._keep(generate.compatible_schemas(sorted(frozenset().union(*now))))

    def _keep(self, generated: Mapping[str, Any]) -> None:
        self._records |= {name: to_json(schema) for name, schema in generated.items()}

    def _conditions(self, always: Iterable[str]) -> dict[str, tuple[Condition, Sequence[str]]]:
        """Of each of these schemas, and the schemas that they depend on."""
        altered = {*self._changed, *(self._past_records.keys() - self._records.keys())}
        altered |= {
            name for name in GENERATED if self._past_records.get(name) != self._records.get(name)
        }  # fmt: skip
        found: dict[str, tuple[Condition, Sequence[str]]] = {}
        for name in always:
            past = self._past_parts.get(name)
            if past and name not in altered and altered.isdisjoint(past.referred):
                found[name] = past.condition, past.referred
            else:
                found[name] = engine.condition(self._plain, name)
        return found


class _Schemas(dict[str, Any]):
    """Schemas that are read when they are first asked for."""

    def __init__(self, records: Mapping[str, bytes], mapping: Callable[[Any], Any] | None) -> None:
        """`mapping`: what the mappings in them are, if not dicts."""
        super().__init__()
        self._records, self._mapping = records, mapping

    def __missing__(self, name: str) -> Any:
        found = self[name] = json.loads(self._records[name], object_hook=self._mapping)
        return found
