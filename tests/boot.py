"""`make boot`: dtgen's word on stacks, held against U-Boot's own, in QEMU.

Sets itself up below build/boot (or $DTGEN_BOOT), and says what it fetches: U-Boot's source from Debian (33 MB), built
with overlays, which no packaged U-Boot for qemu_arm64 has, in a minute of CPU; QEMU, a cross compiler and mtools (about
100 MB); for `linux` a kernel and busybox for arm64 (29 MB), for `systemd-boot`, `grub` and `uki` EDK2 and these, too (36 MB).
Not a part of `make test`.

    make boot                           fit, extlinux, stacks, linux
    make boot PARTS='fit systemd-boot'  parts by their names, of which systemd-boot, grub and uki run only so
"""

# ruff: noqa: T201

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import boot_edk2
import boot_linux
from boot_machine import Machine, devicetree
from boot_setup import WORK, Failed, efi_packages, packages, uboot
from corpus import CORPUS, unpacked

from dtgen.checks import application
from dtgen.checks.findings import run
from dtgen.checks.pieces import Shelf, applied
from dtgen.checks.stacks import Prover
from dtgen.delivery import extlinux, fit, forms
from dtgen.delivery.table import Table
from dtgen.devicetree import blob, diff
from dtgen.devicetree.tree import Node
from dtgen.dts import compiler
from dtgen.rules import DELIVERY

LOADED = ("base", "bare", "loaded")
"""Images with a load address."""
FIT, LOST, BASE, OVERLAY, KERNEL = 0x50000000, 0x54000000, 0x4A000000, 0x4C000000, 0x41000000

DEEP = "n" * 100
BOARD = (
    '/ { compatible = "dtgen,board"; soc { clk: clk { #clock-cells = <0>; }; '
    "dsp: dsp { clocks = <&clk>; }; }; " + f"{DEEP} {{ {DEEP} {{ deep: deep {{ }}; }}; }}; }};"
)
OVERLAYS = {
    "el2": "&dsp { marker; };",
    "camera": "&dsp { camera: camera { }; };",
    "camera-el2": "&camera { marker; };",
    "bad": "&gone { marker; };",
    "again": "&{/soc} { mine: clk { marker; }; };",
    "labels": "&deep { " + " ".join(f"l{i}: n{i} {{ }};" for i in range(200)) + " };",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A stack, what U-Boot says of it, whether the marker is in the devicetree then, and what dtgen says before."""

    name: str
    stack: tuple[str, ...]
    says: str
    """Empty where it says nothing that would tell."""
    marker: bool | None
    """None where there is no devicetree to look at."""
    rules: frozenset[str] = frozenset()


def case(name: str, stack: str, says: str, marker: bool | None, *rules: str) -> Case:
    return Case(name, tuple(stack.split()), says, marker, frozenset(rules))


FITS = (
    case("right", "base el2", "", True),
    case("order", "base camera-el2 camera", "FDT_ERR_NOTFOUND", None, "stack-order"),
    case("right-order", "base camera camera-el2", "", True),
    case("unknown-label", "base bad", "FDT_ERR_NOTFOUND", None, "refused-overlay"),
    case("no-symbols", "bare el2", "make sure you've compiled with -@", None, "base-without-symbols"),
    case("dangling", "base gone", "", False, "dangling-image"),
    case("overlay-first", "loaded base", "", None, "overlay-first"),
    case("no-load", "unloaded el2", "Overlayed FDT requires relocation", None, "missing-load"),
    case("no-room", "base labels", "FDT_ERR_NOSPACE", None, "no-room"),
    case("twice", "base el2 el2", "", True, "repeated-overlay"),
    case("truncated", "base cut", "FDT_ERR_BADSTRUCTURE", None, "malformed-blob"),
    case("garbage", "base text", "is not a FDT", None, "malformed-blob"),
    case("renumbered", "base again", "", True, "renumbered-phandle"),
)
SYSBOOTS = (
    case("right", "base el2", "", True, "unset-address"),
    case("missing", "base gone el2", "Failed loading overlay", True, "unset-address", "missing-file"),
    case("order", "base camera-el2 camera", "FDT_ERR_BADMAGIC", None, "unset-address", "stack-order"),
    case("no-room", "base labels", "FDT_ERR_NOSPACE", None, "unset-address", "no-room"),
)
NO_BASE = case("no-base", "gone el2", "", None, "ignored-overlay")
"""Without `fdt`: the overlay is not even looked for."""
NO_ADDRESS = case("no-address", "base el2", "Invalid fdtoverlay_addr_r", False, "unset-address")
ENDED = case("ended", "base el2", "Ignoring unknown command", False, "ended-label")
"""`fdtoverlay`, which U-Boot does not know."""
NO_FDT_ADDRESS = case("no-fdt-address", "base el2", "", None, "unset-address")
"""Neither the base nor the overlay is looked for."""


def blobs() -> dict[str, bytes]:
    """The devicetrees and overlays of the cases."""
    dtc = compiler.find_dtc()
    base = compiler.compile_base(f"/dts-v1/;\n{BOARD}".encode(), "board.dts", dtc).required()
    found = {"base": base, "unloaded": base, "bare": blob.without_symbols(base)}
    for name, text in OVERLAYS.items():
        done = compiler.compile_overlay(f"/dts-v1/;\n/plugin/;\n{text}", f"{name}.dtso", dtc)
        assert done.blob, done.messages
        found[name] = done.blob
    cut = found["el2"][: len(found["el2"]) * 2 // 3]
    return found | {
        "loaded": found["el2"],
        "cut": cut,
        "text": b"no devicetree at all, but a text of some length\n" * 4,
    }


def source_of_fit(found: dict[str, bytes]) -> str:
    """For mkimage; a kernel of zeros is enough for `bootm start`."""
    images = [
        f'{name} {{ data = /incbin/("{name}"); type = "flat_dt"; arch = "arm64"; compression = "none"; '
        + (f"load = <{BASE:#x}>; " if name in LOADED else "")
        + "};"
        for name in found
    ]
    kernel = (
        'kernel { data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux"; '
        f'compression = "none"; load = <{KERNEL:#x}>; entry = <{KERNEL:#x}>; }};'
    )
    configurations = [
        f'{each.name} {{ kernel = "kernel"; fdt = {", ".join(chr(34) + name + chr(34) for name in each.stack)}; }};'
        for each in FITS
    ]
    return (
        f'/dts-v1/; / {{ description = "cases"; #address-cells = <1>; images {{ {kernel} {" ".join(images)} }}; '
        f'configurations {{ default = "right"; {" ".join(configurations)} }}; }};\n'
    )


def fit_cases(uboot: Path, directory: Path) -> Iterator[str]:
    """Each row of the table of faults, in a FIT."""
    found = blobs()
    for name, data in {**found, "kernel": bytes(4096)}.items():
        (directory / name).write_bytes(data)
    (directory / "cases.its").write_text(source_of_fit(found))
    subprocess.run(
        ["mkimage", "-f", "cases.its", "cases.itb"], cwd=directory, check=True, capture_output=True
    )
    image = directory / "cases.itb"
    table = fit.read(image.read_bytes(), "cases.itb")
    foretold = _foretold(table)
    lost = directory / "lost.itb"
    (directory / "lost.its").write_text(source_of_fit(found).replace('default = "right"', 'default = "gone"'))
    subprocess.run(["mkimage", "-f", "lost.its", lost], cwd=directory, check=True, capture_output=True)
    with Machine(uboot, {FIT: image, LOST: lost}) as machine:
        said = machine.run(f"bootm start {LOST:#x}")
        rules = {
            o.rule
            for o in run(
                DELIVERY, Prover(Shelf(None, WORK / "cache")).prove(fit.read(lost.read_bytes(), ""), None)
            )
        }
        if "ERROR" not in said or "dangling-default" not in rules:
            raise Failed(f"fit default: {sorted(rules)}:\n{said}")
        yield f"fit default: {said.strip().splitlines()[-1]}; dtgen: dangling-default"
        for each in FITS:
            said = machine.run(f"bootm start {FIT:#x}#{each.name}")
            shown = machine.run(f"fdt addr {BASE:#x}", "fdt print /soc") if each.marker is not None else ""
            yield _agreed("fit", each, said, shown, foretold[each.name])


def _foretold(table: Table) -> dict[str, frozenset[str]]:
    """What dtgen says of each configuration, alone."""
    prover = Prover(Shelf(None, WORK / "cache"))
    found = {}
    for configuration in table.configurations:
        alone = Table(table.file, table.form, (configuration,), table.images)
        delivery = prover.prove(alone, None)
        rules = {o.rule for o in run(DELIVERY, delivery)} - {"unused-image"}
        rules |= {diagnostic.rule for proof in delivery.proofs for diagnostic in proof.broken}
        found[configuration.name] = frozenset(rules)
    return found


def _agreed(part: str, each: Case, said: str, shown: str, rules: frozenset[str]) -> str:
    """A line for people. Raises: Failed."""
    if each.says not in said:
        raise Failed(f"{part} {each.name}: U-Boot does not say {each.says!r}:\n{said}")
    if not each.says and ("ERR" in said or "failed on" in said):
        raise Failed(f"{part} {each.name}: U-Boot says more than it did:\n{said}")
    if each.marker is not None and ("marker" in shown) is not each.marker:
        raise Failed(
            f"{part} {each.name}: the marker is {'not ' if each.marker else ''}there:\n{said}\n{shown}"
        )
    if rules != each.rules:
        raise Failed(f"{part} {each.name}: dtgen says {sorted(rules)}, not {sorted(each.rules)}")
    how = each.says or ("in silence, with the overlay" if each.marker else "in silence, without the overlay")
    return f"{part} {each.name}: {how}; dtgen: {', '.join(sorted(rules)) or 'clean'}"


def extlinux_cases(uboot: Path, directory: Path) -> Iterator[str]:
    """The same from a disk, by U-Boot's sysboot."""
    found = blobs()
    files = {f"{name}.dtb{'o' if name in OVERLAYS else ''}": data for name, data in found.items()}
    cases = (*SYSBOOTS, NO_BASE, NO_ADDRESS, NO_FDT_ADDRESS, ENDED)
    texts = {each.name: _conf(each) for each in cases}
    disk = directory / "disk.img"
    disk.write_bytes(bytes(32 << 20))
    subprocess.run(["/usr/sbin/mkfs.vfat", str(disk)], check=True, capture_output=True)
    root = directory / "root"
    (root / "extlinux").mkdir(parents=True)
    for name, data in {**files, "Image": bytes(4096)}.items():
        (root / name).write_bytes(data)
    for name, text in texts.items():
        (root / "extlinux" / f"{name}.conf").write_text(text)
    subprocess.run(["mcopy", "-s", "-i", disk, *root.iterdir(), "::/"], check=True)
    prover = Prover(Shelf(None, WORK / "cache"))
    with Machine(uboot, {}, disk) as machine:
        machine.run("virtio scan")
        for each in cases:
            machine.run(f"setenv fdt_addr_r {'' if each is NO_FDT_ADDRESS else f'{BASE:#x}'}")
            machine.run(f"setenv fdtoverlay_addr_r {'' if each is NO_ADDRESS else f'{OVERLAY:#x}'}")
            said = machine.run(f"sysboot virtio 0 any ${{scriptaddr}} /extlinux/{each.name}.conf")
            shown = machine.run(f"fdt addr {BASE:#x}", "fdt print /soc") if each.marker is not None else ""
            table = extlinux.read(texts[each.name], str(root / "extlinux" / f"{each.name}.conf"))
            rules = frozenset(o.rule for o in run(DELIVERY, prover.prove(table, None)))
            if each in (NO_BASE, NO_FDT_ADDRESS) and "dtb" in said:
                raise Failed(f"extlinux {each.name}: U-Boot looks for a devicetree:\n{said}")
            yield _agreed("extlinux", each, said, shown, rules)


def _conf(each: Case) -> str:
    base, *overlays = each.stack
    fdt = "" if each is NO_BASE else f"\tfdt /{base}.dtb\n"
    key = "fdtoverlay" if each is ENDED else "fdtoverlays"
    return (
        f"timeout 1\ndefault {each.name}\nlabel {each.name}\n\tkernel /Image\n"
        f"{fdt}\t{key} {' '.join(f'/{name}.dtbo' for name in overlays)}\n"
    )


def stacks(uboot: Path, directory: Path) -> Iterator[str]:
    """The stacks of real tables, through `fdt apply`, against dtgen's own trees."""
    kernel = unpacked(WORK)
    tables = CORPUS.parent / "delivery/tables"
    if kernel is None or not tables.is_dir():
        raise Failed("the kernel's devicetrees and the tables are not there: set DTGEN_CORPUS")
    prover = Prover(Shelf(kernel, WORK / "cache"))
    seen = set()
    for file in sorted(tables.iterdir()):
        data = file.read_bytes()
        reader = forms.reader_of(file, data)
        if reader is None:
            continue
        for proof in prover.prove(forms.read(reader, data, str(file)), None).proofs:
            pieces = [piece for piece in proof.pieces if piece]
            key = tuple(piece.data for piece in pieces)
            if proof.stack is None or key in seen:
                continue
            seen.add(key)
            name = " + ".join(Path(piece.file).stem for piece in pieces)
            memory = {}
            for index, piece in enumerate(pieces):
                place = directory / f"{index}.dtb"
                place.write_bytes(piece.data)
                memory[BASE if index == 0 else OVERLAY + index * 0x100000] = place
            with Machine(uboot, memory) as machine:
                said = machine.run(f"fdt addr {BASE:#x}", "fdt resize 0x20000")
                for index in range(1, len(pieces)):
                    said += machine.run(f"fdt apply {OVERLAY + index * 0x100000:#x}")
                theirs = blob.read(devicetree(machine, BASE), "U-Boot's")
            if "FDT_ERR" in said:
                raise Failed(f"{name}: {said}")
            ours = blob.read(applied(pieces).blob, "dtgen's")
            if any(diff.changes(ours, theirs)):
                raise Failed(f"{name}: U-Boot makes another tree of it")
            warned = any(o.rule == "phandle-overwrite" for _, o in application.remarks(proof.stack))
            if (_content(ours.root) != _content(theirs.root)) is not warned:
                raise Failed(
                    f"{name}: phandle-overwrite is {'' if warned else 'not '}said, and U-Boot does otherwise"
                )
            yield f"stacks {name}: {'equal but for a phandle, as dtgen warns' if warned else 'equal'}"
    yield f"stacks: {len(seen)}"


def _content(node: Node) -> tuple[object, ...]:
    """A node with all below it, and the numbers of phandles; in any order."""
    properties = sorted((prop.name, prop.value) for prop in node.properties.values())
    return (
        tuple(properties),
        tuple(sorted((name, _content(child)) for name, child in node.children.items())),
    )


def linux(uboot: Path, directory: Path) -> Iterator[str]:
    """A kernel at EL2, and the devicetree that it was given."""
    try:
        yield from boot_linux.run(uboot, directory, packages)
    except AssertionError as error:
        raise Failed(f"linux: {error}") from error


def systemd_boot(_: Path, directory: Path) -> Iterator[str]:
    """A loader entry's overlay, which EDK2's systemd-boot passes over."""
    return _edk2("systemd-boot", directory)


def grub(_: Path, directory: Path) -> Iterator[str]:
    """The merged devicetree, by EDK2 and GRUB; and an overlay, which takes the base's place there."""
    return _edk2("grub", directory)


def uki(_: Path, directory: Path) -> Iterator[str]:
    """Devicetrees in a unified kernel image, of which systemd-stub takes the first that fits."""
    return _edk2("uki", directory)


def _edk2(loader: str, directory: Path) -> Iterator[str]:
    try:
        yield from boot_edk2.run_loader(loader, directory, efi_packages)
    except AssertionError as error:
        raise Failed(str(error)) from error


Part = Callable[[Path, Path], Iterator[str]]
PARTS: dict[str, Part] = {"fit": fit_cases, "extlinux": extlinux_cases, "stacks": stacks, "linux": linux}
ASKED: dict[str, Part] = {"systemd-boot": systemd_boot, "grub": grub, "uki": uki}
"""Run where they are named."""


def main(names: Sequence[str]) -> int:
    for name in names:
        if name not in PARTS | ASKED:
            print(f"there is no part {name}; there are: {', '.join(PARTS | ASKED)}", file=sys.stderr)
            return 2
    WORK.mkdir(parents=True, exist_ok=True)
    failed = 0
    try:
        binary = uboot()
    except (Failed, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    for name in names or PARTS:
        with tempfile.TemporaryDirectory(prefix="dtgen-boot-") as directory:
            try:
                for line in (PARTS | ASKED)[name](binary, Path(directory)):
                    print(line, flush=True)
            except (Failed, TimeoutError) as error:
                print(f"FAILED: {error}", file=sys.stderr)
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
