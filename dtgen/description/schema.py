"""A description against its JSON Schema, with errors in the description's own words.

The only module that imports jsonschema.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dtgen.description.yaml import Document, Keys
from dtgen.diagnostics import Diagnostic
from dtgen.errors import Rejected, error
from dtgen.project import files, layout
from dtgen.validity.compile import Schemas

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

RULE = "board-format"
_OTHERWISE = {"unevaluatedProperties", "unevaluatedItems", "additionalItems", "contains", "$dynamicRef"}
"""Keywords that do not mean in 2020-12 what they mean in 2019-09."""
_MAX_SHOWN = 60


def check(merged: Document) -> None:
    """Raises: Rejected with every error."""
    schema = json.loads(files.text(layout.board_schema()))
    if _is_surely_valid(schema, merged.data):
        return
    diagnostics = [
        diagnostic
        for error in _validator()(schema).iter_errors(merged.data)
        for diagnostic in _explain(error, merged)
    ]
    if diagnostics:
        raise Rejected(*sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))


def _is_surely_valid(schema: dict[str, Any], data: Any) -> bool:
    """False where there is a doubt. It needs no jsonschema, whose import takes longer than all of this."""
    try:
        if _has_fraction(data):
            return False  # 1.0 is an integer to JSON Schema
        base, dialect = schema["$id"], schema["$schema"]
        compiled = _of_2019(schema)
        return Schemas({base: compiled}.__getitem__, dialects=dialect).check(compiled, base)(data)
    except Exception:  # noqa: BLE001  jsonschema says what is wrong, if anything is
        return False


def _of_2019(schema: Any) -> Any:
    """The schema as `validity` knows it: with the keywords of 2019-09. Raises: ValueError for others."""
    if isinstance(schema, list):
        return list(map(_of_2019, schema))
    if not isinstance(schema, dict):
        return schema
    if not _OTHERWISE.isdisjoint(schema):
        raise ValueError(schema)
    found = {key: _of_2019(value) for key, value in schema.items()}
    if isinstance(found.get("prefixItems"), list):
        found |= {"items": found.pop("prefixItems"), "additionalItems": found.get("items", True)}
    if isinstance(found.get("pattern"), str):
        found["pattern"] = _to_the_end(found["pattern"])
    return found


def _has_fraction(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_fraction, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


def _to_the_end(pattern: str) -> str:
    return re.sub(r"\$$", r"\\Z", pattern)


def _validator() -> Any:
    """JSON Schema as YAML needs it: 1.0 is no integer, and `$` means the very end."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def integer(checker: object, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def pattern(validator: Any, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not re.search(_to_the_end(pattern), instance):
            yield ValidationError(f"{_shown(instance)} does not have the form {pattern}")

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", integer)
    derive: Any = extend
    return derive(Draft202012Validator, {"pattern": pattern}, type_checker=checker)


def _explain(error: ValidationError, merged: Document) -> Iterator[Diagnostic]:
    """jsonschema's error in the words of the description."""
    keys: Keys = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    where = _dotted(keys)
    if error.validator == "additionalProperties" and isinstance(instance, dict):
        known = list(schema.get("properties", {}))
        for key in sorted(set(instance) - set(known)):
            near = difflib.get_close_matches(key, known, 1)
            allowed = f"known here: {', '.join(known)}"
            help = f"did you mean {near[0]}?" if near else allowed
            yield _diagnostic(
                f"unknown key {key}{f' in {where}' if keys else ''}", (*keys, key), merged, help
            )
        return
    if error.validator == "required":
        missing = next(key for key in wanted if error.message.startswith(repr(key)))
        yield _diagnostic(f"{where or 'the description'} lacks {missing}", keys, merged)
        return
    if "propertyNames" in error.schema_path:
        yield _diagnostic(f"{_shown(instance)} cannot be a name in {where}", (*keys, str(instance)), merged)
        return
    if error.validator == "oneOf" and schema.get("description"):
        yield _diagnostic(
            f"{where} is {_shown(instance)}, which is no value",
            keys,
            merged,
            schema["description"],
        )
        return
    help = schema.get("description", "") if isinstance(schema, dict) else ""
    yield _diagnostic(f"{where}: {_reason(error)}", keys, merged, help)


def _reason(error: ValidationError) -> str:
    instance: Any = error.instance
    shown = _shown(instance)
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return f"{shown} is not {_article(value)}"
        case "maximum" if isinstance(instance, int):
            return f"{shown} is larger than {hex(value)}, the largest that fits"
        case "minimum" if isinstance(instance, int):
            return f"{shown} is smaller than {hex(value)}"
        case "pattern":
            return f"{shown} does not have the form {value}"
        case "enum":
            return f"{shown} is none of {', '.join(map(str, value))}"
        case "minItems":
            return f"{len(instance)} entries, at least {value} are needed"
        case "maxItems" | "items" if isinstance(instance, list):
            return f"{len(instance)} entries are too many"
        case "maxProperties":
            return f"{len(instance)} entries, where there is one with `el2`"
        case "uniqueItems":
            return "two entries are equal"
        case "minLength" | "minProperties":
            return "it is empty"
        case "maxLength":
            return f"longer than {value} characters"
        case _:
            return _shortened(error.message)


def _article(kind: str | list[str]) -> str:
    if isinstance(kind, list):
        kind = kind[0]
    names = {
        "boolean": "true or false",
        "object": "a mapping",
        "array": "a list",
        "integer": "a number",
        "string": "a text",
    }
    return names.get(kind, f"a {kind}")


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return hex(value)
    return _shortened(json.dumps(value, ensure_ascii=False))


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _dotted(keys: Keys) -> str:
    return ".".join(str(key + 1) if isinstance(key, int) else key for key in keys)


def _diagnostic(message: str, keys: Keys, merged: Document, help: str = "") -> Diagnostic:
    return error(RULE, message, merged.location(keys), help)
