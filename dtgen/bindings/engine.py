"""dtschema behind a small door: the only module that imports it, and the home of its oddities.

dtschema replaces the SIGINT handler when it is imported, prints to stderr, keeps phandle tables in
module globals, and holds the rules for disabled nodes in its command-line class.
"""

from __future__ import annotations

import contextlib
import gc
import io
import re
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from dtgen.bindings import decoding, meta, patterns, reading
from dtgen.bindings.compiled import Check, Schemas
from dtgen.bindings.decodable import Problem, culprit, guarded, reason, valueless
from dtgen.bindings.decoding import untyped_as_bytes
from dtgen.bindings.examples import Example
from dtgen.bindings.pack import to_json
from dtgen.bindings.scope import EVERYTHING, Scope
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Tree

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema = dict[str, Any]
Search = Callable[[str], Callable[[str], object]]
"""From a regular expression to its search."""
TypesOfOne = tuple[tuple[str | None, Any, bool], ...]
"""The types of a property: each one's name, or None; its dimensions as ((least, most), (least, most)), or
None; and whether the property's name is a regular expression."""
DecodedNode = dict[str, Any]
"""A node as dtschema decodes it: properties as JSON values, children as further dicts."""

PAS_COMMON = "remoteproc/qcom,pas-common.yaml"
"""What the bindings of all remote processors that PAS starts have in common."""
SCHEMA_ROOT = "http://devicetree.org/schemas/"
UNMATCHED = "generated-compatibles"
TYPES = "generated-types"
PATTERN_TYPES = "generated-pattern-types"
GENERATED = (TYPES, PATTERN_TYPES, UNMATCHED)
"""What dtschema adds to a set, in its order."""
_SUPPRESSED_WHERE_DISABLED = {"required", "unevaluatedProperties"}


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """A schema file that cannot be used; it does not stop the others. `line` counts from 1."""

    file: str
    line: int | None
    message: str


def _dtschema() -> Any:
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


def version(package: str = "dtschema") -> str:
    """The installed version, without importing it."""
    from importlib.metadata import version

    return version(package)


def core_schemas() -> Path:
    """The directory of the schemas that dtschema always loads."""
    from importlib.util import find_spec

    spec = find_spec("dtschema")
    assert spec and spec.origin
    return Path(spec.origin).parent / "schemas"


def process(file: str, name: str) -> tuple[str, bytes] | SchemaProblem:
    """The `$id` without `#` and the JSON of a schema file, prepared as in dtschema's `process_schema`.

    `name`: what errors call the file.
    """
    try:
        raw = _read(file)
        if not _is_surely_valid(raw):
            raw.is_valid()
        schema = raw.fixup()
        if "$id" not in schema:
            return SchemaProblem(file, 1, "it has no $id")
        for pattern in set(_patterns(raw)):
            re.compile(pattern)
        schema["type"] = "object"
        schema["$filename"] = name
        record = to_json(schema)
        if b'"$ref":"#/' in record:
            for reference in _dangling(schema, schema):
                # dtschema would end with a traceback, for the whole set or at the first node that gets there
                return SchemaProblem(file, _line_of(reference, file), f"{reference} leads nowhere")
        return schema["$id"].rstrip("#"), record
    except Exception as error:  # noqa: BLE001  whatever a foreign file provokes is reported, not ours to sort
        line, message = _problem(error, file)
        return SchemaProblem(file, line, message.partition("\n")[0])


def unusable(file: str, error: Exception) -> SchemaProblem:
    """A schema file that dtschema processes, but fails over once it is in a set."""
    message = str(error) if type(error) is LookupError else f"dtschema fails: {type(error).__name__}: {error}"
    return SchemaProblem(file, None, message.partition("\n")[0])


def _problem(error: Exception, file: str) -> tuple[int | None, str]:
    """The line, counted from 1, and what is wrong there."""
    mark = getattr(error, "problem_mark", None)
    if mark:
        return mark.line + 1, str(getattr(error, "problem", None) or error)
    if isinstance(error, OSError):
        return None, f"it cannot be read: {error.strerror}"
    if isinstance(error, UnicodeDecodeError):
        return None, f"it is no UTF-8 text: {error.reason} at byte {error.start}"
    if isinstance(error, re.error):
        pattern = str(error.pattern)
        return _line_of(pattern, file), f"{pattern} is no regular expression: {error.msg}"
    path = list(getattr(error, "absolute_path", ()))
    message = str(getattr(error, "message", None) or error)
    return (_line_at(path, file), f"{': '.join(map(str, path))}: {message}") if path else (None, message)


def _line_of(text: str, file: str) -> int | None:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), None)


def _line_at(path: Sequence[str | int], file: str) -> int | None:
    """Where a schema's value stands; None where its file does not tell."""
    if len(path) == 1:
        return _line_of(f"{path[0]}:", file)  # dtschema has no line for what is outermost
    with contextlib.suppress(Exception):
        # with positions it is read several times slower, so only where something is wrong
        whole = _dtschema().DTSchema(file, line_numbers=True)
        return int(_dtschema().schema.get_line_col(whole, path)[0]) + 1 or None
    return None


def _patterns(schema: Any) -> Iterator[str]:
    """The regular expressions in a schema; the meta-schemas take any text for one."""
    for part in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        yield from _patterns(part)
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        if isinstance(schema.get("patternProperties"), dict):
            yield from schema["patternProperties"]


def _dangling(part: Any, schema: Schema) -> Iterator[str]:
    """The references of a part of a schema to another one that is not there."""
    if isinstance(part, dict):
        if "$id" in part and part is not schema:
            return  # what it refers to is in itself
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/") and not _leads(reference, schema):
            yield reference
    for inner in part if isinstance(part, list) else part.values() if isinstance(part, dict) else ():
        yield from _dangling(inner, schema)


def _leads(reference: str, target: Any) -> bool:
    for segment in unquote(reference.removeprefix("#/")).split("/"):
        key = segment.replace("~1", "/").replace("~0", "~")
        try:
            target = target[int(key) if isinstance(target, list) else key]
        except (LookupError, TypeError, ValueError):
            return False
    return True


def meta_problems(file: str) -> Iterator[SchemaProblem]:
    """What dt-doc-validate says of a schema file, with lines."""
    dtschema = _dtschema()
    try:
        schema = dtschema.DTSchema(file, line_numbers=True)
        text = Path(file).read_text(encoding="utf-8")
        found = list(meta.told(schema, text, schema.iter_errors()))
    except Exception as error:  # noqa: BLE001  whatever a foreign file provokes
        mark = getattr(error, "problem_mark", None)
        told = getattr(error, "problem", None) or f"{type(error).__name__}: {error}"
        yield SchemaProblem(file, mark.line + 1 if mark else None, str(told).partition("\n")[0])
        return
    for line, message in found:
        yield SchemaProblem(file, line, message)


def examples(file: str) -> list[Example]:
    """Those of a binding that dtschema can read; none of others."""
    try:
        schema = _dtschema().DTSchema(file, line_numbers=True)
        found = schema["examples"]
        lines = Path(file).read_text(encoding="utf-8").split("\n")
        return [
            Example(number, _text_line(lines, *found.lc.item(number)), str(text))
            for number, text in enumerate(found)
        ]
    except Exception:  # noqa: BLE001  what is wrong is told by meta_problems
        return []


def _text_line(lines: Sequence[str], line: int, column: int) -> int:
    """Where the text of a scalar begins, from 1: a block's in the line after its indicator."""
    return line + 2 if lines[line][column : column + 1] in ("|", ">") else line + 1


def _read(file: str) -> Any:
    """dtschema's DTSchema of a file. Raises: TypeError where it is no mapping."""
    dtschema = _dtschema()
    data = reading.read(Path(file).read_text(encoding="utf-8"))
    if data is None:
        try:
            return dtschema.DTSchema(file)
        except (TypeError, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            raise TypeError("it is no schema: a schema is a mapping") from error
    # its constructor would read the file again, much slower
    schema = dict.__new__(dtschema.DTSchema)
    schema.update(data)
    schema.filename = file
    return schema


def _is_surely_valid(schema: Any) -> bool:
    """Whether `is_valid()` finds nothing; false where there is a doubt."""
    try:
        return _meta_schema()(schema)
    except Exception:  # noqa: BLE001
        return False


@cache
def _meta_schema() -> Check:
    """JSON Schema 2019-09 as dtschema extends it."""
    dtschema = _dtschema()
    root = dtschema.DTSchema.DtValidator.META_SCHEMA
    # as in the constructor of DTSchema
    root["properties"]["select"] = {"$recursiveRef": "#"}
    specifications = dtschema.schema.jsonschema.validators.SPECIFICATIONS
    dialect = root["$id"]
    documents = {uri: specifications.contents(uri) for uri in specifications} | {dialect: root}
    return Schemas(documents.__getitem__, dialects=dialect, outermost=dialect).check(root, dialect)


class _Keywords(list[str]):
    def __and__(self, some: Collection[str]) -> list[str]:
        return [keyword for keyword in self if keyword in some]


class Ordered(dict[str, Any]):
    """A mapping in a schema, whose keywords dtschema asks in their order.

    It intersects the keys with sets, which are in another order in every process.
    """

    def keys(self) -> Any:
        return _Keywords(self)


class _Regex:
    """A regular expression of which most are never searched for."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def search(self) -> patterns.Search:
        return patterns.search(self._pattern)


class _Seen(dict[str, Any]):
    """The properties that one schema speaks of, with what those before it made of them."""

    def __init__(self, before: Callable[[str], TypesOfOne]) -> None:
        super().__init__()
        self._before = before

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._is_known(str(name))

    def __missing__(self, name: str) -> Any:
        if self._is_known(name):
            return self[name]
        raise KeyError(name)

    def setdefault(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else super().setdefault(name, default)

    def _is_known(self, name: str) -> bool:
        types = _entries(name, self._before(name))
        if types:
            self[name] = types
        return bool(types)


def _entries(name: str, types: TypesOfOne) -> list[dict[str, Any]]:
    """As dtschema keeps them. It compares the `$id` of a schema only with those of the same schema."""
    return [
        {
            "type": type_,
            "$id": [],
            **({"dim": dimensions} if dimensions else {}),
            **({"regex": _Regex(name)} if is_pattern else {}),
        }
        for type_, dimensions, is_pattern in types
    ]


def property_types(schema: Schema, before: Callable[[str], TypesOfOne]) -> dict[str, TypesOfOne]:
    """What dtschema makes of each property that a schema speaks of, in the order in which it does.

    `schema`: with its mappings Ordered.
    `before`: what it made of a property for the schemas before this one; nothing where they have none.
    Raises: whatever a schema provokes that dtschema does not expect.
    """
    seen = _Seen(before)
    _dtschema().validator._extract_subschema_types(seen, schema, schema)
    return {
        name: tuple((entry["type"], entry.get("dim"), "regex" in entry) for entry in entries)
        for name, entries in seen.items()
    }


def type_schemas(types: Mapping[str, TypesOfOne]) -> dict[str, Schema]:
    """What dtschema generates of the types of all properties of a set, which are in its order.

    Raises: KeyError with a property that another one's type refers to, and that is none.
    """
    dtschema = _dtschema()
    module = dtschema.validator
    # its constructor would read all files again, one by one
    validator = object.__new__(dtschema.DTValidator)
    validator.schemas = {"": {}}
    extract = module._extract_subschema_types
    module._extract_subschema_types = lambda found, *_: found.update(
        (name, _entries(name, of_one)) for name, of_one in types.items()
    )
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            validator.make_property_type_cache()
    finally:
        module._extract_subschema_types = extract
    generated = {name: schema for name, schema in validator.schemas.items() if name}
    for schema in generated.values():
        for entries in schema["properties"].values():
            for entry in entries:
                # dtschema leaves it in what is a pattern only in the second place, and cannot write that
                entry.pop("regex", None)
    return generated


def compatibles(schema: Schema) -> set[str]:
    """All that dtschema finds in a schema. Raises: whatever a schema provokes that it does not expect."""
    found: set[str] = _dtschema().extract_compatibles(schema)
    "".join(found)  # where one is no text, dtschema would fail later, and not say which schema that is from
    return found


def compatible_schemas(compatibles: Iterable[str]) -> dict[str, Schema]:
    """What dtschema generates of the compatibles of all schemas of a set."""
    members = list(compatibles)
    schemas: dict[str, Any] = {"": {"compatible": {"enum": members} if members else {}}}
    _dtschema().validator.make_compatible_schema(schemas)
    del schemas[""]
    for schema in schemas.values():
        # dtschema has them in another order in every process
        schema["properties"]["compatible"]["items"]["anyOf"].sort(
            key=lambda member: member.get("pattern", "")
        )
    return schemas


def tables(schemas: Mapping[str, Schema]) -> tuple[list[str], list[tuple[str, str]]]:
    """The schemas that dtschema asks of every node, and compatibles with their schemas, in its order.

    Of those that have one compatible, the last one counts.
    """
    # its constructor asks for no more than this of a schema
    slim: dict[str, Any] = {
        name: {
            "$id": schema["$id"],
            **({"select": schema["select"]} if "select" in schema else {}),
            **({"properties": {"compatible": schema["properties"]["compatible"]}} if _has(schema) else {}),
        }
        for name, schema in schemas.items()
        if name not in (TYPES, PATTERN_TYPES)
    }
    pairs: list[tuple[str, str]] = []
    if not slim:
        return [], pairs  # the constructor would read files

    class Told(dict[str, str]):
        def __setitem__(self, compatible: str, name: str) -> None:
            pairs.append((compatible, name))

    class Validator(_dtschema().DTValidator):  # type: ignore[misc]
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, Told() if name == "compat_map" else value)

    validator = load(to_json({**slim, "version": version()}), Validator)
    return validator.always_schemas, pairs


def _has(schema: Schema) -> bool:
    return "select" not in schema and "properties" in schema and "compatible" in schema["properties"]


def load(processed: bytes, make: Callable[[list[str]], Any] | None = None) -> Any:
    """dtschema's validator, or what `make` makes, for the text of a processed schema file."""
    with NamedTemporaryFile() as file, contextlib.redirect_stderr(io.StringIO()):
        file.write(processed)
        file.flush()
        return (make or _dtschema().DTValidator)([file.name])


def prepared(files: Sequence[str]) -> tuple[bytes, list[str]]:
    """The text of a processed schema file, made by dtschema, and the lines that it prints about `files`."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        schemas = _dtschema().DTValidator(list(files)).schemas
    return to_json({**schemas, "version": version()}), printed.getvalue().splitlines()


def validator_of(
    schemas: Mapping[str, Schema], types: dict[str, Any], pattern_types: dict[str, Any], search: Search
) -> Any:
    """dtschema's validator for prepared schemas that are only looked up when they are needed.

    It asks no schema until its `always_schemas` and `compat_map` are given.
    `types`, `pattern_types`: what `generated-types` and `generated-pattern-types` say of properties.
    """
    dtschema = _dtschema()
    # its constructor would read all schemas
    validator = object.__new__(dtschema.DTValidator)
    validator.schemas = schemas
    validator.registry = dtschema.validator.Registry(retrieve=validator.retrieve)
    validator.props = types
    validator.pat_props = pattern_types
    for pattern, found in pattern_types.items():
        found[0]["regex"] = SimpleNamespace(search=search(pattern))
    validator.always_schemas = []
    validator.compat_map = {}
    validator._schema_validators = {}
    validator._select_validators = {}
    return validator


class Engine:
    """dtschema with a set of schemas: decodes blobs and checks nodes."""

    def __init__(self, validator: Any, identity: str, complete: bool, scope: Scope = EVERYTHING) -> None:
        self.complete = complete
        """Whether the set means to know every property, so that one that it does not know is wrong."""
        self.scope = scope
        self.identity = identity
        """Another one for another set, and for another way to ask it."""
        self._dtschema = _dtschema()
        self._validator = validator
        # the decoder asks for them again and again
        validator.property_get_type = cache(validator.property_get_type)
        validator.property_get_type_dim = cache(validator.property_get_type_dim)
        self._types: dict[str, list[str]] = {}

    def decode(self, data: bytes, tree: Tree | None = None) -> tuple[DecodedNode, tuple[Problem, ...]]:
        """The root node of a checked blob, and what could not be decoded.

        `tree`: what is in the blob, where it was read already.
        """
        decoder = self._dtschema.dtb
        typed = contextlib.nullcontext() if self.complete else untyped_as_bytes(decoder, self.types)
        with no_collection(), typed:
            return self._decode(data, tree or blob.read(data, "the tree"))

    def _decode(self, data: bytes, tree: Tree) -> tuple[DecodedNode, tuple[Problem, ...]]:
        decoder = self._dtschema.dtb
        problems = list(valueless(tree))
        data = blob.without_properties(data, [problem.subject for problem in problems if problem.subject])
        while True:
            try:
                with guarded(decoder, self.types):
                    root, told = decoding.decode(self._validator, decoder, data)
                return root, (*problems, *(Problem(None, message) for message in told))
            except Exception as error:
                subject = culprit(error)
                if subject is None:
                    raise
                problems.append(Problem(subject, f"{subject.property} {reason(tree, subject, error)}"))
                data = blob.without_properties(data, [subject])

    def errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterator[ValidationError]:
        """What is wrong with a node called `name`, as dt-validate would say.

        `disabled`: whether the node or one above it is; then what is missing is no error.
        """
        node["$nodename"] = [name]
        try:
            errors = list(self._errors(node, name, disabled))
        finally:
            del node["$nodename"]  # its parent is validated without
        for error in errors:
            error.schema_file = error.schema_file.rstrip("#")  # releases before 2025.12 leave it there
            if error.schema_file == UNMATCHED and not self.scope.show_unmatched:
                continue
            if _excused(error, disabled):
                continue
            if not self.complete and isinstance(error.instance, bytes):
                continue  # bytes are what dtschema makes of a property whose type no schema gives
            yield error

    def _errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterator[Any]:
        """What dtschema finds in a node that has its `$nodename`, in dtschema's order."""
        scope = self.scope
        yield from self._validator.iter_errors(node, scope.limit, scope.compatible_match)

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
        schemas = self._validator.schemas
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

    def property_names(self) -> list[str]:
        """Every property that some schema of the set defines by name."""
        return list(self._validator.props)


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


def _excused(error: ValidationError, disabled: bool) -> bool:
    """Source: schema_group.check_node() in dtschema's dtb_validate.py."""
    status = error.instance.get("status") if isinstance(error.instance, dict) else None
    if not disabled and not (isinstance(status, list) and "disabled" in status):
        return False
    if _SUPPRESSED_WHERE_DISABLED & set(error.schema_path):
        return True
    return any(_SUPPRESSED_WHERE_DISABLED & set(inner.schema_path) for inner in error.context or ())
