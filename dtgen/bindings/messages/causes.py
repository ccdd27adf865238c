"""Which of a binding's complaints is the cause, and which follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dtgen.bindings.violation import Violation
from dtgen.diagnostics import Subject

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

ACCUSING = ("unevaluatedProperties", "additionalProperties")
"""Keywords of errors that list what a schema does not know."""

_TYPE = 4
_ALTERNATIVES = ("oneOf", "anyOf")
_BRANCHING = ("allOf", "anyOf", "oneOf")
_DESCENDING = ("properties", "patternProperties", "additionalProperties", "items")

_UNEXPECTED = re.compile(
    r"\((?P<names>'.*') (?:was|were) (?:unexpected|unevaluated and invalid)\)"
    r"|^(?P<unmatched>'.*') (?:does|do) not match any of the regexes"
)
_MISSING = re.compile(r"'(?P<name>[^']+)' is a required property")


def missing(error: ValidationError) -> list[str]:
    """The property that an error of `required` names; empty for any other error."""
    match = _MISSING.match(error.message) if error.validator == "required" else None
    return [match["name"]] if match else []


def unexpected(error: ValidationError) -> list[str]:
    """The properties and child nodes that an error of `unevaluatedProperties` or its like names."""
    match = _UNEXPECTED.search(error.message) if error.validator in ACCUSING else None
    return re.findall(r"'([^']*)'", match["names"] or match["unmatched"]) if match else []


def weight(error: ValidationError) -> int:
    """How near an error is to the cause; of several about one property the heaviest tells it.

    A wrong type makes all else wrong, too; an entry that is out of place tells more than the count that it
    makes wrong.
    """
    inside = bool(error.absolute_path) and isinstance(error.absolute_path[-1], int)
    match error.validator:
        case "type" | "typeSize":
            return _TYPE
        case "minItems" | "maxItems":
            return 3 if inside else 1
        case "uniqueItems" | "unevaluatedProperties" | "additionalProperties":
            return 0
        case _:
            return 2


def cause(error: ValidationError) -> ValidationError:
    """What is wrong in the alternative that fits best; the error itself where none does, or it has none.

    jsonschema's `best_match()` goes by depth alone, so that it prefers an alternative of another shape.
    """
    inner = closest(error)
    if len(inner) != 1:
        return error
    likely = [suspect for suspect in inner[0] if not shadowed(suspect, inner[0])]
    return cause(max(likely or inner[0], key=weight))


def closest(error: ValidationError) -> list[list[ValidationError]]:
    """The errors of each of the alternatives that fit best; empty where the error is of no alternatives."""
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context or () if error.validator in _ALTERNATIVES else ():
        # dtschema says it of the outermost only
        inner.schema_file = getattr(error, "schema_file", None)  # type: ignore[attr-defined]
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    misfits = [(_misfit(errors), errors) for errors in branches.values()]
    least = min((misfit for misfit, _ in misfits), default=0)
    found = [errors for misfit, errors in misfits if misfit == least]
    said = [[(list(inner.relative_path), inner.message) for inner in errors] for errors in found]
    return found[:1] if all(each == said[0] for each in said) else found


def _misfit(errors: Sequence[ValidationError]) -> int:
    """How far an alternative is from what was meant, as its errors say."""
    return sum({(tuple(error.relative_path), error.message): _distance(error) for error in errors}.values())


def _distance(error: ValidationError) -> int:
    path = error.relative_path
    if not path and error.validator == "type":
        # a property that may be a node of that name, and dtschema's second way to say that one is a flag
        return 200 if error.validator_value in ("object", "null") else 100
    if path and path[0] == "compatible":
        return 50
    names = len(unexpected(error) + missing(error)) or 1
    return names if path else 4 * names


def shadowed(error: ValidationError, errors: Iterable[ValidationError]) -> bool:
    """Whether an error of `unevaluatedProperties` may accuse what another part of its schema knows.

    jsonschema takes from a violated part of `allOf`, `anyOf` or `oneOf` nothing that it has evaluated.
    `additionalProperties` looks at nothing but its own schema, and is never wrong.
    """
    if error.validator != "unevaluatedProperties":
        return False
    path, schema_path = list(error.absolute_path), list(error.absolute_schema_path)[:-1]
    for other in errors:
        within = list(other.absolute_schema_path)
        if (
            other is not error
            and getattr(other, "schema_file", None) == getattr(error, "schema_file", None)
            and list(other.absolute_path)[: len(path)] == path
            and within[: len(schema_path)] == schema_path
            and _branches(within[len(schema_path) :])
        ):
            return True
    return False


def _branches(schema_path: Sequence[object]) -> bool:
    for key in schema_path:
        if key in _DESCENDING:
            return False
        if key in _BRANCHING:
            return True
    return False


def effects(violations: Iterable[Violation]) -> set[Violation]:
    """Those of a group that repeat another one or follow from it: one line is left for each cause."""
    found = sorted(violations, key=lambda violation: -violation.weight)
    untyped = {v.clause.node for v in found if v.subject == _compatible(v) and v.weight == _TYPE}
    refused = {(v.clause.node, v.clause.schema) for v in found if v.subject == _compatible(v)}
    seen: set[object] = set()
    causes: set[Violation] = set()
    for violation in found:
        subject, clause = violation.subject, violation.clause
        # of a property once, of a node each sentence once
        said = subject if subject.property else (subject, violation.message)
        # a schema whose `select` cannot read the compatible takes the node for its own
        misled = clause.node in untyped and subject != _compatible(violation)
        # the schema was written for other hardware
        foreign = clause.keyword in ACCUSING and (clause.node, clause.schema) in refused
        if not (violation.innocent or misled or foreign or said in seen):
            seen.add(said)
            causes.add(violation)
    return set(found) - causes


def _compatible(violation: Violation) -> Subject:
    return Subject(violation.clause.node, "compatible")
