"""The other tables that are text: Yocto's, extlinux.conf, loader entries, GRUB's, ukify's, Makefiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.delivery import bls, extlinux, grub, makefile, uki, yocto
from dtgen.delivery.table import Form, Piece, Table, text_of
from dtgen.diagnostics import Location
from dtgen.errors import Rejected


def _said(table: Table) -> list[tuple[str, str, list[str]]]:
    return [
        (c.name, str(c.location), [f"{p.name} {p.location.line}:{p.location.column}" for p in c.pieces])
        for c in table.configurations
    ]


def _refused(read: Callable[[str, str], Table], text: str) -> tuple[str, str]:
    with pytest.raises(Rejected) as refusal:
        read(text, "t")
    (diagnostic,) = refusal.value.diagnostics
    return str(diagnostic.location), diagnostic.message


def test_yocto() -> None:
    text = (
        'SOME = "thing"\n# FIT_DTB_COMPATIBLE[qcom_old] = "no"\n'
        'FIT_DTB_COMPATIBLE[qcom_a-iot] = "a"\n'
        'FIT_DTB_COMPATIBLE[qcom_a,b] = "x"\n'.replace(",", "_")
        + 'FIT_DTB_COMPATIBLE[qcom_a-iot] = \\\n    "a el2"\n'
    )
    table = yocto.read(text, "t.inc")
    assert table.form is Form.YOCTO
    assert _said(table) == [
        ("qcom_a-iot", "t.inc:3:1", ["a 3:35"]),
        ("qcom_a_b", "t.inc:4:1", ["x 4:33"]),
        ("qcom_a-iot", "t.inc:5:1", ["a 6:6", "el2 6:8"]),
    ]
    last = table.configurations[2]
    assert (last.compatible, last.suffixes) == ("qcom,a-iot", ("a", "iot"))
    assert [table.file_of(last, piece) for piece in last.pieces] == ["a.dtb", "el2.dtbo"]
    assert yocto.mentions(text)
    assert not yocto.mentions("# FIT_DTB_COMPATIBLE[a]")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('\nFIT_DTB_COMPATIBLE[qcom,a] = "a"', "t:2:1", "BitBake does not read this entry"),
        ("FIT_DTB_COMPATIBLE[qcom_a] = a", "t:1:1", "BitBake does not read this entry"),
        ('FIT_DTB_COMPATIBLE[qcom_a] = "a', "t:1:1", "the entry's quote is not closed"),
        ('FIT_DTB_COMPATIBLE[qcom_a] = "', "t:1:1", "the entry's quote is not closed"),
        ('FIT_DTB_COMPATIBLE[qcom_a] = "a" "b"', "t:1:1", "something follows the entry's value"),
    ],
)
def test_yocto_that_bitbake_refuses(text: str, place: str, message: str) -> None:
    assert _refused(yocto.read, text) == (place, message)


def test_real_yocto_tables(tables: Path) -> None:
    counts = {
        name: len(yocto.read((tables / name).read_text(), name).configurations)
        for name in ("fit-dtb-compatible.inc", "fit-dtb-compatible-linux-qcom.inc")
    }
    assert counts == {"fit-dtb-compatible.inc": 40, "fit-dtb-compatible-linux-qcom.inc": 110}


def test_extlinux() -> None:
    text = (
        "default one\ntimeout 30\n\nlabel one\n\tkernel /Image\n\tFDT /dtb/a.dtb\n"
        "\tdevicetree-overlay /dtb/x.dtbo /dtb/y.dtbo\n\tappend fdt=1\nlabel plain\n\tkernel /Image\n"
        "label two\n\tdevicetree b.dtb\n"
    )
    assert _said(extlinux.read(text, "e")) == [
        ("one", "e:4:1", ["/dtb/a.dtb 6:6", "/dtb/x.dtbo 7:21", "/dtb/y.dtbo 7:33"]),
        ("two", "e:11:1", ["b.dtb 12:13"]),
    ]


def test_extlinux_without_a_base() -> None:
    text = "label a\nfdtoverlays /x.dtbo\nlabel b\nfdtdir /dtb\nfdtoverlays /x.dtbo\n"
    (only,) = extlinux.read(text, "e").configurations
    assert (only.name, only.pieces, [piece.name for piece in only.ignored]) == ("a", (), ["/x.dtbo"])


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("label a\n fdt my board.dtb", "t:2:2", "fdt takes one file, and here are 2"),
        ("label a\n fdt", "t:2:2", "fdt takes one file, and here are 0"),
        ("label a\nlabel a", "t:2:1", "the label a is here twice (first in line 1)"),
        ("label", "t:1:1", "a label needs a name"),
    ],
)
def test_extlinux_that_is_wrong(text: str, place: str, message: str) -> None:
    assert _refused(extlinux.read, text) == (place, message)


def test_loader_entries_have_their_overlays_ignored() -> None:
    text = "title Linux\nlinux /Image\ndevicetree /a.dtb\ndevicetree-overlay /x.dtbo /y.dtbo\n"
    table = bls.read(text, "e.conf")
    assert _said(table) == [("Linux", "e.conf:3:1", ["/a.dtb 3:12"])]
    assert [piece.name for piece in table.configurations[0].ignored] == ["/x.dtbo", "/y.dtbo"]
    assert bls.read("title Linux\nlinux /Image\n", "e.conf").configurations == ()


def test_grub_takes_the_last_devicetree() -> None:
    text = (
        "set timeout=1\nmenuentry 'Linux at EL2' {\n\tdevicetree /a.dtb\n\tdevicetree /x.dtbo\n}\n"
        'menuentry "two" {\n\tdevicetree /b.dtb\n}\n'
    )
    table = grub.read(text, "g")
    assert _said(table) == [
        ("Linux at EL2", "g:2:1", ["/a.dtb 3:13"]),
        ("two", "g:6:1", ["/b.dtb 7:13"]),
    ]
    assert [str(piece.location) for piece in table.configurations[0].ignored] == ["g:4:13"]


def test_ukify() -> None:
    text = "[UKI]\nLinux=/Image\nDeviceTreeAuto=a.dtb b.dtb\n[PE]\nDeviceTree=no\n"
    assert _said(uki.read(text, "u")) == [
        ("DeviceTreeAuto", "u:3:16", ["a.dtb 3:16"]),
        ("DeviceTreeAuto", "u:3:22", ["b.dtb 3:22"]),
    ]
    assert uki.mentions(text)
    assert not uki.mentions("[Match]\nDeviceTree=x\n")


def test_ukify_takes_lines_that_go_on() -> None:
    text = "[UKI]\nDeviceTreeAuto = a.dtb # the first\n  b.dtb\n\nLinux=Image\n  DeviceTree=no\n"
    assert [
        (piece.name, str(piece.location)) for c in uki.read(text, "u").configurations for piece in c.pieces
    ] == [
        ("a.dtb", "u:2:18"),
        ("b.dtb", "u:3:3"),
    ]


@pytest.mark.parametrize("word", ["fdtoverlay /b.dtbo", "fdt /b.dtb"])
def test_a_label_ends_at_a_word_that_u_boot_does_not_know(word: str) -> None:
    text = f"default two\nlabel one\n  fdt /a.dtb\n  {word}\n  fdtoverlays /c.dtbo\nlabel plain\n"
    table = extlinux.read(text, "e")
    assert _said(table) == [("one", "e:2:1", ["/a.dtb 3:7"])]
    assert [(end.name, str(end.location)) for end in table.ends] == [(word.partition(" ")[0], "e:4:3")]
    assert (table.default, table.names) == (Piece("two", Location("e", 1, 9)), {"one", "plain"})


def test_a_label_that_a_word_of_the_top_level_ends_is_said_where_that_loses_something() -> None:
    lost = extlinux.read("label one\n  timeout 30\n  fdt /a.dtb\n  fdtoverlays /b.dtbo\n", "e")
    assert ([str(end.location) for end in lost.ends], lost.configurations) == (["e:2:3"], ())
    kept = extlinux.read("label one\n  fdt /a.dtb\n\ntimeout 30\nlabel two\n  fdt /b.dtb\n", "e")
    assert (kept.ends, len(kept.configurations)) == ((), 2)


def test_makefiles() -> None:
    text = (
        "# a comment\ndtb-$(CONFIG_ARCH_QCOM)\t+= a.dtb a-el2.dtb\n"
        "a-el2-dtbs := a.dtb soc-el2.dtbo # why\n"
        "b-lvds,panel-dtbs\t:= \\\n\tb.dtb b-lvds,panel.dtbo\n"
        "b-lvds,panel-dtbs += more.dtbo\ndtb- += b-lvds,panel.dtb\n"
    )
    table = makefile.read(text, "Makefile")
    assert _said(table) == [
        ("a-el2", "Makefile:3:1", ["a.dtb 3:15", "soc-el2.dtbo 3:21"]),
        ("b-lvds,panel", "Makefile:4:1", ["b.dtb 5:2", "b-lvds,panel.dtbo 5:8", "more.dtbo 6:22"]),
    ]
    assert table.installed == {"a.dtb", "a-el2.dtb", "b-lvds,panel.dtb"}
    assert makefile.mentions(text)
    assert not makefile.mentions("all:\n\techo x-dtbs := y\n")


def test_what_is_no_text() -> None:
    for data, place, message in (
        (b"a\n\xff", "t:2", "not UTF-8: byte 0xff"),
        (b"a\n\nb\0", "t:3", "a text has no zero bytes"),
        (b"a" * (5 << 20), "t", "larger than 4 MiB, the limit for a table"),
    ):
        with pytest.raises(Rejected) as refusal:
            text_of(data, "t")
        (diagnostic,) = refusal.value.diagnostics
        assert (str(diagnostic.location), diagnostic.message) == (place, message)


def test_more_than_any_real_table_has() -> None:
    many = "".join(f"label {i}\nfdt a\n" for i in range(10_001))
    assert _refused(extlinux.read, many) == ("t:20001:1", "more than 10000 configurations")
    pieces = " ".join("a" for _ in range(300))
    assert _refused(makefile.read, f"x-dtbs := {pieces}")[1] == "x has 300 pieces, more than 256"
