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
            for unit in _misplaced(run, wanted):
                place = wanted.index(unit)
                side, other = ("after", wanted[place - 1]) if place else ("before", wanted[1])
                token = unit.block.first
                yield Finding.at(
                    source.place(token.line, token.column),
                    f"{_name(unit)} is out of order: its place is {side} {_name(other)}",
                    f"dtgen format {source.file}",
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
