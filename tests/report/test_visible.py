"""What cannot be seen is written out."""

from __future__ import annotations

import pytest

from dtgen.report.visible import shortened, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("okay", "okay"),
        ("<b> & \"'", "<b> & \"'"),
        ("a\tb\n", "a\tb\n"),
        ("\x00\x1b[31m", r"\u0000\u001b[31m"),
        ("evk\u202ebtd", r"evk\u202ebtd"),
        ("\u200f\ufeff\ud800", r"\u200f\ufeff\ud800"),
        ("\u2028\U000e0041", r"\u2028\ue0041"),
        ("Gerät 開発", "Gerät 開発"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_width_is_in_columns() -> None:
    assert [width(text) for text in ("abc", "開発", "e\u0301")] == [3, 4, 1]


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("開発開発", 5, "開発…"), ("x" * 10_000, 4, "xxx…"), ("", 4, "")],
)
def test_shortened(text: str, columns: int, cut: str) -> None:
    assert shortened(text, columns) == cut
    assert width(cut) <= columns
