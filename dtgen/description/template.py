"""Templates in a sandbox: they write what filters made of values, a limited amount, and read nothing.

The only module that imports jinja2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.project import files
from dtgen.project.layout import display, report_templates
from dtgen.words import near_names

MAX_SIZE = 4 << 20
"""Bytes that a template may write, and steps that its `range` loops may take."""
SECONDS = 5
"""Of processor time that a template may take; dtgen's own take 0.01."""
MEMORY = 512 << 20
"""Bytes that it may take."""
RULE = "template"
_TOO_OFTEN = "an overlay has some hundred lines: look for a loop inside of a loop"
_ENDLESS = "look for a macro that calls itself, or a loop inside of a loop"
_TOO_MUCH = f"it writes more than {MAX_SIZE >> 20} MiB"

# jinja2's filters that neither mark a text as safe nor make a large one of a few characters
_HARMLESS_FILTERS = (
    "abs", "attr", "count", "default", "dictsort", "first", "groupby", "int", "items", "last", "length",
    "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select",
    "selectattr", "sort", "sum", "trim", "unique", "upper",
)  # fmt: skip

Filters = Mapping[str, Callable[..., str]]


def render(
    name: str,
    directories: Sequence[Path],
    values: Mapping[str, object],
    filters: Filters,
    reserved: str,
    wanted_at: Location,
) -> str:
    """The text that a template of these directories makes.

    `values`: what it sees; `filters`: what alone may write them; `reserved`: a character that is not its.
    Raises: Rejected at the template's line, or at `wanted_at` where there is no such template.
    """
    environment = _environment(_Loader(directories, reserved), filters)
    wanted = name
    try:
        template = environment.get_template(name)
        name = _shown(template.filename, name)
        pieces: list[str] = []
        size = 0
        stream: Any = template.root_render_func(template.new_context(dict(values)))
        for piece in stream:
            size += len(piece.encode("utf-8", "replace"))
            if size > MAX_SIZE:
                line = template.get_corresponding_lineno(stream.gi_frame.f_lineno)
                raise rejected(RULE, _TOO_MUCH, Location(name, line), _TOO_OFTEN)
            pieces.append(piece)
    except jinja2.TemplateNotFound as error:
        missing = error.name or name
        searched = " or ".join(display(directory) for directory in directories)
        where = wanted_at if missing == wanted else Location(name)
        known = {file.name for directory in directories for file in directory.glob("*.j2")}
        near = near_names(str(missing), sorted(known))
        help = f"did you mean {near[0]}?" if near else f"looked for in {searched}"
        raise rejected(RULE, f"there is no template {missing}", where, help) from error
    except jinja2.TemplateSyntaxError as error:
        raise rejected(
            RULE, error.message or "syntax error", Location(_shown(error.filename, name), error.lineno)
        ) from error
    except Rejected:
        raise
    except Exception as error:
        raise _failed(error, name) from error
    return "".join(pieces)


def page(name: str, values: Mapping[str, object], shown: Callable[[str], str]) -> str:
    """A page of dtgen's own, below `templates/report/`: whatever stands in it is escaped.

    `shown`: what becomes of each text before.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(report_templates()),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else shown(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(values)


def endless(name: str, directories: Sequence[Path]) -> Rejected:
    """Of a template that went over a limit that is not its line's to tell."""
    file = next((file for directory in directories if (file := directory / name).is_file()), None)
    message = f"the template takes more than {SECONDS} s or {MEMORY >> 20} MiB"
    return rejected(RULE, message, Location(display(file) if file else name), _ENDLESS)


def _shown(file: str | None, name: str) -> str:
    return display(Path(file)) if file and file != "<unknown>" else name


class _Exceeded(Exception):
    """The template asks for more than is allowed."""


def _failed(error: Exception, name: str) -> Rejected:
    """A template's run-time error with the line of the innermost template."""
    where = Location(name)
    traceback = error.__traceback__
    while traceback:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
            where = Location(_shown(template.filename, name), line)
        traceback = traceback.tb_next
    match error:
        case jinja2.UndefinedError():
            return rejected(RULE, str(error), where, "a template sees `board` and `targets`")
        case SecurityError():
            return rejected(
                RULE, f"the sandbox forbids it: {error}", where, "templates format values and do nothing else"
            )
        case _Exceeded():
            return rejected(RULE, str(error), where, _TOO_OFTEN)
        case MemoryError():
            return rejected(RULE, f"it takes more than {MEMORY >> 20} MiB", where, _ENDLESS)
        case RecursionError():
            return rejected(RULE, "a macro or an include calls itself without end", where)
        case _:
            return rejected(RULE, f"{type(error).__name__}: {error}", where)


class _Loader(jinja2.BaseLoader):
    def __init__(self, directories: Sequence[Path], reserved: str) -> None:
        self._directories, self._reserved = directories, reserved

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        found = (directory.joinpath(*split_template_path(template)) for directory in self._directories)
        file = next((file for file in found if file.is_file()), None)
        if file is None:
            raise jinja2.TemplateNotFound(template)
        text = files.text(file)
        if self._reserved in text:
            line = text.count("\n", 0, text.index(self._reserved)) + 1
            message = f"U+{ord(self._reserved):X} is for dtgen's own marks"
            raise jinja2.TemplateSyntaxError(message, line, filename=str(file))
        return text, str(file), None


class _Generator(CodeGenerator):
    def visit_Concat(self, node: jinja2.nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.fail("there is no ~: write one value after the other", node.lineno)


def _bounded_concat(pieces: Iterable[str]) -> str:
    """What macros and blocks of `set` are made of."""
    whole = "".join(pieces)
    if len(whole) > MAX_SIZE:
        raise _Exceeded(_TOO_MUCH)
    return whole


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["+", "*", "**", "%"])
    code_generator_class = _Generator
    concat = staticmethod(_bounded_concat)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (isinstance(left, int) and isinstance(right, int)) or operator == "**":
            raise SecurityError(f"{operator} is for numbers, and ** is not there at all")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """str.format takes widths, like other methods of str, which `is_safe_attribute` keeps away."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not isinstance(obj, str) and super().is_safe_attribute(obj, attr, value)


def _environment(loader: _Loader, filters: Filters) -> _Environment:
    environment = _Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=("jinja2.ext.do",),
    )
    environment.globals = {"range": _bounded_range()}
    environment.filters = {name: environment.filters[name] for name in _HARMLESS_FILTERS}
    environment.filters |= {name: _writable(function) for name, function in filters.items()}
    return environment


def _bounded_range() -> Callable[..., range]:
    left = MAX_SIZE

    def bounded(*bounds: int) -> range:
        nonlocal left
        numbers = range(*bounds)
        left -= len(numbers)
        if left < 0:
            raise _Exceeded("its loops run too often")
        return numbers

    return bounded


def _writable(function: Callable[..., str]) -> Callable[..., str]:
    return lambda *arguments: Markup(function(*arguments))


def _finalize(value: Any) -> Any:
    """Only what a filter made may be written."""
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, and names the variable
    if isinstance(value, Markup):
        return value
    raise SecurityError(
        f"a {type(value).__name__} is written as it is; pass it through a filter: "
        "comment, quoted, cell, reference, property, node or tabs"
    )
