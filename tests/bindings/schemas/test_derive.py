"""What is derived after a change is what is derived anew, and what dtschema makes of the whole set."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
from pathlib import Path
from random import Random
from typing import Any

import dtschema
import pytest
from release import EARLIER

from dtgen.bindings import dtschema as upstream
from dtgen.bindings.dtschema import UNMATCHED
from dtgen.bindings.fast import index
from dtgen.bindings.schemas import derive as derived
from dtgen.bindings.schemas import generate, prepare, property_types
from dtgen.bindings.schemas.derive import Derived, EarlierSet, Failed
from dtgen.bindings.schemas.pack import to_json
from dtgen.dts.kernel import KernelTree
from dtgen.errors import ToolError
from dtgen.validity.compile import Schemas

Set = dict[str, dict[str, Any]]
Told = tuple[dict[str, Any], list[str], list[Any], dict[str, str]]

TYPES = "/schemas/types.yaml#/definitions/"


def schema(name: str, **keywords: Any) -> dict[str, Any]:
    return {"$id": f"{name}#", **keywords, "type": "object", "$filename": name}


def records(schemas: Set) -> dict[str, bytes]:
    return {name: to_json(schema) for name, schema in schemas.items()}


def derive(schemas: Set, before: Set | None = None) -> Derived | Failed:
    """With what was derived from another set before; the same of all at once and of each one alone."""
    earlier = None
    if before is not None:
        found = derived.derive(records(before))
        assert isinstance(found, Derived)
        earlier = past(records(before), found)
    at_once = derived.derive(records(schemas), earlier)
    alone = derived.derive(records(schemas), earlier, derived.contributions(records(schemas)))
    assert told(alone) == told(at_once)
    if isinstance(alone, Derived) and isinstance(at_once, Derived):
        assert meant(alone) == meant(at_once)
    return alone


def meant(found: Derived) -> Any:
    """What is kept of the types, in which the numbers may be others."""
    kept = found.kept
    names, types = kept["properties"], [*map(json.dumps, kept["types"])]
    return kept["parts"], [
        [
            ([names[number] for number in step.properties], [types[number] for number in step.before]),
            [(names[p], types[t]) for p, t in zip(step.after[::2], step.after[1::2], strict=True)],
        ]
        for step in property_types.read(kept["steps"])
    ]


def past(of: dict[str, bytes], found: Derived) -> EarlierSet:
    # as it is read from a file
    return EarlierSet(of | found.generated, json.loads(to_json(found.kept)))


def told(found: Derived | Failed) -> Any:
    """All but what is kept, in which the numbers may be others."""
    if isinstance(found, Failed):
        return {name: str(error) for name, error in found.because.items()}
    return (
        list(found.generated.items()),
        found.always,
        to_json(found.conditions),
        list(found.compatibles.items()),
    )


def by_dtschema(schemas: Set, folder: Path) -> Told:
    """What dtschema makes of a whole set, and the conditions of the schemas that it asks of every node."""
    validator = object.__new__(dtschema.DTValidator)
    validator.schemas = dict(schemas)
    with contextlib.redirect_stderr(io.StringIO()):
        validator.make_property_type_cache()
        dtschema.validator.make_compatible_schema(validator.schemas)
    for types in validator.schemas[upstream.TYPES]["properties"].values():
        for entry in types:
            entry.pop("regex", None)  # dt-mk-schema ends with a traceback
    whole = {name: json.loads(to_json(schema)) for name, schema in validator.schemas.items()}
    processed = folder / "processed.json"
    processed.write_bytes(to_json({**whole, "version": dtschema.__version__}))
    loaded = dtschema.DTValidator([str(processed)])
    resolve = Schemas(whole.__getitem__).target
    clauses = [index.condition(whole[name], name, resolve) for name in loaded.always_schemas]
    generated = {name: whole[name] for name in whole if name not in schemas}
    sort(generated)
    conditions = [clause if clause is None else sorted(map(list, clause)) for clause in clauses]
    return generated, loaded.always_schemas, conditions, loaded.compat_map


def sort(generated: dict[str, Any]) -> None:
    """The order of the patterns is another in every process."""
    generated[UNMATCHED]["properties"]["compatible"]["items"]["anyOf"].sort(key=str)


def ours(found: Derived | Failed) -> Told:
    assert isinstance(found, Derived)
    generated = {name: json.loads(record) for name, record in found.generated.items()}
    sort(generated)
    return generated, found.always, json.loads(to_json(found.conditions)), found.compatibles


DIMENSIONS = [
    {"items": [{"items": [{}, {}]}]},
    {"minItems": 2, "maxItems": 4},
    {"minItems": 0, "maxItems": 1},
    {"items": {"minItems": 1, "maxItems": 3}},
]


class Maker:
    """Random schemas that speak of few properties, so that they disagree."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def property(self, depth: int = 0) -> Any:
        pick = self.random.choice
        match self.random.randrange(11 if depth < 2 else 7):
            case 0:
                return pick([True, False, {}, {"description": "x"}])
            case 1:
                return {"$ref": TYPES + pick(["uint32", "uint32-array", "string", "string-array", "flag"])}
            case 2:
                matrix = {"$ref": TYPES + pick(["phandle-array", "uint32-matrix", "uint8-matrix"])}
                return matrix | pick([*DIMENSIONS, {}])
            case 3:
                return pick([{"type": "boolean"}, {"items": [{"const": "x"}]}, {"items": [{"maximum": 3}]}])
            case 4:
                return {"$ref": f"other.yaml#/properties/{pick('abcd')}"}
            case 5:
                return {"$ref": pick(["#/$defs/one", "#/$defs/two"])}
            case 6:
                return {"$ref": "port.yaml#"}
            case 7:
                return {pick(["allOf", "anyOf"]): [self.property(depth + 1) for _ in range(2)]}
            case 8:
                return {"$ref": "#/$defs/one", "allOf": [self.property(depth + 1)]}
            case _:
                return {"type": "object", **self.properties(depth + 1)}

    def properties(self, depth: int = 0) -> dict[str, Any]:
        names = self.random.sample(["a", "b", "c", "d", "e-hz", "$nodename"], self.random.randrange(4))
        like = self.random.sample(["^a", "^[a-c]$", "d"], self.random.randrange(2))
        found = {"properties": {name: self.property(depth) for name in names}}
        if like:
            found["patternProperties"] = {name: self.property(depth) for name in like}
        return found

    def schema(self, name: str, others: list[str]) -> dict[str, Any]:
        pick = self.random.choice
        made = self.properties()
        match self.random.randrange(4):
            case 0:
                made["select"] = pick([True, False, {"required": ["a"]}, {"properties": {"compatible": {}}}])
            case 1:
                compatible = {"enum": self.random.sample(["x,a", "x,b", "simple-bus", "^x,.*$"], 2)}
                made["properties"]["compatible"] = pick(
                    [compatible, {"items": [compatible, {"const": "x,c"}]}]
                )
        if self.random.random() < 0.4:
            made["allOf"] = [{"$ref": f"{pick([*others, 'missing'])}#"}]
        made["$defs"] = {
            "one": {"type": "object", **self.properties(1)} if self.random.random() < 0.3 else {},
            "two": {"$ref": TYPES + pick(["uint32", "string"])},
        }
        return schema(name, **made)

    def set(self) -> Set:
        names = [f"http://x/{number}" for number in range(self.random.randrange(4, 9))]
        return {name: self.schema(name, names) for name in names}

    def changed(self, schemas: Set) -> Set:
        names = [*schemas] or ["http://x/0"]
        found = dict(schemas)
        for _ in range(self.random.choice([1, 1, 1, 2])):
            name = self.random.choice(names)
            match self.random.randrange(4):
                case 0 | 1:
                    found[name] = self.schema(name, names)
                case 2:
                    found.pop(name, None)
                case 3:
                    added = f"http://x/{self.random.randrange(100)}"
                    entries = [*found.items()]
                    entries.insert(
                        self.random.randrange(len(entries) + 1), (added, self.schema(added, names))
                    )
                    found = dict(entries)
        if self.random.random() < 0.2:
            entries = [*found.items()]
            self.random.shuffle(entries)
            found = dict(entries)
        return found


@pytest.fixture(autouse=True)
def _however_much_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_FEW", 1)


@pytest.mark.parametrize("seed", range(60))
def test_random_changes(seed: int, tmp_path: Path) -> None:
    try:
        hold_random_changes(Maker(seed), tmp_path)
    except (KeyError, ToolError) as error:
        if not EARLIER:
            raise
        pytest.skip(f"this dtschema fails at such a set: {error}")


def hold_random_changes(maker: Maker, tmp_path: Path) -> None:
    schemas = maker.set()
    found = derive(schemas)
    for _ in range(8):
        changed = maker.changed(schemas)
        anew = derive(changed)
        if isinstance(found, Derived):
            again = derived.derive(records(changed), past(records(schemas), found))
            assert told(again) == told(anew)
            found = again
        else:
            found = anew
        schemas = changed
        if isinstance(found, Derived):
            assert ours(found) == by_dtschema(in_order(schemas), tmp_path)
        else:
            with pytest.raises((KeyError, RecursionError, TypeError)):
                by_dtschema(in_order(schemas), tmp_path)


def in_order(value: Any) -> Any:
    """What dtschema says of some sets hangs on the order of its sets, which is not the same in two processes."""
    if isinstance(value, dict):
        return generate.ordered({key: in_order(entry) for key, entry in value.items()})
    return [in_order(entry) for entry in value] if isinstance(value, list) else value


FIRST, SECOND, THIRD = (f"http://x/{name}" for name in ("first", "second", "third"))
UINT32, STRING = {"$ref": TYPES + "uint32"}, {"$ref": TYPES + "string"}
BASE: Set = {
    FIRST: schema(FIRST, select=True, allOf=[{"$ref": f"{SECOND}#"}], properties={"a": {"maxItems": 1}}),
    SECOND: schema(SECOND, properties={"b": UINT32, "c": True}),
    THIRD: schema(THIRD, properties={"b": STRING, "compatible": {"enum": ["x,a"]}}),
}
LIKE = {"^b": {"$ref": TYPES + "uint32"}}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(BASE | {SECOND: schema(SECOND, properties={"b": UINT32, "d": True})}, id="what-is-referred-to"),
        pytest.param({name: BASE[name] for name in (FIRST, THIRD)}, id="what-is-referred-to-is-removed"),
        pytest.param({name: BASE[name] for name in (SECOND, THIRD)}, id="the-first-is-removed"),
        pytest.param({name: BASE[name] for name in (THIRD, SECOND, FIRST)}, id="another-order"),
        pytest.param(BASE | {"http://x/0": schema("http://x/0", properties={"b": STRING})}, id="one-more"),
        pytest.param(
            {FIRST: BASE[FIRST], "http://x/0": schema("http://x/0", properties=BASE[SECOND]["properties"])},
            id="another-id",
        ),
        pytest.param(BASE | {THIRD: schema(THIRD, patternProperties=LIKE)}, id="a-pattern"),
        pytest.param(
            BASE | {THIRD: schema(THIRD, properties={"compatible": {"enum": ["x,b", "^y,[0-9]$"]}})},
            id="other-compatibles",
        ),
        pytest.param(
            BASE | {THIRD: schema(THIRD, properties={"e": {"$ref": "other.yaml#/properties/b"}})},
            id="the-type-of-another-property",
        ),
    ],
)  # fmt: skip
def test_a_change(changed: Set, tmp_path: Path) -> None:
    again = derive(changed, BASE)
    assert told(again) == told(derive(changed))
    assert ours(again) == by_dtschema(changed, tmp_path)
    assert told(derive(BASE, changed)) == told(derive(BASE))


def test_a_condition_is_worked_out_again_when_what_it_refers_to_has_changed() -> None:
    def condition(found: Derived | Failed) -> Any:
        assert isinstance(found, Derived)
        return found.conditions[found.always.index(FIRST)]

    assert condition(derive(BASE)) == [("has", "a"), ("has", "b")]
    changed = BASE | {SECOND: schema(SECOND, properties={"d": UINT32})}
    assert condition(derive(changed, BASE)) == [("has", "a"), ("has", "d")]
    assert condition(derive({FIRST: BASE[FIRST]}, BASE)) is None


@pytest.mark.parametrize(
    ("name", "keywords", "same"),
    [
        (SECOND, {"title": "Another"}, True),
        (SECOND, {"properties": {"b": UINT32 | {"maximum": 3}, "c": True}}, True),
        (SECOND, {"minProperties": 1}, False),  # which the condition of the first depends on
        (SECOND, {"select": True}, False),
        (SECOND, {"properties": {"b": STRING, "c": True}}, False),
        (SECOND, {"properties": {"c": True, "b": UINT32}}, False),
        (SECOND, {"properties": {"b": {"$ref": "#/properties/c"}, "c": True}}, False),
        (FIRST, {"title": "Another"}, True),
        (FIRST, {"required": ["a"]}, False),
        (THIRD, {"properties": {"b": STRING, "compatible": {"enum": ["x,a", "x,b"]}}}, False),
        (THIRD, {"properties": {"b": STRING, "compatible": {"const": "x,a"}}}, True),
        (THIRD, {"allOf": [{"if": {"properties": {"compatible": {"enum": ["x,b"]}}}}]}, False),
        (THIRD, {"$defs": {"c": True}}, True),
    ],
)
def test_what_a_change_leaves_as_it_is(name: str, keywords: dict[str, Any], same: bool) -> None:
    found = derive(BASE)
    assert isinstance(found, Derived)
    before = past(records(BASE), found)
    assert before.kept
    changed = {name: BASE[name] | keywords}
    assert derived.is_the_same(BASE, to_json(before.kept), records(changed)) == same
    if same:
        assert told(derive(BASE | changed)) == told(found)


ENTRIES = [
    (None, None, False), (None, None, True), ("node", None, False), ("uint32", None, False), ("string", None, False),
    ("string-array", None, False), ("phandle-array", ((1, 2), (0, 3)), False), ("uint32-matrix", ((1, 1), (2, 2)), True),
    ("uint32-matrix", ((1, 4), (1, 0)), False), ("other", None, False), ("phandle-array", None, False),
]  # fmt: skip


@pytest.mark.parametrize("said", ENTRIES)
def test_what_is_said_of_a_property_has_its_outcome_after_all_that_was_said_before(said: Any) -> None:
    refer = {"other": {"$ref": "x.yaml#/properties/other"}, "node": {"type": "object"}, None: {}}
    for before in itertools.chain.from_iterable(itertools.permutations(ENTRIES, many) for many in (0, 1, 2)):
        states: Any = ()
        for type_, dimensions, is_pattern in (*before, said):
            part = refer.get(type_, {"$ref": f"{TYPES}{type_}"})
            if dimensions:
                (a, b), (c, d) = dimensions
                part = part | {"minItems": a, "maxItems": b, "items": {"minItems": c, "maxItems": d}}
            one = {"$id": "x#", "patternProperties" if is_pattern else "properties": {"y": part}}
            try:
                expected = generate.property_types(one, lambda name, known=states: known)
                found = generate.outcome(states, (type_, dimensions, is_pattern))
            except KeyError:
                found = None
            if found is None:  # it has dimensions for each of them, and fails over those that have none
                assert EARLIER
                break
            assert expected == {"y": found}
            states = found


def test_only_what_may_be_another_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found = derived.derive(records(BASE))
    assert isinstance(found, Derived)
    looked: list[str] = []
    types = generate.property_types
    monkeypatch.setattr(
        generate,
        "property_types",
        lambda schema, before: (looked.append(schema["$id"]), types(schema, before))[1],
    )
    changed = BASE | {FIRST: BASE[FIRST] | {"title": "Another"}}
    again = derived.derive(records(changed), past(records(BASE), found))
    assert looked == [f"{FIRST}#"]
    assert told(again) == told(derived.derive(records(changed)))


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"a": {"$ref": "#/$defs/none"}}, "'$defs'"),
        ({"a": {"$ref": "#/properties/a"}}, "maximum recursion depth exceeded"),
        (
            {"a": {"$ref": "other.yaml#/properties/none"}},
            "a type is that of the property none, which no schema defines",
        ),
        ({"compatible": {"properties": {"enum": {"description": "x"}}}}, "0"),
    ],
)
def test_a_schema_that_dtschema_fails_over_is_named(properties: dict[str, Any], message: str) -> None:
    bad = BASE | {SECOND: schema(SECOND, properties=properties)}
    for failed in (derive(bad), derive(bad, BASE)):
        assert list(told(failed)) == [SECOND]
        assert told(failed)[SECOND].startswith(message)


@pytest.fixture(scope="module")
def whole_kernel(corpus: KernelTree, shared_directory: Path) -> Set:
    prepared = prepare.prepare(corpus.bindings, (), shared_directory / "cache")
    schemas = json.loads(prepared.processed())
    return {name: schema for name, schema in schemas.items() if name not in (*upstream.GENERATED, "version")}


def test_on_upstream(whole_kernel: Set, tmp_path: Path) -> None:
    found = derived.derive(records(whole_kernel), None, derived.contributions(records(whole_kernel)))
    assert ours(found) == by_dtschema(whole_kernel, tmp_path)
    assert isinstance(found, Derived)
    before = past(records(whole_kernel), found)
    root = "http://devicetree.org/schemas/"
    changed = dict(whole_kernel)
    first = next(iter(changed))
    del changed[first]
    for name, properties in (
        ("mmc/mmc-controller-common.yaml", {"bus-width": STRING, "reg": STRING}),
        ("interrupt-controller.yaml", {"acme,new": UINT32}),
        (
            "remoteproc/qcom,pas-common.yaml",
            {"compatible": {"enum": ["acme,new"]}, "iommus": {"type": "object"}},
        ),
    ):
        more = dict(changed[root + name]["properties"]) | properties
        changed[root + name] = changed[root + name] | {"properties": more}
    again = derived.derive(records(changed), before)
    assert told(again) == told(derived.derive(records(changed)))
    assert told(again) != told(found)


def test_what_fails_for_the_set_and_for_no_schema_is_not_taken_for_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where there is no room for the whole set on the disk."""
    tables = generate.tables

    def full(schemas: Any) -> Any:
        if len(schemas) > 1:
            raise OSError(28, "No space left on device")
        return tables(schemas)

    monkeypatch.setattr(generate, "tables", full)
    with pytest.raises(OSError, match="No space left"):
        derive(BASE)


def test_a_set_that_dtschema_fails_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(types: object) -> object:
        raise KeyError("dim")

    monkeypatch.setattr(generate, "type_schemas", fail)
    with pytest.raises(ToolError, match="fails at the types of these schemas: KeyError: 'dim'"):
        derive(BASE)
