"""Nodes of a tree against a set of bindings. Knows neither overlays nor output."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtgen.bindings import wording
from dtgen.bindings.engine import DecodedNode, Engine
from dtgen.diagnostics import Subject

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_SCHEMA_ROOT = "http://devicetree.org/schemas/"
_EXCUSES = ("unevaluatedProperties", "additionalProperties")


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a binding forbids."""

    subject: Subject
    schema: str
    """The binding's file below `bindings/`."""
    keyword: str
    """Of JSON Schema: `maxItems`, `required`, …"""
    property_path: tuple[str, ...]
    """From the node that was checked down to the value."""
    message: str
    help: str
    original: str
    """dtschema's message."""

    @property
    def key(self) -> tuple[str, str, str, tuple[str, ...]]:
        """Two trees' violations are the same when these are; the message embeds the node's content."""
        return (self.subject.path, self.schema, self.keyword, self.property_path)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A tree as the bindings see it."""

    root: DecodedNode
    problems: tuple[str, ...]
    """What could not be decoded, in dtschema's words."""


def decode(engine: Engine, blob: bytes) -> Decoded:
    """Decode a checked blob."""
    root, problems = engine.decode(blob)
    return Decoded(root, problems)


def changed(before: Decoded, after: Decoded) -> set[str]:
    """Paths of the nodes that may validate differently in `after`.

    What a node's validation says depends on its decoded subtree, its name and whether an ancestor is
    disabled, and on nothing else: decoding has already followed the phandles. So a node whose subtree
    and inherited state are equal needs no look, nor does anything below it.
    """
    return set(_changed(before.root, after.root, "/", False, False))


def _changed(
    before: DecodedNode | None, after: DecodedNode, path: str, was_disabled: bool, is_disabled: bool
) -> Iterator[str]:
    if before == after and was_disabled == is_disabled:
        return
    yield path
    was_disabled = was_disabled or (before is not None and _disabled(before))
    is_disabled = is_disabled or _disabled(after)
    for name, child in after.items():
        if isinstance(child, dict) and not name.startswith("__"):
            old = before.get(name) if before else None
            old = old if isinstance(old, dict) else None
            yield from _changed(old, child, _below(path, name), was_disabled, is_disabled)


def validate(engine: Engine, tree: Decoded, paths: Collection[str] | None = None) -> Iterator[Violation]:
    """What the bindings say of the nodes at `paths` (of all, where it is None), parents first."""
    for path, name, node, disabled in _nodes(tree.root, "/", "/", False):
        if paths is not None and path not in paths:
            continue
        errors = list(engine.errors(node, name, disabled))
        # these follow from any other error of the node and accuse properties that are innocent
        concrete = any(error.validator not in _EXCUSES for error in errors)
        for error in errors:
            if not (concrete and error.validator in _EXCUSES):
                yield from _violations(engine, error, path, node)


def _nodes(
    node: DecodedNode, path: str, name: str, disabled: bool
) -> Iterator[tuple[str, str, DecodedNode, bool]]:
    disabled = disabled or _disabled(node)
    yield path, name, node, disabled
    for child_name, child in list(node.items()):
        if isinstance(child, dict) and not child_name.startswith("__"):
            yield from _nodes(child, _below(path, child_name), child_name, disabled)


def _disabled(node: DecodedNode) -> bool:
    status = node.get("status")
    return isinstance(status, list) and "disabled" in status


def _below(path: str, name: str) -> str:
    return f"/{name}" if path == "/" else f"{path}/{name}"


def _violations(engine: Engine, error: ValidationError, path: str, node: DecodedNode) -> Iterator[Violation]:
    """One for the error, or one for each property that the schema does not know."""
    keys = [str(key) for key in error.absolute_path]
    schema = str(error.schema_file).removeprefix(_SCHEMA_ROOT)  # type: ignore[attr-defined]
    unexpected = wording.unexpected(error) if error.validator in _EXCUSES else []
    for more in [[name] for name in unexpected] or [[]]:
        subject = _subject(path, node, keys + more)
        message, help = wording.explain(error, subject.property, schema, engine, more)
        property_path = (*keys, *more)
        yield Violation(subject, schema, str(error.validator), property_path, message, help, error.message)


def _subject(path: str, node: DecodedNode, keys: list[str]) -> Subject:
    """The keys lead through child nodes to a property, and perhaps further into its value."""
    for key in keys:
        child = node.get(key)
        if not isinstance(child, dict):
            return Subject(path, key if key != "$nodename" else None)
        path, node = _below(path, key), child
    return Subject(path)


def undocumented(engine: Engine, tree: Decoded) -> tuple[str, ...]:
    """The first compatible of each node that no schema knows by any of its compatibles; sorted."""
    first: set[str] = set()
    for _path, _name, node, _ in _nodes(tree.root, "/", "/", False):
        compatibles = node.get("compatible")
        if isinstance(compatibles, list) and compatibles:
            first.add(str(compatibles[0]))
    return tuple(sorted(engine.undocumented(sorted(first))))
