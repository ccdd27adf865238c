"""What every rule finds in the 44 merged trees of Linux v7.1: its six overlays on the boards that they are for.

A rule that is not in the table finds nothing in any of them. Every exception has its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
from corpus import ALSO, BOARDS, ROOT

from dtgen import rules
from dtgen.bindings.plain import PAS_COMMON
from dtgen.bindings.select import choose
from dtgen.checks.findings import run
from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Severity
from dtgen.hardware.iommu import is_smmu_v2
from dtgen.hardware.sharing import by_smmu, mapping_groups
from dtgen.hardware.system import System
from dtgen.overlay.merge import merge
from dtgen.project.layout import Finder, KernelTree


@dataclass(frozen=True)
class Expected:
    """Findings of one rule: how many in each tree, by patterns of `overlay/base`, and why they are right."""

    reason: str
    counts: dict[str, int]


EXPECTED = {
    "no-op": Expected(
        "One overlay is for all boards of an SoC: some have disabled the codec, the GPU or a PCIe "
        "controller themselves.",
        {
            "talos/talos-evk": 1,
            "x1/purwa-iot-evk": 1,
            "x1/x1e001de-devkit": 2,
            "x1/x1e78100-*": 1,
            "x1/x1e80100-crd": 1,
            "x1/x1e80100-qcp": 2,
            "x1/x1p42100-crd": 2,
            "x1/*-denali*": 3,
            "x1/*-dell-*": 2,
            "x1/*-hp-*": 3,
            "x1/*-medion-*": 2,
            "x1/*-romulus*": 2,
            "x1/*-thinkbook-16": 3,
            "x1/*-vivobook-s15": 2,
            "x1/*-yoga-slim7x": 2,
            "x1/*-zenbook-a14*": 3,
            "sc8280xp/*": 2,
            "sc8280xp/*-blackrock": 3,
            "sc8280xp/*-gaokun3": 3,
        },
    ),
    "non-canonical-stream": Expected(
        "The devicetrees have these IDs as the vendor has them; what they match is right.",
        {"monaco/*": 4, "sc8280xp/sc8280xp-lenovo-thinkpad-x13s": 15, "sc7180/*": 1},
    ),
    "shared-stream": Expected(
        "The crypto engine shares its streams with its DMA controller, as it must; on sc8280xp two "
        "context banks of one DSP have one stream.",
        {"lemans/*": 1, "monaco/*": 1, "talos/*": 1, "x1/*": 1, "sc8280xp/*": 1},
    ),
}


@pytest.fixture(scope="session")
def systems(
    compiled: Callable[[str], bytes], corpus: KernelTree, shared_directory: Path
) -> dict[str, System]:
    """By `overlay/base`; as builds see them: for the description's firmware, with the kernel's limits."""
    finder = Finder((ROOT,))
    kernel = choose(corpus.bindings, shared_directory / "cache", lambda what, done, of: None)
    limit = kernel.engine.limit(PAS_COMMON, "iommus")
    assert limit == 1
    found = {}
    for name in BOARDS:
        data = compiled(f"{name}-el2.dtso")
        overlay = Overlay.of(blob.read(data, f"{name}-el2.dtbo"))
        board = boards.load(name, finder)
        for base in [base.name for base in board.bases] + list(ALSO.get(name, ())):
            base_data = compiled(f"{base}.dts")
            merged = merge(blob.read(base_data, f"{base}.dtb"), base_data, overlay, data)
            found[f"{name}/{base}"] = System(merged, board.pas_at_el2, limit)
    return found


@pytest.fixture(scope="session")
def findings(systems: dict[str, System]) -> dict[str, Counter[str]]:
    """How many each rule has in each tree that it finds something in."""
    found: dict[str, Counter[str]] = {}
    for tree, system in systems.items():
        for one in run(rules.MERGED, system):
            found.setdefault(one.rule, Counter())[tree] += 1
    return found


@pytest.mark.parametrize("rule", sorted(rules.IDS))
def test_a_rule_finds_what_it_is_known_to_find(
    systems: dict[str, System], findings: dict[str, Counter[str]], rule: str
) -> None:
    counts = EXPECTED[rule].counts if rule in EXPECTED else {}
    expected = {
        tree: count for tree in systems for pattern, count in counts.items() if fnmatch(tree, pattern)
    }
    assert findings.get(rule, {}) == expected


def test_nothing_that_is_expected_is_more_than_good_to_know() -> None:
    severities = {rule.id: rule.severity for rule in rules.MERGED.rules}
    assert {severities[rule] for rule in EXPECTED} == {Severity.INFO}


def test_every_expectation_is_of_a_rule_and_has_a_reason() -> None:
    assert all(expected.reason and expected.counts for expected in EXPECTED.values())


def test_all_trees_are_checked(systems: dict[str, System]) -> None:
    assert len(systems) == 44


def test_the_fullest_smmu_needs_77_stream_mapping_groups(systems: dict[str, System]) -> None:
    needed = {
        (tree, path): len(mapping_groups(claims))
        for tree, system in systems.items()
        for path, claims in by_smmu(system.live_claims).items()
        if is_smmu_v2(claims[0].smmu)
    }
    assert max(needed.items(), key=lambda item: item[1]) == (
        ("lemans/lemans-evk", "/soc@0/iommu@15000000"),
        77,
    )
