from __future__ import annotations

import pytest

from dtgen.diagnostics import Severity
from dtgen.report.style import Style


@pytest.mark.parametrize(
    ("names", "painted"),
    [
        (("bold",), "\033[1mx\033[0m"),
        (("dim",), "\033[2mx\033[0m"),
        (("bold", "red"), "\033[1;31mx\033[0m"),
        (("green",), "\033[32mx\033[0m"),
        (("yellow",), "\033[33mx\033[0m"),
        (("cyan",), "\033[36mx\033[0m"),
    ],
)
def test_a_text_is_painted(names: tuple[str, ...], painted: str) -> None:
    assert Style(color=True).paint("x", *names) == painted


def test_nothing_is_painted_without_color() -> None:
    assert Style().paint("x", "bold", "red") == "x"


def test_an_empty_text_has_no_color() -> None:
    assert Style(color=True).paint("", "red") == ""


def test_each_severity_has_its_color() -> None:
    style = Style(color=True)
    assert [style.severity(severity) for severity in Severity] == [
        "\033[1;31merror\033[0m",
        "\033[1;33mwarning\033[0m",
        "\033[1;36minfo\033[0m",
    ]


def test_a_severity_without_color_is_a_word() -> None:
    assert [Style().severity(severity) for severity in Severity] == ["error", "warning", "info"]
