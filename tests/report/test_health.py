from __future__ import annotations

from dtgen.commands.doctor import Check
from dtgen.report import health
from dtgen.report.style import Style

CHECKS = [
    Check("python", "3.11.7 (/usr/bin/python3)"),
    Check("dtc", "dtc was not found", "install it"),
    Check("cpp", "cpp was not found", "install it, too", needed=False),
]


def test_a_check_a_line_with_the_remedy_beneath() -> None:
    assert health.report(CHECKS, "text", Style()) == (
        "ok       python  3.11.7 (/usr/bin/python3)\n"
        "missing  dtc     dtc was not found\n"
        "                 help: install it\n"
        "absent   cpp     cpp was not found\n"
        "                 help: install it, too\n"
    )


def test_the_columns_stay_with_color() -> None:
    assert health.report(CHECKS, "text", Style(color=True)) == (
        "\033[32mok\033[0m       python  3.11.7 (/usr/bin/python3)\n"
        "\033[31mmissing\033[0m  dtc     dtc was not found\n"
        "                 \033[32mhelp\033[0m: install it\n"
        "\033[33mabsent\033[0m   cpp     cpp was not found\n"
        "                 \033[32mhelp\033[0m: install it, too\n"
    )


def test_checks_as_json() -> None:
    assert health.report(CHECKS[1:2], "json", Style(color=True)) == (
        '{\n  "version": 1,\n  "checks": [\n    {\n      "name": "dtc",\n      "found": "dtc was not found",\n'
        '      "remedy": "install it",\n      "needed": true\n    }\n  ]\n}\n'
    )
