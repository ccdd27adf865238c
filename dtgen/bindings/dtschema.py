"""dtschema behind a door: the only module that imports it, and that knows what is inside of it.

dtschema replaces the SIGINT handler when it is imported, prints to stderr, keeps phandle tables in
module globals, and holds the rules for disabled nodes in its command-line class.
Source: dtschema/{validator,schema,dtb}.py of 2026.4, 2026.6 and 2026.9.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import io
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from dtgen.bindings.schemas.pack import to_json
from dtgen.diagnostics import Subject
from dtgen.project import glances, packages

Schema = dict[str, Any]
SCHEMA_ROOT = "http://devicetree.org/schemas/"
UNMATCHED = "generated-compatibles"
TYPES = "generated-types"
PATTERN_TYPES = "generated-pattern-types"
GENERATED = (TYPES, PATTERN_TYPES, UNMATCHED)
"""What dtschema adds to a set, in its order."""

Search = Callable[[str], Callable[[str], object]]
"""From a regular expression to its search."""


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


def preparing() -> Any:
    """As much of dtschema as prepares a schema, or all, where it was imported already."""
    if "dtschema" not in sys.modules:
        with contextlib.suppress(Exception):  # another release may ask for more
            return _without_jsonschema()
    return imported()


@cache
def _without_jsonschema() -> Any:
    """Its modules that prepare schemas, without jsonschema, which takes longer to import than they to work.

    What they have instead is enough to define what needs it, and for what is called here.
    """
    some = SimpleNamespace(__version__=version())
    extended = SimpleNamespace(META_SCHEMA={"properties": {}})
    at_hand: dict[str, Any] = {
        "dtschema": some,
        "jsonschema": SimpleNamespace(
            validators=SimpleNamespace(extend=lambda *_, **__: extended),
            Draft201909Validator=None,
            FormatChecker=lambda: None,
        ),
        "jsonschema.exceptions": SimpleNamespace(best_match=None),
        "referencing": SimpleNamespace(Registry=lambda retrieve: None),
        "referencing.exceptions": SimpleNamespace(NoSuchResource=None, Unresolvable=None),
        "referencing.jsonschema": SimpleNamespace(DRAFT201909=None),
    }

    def import_(name: str, *how: Any) -> Any:
        return at_hand[name] if name in at_hand else __import__(name, *how)

    for name in ("lib", "fixups", "schema", "validator"):
        module = at_hand[f"dtschema.{name}"] = ModuleType(f"dtschema.{name}")
        file = core_schemas().with_name(f"{name}.py")
        code = SourceFileLoader(module.__name__, str(file)).get_code(module.__name__)
        assert code
        vars(module).update(__file__=str(file), __builtins__=vars(builtins) | {"__import__": import_})
        exec(code, vars(module))
        setattr(some, name, module)
    some.DTSchema, some.DTValidator = some.schema.DTSchema, some.validator.DTValidator
    some.extract_compatibles = some.lib.extract_compatibles
    some.extract_node_compatibles = some.lib.extract_node_compatibles
    return some


def unresolvable() -> type[Exception]:
    """What jsonschema raises for a reference that leads nowhere."""
    from referencing.exceptions import Unresolvable

    return Unresolvable


def asked(error: BaseException) -> str:
    """The schema that dtschema was at; empty where it was at none. Source: DTValidator.iter_errors()."""
    traceback, schema = error.__traceback__, ""
    while traceback:
        schema = str(traceback.tb_frame.f_locals.get("schema_id", schema))
        traceback = traceback.tb_next
    return schema


def version(package: str = "dtschema") -> str:
    """The installed version, without importing it."""
    return packages.version(package)


def maker(*packages: str) -> str:
    """What makes sets now: dtgen as it is, with the installed releases of these packages."""
    ours = Path(__file__).parent
    sources = map(glances.fingerprint, (ours, ours.with_name("validity")))
    return " ".join([*sources, *map(version, packages)])


def core_schemas() -> Path:
    """The directory of the schemas that dtschema always loads."""
    from importlib.util import find_spec

    spec = find_spec("dtschema")
    assert spec and spec.origin
    return Path(spec.origin).parent / "schemas"


def load(processed: bytes, make: Callable[[list[str]], Any] | None = None) -> Any:
    """dtschema's validator, or what `make` makes, for the text of a processed schema file."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile() as file, contextlib.redirect_stderr(io.StringIO()):
        file.write(processed)
        file.flush()
        return (make or imported().DTValidator)([file.name])


def prepared(paths: Sequence[str]) -> tuple[bytes, list[str]]:
    """The text of a processed schema file, made by dtschema, and the lines that it prints about `paths`."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        schemas = imported().DTValidator(list(paths)).schemas
    return to_json({**schemas, "version": version()}), printed.getvalue().splitlines()


def validator_of(schemas: Mapping[str, Schema], search: Search) -> Any:
    """dtschema's validator for prepared schemas that are only looked up when they are needed.

    It asks no schema until its `always_schemas` and `compat_map` are given.
    """

    class Validator(imported().DTValidator):  # type: ignore[misc]
        @cached_property
        def props(self) -> dict[str, Any]:
            found: dict[str, Any] = schemas[TYPES]["properties"]
            return found

        @cached_property
        def pat_props(self) -> dict[str, Any]:
            found: dict[str, Any] = schemas[PATTERN_TYPES]["properties"]
            for pattern, types in found.items():
                types[0]["regex"] = SimpleNamespace(search=search(pattern))
            return found

    # its constructor would read all schemas
    validator = object.__new__(Validator)
    validator.schemas = schemas
    validator.referred = {}

    def retrieve(uri: str) -> Any:
        found = validator.referred[uri] = imported().DTValidator.retrieve(validator, uri)
        return found

    validator.registry = imported().validator.Registry(retrieve=retrieve)
    validator.always_schemas = []
    validator.compat_map = {}
    validator._schema_validators = {}
    validator._select_validators = {}
    return validator


def remember(validator: Any) -> None:
    """Have at hand what the schemas asked so far refer to; without it, each reference is followed anew.

    `validator`: one of `validator_of`. Source: Registry.get_or_retrieve() in referencing, which returns
    what it has retrieved in another registry, and jsonschema goes on from the first one.
    """
    if not validator.referred:
        return
    found = validator.registry.with_resources(validator.referred.items())
    validator.referred.clear()
    try:
        validator.registry = found.crawl()
    except Exception:  # noqa: BLE001  a foreign schema is odd: it is said where that is asked
        return
    # those that were made have the registry of that time
    validator._schema_validators.clear()
    validator._select_validators.clear()


# Schema files


def schema_file(file: str) -> Any:
    """A file as its DTSchema, with where its parts stand."""
    return imported().DTSchema(file, line_numbers=True)


def content(file: str) -> Schema:
    """The same without lines, which takes a fraction of the time, and no more than a mapping."""
    return dict(preparing().DTSchema(file))


def schema_of(data: dict[str, Any], file: str) -> Any:
    """The DTSchema of a file that was read already."""
    # its constructor would read the file again, much slower
    schema = dict.__new__(imported().DTSchema)
    schema.update(data)
    schema.filename = file
    schema.DtValidator.META_SCHEMA["properties"]["select"] = {"$recursiveRef": "#"}
    return schema


def line_of(schema: Any, path: Sequence[str | int]) -> int:
    """Where a value stands in a schema that was read with lines, from 1; 0 where that is not known."""
    return int(imported().schema.get_line_col(schema, path)[0]) + 1


def fixed(schema: Schema) -> Schema:
    """What the `fixup` of a DTSchema makes of a schema, which itself is of no use then."""
    found = dict(schema)  # it copies all that is in it first, which takes as long as the rest
    preparing().fixups.fixup_schema(found)
    return found


# What it makes of a set as a whole


def extract_types(seen: dict[str, Any], schema: Schema) -> None:
    """Add to `seen` what a schema says of the types of properties. Raises: whatever it provokes."""
    preparing().validator._extract_subschema_types(seen, schema, schema)


def type_schemas(entries: Mapping[str, list[dict[str, Any]]]) -> dict[str, Schema]:
    """The schemas that it generates of the types of all properties, which are in its order.

    Raises: KeyError with a property that another one's type refers to, and that is none.
    """
    module = preparing().validator
    # its constructor would read all files again, one by one
    validator = object.__new__(preparing().DTValidator)
    validator.schemas = {"": {}}
    extract = module._extract_subschema_types
    module._extract_subschema_types = lambda found, *_: found.update(entries)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            validator.make_property_type_cache()
    finally:
        module._extract_subschema_types = extract
    return {name: schema for name, schema in validator.schemas.items() if name}


def extract_compatibles(schema: Schema) -> set[str]:
    """Raises: whatever a schema provokes that it does not expect."""
    found: set[str] = preparing().extract_compatibles(schema)
    return found


def compatible_schemas(compatibles: Sequence[str]) -> dict[str, Schema]:
    """The schemas that it generates of all compatibles."""
    schemas: dict[str, Any] = {"": {"compatible": {"enum": compatibles} if compatibles else {}}}
    preparing().validator.make_compatible_schema(schemas)
    del schemas[""]
    return schemas


def tables(processed: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    """What it asks of every node, and compatibles with their schemas, in its order.

    `processed`: the text of a processed schema file. Of those that have one compatible, the last one counts.
    """
    pairs: list[tuple[str, str]] = []

    class Pairs(dict[str, str]):
        def __setitem__(self, compatible: str, name: str) -> None:
            pairs.append((compatible, name))

    class Validator(preparing().DTValidator):  # type: ignore[misc]
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, Pairs() if name == "compat_map" else value)

    return load(processed, Validator).always_schemas, pairs


# Its decoder, the module `dtb`


def decoder() -> Any:
    return imported().dtb


_TABLES = ("phandles", "phandle_loc")
_TEXTS = ("aliases", "__fixups__")
"""Nodes whose properties are texts, whatever the schemas say."""


def decode(validator: Any, decoder: Any, data: bytes) -> tuple[dict[str, Any], list[str]]:
    """The root node, and what dtschema says that it cannot decode.

    Releases before 2026.9 only print what they cannot decode, and
    nothing else as long as they do not fail.
    """
    for table in _TABLES:
        # another release may have no table that outlives a blob
        if hasattr(decoder, table):
            getattr(decoder, table).clear()
    errors: list[str] = []
    collects = "decode_errors" in inspect.signature(validator.decode_dtb).parameters
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        (root,) = validator.decode_dtb(data, errors) if collects else validator.decode_dtb(data)
    return root, errors if collects else printed.getvalue().splitlines()


@contextlib.contextmanager
def untyped_as_bytes(decoder: Any, types: Callable[[str], list[str]]) -> Iterator[None]:
    """Let the decoder leave values alone whose properties have no type, as that of 2026.9 does.

    Before, it took them for texts or for cells by their looks; then what it makes of them may look
    like what the schemas ask for.
    """
    original = getattr(decoder, "prop_value", None)
    if original is None:
        yield  # what another release makes of them is its own
        return

    def prop_value(validator: Any, node: str, prop: Any) -> Any:
        if len(prop) and node not in _TEXTS and not {*types(prop.name)} - {"node"}:
            return bytes(prop)
        return original(validator, node, prop)

    decoder.prop_value = prop_value
    try:
        yield
    finally:
        decoder.prop_value = original


@contextlib.contextmanager
def before_fixups(
    decoder: Any,
    interrupts: Callable[[dict[str, Any], int], None],
    addresses: Callable[[dict[str, Any], int, int], None],
) -> Iterator[None]:
    """Let the root be looked at before the decoder splits `interrupts`, `reg` and `ranges` into entries.

    Both are called with the root and the counts of cells that hold for it.
    """
    if not all(hasattr(decoder, name) for name in ("fixup_interrupts", "fixup_addresses", "phandles")):
        yield  # of another release than those that this was read in
        return
    split_interrupts, split_addresses = decoder.fixup_interrupts, decoder.fixup_addresses

    # the originals call themselves by the name that is replaced here, once the root was looked through
    def fixup_interrupts(root: dict[str, Any], cells: int) -> None:
        decoder.fixup_interrupts = split_interrupts
        interrupts(root, cells)
        split_interrupts(root, cells)

    def fixup_addresses(validator: Any, root: dict[str, Any], address: int, size: int) -> None:
        decoder.fixup_addresses = split_addresses
        addresses(root, address, size)
        split_addresses(validator, root, address, size)

    decoder.fixup_interrupts, decoder.fixup_addresses = fixup_interrupts, fixup_addresses
    try:
        yield
    finally:
        decoder.fixup_interrupts, decoder.fixup_addresses = split_interrupts, split_addresses


Blamed = tuple[Subject, Exception]
"""A property that the decoder cannot decode, and how it ended."""


def undecodable(validator: Any, decoder: Any, data: bytes) -> list[Blamed]:
    """The properties that the decoder gives up at, with any exception; none where it does not, or is unknown.

    Its first pass reads the properties of each node, the later ones split what the first has made. All are
    found that one pass gives up at. A count of cells that is no number is to blame for what it counts.
    """
    with _followed(decoder) as place:
        try:
            decode(validator, decoder, data)
        except _PassFailed:
            pass
        except Exception as error:  # noqa: BLE001  whatever a value provokes
            if not place.failed and place.subject:
                return [(place.subject, error)]
    return place.failed


class _Place:
    """Where the decoder is."""

    subject: Subject | None = None

    def __init__(self) -> None:
        self.failed: list[Blamed] = []
        self.depth = 0
        """Of the nodes in a pass."""


class _PassFailed(Exception):
    """The next one would go through what this one has not made."""


class _Node(dict[str, Any]):
    """A node whose properties the decoder goes through, and which it is at."""

    def __init__(self, properties: Mapping[str, Any], path: str, place: _Place) -> None:
        super().__init__(properties)
        self.path, self.place = path, place
        self.at: str | None = None
        self.done: set[str] = set()
        """What a pass that gave up has gone through."""

    def items(self) -> Any:
        for name, value in super().items():
            if name not in self.done:
                self.at = name
                self.place.subject = None if isinstance(value, dict) else Subject(self.path, name)
                yield name, value
            self.done.add(name)

    def begin(self) -> None:
        """Another pass."""
        self.at = None
        self.done.clear()


_PASSES = ("fixup_gpios", "fixup_interrupts", "fixup_addresses", "fixup_iommu_map", "fixup_phandles")
"""In their order. They call themselves for each node below, by these names."""


@contextlib.contextmanager
def _followed(decoder: Any) -> Iterator[_Place]:
    names = ("node_props", "prop_value", "_get_phandle_arg_size", *_PASSES)
    place = _Place()
    if not all(hasattr(decoder, name) for name in (*names, "phandles")):
        yield place  # of another release than those that this was read in
        return
    originals = {name: getattr(decoder, name) for name in names}
    node_props, prop_value, count = (originals[name] for name in names[:3])
    path = ""

    def followed_node(validator: Any, fdt: Any, name: str, offset: int) -> _Node:
        nonlocal path
        path = fdt.get_path(offset)
        node = _Node(node_props(validator, fdt, name, offset), path, place)
        place.subject = Subject(path, "phandle")  # which it puts into a table next
        return node

    def followed_value(validator: Any, node: str, prop: Any) -> Any:
        place.subject = Subject(path, prop.name)
        try:
            return prop_value(validator, node, prop)
        except Exception as error:  # noqa: BLE001  to go on with the others
            place.failed.append((place.subject, error))
            return None

    def followed_count(prop_path: str, index: int, cells: Any, name: Any) -> Any:
        try:
            return count(prop_path, index, cells, name)
        except Exception:
            provider = decoder.phandles.get(cells[0])
            if isinstance(provider, _Node) and not isinstance(provider.get(name, 0), int):
                place.subject = Subject(provider.path, name)
            raise

    replaced: dict[str, Any] = {name: _followed_pass(place, originals[name]) for name in _PASSES}
    replaced |= {
        "node_props": followed_node,
        "prop_value": followed_value,
        "_get_phandle_arg_size": followed_count,
    }
    for name, function in replaced.items():
        setattr(decoder, name, function)
    try:
        yield place
    finally:
        for name, function in originals.items():
            setattr(decoder, name, function)


def _followed_pass(place: _Place, original: Callable[..., None]) -> Callable[..., None]:
    """One that goes on behind the property of a node that it gives up at."""

    def followed(*arguments: Any, **options: Any) -> None:
        node = next((argument for argument in arguments if isinstance(argument, _Node)), None)
        if place.depth == 0 and place.failed:
            raise _PassFailed
        if node is None:
            return original(*arguments, **options)
        node.begin()
        place.depth += 1
        try:
            while True:
                try:
                    return original(*arguments, **options)
                except Exception as error:
                    if node.at is None or place.subject is None:
                        raise
                    place.failed.append((place.subject, error))
                    node.done.add(node.at)
                    node.at = None
        finally:
            place.depth -= 1

    return followed
