"""What a file is that holds devicetrees and is none: named, with the command that takes one out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Location
from dtgen.errors import rejected

_MAGIC = b"\xd0\x0d\xfe\xed"
_VERSION = 17
_HEADER = 40
_FLAT_DT = "flat_dt"
_MOST = 4
"""Blobs whose places are said."""

_COMPRESSED = {
    b"\x1f\x8b": ("gzip", "gzip -dc"),
    b"\xfd7zXZ\0": ("xz", "xz -dc"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstd -dc"),
    b"\x04\x22\x4d\x18": ("lz4", "lz4 -dc"),
    b"\x02\x21\x4c\x18": ("lz4", "lz4 -dc"),  # the legacy frame, which the kernel's build writes
    b"BZh": ("bzip2", "bzip2 -dc"),
}
"""Source: the magic numbers of file(1)."""

_IMAGES = {
    # Source: system/libufdt's dt_table.h, bootimg.h and unpack_bootimg.py of Android
    b"\xd7\xb7\xab\x1e": ("a dtbo image of Android", "mkdtboimg dump {file} -b tree"),
    b"ANDROID!": ("a boot image of Android", "unpack_bootimg --boot_img {file} --out DIR"),
    b"VNDRBOOT": ("a vendor boot image of Android", "unpack_bootimg --boot_img {file} --out DIR"),
    # Source: U-Boot's include/image.h
    b"\x27\x05\x19\x56": ("an image for U-Boot (uImage)", "dumpimage -p 0 -o {tree} {file}"),
}
_LFS = b"version https://git-lfs"


def named(data: bytes, file: str) -> tuple[str, str] | None:
    """What a file is that begins like no blob, and the command; None where it is not known."""
    quoted, tree = shlex.quote(file), _tree(file)
    for magic, (name, command) in _COMPRESSED.items():
        if data.startswith(magic):
            return f"compressed with {name}", f"unpack it first: {command} {quoted} > {tree}"
    for magic, (name, command) in _IMAGES.items():
        if data.startswith(magic):
            said = command.format(file=quoted, tree=tree)
            return name, f"take the devicetree out first: {said}"
    if data.startswith(_LFS):
        return "a pointer of Git LFS", f"fetch it first: git lfs pull --include {quoted}"
    if data.startswith(b"MZ") and b".dtb\0\0\0\0" in data[:4096]:  # a section of a PE file
        command = f"objcopy -O binary --only-section=.dtb {quoted} {tree}"
        return "a unified kernel image", f"take the devicetree out first: {command}"
    return None


def is_fit(tree: Tree) -> bool:
    """Whether a blob is a FIT image and no devicetree of a board."""
    return {"images", "configurations"} <= tree.root.children.keys()


def refuse(data: bytes, tree: Tree) -> None:
    """`tree`: what was read at the beginning of `data`. Raises: Rejected where there is more."""
    where = Location(tree.file)
    quoted = shlex.quote(tree.file)
    if is_fit(tree):
        nodes = tuple(tree.root.children["images"].children.values())
        trees = [(n, node.name) for n, node in enumerate(nodes) if node.strings("type") == (_FLAT_DT,)]
        listed = ", ".join(name for _, name in trees[:_MOST]) + (", …" if len(trees) > _MOST else "")
        held = f"devicetrees in it are {listed}" if len(trees) > 1 else f"devicetree in it is {listed}"
        message = f"this is a FIT image; the {held}" if trees else "this is a FIT image without a devicetree"
        help = (
            f"take one out first: dumpimage -T flat_dt -p {trees[0][0]} -o {_tree(tree.file)} {quoted}"
            if trees
            else "give the board's .dtb"
        )
        raise rejected("malformed-blob", message, where, help)
    places = list(_blobs(data))
    if len(places) > 1:
        listed = ", ".join(f"0x{start:x}" for start, _ in places[:_MOST])
        more = ", …" if len(places) > _MOST else ""
        start, size = places[1]
        command = f"tail -c +{start + 1} {quoted} | head -c {size} > {_tree(tree.file, numbered=True)}"
        message = f"{len(places)} devicetree blobs in one file, at {listed}{more}"
        raise rejected("malformed-blob", message, where, f"take one out first: {command}")


def _blobs(data: bytes) -> Iterator[tuple[int, int]]:
    """Offset and size of each blob of a file that begins with one; what pads between them is skipped."""
    start = 0
    while start >= 0 and len(data) - start >= _HEADER:
        size = int.from_bytes(data[start + 4 : start + 8], "big")
        version = int.from_bytes(data[start + 20 : start + 24], "big")
        whole = version == _VERSION and _HEADER <= size <= len(data) - start
        if whole:
            yield start, size
        start = data.find(_MAGIC, start + (size if whole else 4))


def _tree(file: str, numbered: bool = False) -> str:
    """A name for the tree that is taken out of a file, which is not the file's own."""
    name = Path(file).name
    stem = name.split(".")[0] or name
    number = "-1" if numbered or name == f"{stem}.dtb" else ""
    return shlex.quote(f"{stem}{number}.dtb")
