"""pas-region: carveouts that the driver of a remote processor cannot use."""

from __future__ import annotations

import pytest
from corpus import ALSO, BOARDS, ROOT

from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.project.layout import Finder
from dtgen.rules.pas_region import check

BOARD = """
dsp: remoteproc {{ compatible = "qcom,sa8775p-adsp-pas"; {dsp} }};
sram: sram {{ reg = <0x0 0x1000>; no-map; }};
reserved-memory {{
    #address-cells = <1>; #size-cells = <1>;
    {parent}
    mem: mem {{ {mem} }};
    dtb: dtb {{ reg = <0x97700000 0x80000>; no-map; }};
}};
"""
SOUND = "reg = <0x95900000 0x1e00000>; no-map;"
AVAILABLE = "refer to a child of /reserved-memory that is available"
MEM, DSP = "/reserved-memory/mem", Subject("/remoteproc", "memory-region")


@pytest.fixture(scope="session")
def findings(system):
    def literal(mem: str = SOUND, dsp: str = "memory-region = <&mem>;", parent: str = "", overlay: str = ""):
        return list(check(system(BOARD.format(mem=mem, dsp=dsp, parent=parent), overlay)))

    return literal


def finding(prop: str | None, message: str, help: str = AVAILABLE) -> Finding:
    return Finding(Subject(MEM, prop), f"&mem, entry 1 of the memory-region of &dsp, {message}", help, (DSP,))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dsp": "memory-region = <&mem>, <&dtb>;"},
        {"mem": "size = <0x1000>; alignment = <0x1000>; no-map;"},
        {"mem": "reg = <0x1001 0x1>;", "dsp": 'memory-region = <&mem>; status = "disabled";'},
        {"dsp": "memory-region = <0x99>;"},  # malformed-specifier's
    ],
)
def test_a_carveout_that_the_driver_can_use_passes(findings, options):
    assert findings(**options) == []


@pytest.mark.parametrize(
    ("mem", "found"),
    [
        (
            "reg = <0x95900000 0x1000>;",
            finding(
                None, "has no no-map: Linux keeps a mapping of memory that TrustZone takes away", "add no-map; to it"
            ),
        ),
        (
            "reg = <0x95900800 0x1000>; no-map;",
            finding(
                "reg",
                "is 0x1000 (4 KiB) at 0x95900800, not a number of 4 KiB pages",
                "make its address and its size multiples of 0x1000",
            ),
        ),
        (
            "reg = <0x95900000 0x1100>; no-map;",
            finding(
                "reg",
                "is 0x1100 at 0x95900000, not a number of 4 KiB pages",
                "make its address and its size multiples of 0x1000",
            ),
        ),
        (
            'reg = <0x95900000 0x1000>; no-map; status = "disabled";',
            finding("status", 'has the status "disabled": the driver cannot resolve it (-22)'),
        ),
        ("no-map;", finding(None, "has neither reg nor size: nothing is reserved for it")),
    ],
)  # fmt: skip
def test_a_carveout_that_it_cannot(findings, mem, found):
    assert findings(mem) == [found]


def test_all_carveouts_that_are_disabled(findings):
    (found,) = findings(parent='status = "disabled";')
    assert found.message.endswith('has the status "disabled": the driver cannot resolve it (-22)')


def test_what_is_no_reserved_memory(findings):
    assert findings(dsp="memory-region = <&dtb>, <&sram>;") == [
        Finding(
            Subject("/sram"),
            "&sram, entry 2 of the memory-region of &dsp, is not reserved memory: "
            "the driver cannot resolve it (-22)",
            AVAILABLE,
            (DSP,),
        )
    ]


def test_no_memory_region(findings):
    assert findings(dsp="") == [
        Finding(Subject("/remoteproc"), "&dsp has no memory-region: its driver gives up (-22)", AVAILABLE)
    ]


def test_the_overlays_reference_is_what_is_wrong(findings):
    (found,) = findings(overlay="&dsp { memory-region = <&sram>; };")
    assert (found.subject, found.also) == (DSP, (Subject("/sram", None),))


def test_a_carveout_of_lemans_that_loses_a_page(seeded):
    overlay = "&pil_adsp_mem { reg = <0x0 0x95900000 0x0 0x1dff800>; };"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/reserved-memory/pil-adsp@95900000", "reg"),
            "&pil_adsp_mem, entry 1 of the memory-region of &remoteproc_adsp, "
            "is 0x1dff800 (30718 KiB) at 0x95900000, not a number of 4 KiB pages",
            "make its address and its size multiples of 0x1000",
            (Subject("/soc@0/remoteproc@30000000", "memory-region"),),
        )
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_no_base_has_one(name, compiled):
    """Of all 332 Qualcomm boards of Linux v7.1 none has; these are 44 of them."""
    for base in [base.name for base in boards.load(name, Finder((ROOT,))).bases] + list(ALSO.get(name, ())):
        data = compiled(f"{base}.dts")
        assert list(check(System(Merged.unchanged(blob.read(data, base), data)))) == []
