"""The tree that runs on a board: a blob, a directory or an archive. Private values are blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dtgen.bringup import source
from dtgen.bringup.source import Archive
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.errors import ToolError
from dtgen.overlay.base import checked
from dtgen.project import files, layout

_PRIVATE = re.compile(
    r"serial-number|serialno|.*-seed|.*mac-address|local-bd-address|bootargs.*|qcom,calibration-.*|"
    r"qcom,board-serial.*|linux,uefi-.*"
)


def read(file: Path) -> Tree:
    """Of a blob, a directory as `/proc/device-tree`, or an archive of `dtgen collect`.

    Raises: ToolError where it cannot be read, Rejected where it is no tree.
    """
    shown = layout.display(file)
    if file.is_dir():
        if not (file / "compatible").is_file():
            raise ToolError(
                f"{shown} is not a devicetree: it has no compatible", "give /sys/firmware/devicetree/base"
            )
        return Tree.of(_directory(file, "/"), shown)
    archive = source.archive(str(file))
    if archive is None:
        return blanked(of_blob(file))
    tree = of_archive(archive)
    if tree is None:
        raise ToolError(f"{shown} has no tree", "run the script of `dtgen collect` as root")
    return tree


def of_blob(file: Path) -> Tree:
    """A board's tree, nothing blanked. Raises: ToolError; Rejected where it is none, or an overlay."""
    data, shown = files.read(file, blob.MAX_SIZE), layout.display(file)
    if blob.is_source(data):
        raise ToolError(f"{shown} is a source, not a tree that ran or was built", "give the tree, a .dtb")
    return checked(file.stem, shown, data).tree


def of_archive(archive: Archive) -> Tree | None:
    """The tree as the kernel got it, or as files; None where it has neither. Raises: Rejected."""
    if archive.blob:
        return blanked(checked("fdt", f"{archive.name}: fdt.dtb", archive.blob).tree)
    if archive.tree:
        return blanked(Tree.of(_nested(archive.tree), f"{archive.name}: device-tree"))
    return None


def blanked(tree: Tree) -> Tree:
    """Without the values of serial numbers, addresses, seeds and command lines."""
    return Tree.of(_blanked(tree.root), tree.file, tree.reservations)


def _blanked(node: Node) -> Node:
    properties = {name: _public(prop) for name, prop in node.properties.items()}
    return Node(
        node.name, node.path, properties, {name: _blanked(child) for name, child in node.children.items()}
    )


def _public(prop: Property) -> Property:
    return Property(prop.name, b"") if _PRIVATE.fullmatch(prop.name) else prop


def _directory(directory: Path, path: str) -> Node:
    """A node as the kernel shows it. `name` is the kernel's own, which no source has.

    Raises: ToolError where a directory cannot be read; a property that is root's alone is blank.
    """
    properties: dict[str, Property] = {}
    children: dict[str, Node] = {}
    try:
        entries = sorted(directory.iterdir())
    except OSError as error:
        raise ToolError(f"cannot read {directory}: {error.strerror}") from error
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            children[entry.name] = _directory(entry, f"{path.rstrip('/')}/{entry.name}")
        elif entry.name != "name" and entry.is_file():
            properties[entry.name] = _public(Property(entry.name, _content(entry)))
    return Node("" if path == "/" else directory.name, path, properties, children)


def _content(file: Path) -> bytes:
    try:
        return files.content(file, blob.MAX_SIZE)
    except OSError:
        return b""


def _nested(found: Mapping[str, bytes]) -> Node:
    """The nodes of the files of an archive, by their paths below its `device-tree/`."""
    tree: dict[str, dict[str, bytes]] = {"/": {}}
    for name, value in found.items():
        path, _, prop = f"/{name}".rpartition("/")
        for parent in _parents(path):
            tree.setdefault(parent, {})
        if prop != "name":
            tree.setdefault(path or "/", {})[prop] = value
    children: dict[str, list[str]] = {}
    for path in sorted(tree):
        if path != "/":
            children.setdefault(path.rpartition("/")[0] or "/", []).append(path)
    return _built("/", tree, children)


def _parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _built(path: str, tree: Mapping[str, Mapping[str, bytes]], below: Mapping[str, Sequence[str]]) -> Node:
    properties = {name: Property(name, value) for name, value in sorted(tree[path].items())}
    children = {other.rpartition("/")[2]: _built(other, tree, below) for other in below.get(path, ())}
    return Node(path.rpartition("/")[2], path, properties, children)
