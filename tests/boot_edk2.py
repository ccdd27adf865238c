"""The parts `systemd-boot` and `grub` of `make boot`: what EDK2's loaders do with overlays, and what dtgen says before."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boot_linux import INIT, OVERLAY, newc
from boot_machine import VIRT, Machine

from dtgen.checks.findings import run
from dtgen.checks.pieces import Shelf
from dtgen.checks.stacks import Prover
from dtgen.delivery import forms
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.rules import DELIVERY

_ARGUMENTS = "console=ttyAMA0 panic=-1"
_ENTRY = f"title dtgen\nlinux /Image\ninitrd /initrd\noptions {_ARGUMENTS}\n"
_GRUB = f"set timeout=0\nmenuentry 'dtgen' {{\n\tlinux /Image {_ARGUMENTS}\n\tinitrd /initrd\n"
_UKI = f"[UKI]\nLinux=Image\nInitrd=initrd\nCmdline={_ARGUMENTS}\n"
_HANG = 120
"""Seconds in which a kernel that is not stuck has long said something."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a loader is given, and what becomes of it."""

    name: str
    text: str
    marked: bool | None
    """Whether the kernel gets what the overlay says; None where it hangs."""
    rules: frozenset[str] = frozenset()
    """What dtgen says of the text."""


@dataclass(frozen=True, slots=True)
class Loader:
    """A program of EDK2's, and its cases."""

    program: str
    """Below the packages."""
    table: str
    """The text's place on the disk."""
    cases: tuple[Case, ...]


_IGNORED, _DUPLICATE = frozenset({"ignored-overlay"}), frozenset({"duplicate-compatible"})
LOADERS = {
    "systemd-boot": Loader(
        "usr/lib/systemd/boot/efi/systemd-bootaa64.efi",
        "loader/entries/dtgen.conf",
        (
            Case("merged", f"{_ENTRY}devicetree /merged.dtb\n", True),
            Case(
                "overlay",
                f"{_ENTRY}devicetree /base.dtb\ndevicetree-overlay /overlay.dtbo\n",
                False,
                _IGNORED,
            ),
        ),
    ),
    "grub": Loader(
        "usr/lib/grub/arm64-efi/monolithic/grubaa64.efi",
        "EFI/debian/grub.cfg",
        (
            Case("merged", f"{_GRUB}\tdevicetree /merged.dtb\n}}\n", True),
            Case(
                "overlay",
                f"{_GRUB}\tdevicetree /base.dtb\n\tdevicetree /overlay.dtbo\n}}\n",
                None,
                _IGNORED,
            ),
        ),
    ),
    "uki": Loader(
        "usr/lib/systemd/boot/efi/linuxaa64.efi.stub",
        "uki.conf",
        (
            Case("merged", f"{_UKI}DeviceTree=merged.dtb\n", True),
            Case("automatic", f"{_UKI}DeviceTreeAuto=merged.dtb\n", True),
            Case("twice", f"{_UKI}DeviceTreeAuto=base.dtb merged.dtb\n", False, _DUPLICATE),
        ),
    ),
}


def run_loader(name: str, directory: Path, packages: Callable[[], Path]) -> Iterator[str]:
    """Raises: AssertionError where the loader does otherwise."""
    loader, root = LOADERS[name], packages()
    firmware = root / "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
    base = directory / "base.dtb"
    dump = [*VIRT, "-bios", str(firmware), "-machine", f"dumpdtb={base},acpi=off"]
    subprocess.run(dump, check=True, capture_output=True)
    overlay = compiler.compile_overlay(f"/dts-v1/;\n/plugin/;\n{OVERLAY}", "o.dtso", compiler.find_dtc()).blob
    assert overlay
    busybox = (root / "usr/bin/busybox").read_bytes()
    files = {
        "Image": next(root.glob("boot/vmlinuz-*")).read_bytes(),
        "initrd": newc(
            {
                "dev": (0o040755, b""),
                "bin": (0o040755, b""),
                "bin/busybox": (0o100755, busybox),
                "init": (0o100755, INIT.encode()),
            }
        ),
        "base.dtb": base.read_bytes(),
        "overlay.dtbo": overlay,
        "merged.dtb": blob.apply(base.read_bytes(), overlay),
    }
    program = root / loader.program
    for case in loader.cases:
        place = directory / case.name
        for file, data in {**files, loader.table: case.text.encode()}.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_bytes(data)
        said = _said(place / loader.table, directory)
        assert said == case.rules, f"{name} {case.name}: dtgen says {sorted(said)}, not {sorted(case.rules)}"
        efi = place / "EFI/BOOT/BOOTAA64.EFI"
        efi.parent.mkdir(parents=True, exist_ok=True)
        if program.suffix == ".stub":
            _ukify(root, program, place / loader.table, efi)
        else:
            efi.write_bytes(program.read_bytes())
        marked = _is_marked(firmware, _disk(place, directory / f"{case.name}.img"))
        assert marked is case.marked, f"{name} {case.name}: {_HOW[marked]}"
        yield f"{name} {case.name}: {_HOW[marked]}; dtgen: {', '.join(sorted(said)) or 'clean'}"


_HOW = {
    True: "boots with the overlay",
    False: "boots in silence, without the overlay",
    None: "hangs in silence",
}


def _said(table: Path, cache: Path) -> frozenset[str]:
    """The rules by which dtgen refuses a table or warns of it."""
    reader = forms.reader_of(table, table.read_bytes())
    assert reader
    delivery = Prover(Shelf(None, cache)).prove(forms.read(reader, table.read_bytes(), str(table)), None)
    return frozenset(observation.rule for observation in run(DELIVERY, delivery))


def _ukify(root: Path, stub: Path, config: Path, output: Path) -> None:
    command = [
        sys.executable, root / "usr/bin/ukify", "build", f"--stub={stub}", "--efi-arch=aa64", f"--config={config}",
        f"--output={output}",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(root / "usr/lib/python3/dist-packages")}
    subprocess.run(command, check=True, capture_output=True, cwd=config.parent, env=environment)


def _disk(root: Path, disk: Path) -> Path:
    disk.write_bytes(bytes(96 << 20))
    subprocess.run(["/usr/sbin/mkfs.vfat", "-F", "32", str(disk)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-s", "-i", disk, *root.iterdir(), "::/"], check=True)
    return disk


def _is_marked(firmware: Path, disk: Path) -> bool | None:
    """Boot, and look whether the kernel's devicetree has the overlay's node; None where the kernel is silent."""
    with Machine(firmware, {}, disk, patience=300, acpi=False) as machine:
        machine.wait(b"EFI stub")
        machine.patience, patience = _HANG, machine.patience
        try:
            machine.wait(b"Booting Linux on physical CPU")
        except TimeoutError:
            return None
        machine.patience = patience
        machine.wait(b"FDT-BEGIN")
        encoded = machine.wait(b"FDT-END").removesuffix("FDT-END")
    tree = blob.read(base64.b64decode(re.sub(r"\s", "", encoded)), "/sys/firmware/fdt")
    return "/dtgen-marker" in tree.nodes
