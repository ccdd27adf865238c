"""Which format a file is in: by its name, and where that does not say it, by its content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dtgen.delivery import bls, extlinux, fit, grub, its, makefile, uki, yocto
from dtgen.delivery.table import MAX_SIZE, Form, Table, text_of

_READERS: Mapping[str, Callable[[str, str], Table]] = {
    "its": its.read,
    "yocto": yocto.read,
    "extlinux": extlinux.read,
    "bls": bls.read,
    "grub": grub.read,
    "uki": uki.read,
    "makefile": makefile.read,
}
_IMAGES = (".itb", ".fit", ".img")
_YOCTO = (".inc", ".bb", ".bbappend", ".bbclass", ".conf")
ENDINGS = (".its", ".inc", ".conf", *_IMAGES, "grub.cfg")
"""Of files that may be tables; besides these, `Makefile` and recipes are."""


def reader_of(file: Path, data: bytes) -> str | None:
    """`fit`, `its`, `yocto`, …; None for what is not a table."""
    if file.suffix in _IMAGES:
        return "fit" if fit.is_fit(data) else None
    if file.suffix == ".its":
        return "its"
    if file.name == "extlinux.conf" or (file.suffix == ".conf" and file.parent.name == "extlinux"):
        return "extlinux"
    if file.name == "grub.cfg":
        return "grub"
    if file.suffix == ".conf" and file.absolute().parent.parts[-2:] == ("loader", "entries"):
        return "bls"
    text = data.decode("utf-8", "replace")
    if file.name == "Makefile":
        return "makefile" if makefile.mentions(text) else None
    if file.suffix in _YOCTO and yocto.mentions(text):
        return "yocto"
    return "uki" if file.suffix == ".conf" and uki.mentions(text) else None


def limit(file: Path) -> int:
    """The most bytes that are read of a file."""
    return fit.MAX_SIZE if file.suffix in (*_IMAGES, ".dtb") else MAX_SIZE


def read(reader: str, data: bytes, file: str) -> Table:
    """Raises: Rejected."""
    if reader == "fit":
        return fit.read(data, file)
    return _READERS[reader](text_of(data, file), file)


def metadata_of(data: bytes, file: str) -> frozenset[str]:
    """What suffixes may name: of qcom-metadata's source or blob. Raises: Rejected."""
    return its.metadata(text_of(data, file), file) if file.endswith(".dts") else fit.metadata(data, file)


def embedded_metadata(table: Table) -> frozenset[str] | None:
    """The same of a Qualcomm FIT image, which carries it. Raises: Rejected."""
    if table.form is not Form.QCOM:
        return None
    image = next(image for image in table.images.values() if image.type == its.METADATA)
    return fit.metadata(image.data, f"{table.file}: {image.name}") if image.data else None
