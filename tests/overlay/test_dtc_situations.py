"""The situations of dtc's own tests of overlays: each has libfdt's verdict, and libfdt's bytes where it applies.

Source: run_tests.sh, overlay_*.dts and stacked_overlay_*.dts in dtc's tests; the trees are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import libfdt
import pytest
from corpus import merged_by_libfdt

from dtgen.checks import application
from dtgen.commands.check import check
from dtgen.commands.check_bases import Options
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.errors import Rejected
from dtgen.overlay.stack import Layer
from dtgen.project import layout

BASE = """
/ {
    codec: codec { rate = <48>; label = "mic"; port: port { on; }; };
    user { to = <&codec &port>; };
};
"""
LONGER = 'label = "microphone"; more = "text";'


@dataclass(frozen=True)
class Applies:
    """Overlays that fit, and properties of the tree that comes of them."""

    overlays: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    """Path and property of a cell, or of what is there; what is written there in hexadecimal."""
    base: str = BASE


def fragment(number: int, target: str, body: str) -> str:
    return f"fragment@{number} {{ {target}; __overlay__ {{ {body} }}; }};"


def tables(local: str = "", fixups: str = "") -> str:
    return f"__local_fixups__ {{ {local} }}; __fixups__ {{ {fixups} }};"


NEW = (("/codec:rate", "00000031"), ("/codec:label", b"microphone\0".hex()), ("/codec/added:on", ""))
OWN = (("/codec/mine:on", ""), ("/codec:many", "00000003" * 2))

APPLIES = {
    "by label": Applies(
        (f"&codec {{ rate = <49>; }}; &codec {{ {LONGER} }}; &codec {{ added {{ on; }}; }};",), NEW
    ),
    "written out": Applies(
        (
            f"/ {{ {fragment(0, 'target = <&codec>', 'rate = <49>;')} {fragment(3, 'target = <&codec>', LONGER)} "
            f"{fragment(7, 'target = <&codec>', 'added { on; };')} }};",
        ),
        NEW,
    ),
    "by path": Applies((f"&{{/codec}} {{ rate = <49>; {LONGER} added {{ on; }}; }};",), NEW),
    "references to its own nodes": Applies(
        ("&codec { mine: mine { on; }; }; &codec { many = <&mine>, <&mine>; one = <&port &mine>; };",),
        (*OWN, ("/codec:one", "0000000200000003")),
    ),
    "a node of the base below a new property": Applies(
        ("&codec { port { x; }; };",), (("/codec/port:on", ""),)
    ),
    "a path that an earlier fragment makes": Applies(
        ("&{/} { mine: mine { on; }; }; &{/} { many = <&mine>, <&mine>; }; &{/mine} { x; };",),
        (("/mine:x", ""), ("/:many", "00000003" * 2)),
    ),
    "a block of a label of its own, and one of a path": Applies(
        ("&codec { mine: mine { on; }; }; &mine { inner { x; }; }; &{/} { top { }; };",),
        (("/codec/mine/inner:x", ""), ("/codec/mine:on", "")),
    ),
    "tables by hand": Applies(
        (
            f"/ {{ {fragment(0, 'target = <0xffffffff>', 'rate = <49>; many = <0xffffffff>;')} "
            + tables(fixups='codec = "/fragment@0:target:0"; port = "/fragment@0/__overlay__:many:0";')
            + "};",
        ),
        (("/codec:rate", "00000031"), ("/codec:many", "00000002")),
    ),
    "symbols by hand in the base": Applies(
        ("&codec { rate = <49>; };",),
        (("/codec:rate", "00000031"),),
        '/ { codec { rate = <48>; phandle = <4>; }; __symbols__ { codec = "/codec"; }; };',
    ),
    "a second label for a node that has a phandle": Applies(
        ("&{/} { again: codec { rate = <49>; }; n { to = <&again>; }; }; &port { x; };",),
        (("/codec:phandle", "00000001"), ("/n:to", "00000001"), ("/user:to", "0000000100000002")),
    ),
    "one overlay on another's label": Applies(
        ("&codec { mine: mine { on; }; };", "&mine { baz: baz { x; }; };", "&baz { y = <&mine>; };"),
        (("/codec/mine/baz:x", ""), ("/codec/mine/baz:y", "00000003")),
    ),
    "a label on the body of a fragment": Applies(
        ('/ { f { target-path = "/user"; mine: __overlay__ { x; }; }; };', "&mine { y; };"),
        (("/user:x", ""), ("/user:y", "")),
    ),
}


@pytest.fixture
def layer(dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> Callable[[str, str], Layer]:
    """An overlay; one with tables by hand as it is, without `/plugin/`."""

    def compile_one(source: str, name: str = "x.dtbo") -> Layer:
        data = (dtb if "fixups__" in source else dtbo)(source)
        return Layer(Overlay.of(blob.read(data, name)), data)

    return compile_one


@pytest.mark.parametrize("name", APPLIES)
def test_what_applies(dtb: Callable[[str], bytes], layer: Callable[[str, str], Layer], name: str) -> None:
    case = APPLIES[name]
    data = dtb(case.base)
    layers = [layer(source, f"{number}.dtbo") for number, source in enumerate(case.overlays)]
    done = application.apply(blob.read(data, "base.dtb"), data, layers)
    for each in layers:
        data = merged_by_libfdt(data, each.blob)
    assert done.blob == data
    assert {place: _value(done.tree, place) for place, _ in case.values} == dict(case.values)


def _value(tree: Tree, place: str) -> str:
    path, _, name = place.partition(":")
    return tree.nodes[path].properties[name].value.hex()


FIXUP = "/fragment@0/__overlay__"
ONE = fragment(0, 'target-path = "/"', "x = <0xffffffff>;")


def by_hand(fixup: str) -> str:
    table = tables(fixups=f'codec = "{fixup}";')
    return f"/ {{ {ONE} {table} }};"


REFUSED: dict[str, tuple[str, str, str]] = {
    f"fixup {text!r}": (by_hand(text), "bad-fixup", BASE)
    for text in (
        "",
        f"{FIXUP}",
        f"{FIXUP}:",
        f"{FIXUP}::",
        f"{FIXUP}:x",
        f"{FIXUP}:x:",
        f"{FIXUP}:x:a",
        f"{FIXUP}:x:0a",
        "::0",
    )
} | {
    "a label that the base lacks": ("&gone { x; };", "unknown-label", BASE),
    "a base without symbols": ("&codec { x; };", "unknown-label", "/ { codec { phandle = <1>; }; };"),
    "a path that a later fragment makes": ("&{/mine} { x; }; &{/} { mine { }; };", "fragment-target", BASE),
    "a path that nobody makes": ("&{/mine} { x; };", "fragment-target", BASE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(dtb: Callable[[str], bytes], layer: Callable[[str], Layer], name: str) -> None:
    source, rule, base = REFUSED[name]
    data, refused = dtb(base), layer(source)
    with pytest.raises(Rejected) as failed:
        application.apply(blob.read(data, "base.dtb"), data, (refused,))
    assert [diagnostic.rule for diagnostic in failed.value.diagnostics] == [rule]
    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + 4096)
    with pytest.raises(libfdt.FdtException):
        libfdt.check_err(libfdt.fdt_overlay_apply(fdt.as_bytearray(), bytearray(refused.blob)))


def test_sources_without_plugin(
    dtb: Callable[[str], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their tables by hand: dtc makes overlays of them as they are."""
    monkeypatch.chdir(tmp_path)
    Path("base.dtb").write_bytes(dtb(BASE))
    body = (
        fragment(0, 'target-path = "/codec"', "mine: mine { on; };")
        + fragment(1, 'target-path = "/codec"', "many = <&mine>, <&mine>;")
        + fragment(2, 'target-path = "/codec/mine"', "x;")
        + tables("fragment@1 { __overlay__ { many = <0 4>; }; };")
    )
    for name in ("a.dtso", "b.dts"):
        Path(name).write_text(f"/dts-v1/;\n/ {{ {body} }};\n")
    options = Options(bases=(Path("base.dtb"),))
    result = check([Path("a.dtso"), Path("b.dts")], options, layout.cache_directory(), lambda *_: None)
    assert [file.kind for file in result.files] == ["overlay", "overlay"]
    assert [tree.validated for file in result.files for tree in file.trees] == [True, True]
