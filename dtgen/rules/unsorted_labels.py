"""A block of an overlay's source is not in its alphabetical place.

Why: one finds a node by its label, two overlays can be compared, and patches that add nodes do not meet at
the end of the file. `&{/path}` comes first, then labels by name, their numbers by value: `uart6` before
`uart12`. Blocks across a preprocessor line or a comment that stands alone are not compared, nor are those
whose order has a meaning (one label twice, a label that the overlay defines).

Fires on:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &venus {
            status = "disabled";
    };

    &gpu_zap_shader {
            status = "disabled";
    };

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &gpu_zap_shader {
            status = "disabled";
    };

    &venus {
            status = "disabled";
    };

Fix: `dtgen format FILE` moves the blocks, with the comments above them.

Source: the kernel's Documentation/devicetree/bindings/dts-coding-style.rst, Order of Nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.diagnostics import Finding
from dtgen.dts.order import Unit, in_order, runs
from dtgen.dts.source import Source

ID = "unsorted-labels"


def check(source: Source) -> Iterator[Finding]:
    for run in runs(source.items or ()):
        if isinstance(run, tuple):
            wanted = in_order(run)
            misplaced = _misplaced(run, wanted)
            for unit in misplaced:
                side, other = _neighbour(unit, wanted, misplaced)
                token = unit.block.first
                yield Finding.at(
                    source.place(token.line, token.column),
                    f"{_name(unit)} is out of order: its place is {side} {_name(other)}",
                    f"dtgen format {source.file}",
                )


def _neighbour(unit: Unit, wanted: Sequence[Unit], misplaced: Sequence[Unit]) -> tuple[str, Unit]:
    """A block that stays where it is; one does, at least."""
    place = wanted.index(unit)
    before = [other for other in wanted[:place] if other not in misplaced]
    return (
        ("after", before[-1]) if before else ("before", next(o for o in wanted[place:] if o not in misplaced))
    )


def _name(unit: Unit) -> str:
    return unit.block.head[-1].text


def _misplaced(run: Sequence[Unit], wanted: Sequence[Unit]) -> list[Unit]:
    """The fewest that have to move: all but the longest series that is in order."""
    places = [wanted.index(unit) for unit in run]
    series: list[tuple[int, ...]] = []
    for place in places:
        ahead = [one for one in series if one[-1] < place]
        series.append((*max(ahead, key=len, default=()), place))
    kept = max(series, key=len, default=())
    return [unit for unit, place in zip(run, places, strict=True) if place not in kept]
