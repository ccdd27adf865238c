from __future__ import annotations

import pytest

from dtgen.description import dts
from dtgen.description.values import (
    Bytes,
    Cells,
    Flag,
    Mixed,
    NodeSource,
    PathReference,
    PropertySource,
    Reference,
    Strings,
    Target,
    Value,
)
from dtgen.diagnostics import Location

HERE = Location("b.yaml", 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Flag(), "\tp;"),
        (Strings(("a", 'b"')), '\tp = "a", "b\\"";'),
        (Cells(((1, Reference("smmu"), 0x3000),)), "\tp = <0x1 &smmu 0x3000>;"),
        (Cells(((1,), (2,))), "\tp = <0x1>,\n\t    <0x2>;"),
        (Cells(((1, 255),), 8), "\tp = /bits/ 8 <0x1 0xff>;"),
        (Cells(((-1,),)), "\tp = <(-1)>;"),
        (Bytes(b"\0\xff"), "\tp = [00 ff];"),
        (PathReference("mem"), "\tp = &mem;"),
        (
            Mixed((Strings(("a", "b")), Cells(((1,), (2,)), 64))),
            '\tp = "a",\n\t    "b",\n\t    /bits/ 64 <0x1>,\n\t    /bits/ 64 <0x2>;',
        ),
        (Strings(("a" * 30, "b" * 40)), f'\tp = "{"a" * 30}",\n\t    "{"b" * 40}";'),
    ],
)
def test_a_property_behind_a_tab(value: Value, text: str) -> None:
    assert dts.property(PropertySource("p", value, HERE), 1) == text


def test_groups_stand_beneath_the_first_with_tabs_as_far_as_they_go() -> None:
    prop = PropertySource("qcom,devmem", Cells(((1,), (2,), (3,))), HERE)
    assert dts.property(prop, 1) == "\tqcom,devmem = <0x1>,\n\t\t      <0x2>,\n\t\t      <0x3>;"


def test_a_property_of_no_depth_stands_at_the_margin() -> None:
    assert dts.property(PropertySource("p", Flag(), HERE), 0) == "p;"


@pytest.mark.parametrize(("target", "text"), [("smmu", "&smmu"), ("/", "&{/}"), ("/soc@0", "&{/soc@0}")])
def test_a_target_is_referenced_by_label_or_path(target: str, text: str) -> None:
    assert dts.reference(Target(target, (), (), HERE)) == text


@pytest.mark.parametrize(("label", "text"), [(None, "mem@0"), ("mem", "mem: mem@0")])
def test_a_node_has_its_label_before_its_name(label: str | None, text: str) -> None:
    assert dts.node_name(NodeSource("mem@0", label, (), (), HERE)) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a */ b", "a * / b"),
        ("**//", "** //"),
        ("a\nb\tc\x7f", "a b c "),
        ("\ue0000\ue001", " 0 "),
        ("é", "é"),
    ],
)
def test_a_comment_can_neither_end_nor_break(text: str, written: str) -> None:
    assert dts.comment(text) == written
