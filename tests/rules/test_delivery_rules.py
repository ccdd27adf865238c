"""Rules of tables: the examples of their documentation, beside a kernel tree in small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from documented import examples

from dtgen.checks.findings import run
from dtgen.checks.pieces import Shelf
from dtgen.checks.stacks import Prover
from dtgen.delivery import forms
from dtgen.delivery.stacks import Delivery
from dtgen.devicetree import blob
from dtgen.project.layout import KernelTree
from dtgen.rules import DELIVERY, Rule

BOARD = '/ { compatible = "test,board"; soc { dsp: dsp { }; }; };'
DEEP = "n" * 100
SOURCES = {
    "board.dts": BOARD,
    "board-r3.dts": BOARD,
    "other.dts": '/ { compatible = "test,other"; };',
    "deep.dts": f"/ {{ {DEEP} {{ deep: deep {{ }}; }}; }};",
    "referred.dts": "/ { soc { clk: clk { #clock-cells = <0>; }; dsp: dsp { clocks = <&clk>; }; }; };",
    "again.dtso": "&{/soc} { mine: clk { x; }; };",
    "early.dtso": "/ { fragment@0 { target = <&mine>; __overlay__ { x; }; }; "
    'fragment@1 { target-path = "/soc/clk"; mine: __overlay__ { y; }; }; };',
    "soc-el2.dtso": '&dsp { status = "disabled"; };',
    "camera.dtso": "&dsp { camera: camera { }; };",
    "camera-el2.dtso": '&camera { status = "disabled"; };',
    "staging.dtso": "&dsp { staging; };",
    "labels.dtso": "&deep { " + " ".join(f"l{i}: n{i} {{ }};" for i in range(200)) + " };",
}
MAKEFILE = "board-el2-dtbs := board.dtb soc-el2.dtbo\ndtb-y += board-el2.dtb\n"
METADATA = "/dts-v1/; / { soc { qcs9075 { }; qcs9100 { }; qcs6490 { }; }; board { iot { }; qam { }; }; rev { r2.0 { }; r1.0 { }; }; };"

every = [(rule, n, body) for rule in DELIVERY.rules for n, body in enumerate(examples(rule, "Fires on"), 1)]
fires = pytest.mark.parametrize(("rule", "body"), [pytest.param(r, b, id=f"{r.id}-{n}") for r, n, b in every])
passes = pytest.mark.parametrize(
    ("rule", "body"),
    [
        pytest.param(rule, body, id=f"{rule.id}-{number}")
        for rule in DELIVERY.rules
        for number, body in enumerate(examples(rule, "Passes"), 1)
    ],
)

NAMES = {
    "FIT_DTB": "t.inc",
    "/ {": "t.its",
    "label": "extlinux/extlinux.conf",
    "default": "extlinux/extlinux.conf",
    "title": "loader/entries/t.conf",
    "menuentry": "grub.cfg",
    "[UKI]": "t.conf",
    "board-el2-dtbs": "Makefile",
}


@pytest.fixture(scope="session")
def prove(tmp_path_factory: pytest.TempPathFactory, dtb: Callable[[str], bytes]) -> Callable[[str], Delivery]:
    """A table, in whichever format, beside `bare.dtb` without labels."""
    directory = tmp_path_factory.mktemp("tables")
    sources = directory / "linux/arch/arm64/boot/dts"
    sources.mkdir(parents=True)
    (directory / "linux/Documentation/devicetree/bindings").mkdir(parents=True)
    for name, text in SOURCES.items():
        plugin = "/plugin/;\n" if name.endswith("o") else ""
        (sources / name).write_text(f"/dts-v1/;\n{plugin}{text}")
    (sources / "Makefile").write_text(MAKEFILE)
    (directory / "dtb").mkdir()
    (directory / "dtb/bare.dtb").write_bytes(blob.without_symbols(dtb(BOARD)))
    (directory / "dtb/pas.dtb").write_bytes(
        dtb('/ { adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; }; };')
    )
    prover = Prover(Shelf(KernelTree.at(directory / "linux"), directory / "cache"))
    metadata = forms.metadata_of(METADATA.encode(), "qcom-metadata.dts")

    def proved(body: str) -> Delivery:
        file = directory / next(name for start, name in NAMES.items() if body.lstrip().startswith(start))
        text = f"/dts-v1/;\n{body}" if file.suffix == ".its" else body
        reader = forms.reader_of(file, text.encode())
        assert reader
        return prover.prove(forms.read(reader, text.encode(), str(file)), metadata)

    return proved


@fires
def test_the_rule_fires_on_its_example(prove: Callable[[str], Delivery], rule: Rule[Any], body: str) -> None:
    found = list(rule.check(prove(body)))
    assert found != []
    assert all(finding.location and finding.location.line for finding in found)


@passes
def test_the_rule_passes_its_example(prove: Callable[[str], Delivery], rule: Rule[Any], body: str) -> None:
    assert list(rule.check(prove(body))) == []


@passes
def test_what_passes_has_no_other_error(prove: Callable[[str], Delivery], rule: Rule[Any], body: str) -> None:
    shown = [o.rule for o in run(DELIVERY, prove(body)) if o.severity.value == "error"]
    assert set(shown) - {"missing-load", "dangling-image"} == set()


@pytest.mark.parametrize(("base", "rules"), [("pas", {"contradictory-name"}), ("bare", set())])
def test_a_title_that_says_el2_is_held_against_the_tree(
    prove: Callable[[str], Delivery], base: str, rules: set[str]
) -> None:
    """A merged devicetree may have any name."""
    entry = f"title Linux at EL2 (board)\nlinux /Image\ndevicetree /dtb/{base}.dtb\n"
    assert {o.rule for o in run(DELIVERY, prove(entry))} == rules
