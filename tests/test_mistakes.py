"""Plausible mistakes, a file each: the one message that a person is to see, to the letter.

A file of tests/mistakes/ has a sentence that says what is wrong, the files of the mistake behind `-- name`,
and what `dtgen check` says of the first of them behind `-- says`. Where that is more than one message,
`-- because` says why.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from corpus import ROOT

from dtgen.commands import check
from dtgen.commands.check_bases import Options
from dtgen.project import layout
from dtgen.project.files import shown_lines
from dtgen.report import text
from dtgen.report.style import Style

MISTAKES = ROOT / "tests/mistakes"
_SECTION = re.compile(r"^-- (.+)\n", re.MULTILINE)
_MESSAGE = re.compile(r"^[^\s:]+(?::\d+)*: (?:error|warning): ", re.MULTILINE)
_LEAST = {"description": 40, "overlay": 15}


def sections(case: Path) -> dict[str, str]:
    """Name to text; what is wrong has the empty name."""
    parts = _SECTION.split(case.read_text(encoding="utf-8"))
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def said(files: dict[str, str]) -> str:
    """What `dtgen check` says of the first of the files in the current directory."""
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    result = check.check([Path(next(iter(files)))], Options(), layout.cache_directory(), lambda *_: None)
    shown = text.checks(result, Style(source=shown_lines()))
    return shown[: shown.rindex("checked 1 file")].replace(str(ROOT), "<dtgen>")


@pytest.mark.parametrize("name", sorted(str(f.relative_to(MISTAKES)) for f in MISTAKES.glob("*/*.txt")))
def test_a_mistake_has_one_message(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = sections(MISTAKES / name)
    files = {part: content for part, content in case.items() if part not in ("", "says", "because")}
    if name.startswith("overlay/"):
        files["base.dts"] = (MISTAKES / "overlay/base.dts").read_text()
        files["dtgen.toml"] = '[[overlay]]\nfiles = "*.dtso"\nbases = "base.dts"\n'
    assert said(files) == case["says"]
    assert len(_MESSAGE.findall(case["says"])) == 1 or case["because"].strip()


@pytest.mark.parametrize("kind", _LEAST)
def test_there_are_as_many_as_a_person_makes(kind: str) -> None:
    assert len(list((MISTAKES / kind).glob("*.txt"))) >= _LEAST[kind]
