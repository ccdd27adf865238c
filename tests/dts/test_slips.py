"""What a syntax error in a source means: see tests/mistakes/overlay for those of overlays."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Location
from dtgen.dts.slips import slip


@pytest.mark.parametrize("text", ["", "\n\n", "/* x */\n", "// x\n"])
def test_a_source_of_nothing_is_said_to_be_one(text: str) -> None:
    found = slip(text, Location("x.dts", 1, 1))
    assert found is not None
    assert (found.message, found.help, str(found.location)) == (
        "syntax error: the file is empty", "begin it with /dts-v1/;", "x.dts",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "help"),
    [
        ("foo = 0x1, 0x2;", "write <0x1 0x2>"),
        ("foo = 0x1\n};", "write <0x1>"),
        ("foo = [0x12 0x34];", "write [12 34]"),
        ("foo = [0x12 34];", "write each byte as two hex digits, or cells as <0x10 0x20>"),
    ],
)
def test_what_is_to_be_written_is_all_of_the_value_and_no_more(value: str, help: str) -> None:
    text = f"/dts-v1/;\n&a {{ {value} }};\n"
    column = text.split("\n")[1].index("0x") + 1
    found = slip(text, Location("x.dts", 2, column))
    assert found is not None
    assert found.help == help


def test_what_a_keyword_begins_is_left_to_dtc() -> None:
    text = "/dts-v1/;\n&a { foo = /bits/ 8 0x12; };\n"
    assert slip(text, Location("x.dts", 2, text.split("\n")[1].index("0x") + 1)) is None
