"""A QEMU `virt` machine with U-Boot, whose prompt is typed at, and whose memory is read."""

from __future__ import annotations

import os
import re
import selectors
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

PROMPT = b"\n=> "
VIRT = (
    "qemu-system-aarch64", "-nodefaults", "-display", "none", "-serial", "stdio",
    "-machine", "virt,virtualization=on,iommu=smmuv3,secure=off,gic-version=3", "-cpu", "cortex-a57",
    "-smp", "2", "-m", "1G",
)  # fmt: skip


class Machine:
    """Runs from `with` to its end. Raises: TimeoutError where the prompt does not come."""

    def __init__(
        self,
        uboot: Path,
        memory: Mapping[int, Path],
        disk: Path | None = None,
        patience: float = 120,
        acpi: bool = True,
    ) -> None:
        self.patience, self.is_uboot = patience, acpi
        self.directory = tempfile.TemporaryDirectory(prefix="dtgen-boot-")
        self.monitor = Path(self.directory.name) / "monitor"
        loaders: list[str] = []
        for address, file in memory.items():
            loaders += ["-device", f"loader,file={file},addr={address:#x},force-raw=on"]
        if disk:
            loaders += ["-drive", f"file={disk},if=none,format=raw,id=disk"]
            loaders += ["-device", "virtio-blk-pci,drive=disk"]
        if not acpi:
            loaders += ["-machine", "acpi=off"]
        command = [*VIRT, "-monitor", f"unix:{self.monitor},server,nowait", "-bios", str(uboot), *loaders]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.console = b""

    def __enter__(self) -> Machine:
        if not self.is_uboot:
            return self
        self.wait(b"autoboot")
        self.type("")
        self.wait(PROMPT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()

    def type(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, wanted: bytes) -> str:
        """What is said up to `wanted`, and that."""
        assert self.process.stdout
        end = time.monotonic() + self.patience
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while wanted not in self.console:
                if not selector.select(max(end - time.monotonic(), 0)):
                    raise TimeoutError(f"no {wanted!r} in {self.patience} s after: {self.console[-600:]!r}")
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    raise TimeoutError(f"QEMU has ended: {self.console[-600:]!r}")
                self.console += data.replace(b"\r", b"")
        said, _, self.console = self.console.partition(wanted)
        return (said + wanted).decode("utf-8", "replace")

    def run(self, *commands: str) -> str:
        """What U-Boot says to these commands, without the prompts."""
        said = []
        for command in commands:
            self.type(command)
            said.append(self.wait(PROMPT).removesuffix(PROMPT.decode()))
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "\n".join(said))

    def read(self, address: int, size: int) -> bytes:
        """A part of the machine's memory."""
        file = Path(self.directory.name) / "memory"
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            monitor.sendall(f'pmemsave {address:#x} {size:#x} "{file}"\n'.encode())
            end = time.monotonic() + self.patience
            while not file.exists() or file.stat().st_size < size:
                if time.monotonic() > end:
                    raise TimeoutError("QEMU's monitor does not write the memory")
                time.sleep(0.05)
            monitor.sendall(b"\n")
        data = file.read_bytes()
        file.unlink()
        return data


def devicetree(machine: Machine, address: int) -> bytes:
    """The devicetree at an address, as long as its header says."""
    size = int.from_bytes(machine.read(address, 8)[4:], "big")
    return machine.read(address, size)


def missing(tools: Sequence[str]) -> list[str]:
    """The programs that are not installed."""
    import shutil

    return [tool for tool in tools if shutil.which(tool) is None]
