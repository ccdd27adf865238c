"""FIT images, U-Boot's and Qualcomm's: a devicetree of images and configurations, and their data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dtgen.delivery.its import METADATA, form_of, stack_of
from dtgen.delivery.plan import Plan
from dtgen.delivery.table import Configuration, Image, Piece, Table, bounded, malformed
from dtgen.devicetree import blob, container
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.diagnostics import Location
from dtgen.errors import Rejected

MAX_SIZE = 512 << 20
"""Bytes of an image, which may carry a kernel and a ramdisk."""
FLAT_DT = "flat_dt"
ALIGNMENT = 8
"""Bytes, of the data behind the tree. Source: `mkimage -E -B 8`, as meta-qcom calls it."""


def is_fit(data: bytes) -> bool:
    """Whether a blob is a FIT image and no devicetree of a board."""
    if data[:4] != blob.MAGIC.to_bytes(4, "big"):
        return False
    try:
        return container.is_fit(blob.read(data, ""))
    except Rejected:
        return False


def read(data: bytes, file: str) -> Table:
    """Raises: Rejected."""
    tree = blob.read(data, file)
    for name in ("images", "configurations"):
        if name not in tree.root.children:
            raise malformed(f"there is no /{name} in it: it is not a FIT image", Location(file))
    # U-Boot aligns to 4, and mkimage has made the tree's size a multiple of what -B says
    behind = (int.from_bytes(data[4:8], "big") + 3) & ~3
    images = {
        image.name: image for image in _images(tree.root.children["images"], data, behind, Location(file))
    }
    configurations = bounded(list(_configurations(tree, Location(file))), file)
    named = _string(tree.root.children["configurations"], "default")
    default = Piece(named, Location(file)) if named else None
    return Table(file, form_of(images.values()), configurations, images, default=default)


def _images(parent: Node, data: bytes, behind: int, where: Location) -> Iterator[Image]:
    for node in parent.children.values():
        load = node.properties.get("load")
        number = int.from_bytes(load.value, "big") if load and len(load.value) in (4, 8) else None
        yield Image(node.name, where, _string(node, "type"), None, _data(node, data, behind, where), number)


def _data(node: Node, data: bytes, behind: int, where: Location) -> bytes:
    inline = node.properties.get("data")
    if inline:
        return inline.value
    size, offset, position = (node.cell(f"data-{name}") for name in ("size", "offset", "position"))
    start = position if position is not None else None if offset is None else behind + offset
    if start is None or size is None:
        raise malformed(f"the image {node.name} has neither data nor data-offset and data-size", where)
    if start + size > len(data):
        raise malformed(
            f"the data of {node.name} (0x{start:x}, 0x{size:x} bytes) reaches beyond the file",
            where,
            "build or copy it again",
        )
    return data[start : start + size]


def _configurations(tree: Tree, where: Location) -> Iterator[Configuration]:
    for node in tree.root.children["configurations"].children.values():
        pieces = tuple(Piece(name, where) for name in node.strings("fdt"))
        yield Configuration(node.name, where, pieces, next(iter(node.compatible), None))


def _string(node: Node, name: str) -> str:
    return next(iter(node.strings(name)), "")


def write(
    description: str,
    images: Sequence[Image],
    configurations: Sequence[Configuration],
    default: str | None = None,
) -> bytes:
    """A FIT image whose data stand behind the tree, as of `mkimage -E -B 8`; equal inputs give equal bytes.

    Without hashes and compression: Qualcomm's UEFI takes none. Every image needs its `data`.
    """
    offsets, end = [], 0
    for image in images:
        offsets.append(end)
        end += -(-len(image.data or b"") // ALIGNMENT) * ALIGNMENT
    tree = _node(
        "",
        # the time of 1970 stands for none: U-Boot wants one
        {"timestamp": _cell(0), "description": _text(description), "#address-cells": _cell(1)},
        _node("images", {}, *(_image(image, at) for image, at in zip(images, offsets, strict=True))),
        _node(
            "configurations",
            {"default": _text(default)} if default else {},
            *map(_configuration, configurations),
        ),
    )
    data = bytearray(blob.write(tree, ALIGNMENT))
    for image in images:
        content = image.data or b""
        data += content + bytes(-len(content) % ALIGNMENT)
    return bytes(data)


def of_plan(plan: Plan, blobs: Mapping[str, bytes]) -> dict[str, bytes]:
    """`NAME.itb` for U-Boot, as its source is; `blobs`: by file name."""
    images: dict[str, Image] = {}
    configurations: list[Configuration] = []
    where = Location(f"{plan.board}.itb")
    for entry in plan.entries:
        files = stack_of(plan, entry)
        for file in files:
            load = plan.load if file == files[0] and files[1:] else None
            images.setdefault(file, Image(f"fdt-{file}", where, FLAT_DT, None, blobs[file], load))
        pieces = tuple(Piece(f"fdt-{file}", where) for file in files)
        configurations.append(Configuration(entry.merged, where, pieces))
    default = configurations[0].name if configurations else None
    return {where.file: write(f"dtgen: {plan.board}", list(images.values()), configurations, default)}


def of_qualcomm(plan: Plan, blobs: Mapping[str, bytes], metadata: bytes) -> dict[str, bytes]:
    """`qclinux_fit.img` for Qualcomm's UEFI: the metadata first, then what the compatibles name."""
    where = Location("qclinux_fit.img")
    first = Image("fdt-qcom-metadata.dtb", where, METADATA, None, metadata)
    images = {first.name: first}
    configurations: list[Configuration] = []
    for entry in plan.entries:
        for compatible, (base, *overlays) in plan.choices(entry):
            files = (f"{base}.dtb", *(f"{overlay}.dtbo" for overlay in overlays))
            for file in files:
                name = f"fdt-{file.replace(',', '_')}"
                images.setdefault(name, Image(name, where, FLAT_DT, None, blobs[file]))
            pieces = tuple(Piece(f"fdt-{file.replace(',', '_')}", where) for file in files)
            configurations.append(Configuration(f"conf-{len(configurations) + 1}", where, pieces, compatible))
    return {where.file: write(f"dtgen: {plan.board}", list(images.values()), configurations)}


def _image(image: Image, offset: int) -> Node:
    properties = {"type": _text(image.type)}
    if image.type == FLAT_DT:
        properties |= {"arch": _text("arm64"), "compression": _text("none")}
    if image.load is not None:
        properties["load"] = image.load.to_bytes(8 if image.load >> 32 else 4, "big")
    properties |= {"data-size": _cell(len(image.data or b"")), "data-offset": _cell(offset)}
    return _node(image.name, properties)


def _configuration(configuration: Configuration) -> Node:
    properties = {}
    if configuration.compatible:
        properties["compatible"] = _text(configuration.compatible)
    properties["fdt"] = b"".join(_text(piece.name) for piece in configuration.pieces)
    return _node(configuration.name, properties)


def _node(name: str, properties: Mapping[str, bytes], *children: Node) -> Node:
    return Node(
        name,
        "",
        {key: Property(key, value) for key, value in properties.items()},
        {child.name: child for child in children},
    )


def _cell(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def metadata(data: bytes, file: str) -> frozenset[str]:
    """As `its.metadata`, of qcom-metadata's blob. Raises: Rejected."""
    root = blob.read(data, file).root
    return frozenset(name for group in root.children.values() for name in group.children)
