"""dtschema with a set of schemas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import ROOT
from release import EARLIER

from dtgen.bindings import dtschema, validator
from dtgen.bindings.decode import Problem
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.validator import Decoded
from dtgen.diagnostics import Subject
from dtgen.errors import ToolError

Decode = Callable[[str], Decoded]


def test_what_cannot_be_decoded_is_told_and_not_printed(
    decoded: Decode, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decoded("n { test,mode = [01]; };").problems == (
        Problem(None, "test,mode: size (1) error for type uint32"),
    )
    assert capsys.readouterr() == ("", "")


def test_a_phandle_of_the_blob_before_is_forgotten(decoded: Decode) -> None:
    with_provider = "p: p { phandle = <7>; #clock-cells = <1>; }; n { clocks = <7 1 7 2>; };"
    without = "n { clocks = <7 1 7 2>; };"
    assert decoded(with_provider).root["n"]["clocks"] == [[7, 1], [7, 2]]
    assert decoded(without).root["n"]["clocks"] == [[7, 1, 7, 2]]


def test_a_blob_decoded_twice_is_equal(decoded: Decode) -> None:
    text = "p: p { #clock-cells = <1>; }; n { clocks = <&p 1>, <&p 2>; };"
    assert decoded(text) == decoded(text)


def test_the_properties_of_a_binding_are_known(engine: Engine) -> None:
    assert {"test,mode", "reg", "compatible"} <= set(engine.property_names)


def test_compatibles_that_no_schema_knows(engine: Engine) -> None:
    assert engine.undocumented(["test,widget", "acme,gadget"]) == ["acme,gadget"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('test,name = "é";', UnicodeDecodeError),
        ("reg;", TypeError),
        ("interrupt-parent = <99>; interrupts = <1>;", KeyError),
        pytest.param(
            "iommu-map = <1>;", IndexError, marks=pytest.mark.skipif(EARLIER, reason="it is decoded as it is")
        ),
    ],
)
def test_a_value_that_dtschema_cannot_decode_does_not_stop_the_others(
    request: pytest.FixtureRequest, decoded: Decode, body: str, error: type[Exception]
) -> None:
    assert decoded(f"n {{ {body} }};").problems != ()


@pytest.mark.skipif(EARLIER, reason="it is decoded as it is")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1", "has 1 cell and no phandle"),
        ("1 99 1 1", "has a phandle of no node"),
    ],
)
def test_a_map_that_dtschema_cannot_decode(decoded: Decode, value: str, reason: str) -> None:
    assert decoded(f"n {{ iommu-map = <{value}>; }};").problems == (
        Problem(Subject("/n", "iommu-map"), f"iommu-map {reason}"),
    )


def test_a_map_of_four_or_of_five_cells_is_decoded(decoded: Decode) -> None:
    smmu = "smmu: smmu { #iommu-cells = <2>; };"
    for cells in ("0 &smmu 5 1", "0 &smmu 5 0 1", "0 &smmu 5 0 1 0x100 &smmu 6 0 1"):
        assert decoded(f"{smmu} n {{ iommu-map = <{cells}>; }};").problems == ()


def test_a_compatible_without_a_value_does_not_stop_the_others(engine: Engine, decoded: Decode) -> None:
    tree = decoded("n { compatible; };")
    assert tree.problems == (Problem(Subject("/n", "compatible"), "compatible has no value"),)
    assert list(validator.validate(engine, tree, {"/n"})) == []


@pytest.mark.parametrize(
    "tree",
    [
        "/ { #address-cells = <0>; #size-cells = <0>; n { reg = <1>; }; };",
        "/ { #address-cells = <1>; #size-cells = <0>; i: i { #interrupt-cells = <0>; };"
        " n { interrupt-parent = <&i>; interrupts = <1>; }; };",
        # its provider's property is left out first, which leaves it without a count
        "/ { #address-cells = <1>; #size-cells = <0>; i: i { wrong-interrupt-cells = <1 2>; };"
        " n { interrupt-parent = <&i>; interrupts = <1>; }; };",
        # the later one of a phandle counts
        "/ { #address-cells = <1>; #size-cells = <0>; i: i { phandle = <9>; #interrupt-cells = <1>; };"
        " j { phandel = <9>; }; n { interrupt-parent = <9>; interrupts = <1>; }; };",
    ],
    ids=["reg", "interrupts", "a count of two cells", "two of one phandle"],
)
def test_a_value_of_entries_of_no_cells_is_decoded(
    widget: str, dtb: Callable[[str], bytes], tmp_path: Path, tree: str
) -> None:
    (tmp_path / "widget.yaml").write_text(widget)
    # dtc does not compile a `#interrupt-cells` of two cells
    (tmp_path / "tree.dtb").write_bytes(
        dtb(tree)
        .replace(b"phandel\0", b"phandle\0")
        .replace(b"wrong-interrupt-cells", b"#interrupt-cells\0\0\0\0\0")
    )
    code = (
        "import resource, pathlib\n"
        "from dtgen.bindings.schemas import prepare\n"
        "here = pathlib.Path.cwd()\n"
        "engine = prepare.prepare(here, (), here / 'cache').load()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
        "engine.decode(pathlib.Path('tree.dtb').read_bytes())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if "MemoryError" in done.stderr:
        raise MemoryError
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("prop", ["phandle", "test,name"])
def test_a_value_deep_in_the_tree_is_told_at_its_node(
    engine: Engine, dtb: Callable[[str], bytes], prop: str
) -> None:
    value = "<1 2>" if prop == "phandle" else "[c3 a4 00]"
    text = f"/ {{ a {{ b {{ c {{ }}; n {{ {prop[::-1]} = {value}; }}; }}; }}; }};"
    tree = validator.decode(engine, dtb(text).replace(prop[::-1].encode(), prop.encode()))  # dtc refuses it
    assert [problem.subject for problem in tree.problems] == [Subject("/a/b/n", prop)]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("other.yaml#/definitions/gone", "a reference leads nowhere: "),
        ("widget.yaml#", "a schema refers to itself without end"),
    ],
)
def test_a_schema_that_cannot_be_asked_is_told(
    widget: str, dtb: Callable[[str], bytes], tmp_path: Path, reference: str, told: str
) -> None:
    directory = tmp_path / "bindings"
    directory.mkdir()
    (directory / "other.yaml").write_text(widget.replace("widget", "other"))
    (directory / "widget.yaml").write_text(
        widget.replace("properties:\n", f"allOf:\n  - $ref: {reference}\nproperties:\n", 1)
    )
    engine = prepare.prepare(directory, (), tmp_path / "cache").load()
    tree = validator.decode(engine, dtb('/ { n { compatible = "test,widget"; }; };'))
    with pytest.raises(ToolError) as raised:
        list(validator.validate(engine, tree, {"/n"}))
    assert str(raised.value).startswith(f"the bindings cannot be asked of node n: {told}")


def test_a_tree_is_decoded_once_more_for_each_pass_that_gives_up_and_not_for_each_value(
    engine: Engine, dtb: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, decode = [], dtschema.decode
    monkeypatch.setattr(dtschema, "decode", lambda *arguments: calls.append(1) or decode(*arguments))
    numbers = range(1, 51)
    cells = "#address-cells = <1>; #size-cells = <0>;"
    inner = "".join(
        f"n@{n:x} {{ reg; ranges = <1>; interrupts; iommu-map; interrupt-map; x-gpios = <0x99>; "
        f"test,name = [c3 a4 00]; {cells} }}; "
        for n in numbers
    )
    tree = validator.decode(engine, dtb(f"/ {{ {cells} bus {{ {cells} {inner} }}; }};"))
    wrong = {problem.subject for problem in tree.problems}
    for name in ("reg", "interrupts", "iommu-map", "interrupt-map", "x-gpios", "test,name"):
        assert wrong >= {Subject(f"/bus/n@{n:x}", name) for n in numbers}, name
    assert len(calls) <= 20
