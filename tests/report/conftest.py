"""One result with something of everything."""

from __future__ import annotations

import dataclasses

import pytest

from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.diagnostics import Clause, Diagnostic, Location, Place, Severity, Subject
from dtgen.results import Assessment, BaseResult, BuildResult

ADSP = "/soc@0/remoteproc@30000000"


@pytest.fixture
def result() -> BuildResult:
    overlap = Diagnostic(
        "attach-overlap",
        Severity.ERROR,
        "stream 0x3000/0x0 is claimed twice",
        Location("boards/b.yaml", 31, 5),
        Place(Subject(ADSP, "iommus"), Location("build/b/b-el2.dtso", 14, 2)),
        (Place(Subject("/soc@0/dais", "iommus"), Location("x.dtb")),),
        help="a remoteproc must be alone",
    )
    too_many = Diagnostic(
        "test/widget.yaml",
        Severity.WARNING,
        "reg has 2 entries",
        Location("x.dtb"),
        Place(Subject("/soc@0"), Location("x.dtb")),
        original="[[0], [1]] is too long",
        clause=Clause("test/widget.yaml", "/soc@0", ("reg",), "maxItems"),
    )
    innocent = dataclasses.replace(too_many, severity=Severity.ERROR, message="reg: not known", follows=True)
    mended = Diagnostic(
        "attach-overlap",
        Severity.ERROR,
        "stream 0x1 is claimed twice",
        Location("x.dtb"),
        Place(Subject("/soc@0/codec", "iommus"), Location("x.dtb")),
    )
    old = Diagnostic("dtc:reg_format", Severity.WARNING, "too short", Location("x.dts", 3, 1))
    changes = (
        Change(ChangeKind.CHANGED, ADSP, "&remoteproc_adsp", "status", '"disabled"', '"okay"'),
        Change(ChangeKind.ADDED, ADSP, "&remoteproc_adsp", "iommus", "", "<&apps_smmu 0x3000 0x0>"),
        Change(ChangeKind.ADDED, "/mem", "/mem", None, "", ""),
        Change(ChangeKind.ADDED, "/mem", "/mem", "no-map", "", ""),
        Change(ChangeKind.REMOVED, "/old", "/old", "p", "<0x1>", ""),
    )
    unit = Diagnostic(
        "dtc:unit_address_format",
        Severity.INFO,
        "a zero too many",
        Location("boards/b.yaml", 9),
        excerpt="build/b/b-el2.dtso:20:4: mem@01 {",
    )
    return BuildResult(
        "b",
        "Bé",
        ("build/b/b-el2.dtso", "build/b/b-el2.dtbo"),
        (unit,),
        (
            BaseResult(
                "x",
                "x.dtb",
                "build/b/x-el2.dtb",
                changes,
                Assessment((overlap, too_many, innocent), (mended,), (old,), ("acme,a", "acme,b")),
                (),
                0.125,
            ),
            BaseResult(
                "y",
                "y.dtb",
                "build/b/y-el2.dtb",
                changes,
                Assessment((overlap,), undocumented=("acme,b",)),
                ("y.dtb lacks labels: smmu is taken from x.dtb",),
                0.5,
            ),
            BaseResult.refused(
                "z",
                "z.dtb",
                (
                    Diagnostic(
                        "unknown-label", Severity.ERROR, "no label iris", Location("boards/b.yaml", 7, 3)
                    ),
                ),
            ),
        ),
        "built-in bindings",
        ("something to know",),
    )
