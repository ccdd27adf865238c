"""What is decoded without dtschema is what dtschema decodes: in value, type and size, or there is a doubt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from decoded import difference
from mutation import KINDS, dense, mutations

from dtgen.bindings import dtschema
from dtgen.bindings.fast.decode import RELEASE
from dtgen.bindings.fast.engine import FastEngine
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.devicetree import blob
from dtgen.project import layout


@pytest.fixture(scope="module")
def builtin() -> FastEngine:
    engine = prepare.prepare(layout.builtin_bindings(), (), layout.cache_directory()).load()
    assert isinstance(engine, FastEngine)
    if dtschema.version() != RELEASE:
        pytest.skip(f"trees are left to dtschema {dtschema.version()}")
    return engine


def compared(engine: FastEngine, data: bytes, name: str) -> bool:
    """False for a doubt."""
    tree = blob.read(data, name)
    assert engine._decoder
    try:
        ours = engine._decoder.decode(tree)
    except Exception:  # noqa: BLE001
        return False
    theirs, problems = Engine.decode(engine, data, tree)
    assert (name, problems, difference(theirs, ours)) == (name, (), "")
    return True


def test_a_board(builtin: FastEngine, compiled: Callable[[str], bytes]) -> None:
    assert compared(builtin, compiled("lemans-evk.dts"), "lemans-evk")


def test_mutated_boards(builtin: FastEngine, compiled: Callable[[str], bytes]) -> None:
    data = compiled("qcs404-evb-1000.dts")
    made = [*islice(mutations(data, 1, KINDS), 12), dense(data, 1, 30)]
    certain = [compared(builtin, mutation.blob, mutation.name) for mutation in made]
    assert sum(certain) > 6


CORNERS = """
#address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>;
aliases { serial0 = "/uart@1"; phandle = <77>; };
gic: gic@0 { reg = <0 1>, <1 2>; #interrupt-cells = <3>; #address-cells = <0>; interrupt-controller; };
clk: clk@2 { reg = <2>; #clock-cells = <1>; #gpio-cells = <2>; #iommu-cells = <2>; #interconnect-cells = <1>; };
uart@1 { reg = <1 1>; interrupts = <0 1 4>, <0 2 4>; clocks = <&clk 1>, <0>, <&clk 2>; unknown = <1 2>; status = "okay"; };
bus@3 { #address-cells = <2>; #size-cells = <1>; ranges; #interrupt-cells = <1>;
    interrupt-map = <0 0 1 &gic 0 4 4>, <0 0 2 &gic 0 5 4>; iommu-map = <0 &clk 1 2 3>; dma-ranges = <0 0 1 2>;
    interconnects = <&clk 1 &clk 2>; memory-region = <&gic>, <&clk>; enable-gpios = <&clk 1 2>, <0>;
    hog { gpio-hog; gpios = <1 2>; };
    opp { opp-hz = /bits/ 64 <5 6>; local-mac-address = [01 02 03 04 05 06]; cooling-levels = /bits/ 8 <1 2 3>; };
};
"""


def test_corners(builtin: FastEngine, dtb: Callable[[str], bytes]) -> None:
    assert compared(builtin, dtb(f"/ {{ {CORNERS} }};"), "corners")


@pytest.mark.parametrize(
    "wrong",
    [
        "compatible;", "reg = <1 2 3>; #address-cells = <0>; #size-cells = <0>; n { reg = <1>; };",
        "interrupts = <1>; interrupt-parent = <99>;", "iommu-map = <1>;", "aliases { a = [ff 00]; };", "clocks = [01 02 03];",
        "enable-gpios = <0xffffffff 1>;", "n { ranges = <1 2>; #address-cells = [01]; };",
        '__fixups__ { a = "/:b:0"; };', "__local_fixups__ { a = [01]; };", "interrupts = <1>; #interrupt-cells = <0>; n { interrupts = <1>; };",
    ],
)  # fmt: skip
def test_what_is_unusual_is_left_to_dtschema(
    builtin: FastEngine, dtb: Callable[[str], bytes], wrong: str
) -> None:
    before = builtin.doubts["a tree to be decoded"]
    builtin.decode(dtb(f"/ {{ {wrong} }};"))
    assert builtin.doubts["a tree to be decoded"] == before + 1


def test_a_value_of_another_type_than_usual_is_as_dtschema_decodes_it(
    builtin: FastEngine, dtb: Callable[[str], bytes]
) -> None:
    data, before = dtb("/ { status; bias-disable = <1>; };"), builtin.doubts["a tree to be decoded"]
    found, problems = builtin.decode(data)
    assert (difference(Engine.decode(builtin, data)[0], found), problems) == ("", ())
    assert builtin.doubts["a tree to be decoded"] == before


def test_a_clean_tree_needs_neither_dtschema_nor_jsonschema(
    tmp_path: Path, compiled: Callable[[str], bytes]
) -> None:
    prepare.prepare(layout.builtin_bindings(), (), layout.cache_directory())
    (tmp_path / "board.dtb").write_bytes(compiled("lemans-evk.dts"))
    code = (
        "import sys\nfrom dtgen.cli import cli\n"
        "try: cli(['validate', '-q', '--no-result-cache', 'board.dtb'])\n"
        "finally: print(*(name for name in ('dtschema', 'jsonschema') if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
