"""FIT sources (`.its`), U-Boot's and Qualcomm's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dtgen.delivery import source
from dtgen.delivery.plan import Entry, Plan, Render
from dtgen.delivery.source import SourceNode, Value
from dtgen.delivery.table import Configuration, Form, Image, Piece, Table, bounded, malformed

METADATA = "qcom_metadata"
"""The type of the image by which Qualcomm's UEFI chooses a configuration."""


def read(text: str, file: str) -> Table:
    """Raises: Rejected."""
    root = source.read(text, file)
    images = {image.name: image for image in _images(_below(root, "images"))}
    parent = _below(root, "configurations")
    named = parent.properties.get("default")
    default = Piece(*named.strings[0]) if named and named.strings else None
    configurations = bounded(list(_configurations(parent)), file)
    return Table(file, form_of(images.values()), configurations, images, default=default)


def form_of(images: Iterable[Image]) -> Form:
    """Qualcomm's where there is an image with its metadata."""
    return Form.QCOM if any(image.type == METADATA for image in images) else Form.FIT


def _below(root: SourceNode, name: str) -> SourceNode:
    if name not in root.children:
        help = "a FIT source has / { images { … }; configurations { … }; };"
        raise malformed(f"there is no /{name} in it: it is not a FIT source", root.location, help)
    return root.children[name]


def _images(parent: SourceNode) -> Iterator[Image]:
    for node in parent.children.values():
        data, load = node.properties.get("data"), node.properties.get("load")
        yield Image(
            node.name,
            node.location,
            _string(node, "type") or "",
            data.files[0] if data and data.files else None,
            None,
            _number(load) if load else None,
        )


def _configurations(parent: SourceNode) -> Iterator[Configuration]:
    for node in parent.children.values():
        fdt = node.properties.get("fdt", Value(node.location))
        pieces = tuple(Piece(name, where) for name, where in fdt.strings)
        yield Configuration(node.name, node.location, pieces, _string(node, "compatible"))


def _string(node: SourceNode, name: str) -> str | None:
    value = node.properties.get(name)
    return value.strings[0][0] if value and value.strings else None


def _number(value: Value) -> int:
    number = 0
    for cell in value.cells:
        number = number << 32 | cell
    return number


def metadata(text: str, file: str) -> frozenset[str]:
    """What suffixes of compatibles may name: the nodes two levels down in a source of qcom-metadata.

    Raises: Rejected.
    """
    root = source.read(text, file)
    return frozenset(name for group in root.children.values() for name in group.children)


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`NAME.its` for U-Boot: bases and overlays where the base's load address is known, else merged trees."""
    images: dict[str, dict[str, object]] = {}
    configurations = []
    for entry in plan.entries:
        files = stack_of(plan, entry)
        for file in files:
            load = plan.load if plan.load is not None and file == files[0] and files[1:] else None
            images.setdefault(f"fdt-{file}", {"file": f"{entry.place}/{file}", "load": load})
        configurations.append({"name": entry.merged, "fdt": [f"fdt-{file}" for file in files]})
    values = {**plan.values, "images": list(images.items()), "configurations": configurations}
    return {f"{plan.board}.its": render("its.j2", values)}


def stack_of(plan: Plan, entry: Entry) -> tuple[str, ...]:
    """The file names that U-Boot is given for an entry."""
    if plan.load is None:
        return (f"{entry.merged}.dtb",)
    return (f"{entry.base}.dtb", *(f"{overlay}.dtbo" for overlay in entry.overlays))
