"""dtschema behind a small door: the only module that imports it, and the home of its oddities.

dtschema replaces the SIGINT handler when it is imported, prints to stderr, keeps phandle tables in
module globals, and holds the rules for disabled nodes in its command-line class.
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtgen.bindings.decodable import Problem, culprit, undecodable
from dtgen.devicetree import blob

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema = dict[str, Any]
DecodedNode = dict[str, Any]
"""A node as dtschema decodes it: properties as JSON values, children as further dicts."""

UNMATCHED = "generated-compatibles"
_SUPPRESSED_WHERE_DISABLED = {"required", "unevaluatedProperties"}


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """A schema file that cannot be used; it does not stop the others. `line` counts from 1."""

    file: str
    line: int | None
    message: str


def _dtschema() -> Any:
    """Import dtschema and give the SIGINT handler back, so that Ctrl-C stays ours."""
    if threading.current_thread() is not threading.main_thread():
        import dtschema

        return dtschema
    handler = signal.getsignal(signal.SIGINT)
    import dtschema

    signal.signal(signal.SIGINT, handler)
    return dtschema


def version() -> str:
    """dtschema's version, without importing it."""
    from importlib.metadata import version

    return version("dtschema")


def core_schemas() -> Path:
    """The directory of the schemas that dtschema always loads."""
    from importlib.util import find_spec

    spec = find_spec("dtschema")
    assert spec and spec.origin
    return Path(spec.origin).parent / "schemas"


def process(file: str) -> tuple[Schema | None, SchemaProblem | None]:
    """Read one schema file and prepare it as dtschema does (its `process_schema`)."""
    dtschema = _dtschema()
    try:
        raw = dtschema.DTSchema(file)
        raw.is_valid()
        schema = raw.fixup()
    except Exception as error:  # noqa: BLE001  whatever a foreign file provokes is reported, not ours to sort
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "message", None) or getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else None
        return None, SchemaProblem(file, line, str(text).partition("\n")[0])
    if "$id" not in schema:
        return None, SchemaProblem(file, None, "it has no $id")
    schema["type"] = "object"
    schema["$filename"] = file
    return schema, None


def assemble(schemas: Mapping[str, Schema]) -> str:
    """A set of prepared schemas, by `$id` without `#`, as the text of a processed schema file."""
    dtschema = _dtschema()
    # its constructor would read all files again, one by one
    validator = object.__new__(dtschema.DTValidator)
    validator.schemas = dict(schemas)
    with contextlib.redirect_stderr(io.StringIO()):
        validator.make_property_type_cache()
        dtschema.validator.make_compatible_schema(validator.schemas)
    validator.schemas["version"] = dtschema.__version__
    return json.dumps(validator.schemas, separators=(",", ":"))


class Engine:
    """A processed schema file, loaded: decodes blobs and checks nodes."""

    def __init__(self, processed: Path, complete: bool) -> None:
        self.complete = complete
        """Whether the set means to know every property, so that one that it does not know is wrong."""
        self._dtschema = _dtschema()
        self._validator = self._dtschema.DTValidator([str(processed)])
        self._types: dict[str, list[str]] = {}

    def decode(self, data: bytes) -> tuple[DecodedNode, tuple[Problem, ...]]:
        """The root node of a checked blob, and what could not be decoded."""
        problems = list(undecodable(blob.read(data, "the tree"), self.types))
        data = blob.without_properties(data, [problem.subject for problem in problems if problem.subject])
        while True:
            told: list[str] = []
            self._dtschema.dtb.phandles.clear()
            self._dtschema.dtb.phandle_loc.clear()
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    (root,) = self._validator.decode_dtb(data, told)
                return root, (*problems, *(Problem(None, message) for message in told))
            except Exception as error:
                subject = culprit(error)
                if subject is None:
                    raise
                name = type(error).__name__
                problems.append(Problem(subject, f"{subject.property} cannot be decoded ({name}: {error})"))
                data = blob.without_properties(data, [subject])

    def errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterator[ValidationError]:
        """What is wrong with a node called `name`, as dt-validate would say.

        `disabled`: whether the node or one above it is; then what is missing is no error.
        """
        node["$nodename"] = [name]
        for error in self._validator.iter_errors(node):
            if error.schema_file == UNMATCHED or _excused(error, disabled):
                continue
            if not self.complete and isinstance(error.instance, bytes):
                continue  # bytes are what dtschema makes of a property whose type no schema gives
            yield error

    def undocumented(self, compatibles: Sequence[str]) -> list[str]:
        """Those that no schema of the set knows."""
        unknown: list[str] = self._validator.get_undocumented_compatibles(list(compatibles))
        return unknown

    def types(self, name: str) -> list[str]:
        """The types that the set gives to a property: `string-array`, `uint32`, …; empty for none."""
        if name not in self._types:
            self._types[name] = sorted(self._validator.property_get_type(name))
        return self._types[name]

    def property_names(self) -> list[str]:
        """Every property that some schema of the set defines by name."""
        return list(self._validator.props)


def _excused(error: ValidationError, disabled: bool) -> bool:
    """Source: schema_group.check_node() in dtschema's dtb_validate.py."""
    status = error.instance.get("status") if isinstance(error.instance, dict) else None
    if not disabled and not (isinstance(status, list) and "disabled" in status):
        return False
    if _SUPPRESSED_WHERE_DISABLED & set(error.schema_path):
        return True
    return any(_SUPPRESSED_WHERE_DISABLED & set(inner.schema_path) for inner in error.context or ())
