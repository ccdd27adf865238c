"""What a person sees of dtgen at the desk, and a project with a board of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import running
from corpus import ROOT
from hooked import WHO

_TIME = re.compile(r"\d+\.\d+ ?s\b")
_GAP = re.compile(r" +(?=  # )")
"""Before a column whose place hangs on the longest directory."""

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


class Desk:
    """A home directory, and the directory that a person is in."""

    def __init__(self, home: Path, cache: str | None) -> None:
        """`cache`: None for none yet."""
        self.home = home
        self.here = home / "work"
        self.here.mkdir()
        tools = home / "bin"
        tools.mkdir()
        for name, module in (("dtgen", "dtgen"), ("pre-commit", "pre_commit")):
            (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
            (tools / name).chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DTGEN_", "PRE_COMMIT", "GIT_"))
        }
        self.environment = {
            **kept,
            **WHO,
            "HOME": str(home),
            "PATH": f"{tools}:{kept['PATH']}",
            "PYTHONPATH": str(ROOT),
            **({"DTGEN_CACHE": cache} if cache else {"XDG_CACHE_HOME": str(home / ".cache")}),
            "PRE_COMMIT_COLOR": "never",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "COLUMNS": "80",
        }

    def run(self, command: str) -> str:
        """What is seen of it, its exit code last."""
        words = shlex.split(command.partition("\n")[0])
        if words[0] == "cd":
            self.here = (self.here / words[1].replace("~", str(self.home), 1)).resolve()
            return ""
        if words[0] == "dtgen" and not set("|<>$\n").intersection(
            command
        ):  # without a shell, and without another Python
            arguments = [
                word.replace("~/", f"{self.home}/") if word.startswith("~/") else word for word in words[1:]
            ]
            done = running.run(arguments, self.environment, self.here)
            seen = done.stdout + done.stderr
        else:
            shell = subprocess.run(
                ["sh", "-c", command], cwd=self.here, env=self.environment, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            done, seen = shell, shell.stdout
        code = f"[{done.returncode}]\n" if done.returncode else ""
        seen = seen.replace(f"{self.home}/", "~/").replace(str(ROOT), "<dtgen>")
        return _GAP.sub("", _TIME.sub("… s", seen)) + code
