"""Blobs: what is wrong with each malformed one, and overlays applied by libfdt."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.devicetree import blob
from dtgen.devicetree.blob import BEGIN_NODE, END, END_NODE, HEADER, NOP, PROP, ApplyError
from dtgen.diagnostics import Diagnostic, Location, Severity, Subject
from dtgen.errors import Rejected

AGAIN = "build or copy it again"
SMALL = '/ { model = "m"; a: a@1 { reg = <1>; b { }; }; };'

# The fields of the header, by their place in it
TOTALSIZE, OFF_STRUCT, OFF_STRINGS, OFF_RESERVE_MAP, VERSION, LAST_COMPATIBLE = range(1, 7)
SIZE_STRINGS, SIZE_STRUCT = 8, 9

STRUCT_AT = 0x38
"""Where `assembled` puts the structure block."""
NAMES = b"x\0y\0\xff\0\0"
X, Y, NOT_ASCII, EMPTY = 0, 2, 4, 6


def begin(name: bytes) -> bytes:
    padded = name + b"\0" * (4 - len(name) % 4)
    return BEGIN_NODE.to_bytes(4, "big") + padded


def prop(name: int, value: bytes = b"", length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    return struct.pack(">3I", PROP, size, name) + value + b"\0" * (-len(value) % 4)


def token(value: int) -> bytes:
    return value.to_bytes(4, "big")


ROOT, CLOSE, LAST, PAUSE = begin(b""), token(END_NODE), token(END), token(NOP)


def assembled(*parts: bytes, strings: bytes = NAMES) -> bytes:
    """A blob with this structure block, sound in all else."""
    structure = b"".join(parts)
    at_strings = STRUCT_AT + len(structure)
    total = at_strings + len(strings)
    header = HEADER.pack(
        blob.MAGIC, total, STRUCT_AT, at_strings, HEADER.size, 17, 16, 0, len(strings), len(structure)
    )
    return header + bytes(16) + structure + strings


def changed(data: bytes, **fields: int) -> bytes:
    """The blob with other values in its header; the keys are the names above."""
    words = list(HEADER.unpack_from(data))
    for name, value in fields.items():
        words[globals()[name]] = value
    return HEADER.pack(*words) + data[HEADER.size :]


def diagnostics(data: bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(Rejected) as refused:
        blob.read(data, "bad.dtb")
    return refused.value.diagnostics


def malformed(message: str, help: str = "") -> tuple[Diagnostic, ...]:
    return (Diagnostic("malformed-blob", Severity.ERROR, message, Location("bad.dtb"), help=help),)


def test_an_assembled_blob_reads_like_a_compiled_one(tree):
    data = assembled(ROOT, prop(X, b"\0\0\0\1"), begin(b"n"), prop(Y), CLOSE, CLOSE, LAST)
    assert blob.read(data, "test.dtb").nodes == tree("/ { x = <1>; n { y; }; };").nodes


def test_the_names_and_values_of_a_compiled_blob(dtb):
    tree = blob.read(dtb(SMALL), "small.dtb")
    assert tree.file == "small.dtb"
    assert {
        path: {p.name: p.value for p in node.properties.values()} for path, node in tree.nodes.items()
    } == {
        "/": {"model": b"m\0"},
        "/a@1": {"reg": b"\0\0\0\1", "phandle": b"\0\0\0\1"},
        "/a@1/b": {},
    }


def test_an_empty_file():
    assert diagnostics(b"") == malformed("the file is empty, not a devicetree blob")


@pytest.mark.parametrize(
    "text", [b"/dts-v1/;\n/ { };\n", b"\n\n/ { };", b"// SPDX\n", b"/* SPDX */", b"#include <a.h>\n"]
)
def test_a_source(text):
    assert diagnostics(text) == malformed(
        "this is a devicetree source, not a blob", "compile it first: dtc -@ -I dts -O dtb"
    )


@pytest.mark.parametrize(("data", "start"), [(b"\x7fELF" + bytes(60), "0x7f454c46"), (b"\xd0\x0d", "0xd00d")])
def test_another_kind_of_file(data, start):
    assert diagnostics(data) == malformed(
        f"not a devicetree blob: it starts with {start}, not with 0xd00dfeed"
    )


def test_less_than_a_header(dtb):
    assert diagnostics(dtb(SMALL)[:39]) == malformed("truncated: 39 bytes, the header alone has 40")


def test_larger_than_any_tree(dtb):
    assert diagnostics(changed(dtb(SMALL), TOTALSIZE=(64 << 20) + 1)) == malformed(
        "the header says 0x4000001 bytes; dtgen reads at most 64 MiB"
    )


def test_a_truncated_file(dtb):
    data = dtb(SMALL)
    assert diagnostics(data[:-1]) == malformed(
        f"truncated: the header says {len(data)} bytes, the file has {len(data) - 1}", AGAIN
    )


@pytest.mark.parametrize(("version", "compatible"), [(16, 16), (18, 18)])
def test_another_version_of_the_format(dtb, version, compatible):
    assert diagnostics(changed(dtb(SMALL), VERSION=version, LAST_COMPATIBLE=compatible)) == malformed(
        f"version {version} of the blob format (compatible with {compatible}), not version 17"
    )


def test_a_later_version_that_is_compatible_is_read(dtb):
    data = dtb(SMALL)
    assert blob.read(changed(data, VERSION=18), "f") == blob.read(data, "f")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"OFF_STRUCT": 0x1000, "SIZE_STRUCT": 0x10}, "structure block (0x1000, 0x10 bytes)"),
        ({"OFF_STRUCT": 0x24, "SIZE_STRUCT": 0x10}, "structure block (0x24, 0x10 bytes)"),
        ({"OFF_STRUCT": 0x38, "SIZE_STRUCT": 0xFFFFFFFF}, "structure block (0x38, 0xffffffff bytes)"),
        ({"OFF_STRINGS": 0x1000, "SIZE_STRINGS": 1}, "strings block (0x1000, 0x1 bytes)"),
        ({"OFF_RESERVE_MAP": 0}, "memory reservation block (0x0, 0x10 bytes)"),
    ],
)
def test_a_block_outside_the_blob(dtb, fields, what):
    assert diagnostics(changed(dtb(SMALL), **fields)) == malformed(f"the {what} lies outside the blob")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"OFF_STRUCT": 0x3A}, "the structure block starts at 0x3a, which is not 4-byte aligned"),
        (
            {"OFF_RESERVE_MAP": 0x2C},
            "the memory reservation block starts at 0x2c, which is not 8-byte aligned",
        ),
    ],
)
def test_a_block_that_is_not_aligned(dtb, fields, message):
    assert diagnostics(changed(dtb(SMALL), **fields)) == malformed(message)


def test_a_reservation_block_without_end(dtb):
    data = dtb(SMALL)
    filled = data[:0x28].ljust(len(data), b"\1")
    assert diagnostics(filled) == malformed("the memory reservation block has no end")


def test_memory_reservations_are_read(dtb):
    reserved = dtb("/memreserve/ 0x80000000 0x1000;\n/ { x; };")
    assert blob.read(reserved, "f").reservations == ((0x80000000, 0x1000),)
    assert blob.read(reserved, "f").nodes == blob.read(dtb("/ { x; };"), "f").nodes


@pytest.mark.parametrize(
    ("parts", "at", "what"),
    [
        ((CLOSE, LAST), 0x3C, "the structure block does not begin with a root node"),
        ((begin(b"n"), CLOSE, LAST), 0x40, "the structure block does not begin with a root node"),
        ((ROOT, CLOSE, ROOT, CLOSE, LAST), 0x48, "something follows the root node"),
        ((ROOT, PAUSE), 0x44, "the structure block ends in the middle of a node"),
        ((ROOT, token(BEGIN_NODE), b"name"), 0x44, "a node's name has no end"),
        ((ROOT, begin(b"a/b"), CLOSE, CLOSE, LAST), 0x44, "a node's name may not be b'a/b'"),
        ((ROOT, begin(b"\xe9"), CLOSE, CLOSE, LAST), 0x44, "a node's name may not be b'\\xe9'"),
        ((ROOT, begin(b""), CLOSE, CLOSE, LAST), 0x48, "a child of / has no name"),
        ((ROOT, token(PROP), bytes(4)), 0x44, "the structure block ends in the middle of a property"),
        (
            (ROOT, prop(7), CLOSE, LAST),
            0x44,
            "a property's name lies outside the strings block (offset 0x7)",
        ),
        ((ROOT, prop(NOT_ASCII), CLOSE, LAST), 0x44, "a property's name may not be b'\\xff'"),
        ((ROOT, prop(EMPTY), CLOSE, LAST), 0x44, "a property's name may not be b''"),
        (
            (ROOT, prop(X, length=9), CLOSE, LAST),
            0x44,
            "the value of x (0x9 bytes) reaches beyond the structure block",
        ),
        (
            (ROOT, begin(b"n"), CLOSE, prop(X), CLOSE, LAST),
            0x50,
            "a property of / stands after a child node",
        ),
        ((ROOT, begin(b"n"), prop(X), prop(X), CLOSE, CLOSE, LAST), 0x60, "/n has two properties x"),
        ((ROOT, begin(b"n"), CLOSE, begin(b"n"), CLOSE, CLOSE, LAST), 0x54, "/ has two children n"),
        ((ROOT, token(5), CLOSE, LAST), 0x44, "0x5 is not a token of the structure block"),
        ((ROOT, LAST), 0x44, "0x9 is not a token of the structure block"),
    ],
)
def test_a_malformed_structure_block(parts, at, what):
    assert diagnostics(assembled(*parts)) == malformed(f"malformed at byte 0x{at:x}: {what}", AGAIN)


def test_a_name_in_the_strings_block_that_does_not_end():
    assert diagnostics(assembled(ROOT, prop(0), CLOSE, LAST, strings=b"x")) == malformed(
        "malformed at byte 0x44: a property's name lies outside the strings block (offset 0x0)", AGAIN
    )


def nested(depth: int) -> bytes:
    return assembled(ROOT, begin(b"n") * depth, CLOSE * depth, CLOSE, LAST)


def test_nodes_may_be_nested_64_deep():
    assert len(blob.read(nested(64), "f").nodes) == 65


def test_nodes_may_not_be_nested_deeper():
    assert diagnostics(nested(65)) == malformed(
        f"malformed at byte 0x{STRUCT_AT + 8 + 65 * 8:x}: nodes are nested more than 64 deep", AGAIN
    )


def test_nop_tokens_mean_nothing():
    parts = ROOT, prop(X, b"v"), begin(b"n"), CLOSE, CLOSE, LAST
    spaced = assembled(*(part + PAUSE * 2 for part in parts))
    assert blob.read(spaced, "f") == blob.read(assembled(*parts), "f")


def test_bytes_after_the_blob_mean_nothing(dtb):
    data = dtb(SMALL)
    assert blob.read(data + b"\xff" * 7, "f") == blob.read(data, "f")


@pytest.fixture(scope="session")
def small(dtb) -> bytes:
    return dtb(SMALL)


def outcome(data: bytes):
    """The tree, or None where it is refused; any other exception is a bug."""
    try:
        return blob.read(data, "f")
    except Rejected:
        return None


def test_a_file_that_is_cut_anywhere_is_refused(dtb):
    data = dtb(SMALL)
    assert [outcome(data[:size]) for size in range(len(data))] == [None] * len(data)


def test_a_blob_that_is_cut_anywhere_is_refused_though_its_header_agrees(dtb):
    data = dtb(SMALL)
    cuts = range(HEADER.size, len(data))
    assert [outcome(changed(data[:size], TOTALSIZE=size)) for size in cuts] == [None] * len(cuts)


def test_a_structure_block_that_is_cut_anywhere_is_refused(dtb):
    data = dtb(SMALL)
    sizes = range(HEADER.unpack_from(data)[SIZE_STRUCT])
    assert [outcome(changed(data, SIZE_STRUCT=size)) for size in sizes] == [None] * len(sizes)


@given(st.data())
def test_no_corruption_surprises_the_reader(small, data):
    damaged = bytearray(small)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    tree = outcome(bytes(damaged))
    assert tree is None or tree.nodes["/"] is tree.root


def applied_elsewhere(base: bytes, *overlays: bytes) -> subprocess.CompletedProcess[str]:
    """Read and apply each overlay in another process, which libfdt may kill; it prints what became of them."""
    return subprocess.run(
        [sys.executable, "-c", APPLY],
        input="\n".join(data.hex() for data in (base, *overlays)),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(blob.__file__).parents[2],
    )


APPLY = """
import collections, sys
from dtgen.devicetree import blob
from dtgen.errors import Rejected

outcomes = collections.Counter()
base, *overlays = map(bytes.fromhex, sys.stdin.read().split())
for overlay in overlays:
    try:
        blob.read(overlay, "f")
        blob.apply(base, overlay)
        outcomes["applied"] += 1
    except Rejected:
        outcomes["refused"] += 1
    except blob.ApplyError as error:
        outcomes["failed" if error.code.startswith("FDT_ERR_") else error.code] += 1
print(*sorted(outcomes))
"""


def test_libfdt_survives_every_corruption_of_an_overlay(dtb, dtbo):
    overlay = dtbo("&a { x = <&a>; n: n { y = <&n>; }; };")
    damaged = [
        overlay[:at] + bytes([overlay[at] ^ flip]) + overlay[at + 1 :]
        for at in range(len(overlay))
        for flip in (0x01, 0x80, 0xFF)
    ]
    done = applied_elsewhere(dtb(SMALL), *damaged)
    assert (done.returncode, done.stdout) == (0, "applied failed refused\n")


def test_libfdt_survives_every_corruption_of_a_base(dtb, dtbo):
    base, overlay = dtb(SMALL), dtbo("&a { x = <&a>; n: n { y = <&n>; }; };")
    for at in range(len(base)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = base[:at] + bytes([base[at] ^ flip]) + base[at + 1 :]
            if outcome(damaged) is not None:
                with contextlib.suppress(ApplyError):
                    assert blob.apply(damaged, overlay).startswith(b"\xd0\x0d\xfe\xed")


@pytest.mark.parametrize("offset", [2, 4, 0x7FFFFFF0])
def test_a_local_fixup_beyond_its_property_is_an_error(dtb, dtbo, offset):
    overlay = dtbo(f"""
        / {{
            fragment@0 {{ target-path = "/a@1"; __overlay__ {{ y = <1>; }}; }};
            __local_fixups__ {{ fragment@0 {{ __overlay__ {{ y = <{offset:#x}>; }}; }}; }};
        }};""")
    done = applied_elsewhere(dtb(SMALL), overlay)
    assert (done.returncode, done.stdout) == (0, "failed\n")


@pytest.mark.parametrize("kind", ["property names", "paths"])
def test_memory_stays_in_proportion_to_the_blob(kind):
    if kind == "paths":
        children = b"".join(begin(b"%d" % n) + CLOSE for n in range(500))
        data = assembled(ROOT, begin(b"n" * 16000), children, CLOSE, CLOSE, LAST)
    else:
        strings = b"x" * 16000 + b"\0"
        data = assembled(ROOT, *(prop(n) for n in range(500)), CLOSE, LAST, strings=strings)
    tracemalloc.start()
    try:
        outcome(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * len(data)


BASE = "/ { a: a { old = <1>; }; b: b { }; };"


def test_apply_gives_a_packed_blob_with_what_the_overlay_adds(dtb, dtbo):
    merged = blob.apply(dtb(BASE), dtbo("&a { new = <2>; old = <3>; n { }; };"))
    nodes = blob.read(merged, "f").nodes
    assert {path: {p.name: p.cells for p in nodes[path].properties.values()} for path in nodes} == {
        "/": {},
        "/a": {"new": (2,), "old": (3,), "phandle": (1,)},
        "/a/n": {},
        "/b": {"phandle": (2,)},
    }
    assert len(merged) == HEADER.unpack_from(merged)[TOTALSIZE]


def test_apply_leaves_its_arguments_as_they_are(dtb, dtbo):
    base, overlay = dtb(BASE), dtbo("&a { x = <&b>; n: n { y = <&n>; }; };")
    copies = bytes(bytearray(base)), bytes(bytearray(overlay))
    blob.apply(base, overlay)
    assert (base, overlay) == copies


def test_apply_leaves_its_arguments_as_they_are_when_it_fails(dtb, dtbo):
    base, overlay = dtb(BASE), dtbo("&a { x = <&b>; }; &nowhere { y; };")
    copies = bytes(bytearray(base)), bytes(bytearray(overlay))
    with pytest.raises(ApplyError):
        blob.apply(base, overlay)
    assert (base, overlay) == copies


def test_apply_is_the_same_twice(dtb, dtbo):
    base, overlay = dtb(BASE), dtbo("&a { x = <&b>; n: n { y = <&n>; }; };")
    assert blob.apply(base, overlay) == blob.apply(base, overlay)


@pytest.mark.parametrize(
    ("base", "overlay", "code"),
    [
        (BASE, "&nowhere { x; };", "FDT_ERR_NOTFOUND"),
        ("/ { a: a { phandle = <0xfffffffe>; }; };", "&a { n: n { x = <&n>; }; };", "FDT_ERR_NOPHANDLES"),
    ],
)
def test_apply_raises_the_name_of_the_error_of_libfdt(dtb, dtbo, base, overlay, code):
    with pytest.raises(ApplyError) as failed:
        blob.apply(dtb(base), dtbo(overlay))
    assert (failed.value.code, str(failed.value)) == (code, code)


def test_apply_refuses_what_is_no_blob(dtb):
    with pytest.raises(ApplyError) as failed:
        blob.apply(dtb(BASE), b"garbage")
    assert failed.value.code == "FDT_ERR_TRUNCATED"


def test_apply_grows_its_buffer_where_symbols_need_it(dtb, dtbo):
    # libfdt writes each label of the overlay with the whole path of its target in the base
    deep = "d" * 200
    labels = [f"l{n}" for n in range(100)]
    base = dtb(f"/ {{ {deep} {{ a: a {{ }}; }}; }};")
    overlay = dtbo(f"&a {{ {' '.join(f'{label}: {label} {{ }};' for label in labels)} }};")
    merged = blob.apply(base, overlay)
    assert len(merged) > len(base) + len(overlay) + 4096
    symbols = blob.read(merged, "f").symbols
    assert symbols == {"a": f"/{deep}/a"} | {label: f"/{deep}/a/{label}" for label in labels}


def test_apply_takes_an_overlay_much_larger_than_the_base(dtb, dtbo):
    text = "firmware" * 10000
    merged = blob.apply(dtb(BASE), dtbo(f'&a {{ x = "{text}"; }};'))
    assert blob.read(merged, "f").nodes["/a"].strings("x") == (text,)


LABELLED = "/ { a: a { x = <&b>; }; b: b { }; };"


def test_with_symbols_adds_labels_to_those_that_are_there(dtb):
    data = blob.with_symbols(dtb(LABELLED), {"c": "/a", "d": "/b"})
    assert blob.read(data, "f").symbols == {"a": "/a", "b": "/b", "c": "/a", "d": "/b"}
    assert HEADER.unpack_from(data)[TOTALSIZE] == len(data)


def test_with_symbols_gives_a_label_another_path(dtb):
    assert blob.read(blob.with_symbols(dtb(LABELLED), {"a": "/b"}), "f").symbols == {"a": "/b", "b": "/b"}


def test_with_symbols_has_room_for_many(dtb):
    symbols = {f"label{n}": "/" + "d" * 200 for n in range(500)}
    assert blob.read(blob.with_symbols(dtb("/ { };"), symbols), "f").symbols == symbols


def test_without_symbols_there_is_no_label_and_all_the_rest(dtb):
    data = dtb(LABELLED)
    bare = blob.read(blob.without_symbols(data), "f")
    assert (bare.symbols, bare.labels, "__symbols__" in bare.root.children) == ({}, {}, False)
    assert bare.nodes.keys() == {"/", "/a", "/b"}
    assert bare.by_phandle[bare.nodes["/a"].cell("x")].path == "/b"


def test_without_symbols_a_blob_that_has_none_is_the_same(dtb):
    data = dtb("/ { a { }; };")
    assert blob.without_symbols(data) == data


def test_symbols_are_taken_from_and_given_back_to_a_real_board(compiled):
    data = compiled("lemans-evk.dts")
    board = blob.read(data, "f")
    bare = blob.without_symbols(data)
    assert len(bare) < len(data)
    without = blob.read(bare, "f")
    assert without.symbols == {}
    assert {path: node.properties for path, node in without.nodes.items()} == {
        path: node.properties for path, node in board.nodes.items()
    }
    again = blob.with_symbols(bare, board.symbols)
    assert blob.read(again, "f").symbols == board.symbols
    assert blob.without_symbols(again) == bare


def test_an_overlay_applies_to_a_board_whose_symbols_were_given_back(compiled):
    data, el2 = compiled("lemans-evk.dts"), compiled("lemans-el2.dtso")
    symbols = blob.read(data, "f").symbols
    again = blob.with_symbols(blob.without_symbols(data), symbols)
    assert blob.without_symbols(blob.apply(again, el2)) == blob.without_symbols(blob.apply(data, el2))


def test_without_properties(dtb):
    data = dtb("/ { a { x = <1>; y = <2>; b { x; }; }; };")
    less = blob.read(blob.without_properties(data, [Subject("/a", "x"), Subject("/a/b", "x")]), "f")
    assert {path: list(node.properties) for path, node in less.nodes.items()} == {
        "/": [], "/a": ["y"], "/a/b": [],
    }  # fmt: skip


def test_a_property_is_taken_from_the_node_of_the_path_and_not_from_one_like_it(dtb):
    """libfdt takes the first node of a name for a path without a unit address."""
    data = dtb("/ { bus@1 { x = <1>; a { x; }; }; bus { x = <2>; a { x = [01 02 03 04 05]; y; }; }; };")
    less = blob.read(blob.without_properties(data, [Subject("/bus", "x"), Subject("/bus/a", "x")]), "f")
    assert {path: list(node.properties) for path, node in less.nodes.items()} == {
        "/": [], "/bus@1": ["x"], "/bus@1/a": ["x"], "/bus": [], "/bus/a": ["y"],
    }  # fmt: skip


def test_without_no_property_the_blob_is_the_same(dtb):
    data = dtb(LABELLED)
    assert blob.without_properties(data, []) == data


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (b"/dts-v1/;", True),
        (b"\n\t /dts-v1/;\n/plugin/;", True),
        (b"// SPDX\n/dts-v1/;", True),
        (b"/* x */", True),
        (b'#include "x.dtsi"', True),
        (b"/ { };", True),
        (b"&soc { };", True),
        (b"", False),
        (b"garbage", False),
        (b"\xd0\x0d\xfe\xed", False),
    ],
)
def test_is_source(data, source):
    assert blob.is_source(data) is source
