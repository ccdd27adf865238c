"""The pages that `make test-browser` looks at: of real runs on small trees, and of what is hostile or large."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus import ROOT
from test_html import BAD, LONG, built, diagnostic, record

from dtgen.cli import cli
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.dts import compiler
from dtgen.report import html
from dtgen.results import Assessment, TreeResult, ValidationResult

MERGED = """
/ {
    compatible = "qcom,sa8775p";
    #address-cells = <1>; #size-cells = <1>;
    apps_smmu: iommu@15000000 { compatible = "qcom,smmu-500", "arm,mmu-500"; #iommu-cells = <2>; };
    pcie_smmu: iommu@15200000 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    remoteproc_adsp: remoteproc@30000000 {
        compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; iommus = <&apps_smmu 0x3001 0x0>;
    };
    dais: dais { iommus = <&apps_smmu 0x3000 0xf>; };
    video: video { iommus = <&apps_smmu 0x2141 0x4a0>, <&apps_smmu 0x880 0x400>; };
    off: off { iommus = <&apps_smmu 0x3020 0x1f>; status = "disabled"; };
    pcie: pcie@1 { device_type = "pci"; iommu-map = <0x0 &pcie_smmu 0x10000 0x10000>; };
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>; ranges;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
        cdsp_mem: cdsp@97600000 { reg = <0x97600000 0x800000>; no-map; };
        far: far@c0000000 { reg = <0xc0000000 0x1000000>; no-map; };
        cma { size = <0x1000000>; reusable; compatible = "shared-dma-pool"; };
    };
};
"""
BASE = MERGED.replace(" iommus = <&apps_smmu 0x3001 0x0>;", "").replace(
    "cdsp_mem: cdsp@97600000 { reg = <0x97600000 0x800000>; no-map; };", ""
)
OVERLAYS = {
    "el2": "&remoteproc_adsp { iommus = <&apps_smmu 0x3001 0x0>; };",
    "camera": '&off { status = "okay"; };\n&remoteproc_adsp { iommus = <&apps_smmu 0x3002 0x0>; };',
    "hostile": '&dais { label = "<script>document.title = 1</script>"; };',
}
MINE = """\
name: mine
extends: lemans
title: Our carrier with Lemans
streams:
  remoteproc_adsp:
    iommus:
      - [apps_smmu, 0x3001, 0x0]
    source: the vendor's kernel, 2024
  remoteproc_cdsp0:
    iommus:
      - [apps_smmu, 0x21c0]
"""
LOG = """\
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
[    0.000000] Linux version 7.2.0 (x) #1
[    0.091000] CPU: All CPU(s) started at EL2
[    7.100000] remoteproc remoteproc4: adsp is available
[    7.214001] qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22
[    7.214101] remoteproc remoteproc4: can't enable iommu: -22
"""
RUNS: dict[str, Sequence[str]] = {
    "build": ("build", "mine.yaml"),
    "validate": ("validate", "merged.dtb", "--against", "base.dtb"),
    "check": ("check", "mine.yaml", "el2.dtbo", "camera.dtbo", "hostile.dtbo", "--base", "base.dtb"),
    "diagnose": (
        "diagnose",
        "boot.log",
        "--tree",
        "merged.dtb",
        "--against",
        "base.dtb",
        "--board",
        "mine.yaml",
    ),
    "deliver": (
        "deliver",
        "lemans",
        "--base",
        "lemans-evk.dtb",
        "--as",
        "makefile,extlinux,bls",
        "-o",
        "out",
    ),
    "stack": ("validate", "el2.dtbo", "camera.dtbo", "hostile.dtbo", "--base", "base.dtb"),
}
"""A page each; references are kept of the first five."""
TREES = 400


def make(directory: Path) -> dict[str, Path]:
    """The pages by name."""
    os.chdir(directory)
    _write(directory)
    pages = {name: directory / f"{name}.html" for name in (*RUNS, "hostile", "many")}
    for name, arguments in RUNS.items():
        words = [*arguments, "-q", "--report", pages[name].name]
        sys.argv = ["dtgen", *words]
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main(words, standalone_mode=False)
    pages["hostile"].write_text(html.builds([built(BAD), built(LONG)], record(BAD)), encoding="utf-8")
    pages["many"].write_text(_many(), encoding="utf-8")
    return pages


def _write(directory: Path) -> None:
    dtc = compiler.find_dtc()
    lean = (ROOT / "boards/bases/lemans.dts").read_bytes()
    for name in ("boards/lemans.yaml", "boards/bases/lemans.dts"):
        # a project of its own: no page has paths of this machine
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes((ROOT / name).read_bytes())
    sources = {
        "merged": f"/dts-v1/;{MERGED}".encode(),
        "base": f"/dts-v1/;{BASE}".encode(),
        "lemans-evk": lean,
    }
    for name, source in sources.items():
        blob = compiler.compile_base(source, f"{name}.dts", dtc).blob
        assert blob
        (directory / f"{name}.dtb").write_bytes(blob)
    for name, text in OVERLAYS.items():
        blob = compiler.compile_overlay(f"/dts-v1/;\n/plugin/;\n{text}", f"{name}.dtso", dtc).blob
        assert blob
        (directory / f"{name}.dtbo").write_bytes(blob)
    (directory / "mine.yaml").write_text(MINE)
    (directory / "boot.log").write_text(LOG)


def _many() -> str:
    """More findings than a page has room for."""
    trees = []
    for number in range(TREES):
        file = f"arch/arm64/boot/dts/vendor{number % 20}/board-{number}.dtb"
        found = tuple(_finding(file, number, at) for at in range(40))
        trees.append(TreeResult(file, None, Assessment(found), True))
    result = ValidationResult(tuple(trees), (replace(diagnostic("x"), message=BAD),), "bindings", ())
    return html.validation(result, record("x"))


def _finding(file: str, number: int, at: int) -> Diagnostic:
    where = Location(file)
    rule = f"vendor{at % 7}/binding-{at % 30}.yaml"
    severity = (Severity.ERROR, Severity.WARNING, Severity.INFO)[at % 3]
    message = f"property{at} of board {number} has {at} items, and 1 to 2 are allowed"
    return Diagnostic(rule, severity, message, where, Place(Subject(f"/soc@0/node@{at:x}", "reg"), where))
