"""dtschema's door."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest
from corpus import ROOT

from dtgen.bindings import dtschema


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
