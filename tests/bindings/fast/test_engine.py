"""Both engines find the same errors, in the same order and words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from bindings.mutations import mutate
from corpus import sample

from dtgen.bindings import dtschema, validator
from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.fast import code
from dtgen.bindings.fast.engine import FastEngine
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.project import layout
from dtgen.validity.generated import Functions

Told = tuple[str, str, str, list[Any], list[Any], str]


@pytest.fixture(scope="module")
def engines() -> tuple[Engine, FastEngine]:
    prepared = prepare.prepare(layout.builtin_bindings(), (), layout.cache_directory())
    plain, fast = Engine(dtschema.load(prepared.processed()), "dtschema alone", True), prepared.load()
    assert isinstance(fast, FastEngine) and not isinstance(plain, FastEngine)
    return plain, fast


@pytest.fixture(scope="module")
def board(engines: tuple[Engine, FastEngine], compiled: Callable[[str], bytes]) -> DecodedNode:
    return validator.decode(engines[1], compiled("qcs9100-ride.dts")).root


def told(engine: Engine, root: DecodedNode) -> list[Told]:
    """Of nodes that cannot be checked, the name of the exception."""
    found: list[Told] = []
    for path, name, node, disabled in validator._nodes(copy.deepcopy(root), "/", "/", False):
        try:
            errors: list[Any] = list(engine.errors(node, name, disabled))
        except Exception as error:  # noqa: BLE001
            found.append((path, type(error).__name__, "", [], [], ""))
        else:
            found += [
                (path, e.schema_file, e.validator, list(e.absolute_path), list(e.schema_path), e.message)
                for e in errors
            ]
    return found


def suspects(engine: FastEngine, root: DecodedNode) -> list[object]:
    """Of each node, the schemas that dtschema is asked about."""
    found: list[object] = []
    for path, name, node, disabled in validator._nodes(copy.deepcopy(root), "/", "/", False):
        engine._compiled.disabled = disabled
        try:
            found.append((path, engine._suspects(node | {"$nodename": [name]}, name)))
        except Exception as error:  # noqa: BLE001
            found.append((path, type(error)))
    return found


def test_what_is_decoded_is_the_same(
    engines: tuple[Engine, FastEngine], board: DecodedNode, compiled: Callable[[str], bytes]
) -> None:
    plain = validator.decode(engines[0], compiled("qcs9100-ride.dts")).root
    assert validator._same(plain, board)


@pytest.mark.sampled
@pytest.mark.parametrize("seed", sample(range(4), 2))
def test_the_errors_of_a_mutated_board_are_the_same(
    engines: tuple[Engine, FastEngine], board: DecodedNode, seed: int
) -> None:
    plain, fast = engines
    root = copy.deepcopy(board)
    if seed:
        mutate(root, Random(seed), sorted(fast.compatibles()), fast.property_names, 60)
    found = told(fast, root)
    assert found == told(plain, root)
    compiled, again = (FastEngine(fast._pack, name, True) for name in ("compiled", "generated"))
    expected = suspects(compiled, root)
    codes = dict(code.generated(compiled._functions, {}))
    again._functions = Functions(codes, fast._pack.__getitem__, again._compiled)
    assert suspects(again, root) == expected
    # what is wrong in two ways may be found by the other one first
    assert len(again._functions.compiled) < len(codes) / 100
    assert seed == 0 or len(found) > 20


class Broken(dict[str, Any]):
    """A value that nothing can be asked of."""

    def keys(self) -> Any:
        raise RuntimeError

    def __contains__(self, name: object) -> bool:
        raise RuntimeError


def test_an_exception_is_no_answer(engines: tuple[Engine, FastEngine]) -> None:
    node = {"compatible": ["qcom,sa8775p-adsp-pas"], "status": ["okay"], "glink-edge": Broken()}
    with pytest.raises(RuntimeError):
        list(engines[0].errors(node, "remoteproc@0", False))
    with pytest.raises(RuntimeError):
        list(engines[1].errors(node, "remoteproc@0", False))


def test_what_is_missing_in_a_disabled_node_is_found_without_dtschema(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    node: DecodedNode = {"compatible": ["test,widget"]}
    assert [error.validator for error in engine.errors(node, "widget", False)] == ["required"]
    monkeypatch.setattr(engine._validator, "iter_errors", None)
    assert list(engine.errors(node, "widget", True)) == []
    node["reg"] = [[1]]
    assert list(engine.errors(node, "widget", False)) == []


def test_what_schemas_refer_to_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = prepare.prepare(layout.builtin_bindings(), (), layout.cache_directory()).load()
    retrieve, referred = dtschema.imported().DTValidator.retrieve, []
    monkeypatch.setattr(
        dtschema.imported().DTValidator,
        "retrieve",
        lambda self, uri: (referred.append(uri), retrieve(self, uri))[1],
    )

    def errors() -> list[str]:
        node: DecodedNode = {"compatible": ["qcom,sa8775p-adsp-pas"], "status": ["okay"]}
        return [error.message for error in engine.errors(node, "remoteproc@0", False)]

    first = errors()
    assert first and referred
    referred.clear()
    assert [errors(), errors()] == [first, first]
    assert referred == []


def test_what_is_no_compatible_is_not_kept_as_one(engines: tuple[Engine, FastEngine]) -> None:
    plain, fast = engines
    node = {"compatible": b"\1", "reg": [[1]]}
    assert list(map(str, fast.errors(node, "a", False))) == list(map(str, plain.errors(node, "a", False)))
    assert all(type(compatible) is str for compatible in fast._numbers)
