"""Board + template → the text of an overlay, and which of its lines came from which entry.

Values reach the text through filters alone, so no description can break out of its place. Each filter
wraps what it writes in a marker that names the entry; the markers are taken out afterwards, and what is
left of them are the spans.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from dtgen.description import dts
from dtgen.description.board import Board
from dtgen.devicetree.blob import MAX_DEPTH
from dtgen.devicetree.values import quoted
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, rejected
from dtgen.jobs import children
from dtgen.project.layout import Finder
from dtgen.records import dataclass

# a private-use character, which no filter lets through from a description
_MARK = "\ue000"
_MARKER = re.compile(f"{_MARK}([0-9]+){_MARK}")


@dataclass(frozen=True, slots=True)
class OverlaySource:
    """The text of an overlay. `spans`: line of the text, from 1, to the entry that it came from."""

    name: str
    """Its file name, `<overlay>.dtso`."""
    text: str
    spans: Mapping[int, Location]
    entries: Mapping[Location, tuple[Location, ...]] = field(default_factory=dict)
    """Of a property that has several: its place to theirs."""
    mentions: Mapping[Location, Mapping[str, Location]] = field(default_factory=dict)
    """Of a property with labels among its cells: its place to theirs."""

    def origin(self, line: int) -> Location | None:
        """The entry that led to the line; None for what the template says itself."""
        return self.spans.get(line)

    def line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


def render(board: Board, finder: Finder) -> OverlaySource:
    """Render the board's template, in a copy of this process: it may be anybody's, and need not end.

    Raises: Rejected, at the template's line, or at the board's where there is no such template.
    """
    from dtgen.description import template  # with jinja2, which not every command needs

    try:
        made = children.limited(lambda: _rendered(board, finder), template.SECONDS, template.MEMORY)
    except children.Exhausted as error:
        raise template.endless(board.overlay.template, finder.template_directories()) from error
    found = json.loads(made)
    if "wrong" in found:
        message, place, help = found["wrong"]
        raise rejected(template.RULE, message, Location(*place), help)
    marks = [Location(*place) for place in found["marks"]]
    unmarked = _unmarked(f"{board.overlay.name}.dtso", found["text"], marks)
    properties = [prop for target in board.targets for node in target.walk() for prop in node.properties]
    return dataclasses.replace(
        unmarked,
        entries={prop.location: prop.entries for prop in properties if prop.entries},
        mentions={prop.location: prop.mentions for prop in properties if prop.mentions},
    )


def _rendered(board: Board, finder: Finder) -> bytes:
    """The text with its marks, or what is wrong with the template, as JSON."""
    from dtgen.description import template

    marks: list[Location] = []
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
    try:
        text = template.render(
            board.overlay.template,
            finder.template_directories(),
            {"board": board, "targets": board.targets},
            filters,
            _MARK,
            board.overlay.location,
        )
    except Rejected as refusal:
        (wrong,) = refusal.diagnostics
        return json.dumps(
            {"wrong": [wrong.message, dataclasses.astuple(wrong.location), wrong.help]}
        ).encode()
    return json.dumps({"text": text, "marks": [dataclasses.astuple(place) for place in marks]}).encode()


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
