"""A description against its JSON Schema, with errors in the description's own words.

The only module that imports jsonschema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dtgen.description import slips
from dtgen.description.slips import shown
from dtgen.description.yaml import Document, Keys
from dtgen.diagnostics import Diagnostic, Location
from dtgen.errors import Rejected, error
from dtgen.project import files, layout
from dtgen.validity.compile import Schemas
from dtgen.validity.parts import Check
from dtgen.words import near_names

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

RULE = "board-format"
_OTHERWISE = {"unevaluatedProperties", "unevaluatedItems", "additionalItems", "contains", "$dynamicRef"}
"""Keywords that do not mean in 2020-12 what they mean in 2019-09."""
_EXAMPLE = re.compile(r"such as `([^`]+)`")
_INHERITED = ("extends", "on")
"""What brings the keys that a description must have."""


def check(merged: Document, own: Document | None = None) -> None:
    """`own`: the description before what it extends was merged in. Raises: Rejected with every error."""
    text = files.text(layout.board_schema())
    merged = _with_unknown(merged, own or merged, text)
    if _is_surely_valid(text, merged.data):
        return
    schema = json.loads(text)
    checker = _Checker(schema, merged, own or merged)
    if diagnostics := checker.diagnostics(list(_validator()(schema).iter_errors(merged.data))):
        raise Rejected(*sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))


def _with_unknown(merged: Document, own: Document, schema: str) -> Document:
    """With the keys that nobody knows and that have no value: merged, they would be gone without a word."""
    empty = [key for key, value in own.data.items() if value is None]
    known = json.loads(schema)["properties"] if empty else {}
    unknown = {key: None for key in empty if key not in known}
    places: dict[Keys, Location] = {(key,): own.location((key,)) for key in unknown}
    return Document(merged.data | unknown, {**merged.locations, **places}) if unknown else merged


def _is_surely_valid(schema: str, data: Any) -> bool:
    """False where there is a doubt. It needs no jsonschema, whose import takes longer than all of this."""
    try:
        return not _has_fraction(data) and _compiled(schema)(data)  # 1.0 is an integer to JSON Schema
    except Exception:  # noqa: BLE001  jsonschema says what is wrong, if anything is
        return False


@lru_cache(maxsize=1)
def _compiled(text: str) -> Check:
    schema = json.loads(text)
    base, dialect = schema["$id"], schema["$schema"]
    converted = _of_2019(schema)
    return Schemas({base: converted}.__getitem__, dialects=dialect).check(converted, base)


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
            yield ValidationError(slips.unfit(instance, _to_the_end(pattern)))

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", integer)
    derive: Any = extend
    return derive(Draft202012Validator, {"pattern": pattern}, type_checker=checker)


class _Checker:
    """jsonschema's errors in the words of the description, one for each mistake."""

    def __init__(self, schema: Mapping[str, Any], merged: Document, own: Document) -> None:
        self._schema, self._merged, self._own = schema, merged, own

    def diagnostics(self, errors: Sequence[ValidationError]) -> list[Diagnostic]:
        unknown = {key: near for wrong in errors for key, near in self._unknown(wrong)}
        misnamed = {
            (*wrong.absolute_path, str(wrong.instance)) for wrong in errors if self._is_key_of_entry(wrong)
        }
        entries: set[Keys] = set()
        found: list[Diagnostic] = []
        for wrong in errors:
            keys: Keys = tuple(wrong.absolute_path)
            if wrong.validator == "required" and self._is_misspelt(wrong, unknown):
                continue
            if misnamed.intersection(keys[: n + 1] for n in range(len(keys))):
                continue
            if around := self._entry(keys):
                # the parts of an entry are wrong together
                if around in entries:
                    continue
                entries.add(around)
            found += self._explain(wrong, keys)
        # two keywords of the schema may find one mistake
        return list({(diagnostic.location, diagnostic.message): diagnostic for diagnostic in found}.values())

    def _unknown(self, error: ValidationError) -> Iterator[tuple[Keys, str | None]]:
        """The keys that an object does not have, each with the known one that is near."""
        instance, schema = self._parts(error)
        if error.validator == "additionalProperties" and isinstance(instance, dict):
            known = list(schema.get("properties", {}))
            for key in sorted(set(instance) - set(known)):
                near = near_names(key, known)
                yield (*error.absolute_path, key), near[0] if near else None

    def _is_misspelt(self, error: ValidationError, unknown: Mapping[Keys, str | None]) -> bool:
        """Whether what is missing is there under another name, or would be inherited by one."""
        at = tuple(error.absolute_path)
        beside = {near for keys, near in unknown.items() if keys[:-1] == at}
        above = {near for keys, near in unknown.items() if len(keys) == 1}
        instead = {_missing(error), None} if at else {_missing(error)}
        return not instead.isdisjoint(beside) or not above.isdisjoint(_INHERITED)

    def _is_key_of_entry(self, error: ValidationError) -> bool:
        """Whether a name that cannot be one is a key of what the name is missing for."""
        if "propertyNames" not in error.schema_path:
            return False
        entry = slips.part(self._schema, (*error.absolute_path, str(error.instance)))
        return error.instance in entry.get("properties", {})

    def _entry(self, keys: Keys) -> Keys | None:
        """The list around a place, where it is an entry of a list of lists, or should be one."""
        if len(keys) < 2 or not isinstance(keys[-1], int):
            return None
        if isinstance(keys[-2], int):
            return keys[:-1]
        wants_lists = slips.part(self._schema, keys).get("type") == "array"
        return keys[:-1] if wants_lists and slips.is_flat(self._at(keys[:-1])) else None

    def _at(self, keys: Keys) -> Any:
        value = self._merged.data
        for key in keys:
            value = value[key]
        return value

    def _parts(self, error: ValidationError) -> tuple[Any, Any]:
        return error.instance, error.schema

    def _explain(self, error: ValidationError, keys: Keys) -> Iterator[Diagnostic]:
        instance, schema = self._parts(error)
        where = _dotted(keys)
        if error.validator == "additionalProperties" and isinstance(instance, dict):
            for unknown, near in self._unknown(error):
                message = f"unknown key {unknown[-1]}{f' in {where}' if keys else ''}"
                known = f"known here: {', '.join(schema.get('properties', {}))}"
                other = self._of_section(unknown) or _of_node(unknown[-1], instance, schema) or known
                help = f"did you mean {near}?" if near else other
                yield _diagnostic(message, self._merged.location(unknown), help)
            return
        if error.validator == "required":
            yield self._lacks(_missing(error), keys)
            return
        if "propertyNames" in error.schema_path:
            at, name = self._merged.location((*keys, str(instance))), shown(instance)
            known = slips.hint(schema.get("description", ""))
            if example := self._is_key_of_entry(error) and _EXAMPLE.search(known):
                known = f"write it below a name: {example[1]}: {{{instance}: …}}"
            help = slips.label(str(instance)) or known
            yield _diagnostic(f"{name} cannot be a name in {where}", at, help)
            return
        if len(keys) > 1 and keys[-1] in slips.part(self._schema, keys).get("properties", {}):
            message = f"{where}: {keys[-1]} is not a label"
            yield _diagnostic(message, self._merged.location(keys), self._below_label(keys))
            return
        entry = self._entry(keys)
        flat = entry is not None and not isinstance(keys[-2], int)
        if entry is not None and flat:
            keys, instance = entry, self._at(entry)
            message = f"{_dotted(keys)} is one entry, not a list of entries"
            schema = slips.part(self._schema, keys)
        elif (nearest := self._alternative(error)) is not None:
            for found in self._explain(nearest, tuple(nearest.absolute_path)):
                yield found if found.help else replace(found, help=slips.hint(schema.get("description", "")))
            return
        elif error.validator == "oneOf" and schema.get("description"):
            message = f"{where}: {shown(instance)} does not fit here"
        else:
            message = f"{where}: {_reason(error)}"
        is_label = schema in (self._schema["$defs"]["label"], self._schema["$defs"]["target"])
        place = slips.part(self._schema, keys)
        about = slips.description(self._schema, keys) if place else slips.hint(schema.get("description", ""))
        help = slips.instead(instance, {**place, **schema}, is_label) or about
        if instance == [] and len(keys) > 1 and isinstance(keys[1], str) and "extends" in self._own.data:
            help = f"to drop an inherited entry, write {keys[1]}: null"
        yield _diagnostic(message, self._merged.value(keys), help)

    def _lacks(self, missing: str, keys: Keys) -> Diagnostic:
        """Of a key that an entry must have; where it is there without a value, at its line."""
        where = _dotted(keys) or "the description"
        about = slips.description(self._schema, (*keys, missing))
        help = f"write {missing}: …{f' ({about})' if about else ''}"
        if (emptied := (*keys, missing)) not in self._own.locations:
            return _diagnostic(f"{where} lacks {missing}", self._merged.location(keys or ("name",)), help)
        if "extends" in self._own.data:
            help = "leave it out to keep the inherited value"
        message = f"{missing} has no value, and {where} needs one"
        return _diagnostic(message, self._own.location(emptied), help)

    def _alternative(self, error: ValidationError) -> ValidationError | None:
        """What is wrong with a text of a form, or with a mapping, where one alternative alone is one.

        Of a mapping, an unknown key comes first.
        """
        if error.validator != "oneOf":
            return None
        inner = list(error.context or ())
        forms = [e for e in inner if e.validator == "pattern"]
        if len(forms) == 1 and sum(e.schema_path[0] == forms[0].schema_path[0] for e in inner) == 1:
            return forms[0]
        if not isinstance(error.instance, dict):
            return None
        strange = {e.schema_path[0] for e in inner if e.validator == "type" and not e.relative_path}
        wrong = [e for e in inner if e.schema_path[0] not in strange]
        if len({e.schema_path[0] for e in wrong}) != 1:
            return None
        return min(wrong, key=lambda e: e.validator != "additionalProperties")

    def _below_label(self, keys: Keys) -> str:
        """Of a key beside the label that it is meant for, which is then empty."""
        beside = self._own.data
        for key in keys[:-1]:
            beside = beside.get(key) if isinstance(beside, dict) else None
        empty = [key for key, value in (beside or {}).items() if value is None]
        return (
            f"indent it below {empty[-1]}" if empty else f"write it below its label, LABEL: {{{keys[-1]}: …}}"
        )

    def _of_section(self, keys: Keys) -> str:
        """Of an unknown key at the top below a section that is empty."""
        before: str | None = None
        for key, value in self._own.data.items():
            if key == keys[0]:
                break
            before = key if value is None else None
        return f"indent it, if it is to be an entry of {before}" if before and len(keys) == 1 else ""


def _of_node(key: str | int, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Of an unknown key of a node."""
    if "properties" not in schema.get("properties", {}):
        return ""
    if "target" in schema["properties"] and "target" not in instance:
        return f"write target: {key}, and what is to be changed below properties"
    return f"put it below properties, if it is a property: properties: {{{key}: …}}"


def _missing(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    return str(next(key for key in wanted if error.message.startswith(repr(key))))


def _reason(error: ValidationError) -> str:
    instance: Any = error.instance
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return f"{shown(instance)} is not {_article(value)}"
        case "maximum" if isinstance(instance, int):
            return f"{shown(instance)} is larger than {hex(value)}, the largest that fits"
        case "minimum" if isinstance(instance, int):
            return f"{shown(instance)} is smaller than {hex(value)}"
        case "pattern":
            return error.message
        case "enum":
            return f"{shown(instance)} is none of {', '.join(map(str, value))}"
        case "minItems" if instance:
            return f"{len(instance)} entries, at least {value} are needed"
        case "maxItems" | "items" if isinstance(instance, list):
            return f"{len(instance)} entries are too many"
        case "maxProperties":
            return f"{len(instance)} entries, where there is one with `el2`"
        case "uniqueItems":
            return "two entries are equal"
        case "minItems" | "minLength" | "minProperties":
            return "it is empty"
        case "maxLength":
            return f"longer than {value} characters"
        case _:
            return slips.shortened(error.message)


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


def _dotted(keys: Keys) -> str:
    return ".".join(str(key + 1) if isinstance(key, int) else key for key in keys)


def _diagnostic(message: str, where: Location, help: str = "") -> Diagnostic:
    return error(RULE, message, where, help)
