"""Board + template → the text of an overlay, and which of its lines came from which entry.

The only module that imports jinja2. Values reach the text through filters alone, and only their
results may be written (`_finalize`), so no description can break out of its place. Each filter
wraps what it writes in a marker that names the entry; the markers are taken out afterwards, and
what is left of them are the spans.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dtgen.description import dts
from dtgen.description.board import Board
from dtgen.devicetree.blob import MAX_DEPTH
from dtgen.devicetree.values import quoted
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.project.layout import Finder, display

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MAX_SIZE = 4 << 20
"""Bytes that a template may write, and steps that its `range` loops may take."""
RULE = "template"
_TOO_OFTEN = "an overlay has some hundred lines: look for a loop inside of a loop"
_TOO_MUCH = f"it writes more than {MAX_SIZE >> 20} MiB"

# a private-use character, which no filter lets through from a description
_MARK = "\ue000"
_MARKER = re.compile(f"{_MARK}([0-9]+){_MARK}")

# jinja2's filters that neither mark a text as safe nor make a large one of a few characters
_HARMLESS_FILTERS = (
    "abs", "attr", "count", "default", "dictsort", "first", "groupby", "int", "items", "last", "length",
    "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select",
    "selectattr", "sort", "sum", "trim", "unique", "upper",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OverlaySource:
    """The text of an overlay. `spans`: line of the text, from 1, to the entry that it came from."""

    name: str
    """Its file name, `<overlay>.dtso`."""
    text: str
    spans: Mapping[int, Location]

    def origin(self, line: int) -> Location | None:
        """The entry that led to the line; None for what the template says itself."""
        return self.spans.get(line)

    def line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


def render(board: Board, finder: Finder) -> OverlaySource:
    """Render the board's template.

    Raises: Rejected, at the template's line, or at the board's where there is no such template.
    """
    import jinja2

    marks: list[Location] = []
    environment = _environment(finder, marks)
    name = board.overlay.template
    try:
        template = environment.get_template(name)
        name = _shown(template.filename, name)
        pieces: list[str] = []
        size = 0
        stream: Any = template.root_render_func(
            template.new_context({"board": board, "targets": board.targets})
        )
        for piece in stream:
            size += len(piece.encode("utf-8", "replace"))
            if size > MAX_SIZE:
                line = template.get_corresponding_lineno(stream.gi_frame.f_lineno)
                raise rejected(RULE, _TOO_MUCH, Location(name, line), _TOO_OFTEN)
            pieces.append(piece)
    except jinja2.TemplateNotFound as error:
        missing = error.name or name
        searched = " or ".join(display(directory) for directory in finder.template_directories())
        where = board.overlay.location if missing == name else Location(name)
        raise rejected(RULE, f"there is no template {missing}", where, f"looked for in {searched}") from error
    except jinja2.TemplateSyntaxError as error:
        raise rejected(
            RULE, error.message or "syntax error", Location(_shown(error.filename, name), error.lineno)
        ) from error
    except Rejected:
        raise
    except Exception as error:
        raise _failed(error, name) from error
    return _unmarked(f"{board.overlay.name}.dtso", "".join(pieces), marks)


def _shown(file: str | None, name: str) -> str:
    from pathlib import Path

    return display(Path(file)) if file and file != "<unknown>" else name


class _Exceeded(Exception):
    """The template asks for more than is allowed."""


def _failed(error: Exception, name: str) -> Rejected:
    """A template's run-time error with the line of the innermost template."""
    import jinja2
    from jinja2.exceptions import SecurityError

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
        case RecursionError():
            return rejected(RULE, "a macro or an include calls itself without end", where)
        case _:
            return rejected(RULE, f"{type(error).__name__}: {error}", where)


def _environment(finder: Finder, marks: list[Location]) -> SandboxedEnvironment:
    import jinja2
    from jinja2.compiler import CodeGenerator, Frame
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup

    budget = [MAX_SIZE]

    def bounded_range(*bounds: int) -> range:
        numbers = range(*bounds)
        budget[0] -= len(numbers)
        if budget[0] < 0:
            raise _Exceeded("its loops run too often")
        return numbers

    def bounded_concat(pieces: Iterable[str]) -> str:
        """What macros and blocks of `set` are made of."""
        whole = "".join(pieces)
        if len(whole) > MAX_SIZE:
            raise _Exceeded(_TOO_MUCH)
        return whole

    class Generator(CodeGenerator):
        def visit_Concat(self, node: jinja2.nodes.Concat, frame: Frame) -> None:  # noqa: N802
            self.fail("there is no ~: write one value after the other", node.lineno)

    class Loader(jinja2.FileSystemLoader):
        def get_source(self, environment: jinja2.Environment, template: str) -> Any:
            text, file, up_to_date = super().get_source(environment, template)
            if _MARK in text:
                line = text.count("\n", 0, text.index(_MARK)) + 1
                raise jinja2.TemplateSyntaxError("U+E000 is for dtgen's own marks", line, filename=file)
            return text, file, up_to_date

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(["+", "*", "**", "%"])
        code_generator_class = Generator
        concat = staticmethod(bounded_concat)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not (isinstance(left, int) and isinstance(right, int)) or operator == "**":
                raise SecurityError(f"{operator} is for numbers, and ** is not there at all")
            return super().call_binop(context, operator, left, right)

        def wrap_str_format(self, value: Any) -> None:
            """str.format takes widths, like other methods of str, which `is_safe_attribute` keeps away."""

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return not isinstance(obj, str) and super().is_safe_attribute(obj, attr, value)

    environment = Environment(
        loader=Loader([str(directory) for directory in finder.template_directories()]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=("jinja2.ext.do",),
    )
    environment.globals = {"range": bounded_range}
    environment.filters = {name: environment.filters[name] for name in _HARMLESS_FILTERS}
    mark = _marker(marks)
    filters: dict[str, Callable[..., str]] = {
        "comment": dts.comment,
        "quoted": quoted,
        "cell": hex,
        "reference": lambda target: mark(target.location) + dts.reference(target),
        "property": lambda prop, depth=1: "\n".join(
            mark(prop.location) + line for line in dts.property(prop, depth).split("\n")
        ),
        "node": lambda node: mark(node.location) + dts.node_name(node),
        "tabs": lambda depth: "\t" * min(depth, MAX_DEPTH),
    }
    for name, function in filters.items():
        environment.filters[name] = _writable(function, Markup)
    return environment


def _writable(function: Callable[..., str], markup: type[str]) -> Callable[..., str]:
    return lambda *arguments: markup(function(*arguments))


def _finalize(value: Any) -> Any:
    """Only what a filter made may be written."""
    from jinja2 import Undefined
    from jinja2.exceptions import SecurityError
    from markupsafe import Markup

    if isinstance(value, Undefined):
        return str(value)  # raises, and names the variable
    if isinstance(value, Markup):
        return value
    raise SecurityError(
        f"a {type(value).__name__} is written as it is; pass it through a filter: "
        "comment, quoted, cell, reference, property, node or tabs"
    )


def _marker(marks: list[Location]) -> Callable[[Location], str]:
    def mark(location: Location) -> str:
        marks.append(location)
        return f"{_MARK}{len(marks) - 1}{_MARK}"

    return mark


def _unmarked(name: str, text: str, marks: Sequence[Location]) -> OverlaySource:
    spans: dict[int, Location] = {}
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        for match in _MARKER.finditer(line):
            spans.setdefault(number, marks[int(match[1])])
        lines.append(_MARKER.sub("", line))
    return OverlaySource(name, "\n".join(lines), spans)
