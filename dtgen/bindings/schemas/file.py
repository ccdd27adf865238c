"""Schema files as dtschema takes them into a set, and what is wrong with those that it cannot."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from dtgen.bindings import dtschema
from dtgen.bindings.dtschema import Schema
from dtgen.bindings.schemas import metaschema, yaml
from dtgen.bindings.schemas.examples import Example
from dtgen.bindings.schemas.pack import to_json
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.bindings.schemas.wellformed import is_surely_valid
from dtgen.project import files


def process(file: str, name: str) -> tuple[str, bytes] | SchemaProblem:
    """The `$id` without `#` and the JSON of a schema file, prepared as in dtschema's `process_schema`.

    `name`: what errors call the file. Raises: OSError, MemoryError.
    """
    try:
        raw = read(file)
        patterns: set[str] = set()
        if not is_surely_valid(raw, patterns):
            dtschema.schema_of(raw, file).is_valid()
            patterns = set(_patterns(raw))
        schema = dtschema.fixed(raw)
        if "$id" not in schema:
            return SchemaProblem(file, 1, "it has no $id")
        for pattern in patterns:
            re.compile(pattern)
        schema["type"] = "object"
        schema["$filename"] = name
        record = to_json(schema)
        if b'"$ref":"#/' in record:
            for reference in _dangling(schema, schema):
                # dtschema would end with a traceback, for the whole set or at the first node that gets there
                return SchemaProblem(file, _line_of(reference, file), f"{reference} leads nowhere")
        return schema["$id"].rstrip("#"), record
    except (OSError, MemoryError):
        raise
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
    if isinstance(error, UnicodeDecodeError):
        return None, f"it is not UTF-8: {error.reason} at byte {error.start}"
    if isinstance(error, re.error):
        pattern = str(error.pattern)
        return _line_of(pattern, file), f"{pattern} is not a regular expression: {error.msg}"
    path = list(getattr(error, "absolute_path", ()))
    message = str(getattr(error, "message", None) or error)
    return (_line_at(path, file), f"{': '.join(map(str, path))}: {message}") if path else (None, message)


def _line_of(text: str, file: str) -> int | None:
    lines = files.text(file).splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), None)


def _line_at(path: Sequence[str | int], file: str) -> int | None:
    """Where a schema's value stands; None where its file does not tell."""
    if len(path) == 1:
        return _line_of(f"{path[0]}:", file)  # dtschema has no line for what is outermost
    with contextlib.suppress(Exception):
        # with positions it is read several times slower, so only where something is wrong
        return dtschema.line_of(dtschema.schema_file(file), path) or None
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
    try:
        schema = dtschema.schema_file(file)
        text = files.text(file)
        found = list(metaschema.problems(schema, text, schema.iter_errors()))
    except Exception as error:  # noqa: BLE001  whatever a foreign file provokes
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or f"{type(error).__name__}: {error}"
        yield SchemaProblem(file, mark.line + 1 if mark else None, str(message).partition("\n")[0])
        return
    for line, message in found:
        yield SchemaProblem(file, line, message)


def examples_of(file: str) -> list[Example]:
    """Those of a binding that dtschema can read; none of others."""
    try:
        schema = dtschema.schema_file(file)
        found = schema["examples"]
        lines = files.text(file).split("\n")
        return [
            Example(number, _text_line(lines, *found.lc.item(number)), str(text))
            for number, text in enumerate(found)
        ]
    except Exception:  # noqa: BLE001  meta_problems says what is wrong
        return []


def _text_line(lines: Sequence[str], line: int, column: int) -> int:
    """Where the text of a scalar begins, from 1: a block's in the line after its indicator."""
    return line + 2 if lines[line][column : column + 1] in ("|", ">") else line + 1


def read(file: str) -> Schema:
    """A file as dtschema reads it. Raises: TypeError where it is no mapping."""
    data = yaml.read(files.text(file))
    if data is None:
        try:
            return dtschema.content(file)
        except (TypeError, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            raise TypeError("it is not a schema: a schema is a mapping") from error
    return data
