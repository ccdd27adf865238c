"""reserved-overlap: carveouts that an overlay puts where others are."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.reserved_overlap import check

BOARD = """
reserved-memory {{
    #address-cells = <2>; #size-cells = <2>;
    a: a {{ reg = <0x0 0x80000000 0x0 0x100000>; {a} }};
    b: b {{ reg = <0x0 0x80100000 0x0 0x100000>; {b} }};
    c: c {{ reg = <0x0 0x80180000 0x0 0x100000>; }};
    d: d {{ size = <0x0 0x1000>; }};
}};
"""


@pytest.fixture(scope="session")
def findings(system):
    return lambda overlay, a="", b="": list(check(system(BOARD.format(a=a, b=b), overlay)))


def finding(ours: str, theirs: str, common: str) -> Finding:
    return Finding(
        Subject(f"/reserved-memory/{ours}", "reg"),
        f"&{ours} and &{theirs} have {common} in common",
        "move or shrink one of them; the kernel only logs it, and gives the memory to both",
        (Subject(f"/reserved-memory/{theirs}", "reg"),),
    )


@pytest.mark.parametrize(
    "overlay",
    [
        "&a { no-map; };",
        "&b { no-map; };",
        "&a { reg = <0x0 0x80000000 0x0 0x80000>; };",
        "&a { reg = <0x1 0x80100000 0x0 0x100000>; };",
        "&a { reg = <0x0 0x80100000 0x0 0x0>; };",
        "&d { size = <0x0 0x2000>; };",
        '&b { status = "disabled"; reg = <0x0 0x80000000 0x0 0x1000>; };',
    ],
)
def test_what_overlaps_nothing_or_did_so_before_passes(findings, overlay):
    assert findings(overlay) == []


def test_what_is_disabled_is_overlapped_by_nothing(findings):
    assert findings("&a { reg = <0x0 0x80000000 0x0 0x140000>; };", b='status = "disabled";') == []


@pytest.mark.parametrize(
    ("overlay", "found"),
    [
        (
            "&a { reg = <0x0 0x80000000 0x0 0x140000>; };",
            [finding("a", "b", "0x40000 (256 KiB) from 0x80100000 on")],
        ),
        (
            "&a { reg = <0x0 0x80000000 0x0 0x100001>; };",
            [finding("a", "b", "0x1 from 0x80100000 on")],
        ),
        (
            "&c { reg = <0x0 0x80000000 0x0 0x200000>; };",
            [
                finding("c", "a", "0x100000 (1 MiB) from 0x80000000 on"),
                finding("c", "b", "0x100000 (1 MiB) from 0x80100000 on"),
            ],
        ),
        (
            "&b { reg = <0x0 0x80100000 0x0 0x100000>; };",
            [finding("b", "c", "0x80000 (512 KiB) from 0x80180000 on")],
        ),
    ],
)
def test_what_an_overlay_puts_where_others_are(findings, overlay, found):
    assert findings(overlay) == found


def test_a_carveout_that_an_overlay_enables(findings):
    assert findings('&b { status = "okay"; };', b='status = "disabled";') == [
        finding("b", "c", "0x80000 (512 KiB) from 0x80180000 on")
    ]


def test_two_regions_of_one_carveout(findings):
    assert findings("&a { reg = <0x0 0x1000 0x0 0x2000>, <0x0 0x2000 0x0 0x1000>; };") == []


def test_a_new_carveout_on_lemans(seeded):
    overlay = """
        &{/reserved-memory} {
            heap: heap@97680000 { reg = <0x0 0x97680000 0x0 0x100000>; no-map; };
        };
    """
    (heap,) = ("/reserved-memory/heap@97680000",)
    help = "move or shrink one of them; the kernel only logs it, and gives the memory to both"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject(heap, "reg"),
            "&heap and &pil_adsp_mem have 0x80000 (512 KiB) from 0x97680000 on in common",
            help,
            (Subject("/reserved-memory/pil-adsp@95900000", "reg"),),
        ),
        Finding(
            Subject(heap, "reg"),
            "&heap and &q6_adsp_dtb_mem have 0x80000 (512 KiB) from 0x97700000 on in common",
            help,
            (Subject("/reserved-memory/q6-adsp-dtb@97700000", "reg"),),
        ),
    ]
