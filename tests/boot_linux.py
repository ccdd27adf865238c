"""The part `linux` of `make boot`: a kernel of Debian's at EL2, and the devicetree that it was given."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from boot_machine import VIRT, Machine

from dtgen.devicetree import blob, diff
from dtgen.dts import compiler

FIT, BASE, KERNEL = 0x50000000, 0x4A000000, 0x41000000
OVERLAY = '&{/} { dtgen-marker { compatible = "dtgen,marker"; }; };'
EDITED = ("/chosen", "/memory")
"""What U-Boot writes into, besides the ramdisk's reservation. Source: image_setup_libfdt() in boot/image-fdt.c."""
INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox echo GUEST-BEGIN
/bin/busybox dmesg | /bin/busybox grep 'started at EL'
/bin/busybox echo FDT-BEGIN
/bin/busybox base64 /sys/firmware/fdt
/bin/busybox echo FDT-END
/bin/busybox poweroff -f
"""


def newc(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """A cpio archive of the form that the kernel unpacks: names to mode and content.

    Source: Documentation/driver-api/early-userspace/buffer-format.rst.
    """
    data = b""
    for number, (name, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        data += b"070701" + "".join(f"{field:08x}" for field in fields).encode()
        data += name.encode() + b"\0"
        data += bytes(-len(data) % 4) + content
        data += bytes(-len(data) % 4)
    return data


def run(uboot: Path, directory: Path, packages: Callable[[], Path]) -> Iterator[str]:
    """`packages`: where the kernel and busybox are unpacked. Raises: AssertionError where a tree is another."""
    root = packages()
    kernel = next(root.glob("boot/vmlinuz-*"))
    busybox = next(file for file in (root / "usr/bin/busybox", root / "bin/busybox") if file.exists())
    base = directory / "base.dtb"
    subprocess.run(
        [*VIRT, "-bios", str(uboot), "-machine", f"dumpdtb={base}"], check=True, capture_output=True
    )
    overlay = compiler.compile_overlay(f"/dts-v1/;\n/plugin/;\n{OVERLAY}", "o.dtso", compiler.find_dtc()).blob
    assert overlay
    files = {
        "dev": (0o040755, b""),
        "bin": (0o040755, b""),
        "bin/busybox": (0o100755, busybox.read_bytes()),
        "init": (0o100755, INIT.encode()),
    }
    for name, data in {"kernel": kernel.read_bytes(), "initrd": newc(files), "overlay": overlay}.items():
        (directory / name).write_bytes(data)
    (directory / "linux.its").write_text(_source())
    subprocess.run(
        ["mkimage", "-f", "linux.its", "linux.itb"], cwd=directory, check=True, capture_output=True
    )
    with Machine(uboot, {FIT: directory / "linux.itb"}, patience=600) as machine:
        machine.run("setenv bootargs console=ttyAMA0 panic=-1")
        machine.type(f"bootm {FIT:#x}#el2")
        machine.wait(b"GUEST-BEGIN")
        said = machine.wait(b"FDT-BEGIN")
        assert "started at EL2" in said, said
        encoded = machine.wait(b"FDT-END").removesuffix("FDT-END")
    given = blob.read(base64.b64decode(re.sub(r"\s", "", encoded)), "/sys/firmware/fdt")
    ours = blob.read(blob.apply(base.read_bytes(), overlay), "dtgen's")
    assert "/dtgen-marker" in given.nodes
    changes = list(diff.changes(ours, given))
    others = [c for c in changes if not c.path.startswith(EDITED) and c.property != "/memreserve/"]
    assert not others, f"the kernel was given another tree: {others}"
    places = sorted({change.path for change in changes})
    yield f"linux: started at EL2, with dtgen's tree but for what U-Boot writes in {', '.join(places)}"


def _source() -> str:
    common = 'arch = "arm64"; compression = "none";'
    return f"""\
/dts-v1/;
/ {{
	description = "linux";
	#address-cells = <1>;
	images {{
		kernel {{ data = /incbin/("kernel"); type = "kernel"; os = "linux"; {common}
			load = <{KERNEL:#x}>; entry = <{KERNEL:#x}>; }};
		initrd {{ data = /incbin/("initrd"); type = "ramdisk"; os = "linux"; {common} }};
		base {{ data = /incbin/("base.dtb"); type = "flat_dt"; {common} load = <{BASE:#x}>; }};
		overlay {{ data = /incbin/("overlay"); type = "flat_dt"; {common} }};
	}};
	configurations {{
		default = "el2";
		el2 {{ kernel = "kernel"; ramdisk = "initrd"; fdt = "base", "overlay"; }};
	}};
}};
"""
