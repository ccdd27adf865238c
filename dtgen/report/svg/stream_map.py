"""The stream map as a picture: a square for each stream ID, masks as the patterns that they make.

Claims with IDs in common lie within one another, the wider one outside, so that containment is seen as such
and two claims of which neither contains the other stick out of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

from dtgen.hardware.sharing import Sharing
from dtgen.hardware.stream_map import Claimant, Smmu, StreamMap
from dtgen.report.streams import summary
from dtgen.report.style import Style
from dtgen.report.svg import id_rows
from dtgen.report.svg.id_rows import COLUMNS, Claim, IdRow
from dtgen.report.svg.picture import (
    ADVANCE,
    MARGIN,
    WIDTH,
    Picture,
    box,
    document,
    element,
    group,
    legend,
    number,
    text,
)
from dtgen.report.visible import shortened, visible, width

MOST_ROWS = 400
"""In one picture; hostile masks make millions."""
_LEFT = 104
_CELL, _HIGH = 8, 10
_BETWEEN = 4
_INSET = 0.9, 2.4
"""Pixels by which a claim within another is smaller, on each side."""
_RIGHT = _LEFT + COLUMNS * _CELL
_DEEPEST = 3
"""Claims within one another that are drawn smaller; more have the same size."""


def pictures(tree_map: StreamMap) -> list[Picture]:
    """One for each SMMU."""
    return [smmu(found) for found in tree_map.smmus]


def svg(tree_map: StreamMap) -> str:
    """All of them, as a file."""
    against = f" against {tree_map.against}" if tree_map.against else ""
    shown = pictures(tree_map)
    nothing = "" if shown else ": no node claims a stream of an Arm SMMU"
    return document(f"Stream map of {tree_map.file}{against}{nothing}", shown)


def smmu(found: Smmu) -> Picture:
    """The IDs of an SMMU: 64 in a row, rows without a claim left out."""
    held = tuple(id_rows.claims(found))
    shown = list(islice(id_rows.rows(held), MOST_ROWS + 1))
    name = visible(f"&{found.label}" if found.label else found.path)
    body = [
        text(MARGIN, 20, shortened(name, 60), "strong"),
        text(WIDTH - MARGIN, 20, summary(found, Style()), "dim end"),
        *_scale(36),
    ]
    y, end = 46.0, None
    first: dict[tuple[Claim, ...], IdRow] = {}
    for row in shown[:MOST_ROWS]:
        if end is not None and end != row.start:
            y += 5
        shown_row, high = _row(row, first.setdefault(row.claims, row), y)
        body.append(shown_row)
        end = row.start + row.alike * COLUMNS
        y += high + _BETWEEN
    if len(shown) > MOST_ROWS:
        body.append(text(_LEFT, y + 9, "more rows follow; the table has every claim", "dim"))
        y += _HIGH + _BETWEEN
    signs, y = legend(y + 10, list(_legend(held)))
    return Picture(
        round(y + 10),
        f"Stream IDs of {shortened(name, 200)}",
        f"{summary(found, Style())}. A square is a stream ID; the table below has every claim.",
        "".join((*body, *signs)),
    )


def _scale(y: float) -> Iterator[str]:
    for column in range(0, COLUMNS, 8):
        yield text(_LEFT + column * _CELL, y, f"+{column:#04x}", "dim")


def _row(row: IdRow, like: IdRow, y: float) -> tuple[str, float]:
    """At `y`, and how high it is: what is drawn has its origin there, and patterns fall on the squares."""
    placed = list(_levels(row))
    high = _HIGH + max(level for _, _, level in placed) * 2 * (_INSET[1] - 0.6)
    start = f"{row.start:#x}"
    shown = [
        text(_LEFT - 8, 9, f"{start} ×{row.alike}" if row.alike > 1 else start, "end dim"),
        element("path", d=box(_LEFT, 0, COLUMNS * _CELL, high), class_="track"),
        element(
            "path",
            d="".join(f"M{_LEFT + at * _CELL} 0v{number(high)}" for at in (16, 32, 48)),
            class_="rule",
        ),
    ]
    shown += [_claim(row, claim, mine, level, high) for claim, mine, level in placed]
    content = "".join((*shown, *_names(row, like)))
    return element("g", content, transform=f"translate(0 {number(y)})"), high


def _levels(row: IdRow) -> Iterator[tuple[Claim, Sequence[int], int]]:
    """The claims with their columns, and in how many wider ones each lies."""
    depth: dict[int, int] = {}
    for claim in row.claims:
        mine = id_rows.columns(claim.match)
        level = max(depth.get(column, 0) for column in mine)
        depth |= dict.fromkeys(mine, level + 1)
        yield claim, mine, min(level, _DEEPEST)


def _claim(row: IdRow, claim: Claim, mine: Sequence[int], level: int, high: float) -> str:
    """Its squares in the row; those of a run touch."""
    across, along = (level * inset for inset in _INSET)
    paths = []
    for echo, found in groupby(mine, key=lambda column: claim.echoes(row.start + column)):
        path = "".join(
            box(_LEFT + at * _CELL + across, along, count * _CELL - 2 * across, high - 2 * along)
            for at, count in _runs(found)
        )
        paths.append(element("path", d=path, class_=f"claim {state(claim.claimant)}{' echo' * echo}"))
    return group(paths, _title(claim))


def _runs(found: Iterable[int]) -> list[tuple[int, int]]:
    """First column and number of each run."""
    runs: list[tuple[int, int]] = []
    for column in found:
        if runs and sum(runs[-1]) == column:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((column, 1))
    return runs


def state(claimant: Claimant) -> str:
    """What it is drawn as."""
    if not claimant.available:
        return "off"
    if claimant.conflicts:
        return "new-conflict" if claimant.new else "conflict"
    if claimant.new:
        return "new"
    return "shared" if claimant.sharing is Sharing.GROUP else ""


_RANK = {"new-conflict": 0, "conflict": 1, "new": 2, "shared": 3, "": 3, "off": 4}
_SIGNS = {"new-conflict": "!+ ", "conflict": "! ", "new": "+ "}
_CLASSES = {"new-conflict": "sign-conflict", "conflict": "sign-conflict", "new": "sign-new", "off": "dim"}


def _names(row: IdRow, like: IdRow) -> Iterator[str]:
    """Who claims what of the row, the worst first; of one that is as another, which one that is."""
    x = _RIGHT + 10.0
    if like is not row:
        by_mask = any(claim.ignored & row.start for claim in row.claims)
        yield text(x, 9, f"as {like.start:#x}" + (", by the mask" if by_mask else ""), "dim")
        return
    left = int((WIDTH - MARGIN - x) / ADVANCE)
    shown = list(_named(row.claims))
    for place, (kind, name) in enumerate(shown):
        others = len(shown) - place - 1
        if place and width(name) + (len(f"  +{others} more") if others else 0) > left:
            yield text(x, 9, f"+{others + 1} more", "dim")
            return
        yield text(x, 9, name, _CLASSES.get(kind, ""))
        used = width(name) + 2
        x, left = x + used * ADVANCE, left - used


def _named(claims: Iterable[Claim]) -> Iterator[tuple[str, str]]:
    """States and names, the worst first; siblings of one kind, as context banks are, are named together."""
    found: dict[tuple[str, ...], list[Claim]] = {}
    for claim in sorted(dict.fromkeys(claims), key=lambda c: (_RANK[state(c.claimant)], c.match.id)):
        claimant, kind = claim.claimant, state(claim.claimant)
        path = claimant.subject.path
        key = (claimant.label, claim.text) if claimant.label else (path.rpartition("@")[0] or path, "")
        found.setdefault((kind, *key, hex(claim.match.mask)), []).append(claim)
    for (kind, *_), alike in found.items():
        name = shortened(visible(alike[0].claimant.name), 26)
        last = alike[-1].claimant.name.rpartition("@")[2]
        several = f"…{shortened(visible(last), 12)}" if len(alike) > 1 else ""
        yield kind, f"{_SIGNS.get(kind, '')}{name}{several} {alike[0].text}"


def _title(claim: Claim) -> str:
    claimant = claim.claimant
    marks = [word for word, true in (("disabled", not claimant.available), ("new", claimant.new)) if true]
    if claimant.sharing:
        word = "conflicts" if claimant.conflicts else "shared"
        marks.append(f"{word} with {', '.join(shortened(path, 200) for path in claimant.shares_with[:5])}")
    notes = f" ({'; '.join(marks)})" if marks else ""
    return f"{claim.text}  {shortened(visible(str(claimant.subject)), 300)}{notes}"


def _legend(held: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    there = {state(claim.claimant) for claim in held}
    square = box(0, 0, 10, 10)
    yield (
        element("path", class_="claim", d=square),
        "a stream ID that a node claims; 64 in a row, empty rows left out",
    )
    if any(claim.ignored for claim in held):
        yield element("path", class_="claim echo", d=square), "matches, too: the mask ignores a bit of it"
    if any(claim.claimant.sharing for claim in held):
        inner = element("path", class_="claim", d=box(2, 2, 6, 6))
        yield element("path", class_="claim", d=square) + inner, "claimed twice: the wider claim is outside"
    for kind, meaning in (
        ("shared", "shared in one IOMMU group"),
        ("conflict", "conflict"),
        ("new-conflict", "new, and a conflict"),
        ("new", "new"),
        ("off", "of a disabled node"),
    ):
        if kind in there:
            yield element("path", class_=f"claim {kind}", d=square), meaning
