"""dtschema with a set of schemas: what it says of the nodes of a tree."""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from dtgen.bindings import dtschema, patience
from dtgen.bindings.decode import DecodedNode, Problem, decode
from dtgen.bindings.dtschema import SCHEMA_ROOT, UNMATCHED, Schema, unresolvable
from dtgen.bindings.scope import EVERYTHING, Scope
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError, rejected

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
PAS_COMMON = "remoteproc/qcom,pas-common.yaml"
"""What the bindings of all remote processors that PAS starts have in common."""
_SUPPRESSED_WHERE_DISABLED = {"required", "unevaluatedProperties"}


class Engine:
    """dtschema with a set of schemas: decodes blobs and checks nodes."""

    def __init__(self, validator: Any, identity: str, complete: bool, scope: Scope = EVERYTHING) -> None:
        self.complete = complete
        """Whether the set means to know every property, so that one that it does not know is wrong."""
        self.scope = scope
        self.identity = identity
        """Another one for another set, and for another way to ask it."""
        self._given = validator
        self._types: dict[str, list[str]] = {}

    @cached_property
    def _validator(self) -> Any:
        validator = self._made_validator()
        # the decoder asks for them again and again
        validator.property_get_type = patience.kept(validator.property_get_type)
        validator.property_get_type_dim = patience.kept(validator.property_get_type_dim)
        return validator

    def _made_validator(self) -> Any:
        return self._given

    @property
    def _schemas(self) -> Mapping[str, Any]:
        """By `$id`, which has a `#` in releases before 2025.12."""
        found: Mapping[str, Any] = self._validator.schemas
        return found

    def decode(self, data: bytes, tree: Tree | None = None) -> tuple[DecodedNode, tuple[Problem, ...]]:
        """The root node of a checked blob, and what could not be decoded.

        `tree`: what is in the blob, where it was read already.
        Raises: Rejected where a schema would take too long to say what a property is.
        """
        tree = tree or blob.read(data, "the tree")
        try:
            return self._decode(data, tree)
        except patience.Endless as end:
            raise _endless("", f"decode {tree.file}") from end

    def _decode(self, data: bytes, tree: Tree) -> tuple[DecodedNode, tuple[Problem, ...]]:
        untyped = dtschema.untyped_as_bytes(dtschema.decoder(), self.types)
        with no_collection(), contextlib.nullcontext() if self.complete else untyped:
            return decode(self._validator, self.types, data, tree)

    def keep(self) -> None:
        """Have what was worked out ready for the next run, as far as it is worth that."""

    def errors(self, node: DecodedNode, name: str, disabled: bool) -> list[ValidationError]:
        """What is wrong with a node called `name`, as dt-validate would say.

        `disabled`: whether the node or one above it is; then what is missing is no error.
        Raises: ToolError where a schema cannot be asked, Rejected where it would take too long.
        """
        node["$nodename"] = [name]
        try:
            with patience.limited():
                errors = list(self._errors(node, name, disabled))
        except patience.Endless as end:
            raise _endless(self._schema_at or dtschema.asked(end), f"check node {name}") from end
        except RecursionError as failure:
            raise _unanswerable(name, "a schema refers to itself without end") from failure
        except unresolvable() as failure:
            raise _unanswerable(name, f"a reference leads nowhere: {failure}") from failure
        finally:
            del node["$nodename"]  # its parent is validated without
        for error in errors:
            error.schema_file = error.schema_file.rstrip("#")  # releases before 2025.12 leave it there
        return [error for error in errors if self._counts(error, disabled)]

    def _counts(self, error: Any, disabled: bool) -> bool:
        """Whether dt-validate would say it, and so far as is asked for."""
        if error.schema_file == UNMATCHED and not self.scope.show_unmatched:
            return False
        # bytes are what dtschema makes of a property whose type no schema gives
        is_untyped = not self.complete and isinstance(error.instance, bytes)
        return not is_untyped and not _excused(error, disabled)

    _schema_at = ""
    """The schema that a node is checked against, where it is not dtschema that knows."""

    def _errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterable[Any]:
        """What dtschema finds in a node that has its `$nodename`, in dtschema's order."""
        scope = self.scope
        found: Iterable[Any] = self._validator.iter_errors(node, scope.limit, scope.compatible_match)
        return found

    def compatibles(self) -> Iterable[str]:
        """Those that a schema is for."""
        found: Iterable[str] = self._validator.compat_map
        return found

    def undocumented(self, compatibles: Sequence[str]) -> list[str]:
        """Those that no schema of the set knows."""
        unknown: list[str] = self._validator.get_undocumented_compatibles(list(compatibles))
        return unknown

    def types(self, name: str) -> list[str]:
        """The types that the set gives to a property: `string-array`, `uint32`, …; empty for none."""
        if name not in self._types:
            self._types[name] = sorted(self._validator.property_get_type(name))
        return self._types[name]

    def knows(self, schema: str, name: str) -> bool:
        """Whether a binding (its file below `bindings/`) defines a property; true where there is none."""
        found = self._schema(SCHEMA_ROOT + schema)
        return found is None or name in found.get("properties", {})

    def limit(self, schema: str, name: str) -> int | None:
        """How many entries a binding allows in a property; None where it does not say, or is not there."""
        found = self._schema(SCHEMA_ROOT + schema)
        prop = found.get("properties", {}).get(name) if found else None
        limit = prop.get("maxItems") if isinstance(prop, dict) else None
        return limit if isinstance(limit, int) else None

    def _schema(self, name: str) -> Schema | None:
        """`name`: without `#`, which releases before 2025.12 leave there."""
        schemas = self._schemas
        found: Schema | None = schemas.get(name) or schemas.get(f"{name}#")
        return found

    def expects(self, error: ValidationError, name: str) -> bool:
        """Whether the schema that an error is of says something of a property or child `name`.

        `unevaluatedProperties` accuses it all the same where another part of the schema is violated.
        """
        return any(
            name in part.get("properties", {})
            or any(re.search(pattern, name) for pattern in part.get("patternProperties", {}))
            for part in self._parts(error.schema, str(error.schema_file), set())  # type: ignore[attr-defined]
        )

    def _parts(self, schema: Any, file: str, seen: set[int]) -> Iterator[Schema]:
        """The schema and all that is applied to the same node with it."""
        if not isinstance(schema, dict) or id(schema) in seen:
            return
        seen.add(id(schema))
        yield schema
        inner = [(schema[key], file) for key in ("if", "then", "else") if key in schema]
        inner += [(part, file) for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
        inner += [(part, file) for part in schema.get("dependentSchemas", {}).values()]
        if "$ref" in schema:
            inner.append(self._referenced(schema["$ref"], file))
        for part, of_file in inner:
            yield from self._parts(part, of_file, seen)

    def _referenced(self, reference: str, file: str) -> tuple[Any, str]:
        target, _, pointer = urljoin(file, reference).partition("#")
        schema: Any = self._schema(target)
        for key in filter(None, pointer.split("/")):
            schema = schema.get(key) if isinstance(schema, dict) else None
        return schema, target

    @cached_property
    def property_names(self) -> tuple[str, ...]:
        """Every property that some schema of the set defines by name."""
        return tuple(self._property_names())

    def _property_names(self) -> Iterable[str]:
        names: Iterable[str] = self._validator.props
        return names


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Without looking for garbage, of which there is none: it takes as long as the decoding."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _endless(schema: str, what: str) -> Rejected:
    where = Location(schema.removeprefix(SCHEMA_ROOT) or "the bindings")
    message = f"a pattern takes more than {patience.SECONDS} s to {what}"
    return rejected("binding", message, where, "look for a repeat inside of a repeat, as in ^(a+)+$")


def _unanswerable(name: str, why: str) -> ToolError:
    remedy = "mend the schema; `dtgen check FILE` looks at a single one"
    return ToolError(f"the bindings cannot be asked of node {name}: {why}", remedy)


def _excused(error: ValidationError, disabled: bool) -> bool:
    """Source: schema_group.check_node() in dtschema's dtb_validate.py."""
    status = error.instance.get("status") if isinstance(error.instance, dict) else None
    if not disabled and not (isinstance(status, list) and "disabled" in status):
        return False
    if _SUPPRESSED_WHERE_DISABLED & set(error.schema_path):
        return True
    return any(_SUPPRESSED_WHERE_DISABLED & set(inner.schema_path) for inner in error.context or ())
