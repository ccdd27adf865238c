"""dtschema's door."""

from __future__ import annotations

import copy
import itertools
import subprocess
import sys
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from corpus import ROOT

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import file
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


def test_fixups_without_the_rest_of_dtschema_are_its_fixups() -> None:
    directories = layout.builtin_bindings(), dtschema.core_schemas()
    for path in itertools.chain.from_iterable(directory.rglob("*.yaml") for directory in directories):
        schema = file.read(str(path))
        alone = copy.deepcopy(schema)
        dtschema._fixups_alone().fixup_schema(alone)
        assert to_json(alone) == to_json(dtschema.schema_of(schema, str(path)).fixup()), path


def test_a_schema_is_prepared_without_importing_dtschema() -> None:
    path = layout.builtin_bindings() / "remoteproc/qcom,pas-common.yaml"
    code = (
        "import sys\n"
        "from dtgen.bindings.schemas.file import process\n"
        f"assert isinstance(process({str(path)!r}, 'x'), tuple)\n"
        "assert not {'dtschema', 'jsonschema'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_fixups_of_a_release_that_asks_for_more_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = dtschema.imported()
    monkeypatch.delitem(sys.modules, "dtschema")
    monkeypatch.setattr(dtschema, "imported", lambda: imported)
    monkeypatch.setattr(dtschema, "_fixups_alone", lambda: SimpleNamespace().missing)
    assert dtschema._fixups() is imported.fixups
