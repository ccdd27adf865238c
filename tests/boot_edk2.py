"""The parts `systemd-boot` and `grub` of `make boot`: what EDK2's loaders do with overlays, and what dtgen says before."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable, Iterator
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
CASES = {
    "systemd-boot": (
        ("merged", f"{_ENTRY}devicetree /merged.dtb\n", True, frozenset[str]()),
        (
            "overlay",
            f"{_ENTRY}devicetree /base.dtb\ndevicetree-overlay /overlay.dtbo\n",
            False,
            frozenset({"ignored-overlay"}),
        ),
    ),
    # a second devicetree takes the place of the first, and the kernel hangs: `ignored-overlay` says it
    "grub": (("merged", f"{_GRUB}\tdevicetree /merged.dtb\n}}\n", True, frozenset[str]()),),
}
"""A name, the loader's text, whether the kernel gets what the overlay says, and what dtgen says of the text."""
_PLACES = {"systemd-boot": "loader/entries/dtgen.conf", "grub": "EFI/debian/grub.cfg"}
_LOADERS = {
    "systemd-boot": "usr/lib/systemd/boot/efi/systemd-bootaa64.efi",
    "grub": "usr/lib/grub/arm64-efi/monolithic/grubaa64.efi",
}


def run_loader(loader: str, directory: Path, packages: Callable[[], Path]) -> Iterator[str]:
    """Raises: AssertionError where the loader does otherwise."""
    root = packages()
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
        "EFI/BOOT/BOOTAA64.EFI": (root / _LOADERS[loader]).read_bytes(),
    }
    for name, text, wanted, rules in CASES[loader]:
        place = directory / name
        for file, data in {**files, _PLACES[loader]: text.encode()}.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_bytes(data)
        table = place / _PLACES[loader]
        reader = forms.reader_of(table, table.read_bytes())
        assert reader
        delivery = Prover(Shelf(None, directory)).prove(
            forms.read(reader, table.read_bytes(), str(table)), None
        )
        said = {observation.rule for observation in run(DELIVERY, delivery)}
        assert said == rules, f"{loader} {name}: dtgen says {sorted(said)}, not {sorted(rules)}"
        marked = _is_marked(firmware, _disk(place, directory / f"{name}.img"))
        assert marked is wanted, f"{loader} {name}: the overlay is {'' if marked else 'not '}there"
        how = "with the overlay" if marked else "in silence, without the overlay"
        yield f"{loader} {name}: boots {how}; dtgen: {', '.join(sorted(said)) or 'clean'}"


def _disk(root: Path, disk: Path) -> Path:
    disk.write_bytes(bytes(96 << 20))
    subprocess.run(["/usr/sbin/mkfs.vfat", "-F", "32", str(disk)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-s", "-i", disk, *root.iterdir(), "::/"], check=True)
    return disk


def _is_marked(firmware: Path, disk: Path) -> bool:
    """Boot, and look whether the kernel's devicetree has the overlay's node."""
    with Machine(firmware, {}, disk, patience=300, acpi=False) as machine:
        machine.wait(b"FDT-BEGIN")
        encoded = machine.wait(b"FDT-END").removesuffix("FDT-END")
    tree = blob.read(base64.b64decode(re.sub(r"\s", "", encoded)), "/sys/firmware/fdt")
    return "/dtgen-marker" in tree.nodes
