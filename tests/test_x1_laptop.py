"""The X1 laptops: the overlay of X1 without what firmware that does not serve PAS cannot bear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpus import sample

from dtgen import rules
from dtgen.checks.findings import run
from dtgen.commands.build import rendered
from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Severity
from dtgen.dts import compiler
from dtgen.hardware.system import System
from dtgen.overlay.merge import merge
from dtgen.project.layout import Finder

DSPS = ("remoteproc_adsp", "remoteproc_cdsp")


def test_it_is_x1_without_the_streams_of_the_dsps(finder: Finder) -> None:
    x1, laptop = boards.load("x1", finder), boards.load("x1-laptop", finder)
    assert (x1.pas_at_el2, laptop.pas_at_el2) == (True, False)
    written = {target.target: target for target in laptop.targets}
    assert written == {target.target: target for target in x1.targets if target.target not in DSPS}
    assert {target.target for target in x1.targets} == written.keys() | set(DSPS)
    assert (laptop.overlay.name, laptop.overlay.suffix) == ("x1-laptop-el2", "laptop-el2")


def test_its_bases_are_x1s_but_for_the_iot_boards_and_development_kits(finder: Finder) -> None:
    of_x1, of_laptop = (
        [base.name for base in boards.load(name, finder).bases] for name in ("x1", "x1-laptop")
    )
    others = ["hamoa-iot-evk", "purwa-iot-evk", "x1e001de-devkit", "x1e80100-qcp"]
    assert of_laptop == [name for name in of_x1 if name not in others]


@pytest.mark.parametrize("base", ["x1e80100-lenovo-yoga-slim7x", "x1p42100-crd"])
def test_nothing_is_wrong_with_it_on_a_laptop(
    base: str, finder: Finder, compiled: Callable[[str], bytes]
) -> None:
    source = rendered("x1-laptop", finder)
    overlay = compiler.compile_overlay(source, "x1-laptop-el2.dtso", compiler.find_dtc()).blob
    assert overlay is not None
    data = compiled(f"{base}.dts")
    merged = merge(blob.read(data, base), data, Overlay.of(blob.read(overlay, "x1-laptop-el2.dtbo")), overlay)
    assert [
        found for found in run(rules.MERGED, System(merged, False, 1)) if found.severity is not Severity.INFO
    ] == []


@pytest.mark.sampled
def test_upstreams_overlay_is_wrong_on_every_one_of_them_and_nothing_else_is(
    finder: Finder, compiled: Callable[[str], bytes]
) -> None:
    """It gives both DSPs a stream on boards of either firmware."""
    data = compiled("x1-el2.dtso")
    overlay = Overlay.of(blob.read(data, "x1-el2.dtbo"))
    for base in sample(boards.load("x1-laptop", finder).bases, 5):
        base_data = compiled(f"{base.name}.dts")
        merged = merge(blob.read(base_data, base.name), base_data, overlay, data)
        told = [
            (found.rule, found.finding.subject.path)
            for found in run(rules.MERGED, System(merged, False, 1))
            if found.severity is not Severity.INFO
        ]
        assert told == [
            ("stream-without-pas", "/soc@0/remoteproc@6800000"),
            ("stream-without-pas", "/soc@0/remoteproc@32300000"),
        ], base.name
