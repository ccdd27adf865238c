"""A stack as a picture: the base, the overlays in their order, and which of them wrote what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.report.svg.picture import (
    ADVANCE,
    LINE,
    MARGIN,
    WIDTH,
    Picture,
    element,
    group,
    legend,
    number,
    text,
)
from dtgen.report.visible import shortened, visible
from dtgen.results import LayerChanges
from dtgen.words import counted

MOST_ROWS = 120
"""Properties; the table has all."""
_NAME = 78
"""Characters of a row's name, at the most."""
_MARKS = {
    ChangeKind.ADDED: ("new", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"),
    ChangeKind.CHANGED: ("changed", "M0 -6l6 6l-6 6l-6 -6z"),
    ChangeKind.REMOVED: ("conflict", "M-5 -5h10v10h-10z"),
}
_BASE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"

Writers = dict[int, Change]
"""By layer, from 1; the base is 0."""


def picture(base: str, layers: Sequence[LayerChanges]) -> Picture:
    """Who wrote what: a row for each property, a column for the base and for each overlay."""
    places: dict[tuple[str, str | None], Writers] = {}
    for at, layer in enumerate(layers, 1):
        for change in layer.changes:
            places.setdefault((change.path, change.property), {})[at] = change
    names = [change.name for layer in layers for change in layer.changes]
    names += [f"  {change.property}" for layer in layers for change in layer.changes]
    left = MARGIN + min(_NAME, max(map(len, names), default=0)) * ADVANCE + 32
    step = min(90.0, (WIDTH - MARGIN - left) / (len(layers) + 1))
    columns = [left + (at + 0.5) * step for at in range(len(layers) + 1)]
    body, y = [], 20.0
    for at, name in enumerate((base, *(layer.file for layer in layers))):
        count = f", {counted(len(layers[at - 1].changes), 'change')}" if at else ""
        body.append(text(MARGIN, y, f"{at}  {shortened(visible(name), 110)}{count}", "" if at else "dim"))
        y += LINE
    y += 4
    body += [text(x, y + 10, str(at), "dim middle") for at, x in enumerate(columns)]
    y += LINE + 4
    rows = sorted(places.items(), key=lambda place: (place[0][0], place[0][1] or ""))
    for path, found in groupby(rows[:MOST_ROWS], key=lambda place: place[0][0]):
        of_node = list(found)
        name = next(iter(of_node[0][1].values())).name
        body.append(text(MARGIN, y + 11, shortened(visible(name if name != "/" else path), _NAME), "strong"))
        y += LINE
        for (_, prop), written in of_node:
            body.append(_row(prop, written, columns, y))
            y += LINE
    if len(rows) > MOST_ROWS:
        body.append(text(MARGIN, y + 11, f"+{len(rows) - MOST_ROWS} more, in the table", "dim"))
        y += LINE
    kinds = {change.kind for layer in layers for change in layer.changes}
    signs, y = legend(y + 12, list(_legend(kinds)))
    written_by = ", ".join(shortened(layer.file, 60) for layer in layers)
    description = f"What {written_by} changed in {shortened(base, 100)}; the table of changes has the values."
    return Picture(round(y + 10), "Who wrote what", description, "".join(body + signs))


def _row(prop: str | None, written: Writers, columns: Sequence[float], y: float) -> str:
    middle = y + LINE / 2
    first, last = min(written), max(written)
    was_there = written[first].kind is not ChangeKind.ADDED
    begin = 0 if was_there else first
    shown = [
        text(MARGIN + 16, y + 11, shortened(visible(prop or "this node"), _NAME - 2), "" if prop else "dim")
    ]
    shown.append(
        element(
            "path",
            d=f"M{number(columns[0])} {number(middle)}H{number(columns[-1])}",
            class_="rule",
            opacity="0.4",
        )
    )
    if begin != last:
        line = f"M{number(columns[begin])} {number(middle)}H{number(columns[last])}"
        shown.append(element("path", d=line, class_="rule wide"))
    if was_there:
        shown.append(_mark(_BASE, "hollow", columns[0], middle))
    for at, change in written.items():
        class_, path = _MARKS[change.kind]
        shown.append(group([_mark(path, f"claim {class_}", columns[at], middle)], _title(change)))
    return "".join(shown)


def _mark(path: str, class_: str, x: float, y: float) -> str:
    return element("path", d=path, class_=class_, transform=f"translate({number(x)} {number(y)})")


def _title(change: Change) -> str:
    where = f"{change.name}: {change.property or 'this node'}"
    values = " → ".join(shortened(value, 120) for value in (change.old, change.new) if value)
    return f"{shortened(where, 200)} {change.kind.value}" + (f": {values}" if values else "")


def _legend(kinds: Collection[ChangeKind]) -> Iterator[tuple[str, str]]:
    yield element("path", d=_BASE, class_="hollow", transform="translate(5 5)"), "in the base"
    for kind, (class_, path) in _MARKS.items():
        if kind not in kinds:
            continue
        yield element("path", d=path, class_=f"claim {class_}", transform="translate(5 5)"), kind.value
