"""What `make boot` needs, set up below build/boot: U-Boot with overlays, and a kernel for arm64."""

# ruff: noqa: T201

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from boot_machine import missing

ROOT = Path(__file__).resolve().parent.parent
WORK = Path(os.environ.get("DTGEN_BOOT", ROOT / "build/boot"))
PACKAGES = (
    "qemu-system-arm", "ipxe-qemu", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "bison", "flex", "bc", "make",
    "gcc", "libssl-dev", "mtools", "u-boot-tools", "dosfstools", "bzip2",
)  # fmt: skip
CROSS = "CROSS_COMPILE=aarch64-linux-gnu-"
SUITE = "trixie"
KERNEL = "linux-image-cloud-arm64"
"""It depends on the kernel of the day."""


class Failed(Exception):
    """U-Boot and dtgen do not agree, or the machine does not run."""


def uboot() -> Path:
    """A U-Boot with overlays, built once. Raises: Failed."""
    binary = WORK / "u-boot/u-boot.bin"
    if binary.exists():
        return binary
    if lacking := missing(
        ("qemu-system-aarch64", "aarch64-linux-gnu-gcc", "bison", "flex", "bc", "mcopy", "mkimage")
    ):
        if os.geteuid():
            raise Failed(f"{', '.join(lacking)} missing: apt-get install {' '.join(PACKAGES)}")
        print("installing QEMU and a cross compiler (about 100 MB)", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], check=True, **quiet
        )
    print("fetching U-Boot's source (33 MB)", flush=True)
    _source()
    print("building U-Boot: a minute", flush=True)
    directory = binary.parent
    _make(directory, "qemu_arm64_defconfig")
    options = (
        "-e",
        "OF_LIBFDT_OVERLAY",
        "-e",
        "CMD_SYSBOOT",
        "-d",
        "TOOLS_LIBCRYPTO",
        "-d",
        "TOOLS_MKEFICAPSULE",
    )
    subprocess.run(["./scripts/config", *options], cwd=directory, check=True)
    _make(directory, "olddefconfig")
    _make(directory, f"-j{os.cpu_count()}", "u-boot.bin")
    return binary


def _make(directory: Path, *arguments: str) -> None:
    subprocess.run(["make", "-s", CROSS, *arguments], cwd=directory, check=True, stderr=subprocess.DEVNULL)


def packages() -> Path:
    """A kernel and busybox for arm64, unpacked."""
    return _unpacked("arm64", "a kernel and busybox for arm64 (29 MB)", KERNEL, "busybox-static")


def efi_packages() -> Path:
    """The same with EDK2, systemd-boot and GRUB."""
    loaders = (
        "qemu-efi-aarch64", "systemd-boot-efi", "grub-efi-arm64-unsigned", "systemd-ukify", "python3-pefile",
    )  # fmt: skip
    return _unpacked(
        "efi", "a kernel, busybox and loaders for arm64 (36 MB)", KERNEL, "busybox-static", *loaders
    )


def _unpacked(name: str, what: str, *packages: str) -> Path:
    """Packages of Debian for arm64."""
    directory = WORK / name
    if not (directory / "complete").exists():
        print(f"fetching {what}", flush=True)
        words, archives = _apt("arm64"), WORK / f"{name}-packages"
        archives.mkdir(exist_ok=True)
        depends = ["apt-cache", *words, "depends", KERNEL]
        said = subprocess.run(depends, check=True, capture_output=True, text=True).stdout
        kernel = next(line.split()[-1] for line in said.splitlines() if "Depends: linux-image" in line)
        wanted = [kernel if package == KERNEL else package for package in packages]
        subprocess.run(["apt-get", "-qq", *words, "download", *wanted], cwd=archives, check=True)
        for package in archives.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, directory], check=True)
        (directory / "complete").touch()
    return directory


def _source() -> None:
    words = _apt("amd64")
    subprocess.run(
        ["apt-get", "-qq", *words, "source", "--download-only", "--tar-only", "u-boot"], cwd=WORK, check=True
    )
    (archive,) = WORK.glob("u-boot_*.orig.tar.*[!c]")
    (WORK / "u-boot").mkdir(exist_ok=True)
    subprocess.run(["tar", "-xf", archive, "-C", WORK / "u-boot", "--strip-components=1"], check=True)


def _apt(architecture: str) -> list[str]:
    """The options by which apt has a state of its own, for any architecture: the machine's stays as it is."""
    state = WORK / "apt" / architecture
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (state / "sources.list").write_text(
        f"deb [signed-by={key}] http://deb.debian.org/debian {SUITE} main\n"
        f"deb-src [signed-by={key}] http://deb.debian.org/debian {SUITE} main\n"
    )
    options = {
        "Dir::Etc::sourcelist": state / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "Dir::State": state,
        "Dir::State::lists": state / "lists", "Dir::State::status": state / "status", "Dir::Cache": state / "cache",
        "APT::Architecture": architecture, "APT::Architectures": architecture, "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }  # fmt: skip
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    subprocess.run(["apt-get", "-qq", *words, "update"], check=True)
    return words
