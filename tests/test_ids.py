"""Every id in brackets behind a message has a page: those that the tests expect, and those that the code gives."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dtgen.commands.explain import known, page
from dtgen.dts import checks
from dtgen.errors import ToolError
from dtgen.project.layout import KernelTree

ROOT = Path(__file__).resolve().parent.parent
SHOWN = re.compile(r"(?:error|warning|info|\d): .*\S \[([a-z][\w,.+:/-]*)\]$", re.MULTILINE)
DOORS = {"rejected": 0, "error": 0, "Observation": 0, "Diagnostic": 0}
"""What gives a finding its id, by which of its arguments."""
OWN = ("test/", "more/", "x.yaml", "v,")
"""Bindings that tests write themselves."""


def texts(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def shown() -> set[str]:
    """What stands in brackets at the end of a line, in any text of a test."""
    made_up = (
        Path(__file__).resolve(),
        ROOT / "tests/report",
    )  # those of formats are of findings that never were
    files = (
        file for file in (ROOT / "tests").rglob("test_*.py") if not any(map(file.is_relative_to, made_up))
    )
    return {id_ for file in files for text in texts(file) for id_ in SHOWN.findall(text)}


def given() -> set[str]:
    """The literal ids with which the code reports."""
    found = set()
    for file in (ROOT / "dtgen").rglob("*.py"):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            door = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if door not in DOORS:
                continue
            id_ = node.args[DOORS[door]]
            if isinstance(id_, ast.Constant):
                found.add(id_.value)
            elif isinstance(id_, ast.Name) and id_.id.isupper():
                found.add(getattr(importlib.import_module(name), id_.id))
    return {id_ for id_ in found if isinstance(id_, str)}


def test_all_that_the_code_reports_has_a_page() -> None:
    ids = given()
    assert len(ids) > 12
    assert {id_ for id_ in ids if known(id_) is None} == set()


def test_all_that_tests_expect_has_a_page(corpus: KernelTree) -> None:
    ids = {id_ for id_ in shown() if not id_.startswith(OWN)}
    assert len(ids) > 30
    assert {"yaml", "malformed-blob", "wrong-base", "unused-allow"} < ids
    assert any(id_.startswith(checks.PREFIX) for id_ in ids)
    assert any(id_.endswith(".yaml") for id_ in ids)
    without = set()
    for id_ in ids:
        try:
            page(id_, corpus.root)
        except ToolError:
            without.add(id_)
    assert without == set()


@pytest.mark.parametrize(
    "text", ["f:1: m [a-rule]", "error: m [dtc:reg_format]\n    more", "info: x [a/v,b.yaml]\n"]
)
def test_what_is_an_id(text: str) -> None:
    assert len(SHOWN.findall(text)) == 1
