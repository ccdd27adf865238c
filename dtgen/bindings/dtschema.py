"""dtschema behind a small door: the only module that imports it, and the home of its oddities.

dtschema replaces the SIGINT handler when it is imported, prints to stderr, keeps phandle tables in
module globals, and holds the rules for disabled nodes in its command-line class.
"""

from __future__ import annotations

import contextlib
import io
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from dtgen.bindings.schemas.pack import to_json
from dtgen.project import files

Schema = dict[str, Any]
SCHEMA_ROOT = "http://devicetree.org/schemas/"
UNMATCHED = "generated-compatibles"
TYPES = "generated-types"
PATTERN_TYPES = "generated-pattern-types"
GENERATED = (TYPES, PATTERN_TYPES, UNMATCHED)
"""What dtschema adds to a set, in its order."""


def imported() -> Any:
    """Import dtschema without its handler of SIGINT: Ctrl-C stays ours, and any thread may import it."""
    if "dtschema" in sys.modules:
        return sys.modules["dtschema"]
    replace = signal.signal
    signal.signal = lambda *handler: None
    try:
        import dtschema
    finally:
        signal.signal = replace
    return dtschema


def unresolvable() -> type[Exception]:
    """What jsonschema raises for a reference that leads nowhere."""
    from referencing.exceptions import Unresolvable

    return Unresolvable


def version(package: str = "dtschema") -> str:
    """The installed version, without importing it."""
    from importlib.metadata import version

    return version(package)


def maker(*packages: str) -> str:
    """What makes sets now: dtgen as it is, with the installed releases of these packages."""
    return " ".join([files.fingerprint(Path(__file__).parent), *map(version, packages)])


def core_schemas() -> Path:
    """The directory of the schemas that dtschema always loads."""
    from importlib.util import find_spec

    spec = find_spec("dtschema")
    assert spec and spec.origin
    return Path(spec.origin).parent / "schemas"


def load(processed: bytes, make: Callable[[list[str]], Any] | None = None) -> Any:
    """dtschema's validator, or what `make` makes, for the text of a processed schema file."""
    with NamedTemporaryFile() as file, contextlib.redirect_stderr(io.StringIO()):
        file.write(processed)
        file.flush()
        return (make or imported().DTValidator)([file.name])


def prepared(paths: Sequence[str]) -> tuple[bytes, list[str]]:
    """The text of a processed schema file, made by dtschema, and the lines that it prints about `paths`."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        schemas = imported().DTValidator(list(paths)).schemas
    return to_json({**schemas, "version": version()}), printed.getvalue().splitlines()
