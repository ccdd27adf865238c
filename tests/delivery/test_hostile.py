"""Whatever a table holds, it is read or refused, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.delivery import fit, forms, its, makefile, yocto
from dtgen.delivery.table import Configuration, Image, Piece, Table, stem
from dtgen.diagnostics import Location
from dtgen.errors import Rejected

READERS = ("its", "yocto", "extlinux", "bls", "grub", "uki", "makefile")
WORDS = (
    "/ {", "};", "images {", "configurations {", 'fdt = "a", "b";', "/incbin/(", "load = <0x1 &x>;", "&x {", "#include",
    'FIT_DTB_COMPATIBLE[qcom_a] = "', '"', "'", "\\\n", "\n", "\r\n", "label x", "fdt a b", "fdtoverlays", "devicetree", "menuentry",
    "[UKI]", "DeviceTree=", "x-dtbs :=", "dtb-$(A) +=", "#", " ", "\t", "\x0b", "\u2028", "é", "/*", "*/",
)  # fmt: skip
HERE = Location("x")
IMAGES = (Image("a", HERE, "flat_dt", None, b"12345"), Image("m", HERE, "qcom_metadata", None, b"1"))
WRITTEN = fit.write("x", IMAGES, (Configuration("c", HERE, (Piece("a", HERE),), "qcom,a"),))


@pytest.mark.parametrize("reader", READERS)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_texts(reader: str, text: str) -> None:
    try:
        table = forms.read(reader, text.encode(), "t")
    except Rejected as refusal:
        assert {d.rule for d in refusal.diagnostics} <= {"malformed-table", "dtc"}
        return
    lines = text.count("\n") + 1
    for configuration in table.configurations:
        places = [piece.location for piece in (*configuration.pieces, *configuration.ignored)]
        assert all(1 <= (place.line or 1) <= lines for place in (configuration.location, *places))
        assert all(isinstance(stem(table.file_of(configuration, p)), str) for p in configuration.pieces)


@given(st.integers(0, len(WRITTEN) - 1), st.binary(min_size=1, max_size=4))
def test_images(at: int, damage: bytes) -> None:
    data = WRITTEN[:at] + damage + WRITTEN[at + len(damage) :]
    try:
        table = fit.read(data, "x")
    except Rejected:
        return
    assert all(len(image.data or b"") <= len(data) for image in table.images.values())


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(its.read, "/ { " + "a = <1>; " * 20_000 + "};", id="properties"),
        pytest.param(yocto.read, 'FIT_DTB_COMPATIBLE[a] = "\\\n' + "x \\\n" * 50_000, id="continued"),
        pytest.param(makefile.read, "x-dtbs := " + "\\\n" * 100_000, id="nothing"),
        pytest.param(makefile.read, "dtb-y += " + "a.dtb " * 100_000, id="words"),
    ],
)
def test_what_is_long_takes_no_longer_than_its_length(read: Callable[[str, str], Table], text: str) -> None:
    """With the square of its length it would be minutes."""
    try:
        read(text, "t")
    except Rejected as refusal:
        assert refusal.diagnostics


def test_files_are_known_by_name_and_content(tmp_path: Path) -> None:
    known = {
        "a.its": b"", "extlinux.conf": b"", "extlinux/my.conf": b"", "loader/entries/x.conf": b"", "grub.cfg": b"",
        "t.inc": b'FIT_DTB_COMPATIBLE[a] = "b"', "u.conf": b"[UKI]\nDeviceTree=a\n", "Makefile": b"x-dtbs := a b",
        "q.img": WRITTEN,
    }  # fmt: skip
    found = [forms.reader_of(tmp_path / name, data) for name, data in known.items()]
    assert found == ["its", "extlinux", "extlinux", "bls", "grub", "yocto", "uki", "makefile", "fit"]
    unknown = {
        "t.inc": b"A = 1",
        "u.conf": b"[X]",
        "Makefile": b"all:",
        "q.img": b"\xd0\x0d\xfe\xed",
        "x.txt": b"",
    }
    assert {forms.reader_of(tmp_path / name, data) for name, data in unknown.items()} == {None}
