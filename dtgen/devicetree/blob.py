"""Blobs: bytes to Tree, and overlays applied by libfdt. The only module that imports libfdt.

libfdt trusts what a blob says of itself, so every blob is read by `read()`, which checks all of it,
before a byte of it reaches the C code.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from dtgen.devicetree import container
from dtgen.devicetree.fixups import is_stray, local_fixups
from dtgen.devicetree.tree import SYMBOLS, Node, Property, Tree
from dtgen.diagnostics import Location, Subject
from dtgen.errors import DtgenError, Rejected, rejected
from dtgen.records import dataclass

# Devicetree Specification v0.4, chapter 5
MAGIC = 0xD00DFEED
HEADER = struct.Struct(">10I")
_CELL, _TWO_CELLS = struct.Struct(">I"), struct.Struct(">II")
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
_PROPERTY_WORDS = 3
"""Before a property's value: token, length, name."""

MAX_SIZE = 64 << 20
MAX_NAME = 255
"""Bytes of a node's or a property's name; the specification allows 31 and a unit address."""
MAX_DEPTH = 64
"""Deeper than any real tree; libfdt and ours recurse or keep state per level."""

_LOOK = 4096
_APPLY_SLACK = 4096
_APPLY_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a blob's header that we use, in bytes."""

    totalsize: int
    off_struct: int
    off_strings: int
    off_reserve_map: int
    size_strings: int
    size_struct: int


class ApplyError(DtgenError):
    """libfdt refused the overlay; `code` is the name of its error, `FDT_ERR_…`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(data: bytes, file: str) -> Tree:
    """Check the whole blob and return its tree.

    Raises: Rejected, naming `file` and the byte that is wrong.
    """
    header = _header(data, file)
    return Tree.of(_Reader(data, header, file).root(), file, _reservations(data, header))


def read_one(data: bytes, file: str) -> Tree:
    """The tree of a file that holds one, for a board or an overlay, and nothing else. Raises: Rejected."""
    tree = read(data, file)
    container.refuse(data, tree)
    return tree


def _malformed(file: str, message: str, help: str = "") -> Rejected:
    return rejected("malformed-blob", message, Location(file), help)


def _no_blob(data: bytes, file: str) -> Rejected:
    if is_source(data):
        return _malformed(
            file, "this is a devicetree source, not a blob", "compile it first: dtc -@ -I dts -O dtb"
        )
    if found := container.named(data, file):
        name, help = found
        return _malformed(file, f"this is not a devicetree blob: it is {name}", help)
    return _malformed(file, f"not a devicetree blob: it starts with 0x{data[:4].hex()}, not with 0x{MAGIC:x}")


def _header(data: bytes, file: str) -> Header:
    if not data:
        raise _malformed(file, "the file is empty, not a devicetree blob")
    if len(data) < 4 or int.from_bytes(data[:4], "big") != MAGIC:
        raise _no_blob(data, file)
    if len(data) < HEADER.size:
        raise _malformed(file, f"truncated: {len(data)} bytes, the header alone has {HEADER.size}")
    (
        _magic, totalsize, off_struct, off_strings, off_reserve_map,
        version, last_compatible, _boot_cpu, size_strings, size_struct,
    ) = HEADER.unpack_from(data)  # fmt: skip
    if totalsize > MAX_SIZE:
        raise _malformed(
            file, f"the header says 0x{totalsize:x} bytes; dtgen reads at most {MAX_SIZE >> 20} MiB"
        )
    if len(data) < totalsize:
        raise _malformed(
            file,
            f"truncated: the header says {totalsize} bytes, the file has {len(data)}",
            "build or copy it again",
        )
    if version < 17 or last_compatible > 17:
        raise _malformed(
            file, f"version {version} of the blob format (compatible with {last_compatible}), not version 17"
        )
    for name, offset, size, alignment in (
        ("structure block", off_struct, size_struct, 4),
        ("strings block", off_strings, size_strings, 1),
        ("memory reservation block", off_reserve_map, 16, 8),
    ):
        if offset < HEADER.size or offset + size > totalsize:
            raise _malformed(file, f"the {name} (0x{offset:x}, 0x{size:x} bytes) lies outside the blob")
        if offset % alignment:
            raise _malformed(
                file, f"the {name} starts at 0x{offset:x}, which is not {alignment}-byte aligned"
            )
    at = off_reserve_map
    while data[at : at + 16] != bytes(16):
        at += 16
        if at + 16 > totalsize:
            raise _malformed(file, "the memory reservation block has no end")
    return Header(totalsize, off_struct, off_strings, off_reserve_map, size_strings, size_struct)


def _reservations(data: bytes, header: Header) -> tuple[tuple[int, int], ...]:
    """Up to the entry of zeros, which `_header` has seen."""
    entries = []
    at = header.off_reserve_map
    while (entry := struct.unpack_from(">QQ", data, at)) != (0, 0):
        entries.append(entry)
        at += 16
    return tuple(entries)


class _Reader:
    """One pass over the structure block. Offsets in messages count from the start of the file."""

    def __init__(self, data: bytes, header: Header, file: str) -> None:
        self.data = data
        self.file = file
        self.at = header.off_struct
        self.end = header.off_struct + header.size_struct
        self.strings = data[header.off_strings : header.off_strings + header.size_strings]
        self.names: dict[int, str] = {}

    def root(self) -> Node:
        start = self.at
        # libfdt takes no NOP in front of the root
        if self.token() != BEGIN_NODE or self.at != start + 4 or self.name() != "":
            raise self.wrong("the structure block does not begin with a root node")
        root = self.node("", "/", 0)
        if self.token() != END:
            raise self.wrong("something follows the root node")
        return root

    def wrong(self, what: str) -> Rejected:
        return _malformed(self.file, f"malformed at byte 0x{self.at:x}: {what}", "build or copy it again")

    def token(self) -> int:
        """The next token that is no NOP."""
        token = NOP
        while token == NOP:
            if self.at + 4 > self.end:
                raise self.wrong("the structure block ends in the middle of a node")
            (token,) = _CELL.unpack_from(self.data, self.at)
            self.at += 4
        return token

    def name(self) -> str:
        stop = self.data.find(b"\0", self.at, self.end)
        if stop < 0:
            raise self.wrong("a node's name has no end")
        name = self.data[self.at : stop]
        if len(name) > MAX_NAME:
            raise self.wrong(f"a node's name has {len(name)} bytes, more than {MAX_NAME}")
        if not name.isascii() or b"/" in name:
            raise self.wrong(f"a node's name may not be {name!r}")
        self.at = (stop + 4) & ~3
        return name.decode("ascii")

    def property_name(self, offset: int) -> str:
        stop = self.strings.find(b"\0", offset)
        if offset >= len(self.strings) or stop < 0:
            raise self.wrong(f"a property's name lies outside the strings block (offset 0x{offset:x})")
        if stop - offset > MAX_NAME:
            raise self.wrong(f"a property's name has {stop - offset} bytes, more than {MAX_NAME}")
        raw = self.strings[offset:stop]
        if not raw or not raw.isascii():
            raise self.wrong(f"a property's name may not be {raw!r}")
        self.names[offset] = raw.decode("ascii")
        return self.names[offset]

    def property(self) -> Property:
        if self.at + 8 > self.end:
            raise self.wrong("the structure block ends in the middle of a property")
        length, name_offset = _TWO_CELLS.unpack_from(self.data, self.at)
        name = self.names.get(name_offset) or self.property_name(name_offset)
        start = self.at + 8
        if start + length > self.end:
            raise self.wrong(f"the value of {name} (0x{length:x} bytes) reaches beyond the structure block")
        self.at = (start + length + 3) & ~3
        return Property(name, self.data[start : start + length])

    def node(self, name: str, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.wrong(f"nodes are nested more than {MAX_DEPTH} deep")
        properties: dict[str, Property] = {}
        children: dict[str, Node] = {}
        below = "" if path == "/" else path
        while (token := self.token()) != END_NODE:
            if token == PROP:
                if children:
                    raise self.wrong(f"a property of {path} stands after a child node")
                prop = self.property()
                if prop.name in properties:
                    raise self.wrong(f"{path} has two properties {prop.name}")
                properties[prop.name] = prop
            elif token == BEGIN_NODE:
                child = self.name()
                if not child:
                    raise self.wrong(f"a child of {path} has no name")
                if child in children:
                    raise self.wrong(f"{path} has two children {child}")
                children[child] = self.node(child, f"{below}/{child}", depth + 1)
            else:
                raise self.wrong(f"0x{token:x} is not a token of the structure block")
        return Node(name, path, properties, children)


def apply(base: bytes, overlay: bytes) -> bytes:
    """Apply a checked overlay to a checked base with libfdt, on copies; return the packed result.

    Raises: ApplyError. Both arguments are left as they are: libfdt destroys its buffers when it fails.
    """
    import libfdt

    for blob in (base, overlay):
        code = libfdt.fdt_check_full(bytearray(blob), len(blob))
        if code:
            raise ApplyError(_code_name(code))
    tree = read(overlay, "the overlay")
    if any(is_stray(tree, fixup) for fixup in local_fixups(tree)):
        raise ApplyError("FDT_ERR_BADOVERLAY")  # libfdt would read outside of the buffer
    size = len(base) + len(overlay) + _APPLY_SLACK
    for _attempt in range(_APPLY_ATTEMPTS):
        merged = bytearray(size)
        code = libfdt.fdt_open_into(bytearray(base), merged, size)
        if not code:
            code = libfdt.fdt_overlay_apply(merged, bytearray(overlay))
        if code != -libfdt.NOSPACE:
            break
        size *= 2
    if code:
        raise ApplyError(_code_name(code))
    libfdt.fdt_pack(merged)
    return bytes(merged[: libfdt.fdt_totalsize(merged)])


def write(root: Node, alignment: int = 4) -> bytes:
    """The tree as a blob, padded to a multiple of `alignment` bytes; equal trees give equal bytes."""
    import libfdt

    writer = libfdt.FdtSw()
    writer.finish_reservemap()
    _write(root, writer)
    data = bytes(writer.as_fdt().as_bytearray())
    size = -(-len(data) // alignment) * alignment
    return data[:4] + size.to_bytes(4, "big") + data[8:] + bytes(size - len(data))


def _write(node: Node, writer: Any) -> None:
    writer.begin_node(node.name)
    for prop in node.properties.values():
        writer.property(prop.name, prop.value)
    for child in node.children.values():
        _write(child, writer)
    writer.end_node()


def fits(base: bytes, overlay: bytes, room: int) -> bool:
    """Whether an overlay that `apply` takes can be applied where the base has `room` bytes and no more."""
    import libfdt

    merged = bytearray(room)
    code = libfdt.fdt_open_into(bytearray(base), merged, room)
    if not code:
        code = libfdt.fdt_overlay_apply(merged, bytearray(overlay))
    return bool(code != -libfdt.NOSPACE)


def content_size(data: bytes) -> int:
    """The bytes of a checked blob up to the end of its strings: without what `dtc -p` left free."""
    header = _header(data, "the blob")
    return header.off_strings + header.size_strings


def without_properties(data: bytes, subjects: Iterable[Subject]) -> bytes:
    """A copy of a checked blob that lacks these properties: nothing stands in their places.

    The blob is gone through once. libfdt, asked for a path, takes a node `bus@1` for `bus` if it comes first.
    """
    import libfdt

    wanted: dict[str, set[str | None]] = {}
    for subject in subjects:
        wanted.setdefault(subject.path, set()).add(subject.property)
    changed, fdt = bytearray(data), libfdt.Fdt(data)
    start = _header(data, "the blob").off_struct
    node, depth = (0 if wanted else -1), 0
    above: list[str] = []
    while node >= 0 and depth >= 0:
        above[depth:] = [fdt.get_name(node)]
        names = wanted.get("/".join(above) or "/", ())
        at = fdt.first_property_offset(node, libfdt.QUIET_NOTFOUND) if names else -1
        while at >= 0:
            prop = fdt.get_property_by_offset(at)
            words = _PROPERTY_WORDS + -(-len(prop) // 4)
            if prop.name in names:
                changed[start + at : start + at + 4 * words] = _CELL.pack(NOP) * words
            at = fdt.next_property_offset(at, libfdt.QUIET_NOTFOUND)
        node, depth = fdt.next_node(node, depth, libfdt.QUIET_NOTFOUND)
    return bytes(changed)


def with_symbols(data: bytes, symbols: Mapping[str, str]) -> bytes:
    """A copy of a checked blob whose `__symbols__` has these labels, too.

    A base that was compiled without labels has phandles only where something refers to a node, and
    libfdt goes from a label to its node by the phandle: what lacks one gets one that is free.
    """
    import libfdt

    taken = read(data, "the base").by_phandle
    free = (phandle for phandle in count(1) if phandle not in taken)
    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + 1024 + sum(len(label) + len(path) + 64 for label, path in symbols.items()))
    node = fdt.path_offset(f"/{SYMBOLS}", libfdt.QUIET_NOTFOUND)
    if node < 0:
        fdt.add_subnode(0, SYMBOLS)
    for label, path in symbols.items():
        fdt.setprop_str(fdt.path_offset(f"/{SYMBOLS}"), label, path)
        labelled = fdt.path_offset(path, libfdt.QUIET_NOTFOUND)
        if labelled >= 0 and not fdt.get_phandle(labelled):
            fdt.setprop_u32(labelled, "phandle", next(free))
    fdt.pack()
    return bytes(fdt.as_bytearray())


def without_symbols(data: bytes) -> bytes:
    """A copy of a checked blob that has no `__symbols__`."""
    import libfdt

    fdt = libfdt.Fdt(data)
    node = fdt.path_offset(f"/{SYMBOLS}", libfdt.QUIET_NOTFOUND)
    if node >= 0:
        fdt.del_node(node)
        fdt.pack()
    return bytes(fdt.as_bytearray())


def is_source(data: bytes) -> bool:
    """Whether these bytes are a devicetree's source rather than a blob."""
    return data[:_LOOK].lstrip().startswith((b"/dts-v1/", b"//", b"/*", b"/ {", b"#include", b"&"))


def _code_name(code: int) -> str:
    import libfdt

    name: str = libfdt.strerror(code)
    return name if name.startswith("FDT_ERR") else f"FDT_ERR {-code} ({name})"
