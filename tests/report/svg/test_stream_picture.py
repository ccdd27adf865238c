"""The stream map as a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from drawn import parsed, titles, words

from dtgen.devicetree import blob
from dtgen.hardware.stream_map import StreamMap, stream_map
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.report.streams import report
from dtgen.report.style import Style

SMMU = 'smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };'


@pytest.fixture
def mapped(dtb: Callable[[str], bytes]) -> Callable[..., StreamMap]:
    def system(source: str) -> System:
        data = dtb(f"/ {{ {SMMU} {source} }};")
        return System(Merged.unchanged(blob.read(data, "a.dtb"), data))

    return lambda source, base=None: stream_map(system(source), None if base is None else system(base))


def drawn(found: StreamMap) -> str:
    text = report(found, "svg", Style())
    assert text == report(found, "svg", Style())
    return text


def test_a_square_says_what_it_is(mapped: Callable[..., StreamMap]) -> None:
    other = "b { iommus = <&smmu 0x2141 0x400>; };"
    root = parsed(drawn(mapped("a: a { iommus = <&smmu 0x3001 0x0>; };" + other, other)))
    assert titles(root, "claim") == {
        "0x3001/0x0  /a: iommus (new)": ["claim new"],
        "0x2141/0x400  /b: iommus": ["claim ", "claim  echo"],
    }
    shown = words(root)
    assert shown[:2] == ["&smmu", "SMMUv2, 2 of at most 128 stream mapping groups, 1 new"]
    assert [text for text in shown if "0x3001" in text or "2141" in text] == [
        "b 0x2141/0x400",
        "+ &a 0x3001/0x0",
    ]
    assert "as 0x2140, by the mask" in shown


@pytest.mark.parametrize(
    ("nodes", "states"),
    [
        ("a { iommus = <&smmu 1 0>; };  b { iommus = <&smmu 0 3>; };", {"shared"}),
        ("a { iommus = <&smmu 0 5>; };  b { iommus = <&smmu 0 3>; };", {"conflict"}),
        ('a { iommus = <&smmu 0 5>; };  b { iommus = <&smmu 0 3>; status = "disabled"; };', {"", "off"}),
    ],
)
def test_containment_conflict_and_disabled_nodes(
    mapped: Callable[..., StreamMap], nodes: str, states: set[str]
) -> None:
    root = parsed(drawn(mapped(nodes)))
    found = {c for of_one in titles(root, "claim").values() for c in of_one}
    assert {c.removeprefix("claim ").removesuffix(" echo") for c in found} == states


def test_siblings_are_named_together(mapped: Callable[..., StreamMap]) -> None:
    banks = "".join(f"cb@{n} {{ reg = <{n}>; iommus = <&smmu {n} 0x400>; }};" for n in range(1, 5))
    found = mapped(f"fastrpc {{ #address-cells = <1>; #size-cells = <0>; {banks} }};")
    assert "cb@1…4 0x1/0x400" in words(parsed(drawn(found)))


def test_names_that_are_hostile_are_text(mapped: Callable[..., StreamMap]) -> None:
    found = mapped("a { iommus = <&smmu 1 0>; };")
    (smmu,) = found.smmus
    (stream,) = smmu.streams
    (claimant,) = stream.claimants
    bad = dataclasses.replace(claimant, label="<script>alert(1)</script>\u202e\"'&" + "x" * 10_000)
    smmu = dataclasses.replace(
        smmu, label="]]><x", streams=(dataclasses.replace(stream, claimants=(claimant, bad)),)
    )
    text = drawn(dataclasses.replace(found, file="<b>\x1b", smmus=(smmu,)))
    assert len(text) < 12_000
    assert "\u202e" not in text
    assert "<script" not in text
    root = parsed(text)
    assert "&]]><x" in words(root)


def test_a_tree_without_streams_is_a_picture_that_says_so(mapped: Callable[..., StreamMap]) -> None:
    root = parsed(drawn(mapped("")))
    assert words(root) == ["Stream map of a.dtb: no node claims a stream of an Arm SMMU"]
