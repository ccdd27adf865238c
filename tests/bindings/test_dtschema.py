"""dtschema's door."""

from __future__ import annotations

import copy
import itertools
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from corpus import ROOT

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import derive, file, prepare
from dtgen.bindings.schemas.pack import to_json
from dtgen.project import layout


def test_the_version_is_that_of_the_package() -> None:
    assert dtschema.version() == version("dtschema")


def test_dtschemas_own_schemas_are_found() -> None:
    assert (dtschema.core_schemas() / "dt-core.yaml").is_file()


@pytest.mark.parametrize("via_dtgen", [True, False])
def test_importing_dtschema_leaves_our_sigint_handler(via_dtgen: bool) -> None:
    importing = "from dtgen.bindings import dtschema; dtschema.imported()" if via_dtgen else "import dtschema"
    code = (
        "import signal, sys\n"
        "ours = lambda *_: None\n"
        "signal.signal(signal.SIGINT, ours)\n"
        f"{importing}\n"
        "assert 'dtschema' in sys.modules\n"
        "print(signal.getsignal(signal.SIGINT) is ours)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == f"{via_dtgen}\n"


def test_what_prepares_schemas_does_the_same_without_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    directories = layout.builtin_bindings(), dtschema.core_schemas()
    paths = itertools.chain.from_iterable(sorted(directory.rglob("*.yaml")) for directory in directories)
    read = {str(path): file.read(str(path)) for path in paths}
    whole = dtschema.imported()
    monkeypatch.delitem(sys.modules, "dtschema")
    assert dtschema.preparing() is not whole
    made = {path: dtschema.fixed(copy.deepcopy(schema)) for path, schema in read.items()}
    records = {schema["$id"].rstrip("#"): to_json(schema) for schema in made.values()}
    contributed = derive.contributions(records)
    monkeypatch.setitem(sys.modules, "dtschema", whole)
    for path, schema in read.items():
        assert to_json(made[path]) == to_json(dtschema.schema_of(schema, path).fixup()), path
    assert contributed == derive.contributions(records)
    assert len(contributed) == len(records)


def test_a_change_of_a_schema_needs_no_jsonschema(tmp_path: Path, widget: str) -> None:
    schema = tmp_path / "bindings/widget.yaml"
    schema.parent.mkdir()
    schema.write_text(widget)
    prepare.prepare(schema.parent, (), tmp_path)
    schema.write_text(widget.replace("maxItems: 1", "maxItems: 2"))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dtgen.bindings.schemas import prepare\n"
        f"prepare.prepare(Path({str(schema.parent)!r}), (), Path({str(tmp_path)!r}))\n"
        "assert not {'dtschema', 'jsonschema'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert len(list(tmp_path.glob("schemas/*.schemas"))) == 2


def test_a_release_that_asks_for_more_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dtschema.imported()
    monkeypatch.delitem(sys.modules, "dtschema")
    monkeypatch.setattr(dtschema, "imported", lambda: whole)
    monkeypatch.setattr(dtschema, "_without_jsonschema", lambda: SimpleNamespace().missing)
    assert dtschema.preparing() is whole
