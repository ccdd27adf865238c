"""Looking at what an overlay changed says the same as validating both trees whole; all of it: `make corpus`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

import pytest
from corpus import BOARDS, merged_by_libfdt
from corpus_parity import disagreements, inspected, inspector
from mutation import KINDS, mutations, swap_phandles, unknown_property

from dtgen.bindings import validator
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.validator import Decoded
from dtgen.bindings.violation import Violation
from dtgen.checks.comparison import compare
from dtgen.checks.tree import Inspection, Inspector
from dtgen.commands import build
from dtgen.description import board as boards
from dtgen.dts import compiler
from dtgen.overlay import board_base
from dtgen.project.layout import Finder, builtin_bindings, cache_directory

REAL = {"talos": ("qcs615-ride", "talos-evk"), "sc7180": ("sc7180-acer-aspire1",)}
"""The smallest boards that an overlay is for."""
SEED = 7


@pytest.fixture
def by() -> Inspector:
    """With the built-in bindings, and of all that they say."""
    return inspector(prepare.prepare(builtin_bindings(), (), cache_directory()).load())


@pytest.fixture
def lean(finder: Finder, by: Inspector) -> Callable[[str], Inspection]:
    """The built-in base of a board."""

    def inspect(name: str) -> Inspection:
        (base,) = board_base.lean(boards.load(name, finder), finder, compiler.find_dtc()).available
        return inspected(by, base.blob)

    return inspect


@pytest.mark.parametrize("name", BOARDS)
def test_an_overlay_on_its_built_in_base(
    name: str, finder: Finder, by: Inspector, lean: Callable[[str], Inspection]
) -> None:
    compiled = compiler.compile_overlay(build.rendered(name, finder), name, compiler.find_dtc())
    base = lean(name)
    merged = merged_by_libfdt(base.merged.blob, compiled.required())
    assert disagreements(by, base, inspected(by, merged, base)) == []


@pytest.mark.parametrize(("name", "board"), [(name, board) for name in REAL for board in REAL[name]])
def test_an_overlay_on_a_board(
    name: str, board: str, by: Inspector, compiled: Callable[[str], bytes]
) -> None:
    base = inspected(by, compiled(f"{board}.dts"))
    merged = merged_by_libfdt(base.merged.blob, compiled(f"{name}-el2.dtso"))
    assert disagreements(by, base, inspected(by, merged, base)) == []


@pytest.mark.parametrize("name", BOARDS)
def test_mutations_of_every_kind(name: str, by: Inspector, lean: Callable[[str], Inspection]) -> None:
    base = lean(name)
    made = list(islice(mutations(base.merged.blob, SEED), len(KINDS)))
    whole = {mutation.name: inspected(by, mutation.blob, base) for mutation in made}
    assert {n: found for n, tree in whole.items() if (found := disagreements(by, base, tree))} == {}
    # the others turn nothing that was right into something wrong, as far as these bindings know
    assert sum(effects(base, tree) > 0 for tree in whole.values()) > len(made) / 3


def effects(base: Inspection, whole: Inspection) -> int:
    """How much a change introduces and fixes."""
    found = compare(base.verdict.observations, whole.verdict.observations)
    return len(found.introduced) + len(found.fixed)


def test_numbers_of_phandles_that_are_swapped_have_no_effect(
    by: Inspector, lean: Callable[[str], Inspection]
) -> None:
    base = lean("talos")
    for mutation in islice(mutations(base.merged.blob, SEED, (swap_phandles,)), 3):
        assert mutation.blob != base.merged.blob
        assert effects(base, inspected(by, mutation.blob, base)) == 0, mutation.name


def test_a_provider_breaks_nodes_that_nobody_touches(dtb: Callable[[str], bytes], by: Inspector) -> None:
    """The consumer's own bytes are equal; what they mean is not."""
    trees = [
        dtb(
            '/ { compatible = "v,b"; model = "B"; #address-cells = <1>; #size-cells = <1>;'
            f" i: i {{ #iommu-cells = <{cells}>; }};"
            ' adsp: remoteproc@1000 { compatible = "qcom,sa8775p-adsp-pas"; reg = <0x1000 0x100>;'
            " iommus = <&i 0x3000 0>; }; };"
        )
        for cells in (2, 1)
    ]
    base = inspected(by, trees[0])
    whole = inspected(by, trees[1], base)
    assert disagreements(by, base, whole) == []
    found = compare(base.verdict.observations, whole.verdict.observations)
    broken = {o.finding.subject.path for o in found.introduced if o.violation}
    assert "/remoteproc@1000" in broken


def test_only_what_changed_is_evaluated(
    by: Inspector, lean: Callable[[str], Inspection], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, evaluated = lean("lemans"), []
    (changed,) = islice(mutations(base.merged.blob, SEED, (unknown_property,)), 1)
    whole = inspected(by, changed.blob, base)
    validate = validator.validate

    def watched(engine: Engine, tree: Decoded, paths: Collection[str], *more: object) -> Iterator[Violation]:
        evaluated.extend(paths)
        return validate(engine, tree, paths, *more)

    monkeypatch.setattr(validator, "validate", watched)
    by.after(base, whole.merged)
    path = changed.name.partition("(")[2].partition(":")[0]
    parents = {node.path for node in base.merged.tree.parents(path)}
    assert sorted(evaluated) == sorted(parents | {path})


def test_the_comparison_would_see_a_node_that_is_left_out(
    by: Inspector, lean: Callable[[str], Inspection], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = lean("talos")
    (changed,) = islice(mutations(base.merged.blob, SEED, (unknown_property,)), 1)
    whole = inspected(by, changed.blob, base)
    assert disagreements(by, base, whole) == []
    assert effects(base, whole) > 0
    monkeypatch.setattr(validator, "changed", lambda before, after: set())
    assert disagreements(by, base, whole) != []
