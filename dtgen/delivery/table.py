"""A table that names what is applied to what, whichever format it was written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from functools import cached_property
from pathlib import PurePosixPath

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.records import dataclass

RULE = "malformed-table"
"""Of a file that is not what its format asks for."""
MAX_SIZE = 4 << 20
"""Bytes of a table that is text; the largest real one has 16 KiB."""
MAX_CONFIGURATIONS = 10_000
MAX_PIECES = 256
"""Of one configuration."""


class Form(Enum):
    """The formats; a value is what messages call it."""

    FIT = "U-Boot FIT"
    QCOM = "Qualcomm FIT"
    YOCTO = "FIT_DTB_COMPATIBLE table"
    EXTLINUX = "extlinux.conf"
    BLS = "Boot Loader Specification entry"
    GRUB = "GRUB configuration"
    UKI = "ukify configuration"
    MAKEFILE = "kernel Makefile"

    @property
    def applies(self) -> bool:
        """Whether it is a loader that applies the overlays, and not a build."""
        return self in (Form.FIT, Form.QCOM, Form.YOCTO, Form.EXTLINUX)

    @property
    def is_uboot(self) -> bool:
        """Whether U-Boot reads it, of which it is known what it does."""
        return self in (Form.FIT, Form.EXTLINUX)

    @property
    def is_partition(self) -> bool:
        """Whether it lies on a boot partition, with the files that it names."""
        return self in (Form.EXTLINUX, Form.BLS, Form.GRUB)

    @property
    def by_compatible(self) -> bool:
        """Whether Qualcomm's UEFI chooses a configuration by its compatible and qcom-metadata."""
        return self in (Form.QCOM, Form.YOCTO)


@dataclass(frozen=True, slots=True)
class Piece:
    """A devicetree or an overlay, as a configuration names it."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Image:
    """A file that a FIT carries or is to carry."""

    name: str
    location: Location
    type: str
    file: str | None = None
    """As a FIT source names it; None in a FIT image."""
    data: bytes | None = None
    """In a FIT image."""
    load: int | None = None
    """Where a loader puts it; None where that is not said."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a loader offers to boot: a base, and overlays in the order in which they are applied."""

    name: str
    location: Location
    pieces: tuple[Piece, ...]
    compatible: str | None = None
    """What it is chosen by, as `vendor,name`; None where it is chosen by its name."""
    ignored: tuple[Piece, ...] = ()
    """What the loader of this format passes over."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """`qcs9075`, `iot`, `el2gh` of `qcom,qcs9075-iot-el2gh`; commas as underscores."""
        named = (self.compatible or "").partition(",")[2]
        return tuple(part for part in named.replace(",", "_").split("-") if part)


@dataclass(frozen=True)
class Table:
    """A file's configurations."""

    file: str
    form: Form
    configurations: tuple[Configuration, ...]
    images: Mapping[str, Image] = field(default_factory=dict)
    """Of a FIT, by name."""
    installed: frozenset[str] | None = None
    """What a kernel Makefile installs, by file name; None where nothing is known of that."""
    default: Piece | None = None
    """The name of the configuration that is booted where none is asked for."""
    plain: frozenset[str] = frozenset()
    """The names of configurations that name no devicetree."""
    ends: tuple[Piece, ...] = ()
    """The words at which the loader leaves off reading a configuration."""

    @property
    def names(self) -> frozenset[str]:
        """What can be booted by name."""
        return self.plain.union(configuration.name for configuration in self.configurations)

    @cached_property
    def is_fit(self) -> bool:
        """Whether its configurations name images."""
        return self.form in (Form.FIT, Form.QCOM)

    def file_of(self, configuration: Configuration, piece: Piece) -> str:
        """The piece's file as the table has it, which may be a name alone."""
        if self.is_fit:
            image = self.images.get(piece.name)
            return (image.file if image else None) or piece.name.removeprefix("fdt-")
        if self.form is Form.YOCTO:
            return f"{piece.name}.dtb{'' if piece == configuration.pieces[0] else 'o'}"
        return piece.name


def stem(file: str) -> str:
    """What a file of a devicetree is called, whatever made of a comma what it cannot have."""
    name = PurePosixPath(file.replace("\\", "/")).name
    return name.removesuffix(".dtbo").removesuffix(".dtb").replace(",", "_")


def is_overlay(file: str) -> bool:
    """By its name."""
    return file.endswith(".dtbo")


def malformed(message: str, where: Location, help: str = "") -> Rejected:
    """The file is not what its format asks for."""
    return rejected(RULE, message, where, help)


def text_of(data: bytes, file: str) -> str:
    """Raises: Rejected where it is no text or larger than any real table."""
    if len(data) > MAX_SIZE:
        raise malformed(f"larger than {MAX_SIZE >> 20} MiB, the limit for a table", Location(file))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise malformed(f"not UTF-8: byte 0x{data[error.start]:02x}", Location(file, line)) from error
    if "\0" in text:
        raise malformed("a text has no zero bytes", Location(file, text.count("\n", 0, text.index("\0")) + 1))
    return text


def bounded(configurations: list[Configuration], file: str) -> tuple[Configuration, ...]:
    """Raises: Rejected where there are more than any real table has."""
    if len(configurations) > MAX_CONFIGURATIONS:
        where = configurations[MAX_CONFIGURATIONS].location
        raise malformed(f"more than {MAX_CONFIGURATIONS} configurations", where)
    for configuration in configurations:
        if len(configuration.pieces) > MAX_PIECES:
            raise malformed(
                f"{configuration.name} has {len(configuration.pieces)} pieces, more than {MAX_PIECES}",
                configuration.location,
            )
    return tuple(configurations)


_CONTINUED = re.compile(r"\\\r?$")


def logical_lines(text: str) -> list[tuple[int, list[tuple[int, str]]]]:
    """The lines, from 1, with those that a backslash continues: `(line, [(line, part), …])`."""
    found: list[tuple[int, list[tuple[int, str]]]] = []
    parts: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        continued = _CONTINUED.search(line)
        parts.append((number, line[: continued.start()] if continued else line.rstrip("\r")))
        if not continued:
            found.append((parts[0][0], parts))
            parts = []
    if parts:
        found.append((parts[0][0], parts))
    return found
