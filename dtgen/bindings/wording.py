"""A binding's complaint in words that name the property, the count and the binding."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from dtgen.bindings.engine import Engine

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_UNEXPECTED = re.compile(
    r"\((?P<names>'.*') (?:was|were) unexpected\)"
    r"|^(?P<unmatched>'.*') (?:does|do) not match any of the regexes"
)
_MISSING = re.compile(r"'(?P<name>[^']+)' is a required property")
_MAX_SHOWN = 200


def explain(
    error: ValidationError, name: str | None, schema: str, engine: Engine, unknown: list[str]
) -> tuple[str, str]:
    """The message and a help for an error in the property `name` (None: in the node itself).

    `unknown`: what the error says the schema does not know.
    """
    keyword = error.validator
    value: Any = error.validator_value
    whole_property = len(error.absolute_path) > 0 and error.absolute_path[-1] == name
    absent = missing(error)
    if absent:
        return f"the required property {absent[0]} is missing", ""
    if name and whole_property and keyword in ("maxItems", "minItems") and isinstance(error.instance, list):
        count = len(error.instance)
        limit = f"at most {value}" if keyword == "maxItems" else f"at least {value}"
        entries = "entry" if count == 1 else "entries"
        return f"{name} has {count} {entries}, {schema} allows {limit}", ""
    if unknown:
        return f"{unknown[0]}: not known to {schema}", _near(unknown[0], engine)
    if name and whole_property and isinstance(error.instance, bytes):
        types = engine.types(name)
        if types:
            count = len(error.instance)
            return (
                f"{name}: {count} {'byte' if count == 1 else 'bytes'}, which is no {' or '.join(types)}",
                "",
            )
        return f"{name}: no binding defines this property", _near(name, engine)
    where = f"{name}: " if name else ""
    return where + _shortened(error.message), ""


def missing(error: ValidationError) -> list[str]:
    """The property that an error of `required` names; empty for any other error."""
    match = _MISSING.match(error.message) if error.validator == "required" else None
    return [match["name"]] if match else []


def unexpected(error: ValidationError) -> list[str]:
    """The properties and child nodes that an error of `unevaluatedProperties` or its like names."""
    match = _UNEXPECTED.search(error.message)
    return re.findall(r"'([^']*)'", match["names"] or match["unmatched"]) if match else []


def _near(name: str, engine: Engine) -> str:
    near = difflib.get_close_matches(name, engine.property_names(), 1, 0.85)
    return f"did you mean {near[0]}?" if near and near[0] != name else ""


def _shortened(message: str) -> str:
    first = message.partition("\n")[0]
    return first if len(first) <= _MAX_SHOWN else first[: _MAX_SHOWN - 1] + "…"
