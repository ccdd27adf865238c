"""The layers of pyproject.toml hold, and each third-party package has one importing module."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

HOMES = {
    "libfdt": "dtgen/devicetree/blob.py",
    "dtschema": "dtgen/bindings/dtschema.py",
    "ryaml": "dtgen/bindings/schemas/yaml.py",
    "jinja2": "dtgen/description/template.py",
    "ruamel": "dtgen/description/yaml.py",
    "rich": "dtgen/report/progress.py",
    "platformdirs": "dtgen/project/layout.py",
}


def test_imports_run_one_way() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _importers(package: str) -> list[Path]:
    statement = re.compile(rf"^\s*(import|from) {package}\b", re.MULTILINE)
    return [
        file.relative_to(ROOT)
        for file in sorted((ROOT / "dtgen").rglob("*.py"))
        if statement.search(file.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("package", "home"), HOMES.items())
def test_a_package_is_imported_in_one_module(package: str, home: str) -> None:
    assert _importers(package) == [Path(home)]


def test_files_are_opened_in_one_module() -> None:
    """What an editor has not saved can then be put in front of all that reads."""
    opening = re.compile(r"\b(?<!os\.)open\(|\.read_(?:text|bytes)\(")
    found = {
        str(file.relative_to(ROOT / "dtgen"))
        for file in (ROOT / "dtgen").rglob("*.py")
        if opening.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"project/files.py"}


def test_records_are_made_in_one_module() -> None:
    """The library's own decorator takes ten times as long."""
    assert {file for file in _importers("dataclasses") if _has_decorator(ROOT / file)} == {
        Path("dtgen/records.py")
    }


def _has_decorator(file: Path) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "dataclass")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "dataclasses"
            and any(name.name == "dataclass" for name in node.names)
        )
        for node in ast.walk(ast.parse(file.read_text()))
    )


def test_click_is_imported_by_the_commands_alone() -> None:
    assert {file.parent for file in _importers("click")} == {Path("dtgen/cli")}


@pytest.mark.parametrize("package", HOMES)
def test_help_imports_nothing_heavy(package: str) -> None:
    code = f"import sys, dtgen.cli; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_files_that_contributors_are_sent_to_are_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if "not written yet" not in line]
    named = re.findall(r"`((?:[a-z_]+/)+[\w.]*|[a-z_]+/[\w./]+)`", "\n".join(lines))
    roots = (ROOT, ROOT / "dtgen", ROOT / "dtgen/bindings")
    assert len(named) > 50
    assert [name for name in named if not any((root / name).exists() for root in roots)] == []


def test_board_format_page_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import generate; print(generate.page(), end='')"],
        cwd=ROOT / "docs",
        capture_output=True,
        text=True,
        check=True,
    )
    page = (ROOT / "docs/board-format.md").read_text(encoding="utf-8")
    assert done.stdout == page, "run `make docs`"


def test_every_description_as_it_is_written_fits_the_schema_that_editors_use() -> None:
    """The descriptions before `extends` is merged in, and the README's examples."""
    import json

    from jsonschema import Draft202012Validator

    from dtgen.description import yaml

    schema = json.loads((ROOT / "schemas/board.schema.json").read_text(encoding="utf-8"))
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    readme = [text for text in blocks if re.search(r"^name:", text, re.MULTILINE)]
    assert len(readme) == 3
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "boards").glob("*.yaml"))]
    texts += [(ROOT / "docs/example-board.yaml").read_text(encoding="utf-8"), *readme]
    for text in texts:
        data = yaml.parse(text, "text").data
        assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
