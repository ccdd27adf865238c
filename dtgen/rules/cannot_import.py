"""An overlay says what no description can say, so `dtgen import` writes none.

Why: a description that leaves something out would build another overlay than the one that it was made from.
What cannot be said is nearly always what no loader applies either.

Fires on:

    soc { uart: serial@1000 { reg = <0x1000>; }; };

    /plugin/;

    / { connector { compatible = "hdmi-connector"; }; };
    &uart { status = "okay"; };

Passes:

    soc { uart: serial@1000 { reg = <0x1000>; }; };

    /plugin/;

    &{/} { connector { compatible = "hdmi-connector"; }; };
    &uart { status = "okay"; };

Fix: as the finding says, then import again.

Source: dtgen/description/importing/obstacles.py; libfdt's fdt_overlay.c, which applies fragments alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.importing.obstacles import RULE, Imported, obstacles
from dtgen.diagnostics import Finding

ID = RULE


def check(imported: Imported) -> Iterator[Finding]:
    return obstacles(imported)
