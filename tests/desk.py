"""What a person sees of dtgen at the desk, and a project with a board of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import running

SOC = """\
#include <dt-bindings/x.h>
/ {
    compatible = "v,board", "v,soc";
    model = "Board";
    #address-cells = <1>;
    #size-cells = <1>;
    pic: interrupt-controller { interrupt-controller; #interrupt-cells = <1>; #address-cells = <0>; };
    smmu: iommu@10000 {
        compatible = "arm,mmu-500";
        reg = <BASE 0x10000>;
        interrupts-extended = <&pic 1>, <&pic 2>;
        #global-interrupts = <1>;
        #iommu-cells = <2>;
    };
    dsp: dsp { };
};
"""
CARRIER = '/dts-v1/;\n#include "soc.dtsi"\n\n&dsp {\n\tstatus = "okay";\n};\n'
DESCRIPTION = """\
name: mine
title: Mine
compatible: ["v,board"]
firmware: {pas_at_el2: true}
overlay: {name: mine-el2, suffix: el2, license: MIT, summary: Of a test.}
bases: [./dts/carrier.dts]
streams:
  dsp: {iommus: [[smmu, 0x3000, 0x0]], source: a test}
"""


@dataclass(frozen=True)
class Said:
    """What a command ended with, and what it wrote."""

    code: int
    out: str
    error: str = ""


def dtgen(*arguments: str) -> Said:
    """In the current directory."""
    done = running.dtgen(*arguments)
    return Said(done.returncode, done.stdout, done.stderr)


def carrier(directory: Path) -> Path:
    """A project with a board of its own and its description, and a kernel tree that has the SoC."""
    files = {
        "linux/arch/arm64/boot/dts/qcom/soc.dtsi": SOC,
        "linux/include/dt-bindings/x.h": "#define BASE 0x10000\n",
        "project/dts/carrier.dts": CARRIER,
        "project/boards/mine.yaml": DESCRIPTION,
    }
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return directory / "project"
