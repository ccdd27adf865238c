"""What dtschema finds in a node, as violations at their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.dtschema import SCHEMA_ROOT, UNMATCHED
from dtgen.bindings.messages import sentences
from dtgen.bindings.messages.sentences import NameOf
from dtgen.bindings.plain import Engine
from dtgen.bindings.violation import Violation
from dtgen.devicetree.tree import child_path
from dtgen.diagnostics import Clause, Subject

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_ORIGINAL = 1000
"""Characters kept of dtschema's message, which names all unknown children at once, for each of them."""


def violations(
    engine: Engine,
    errors: Sequence[ValidationError],
    path: str,
    node: DecodedNode,
    name_of: NameOf | None = None,
) -> Iterator[Violation]:
    """Of one node's errors. `name_of`: what messages call the node of a phandle, where somebody knows."""
    name_of = name_of or sentences.nameless
    found = (
        violation
        for error in errors
        for violation in _of_one(engine, error, path, node, sentences.shadowed(error, errors), name_of)
    )
    # a schema that comes to a value by two ways says the same twice
    yield from dict.fromkeys(found)


def _of_one(
    engine: Engine, error: ValidationError, path: str, node: DecodedNode, shadowed: bool, name_of: NameOf
) -> Iterator[Violation]:
    """One for the error, or one for each property that the schema does not know."""
    schema = str(error.schema_file).removeprefix(SCHEMA_ROOT)  # type: ignore[attr-defined]
    clause = Clause(schema, path, tuple(error.absolute_path), str(error.absolute_schema_path[-1]))
    if schema == UNMATCHED:
        message, help = sentences.unmatched(str(error.instance), engine)
        yield Violation(Subject(path, "compatible"), clause, "", message, help, error.message, False)
        return
    missing, original = "".join(sentences.missing(error)), error.message[:MAX_ORIGINAL]
    for item in sentences.unexpected(error) or [missing]:
        said = sentences.explain(error, item, node, engine, name_of)
        subject = _subject(path, node, said.place)
        innocent = shadowed and engine.expects(error, item)
        yield Violation(subject, clause, item, said.message, said.help, original, innocent, said.weight)


def _subject(path: str, node: DecodedNode, keys: list[str]) -> Subject:
    """The keys lead through child nodes to a property, and perhaps further into its value."""
    for key in keys:
        child = node.get(key)
        if not isinstance(child, dict):
            return Subject(path, key if key != "$nodename" else None)
        path, node = child_path(path, key), child
    return Subject(path)
