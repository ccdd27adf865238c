"""A source includes a file from outside of the project, the kernel tree and the directories given with -I.

Why: the overlay depends on what only this machine has, and whoever compiles a source that others wrote takes
files into the blob that were not meant for it: `/incbin/ ("/etc/passwd")` is data like any other to dtc.

Fires on:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Calibration of the board. */

    /dts-v1/;
    /plugin/;

    &uart0 {
            data = /incbin/("/etc/passwd");
    };

Passes where the file is beside the source:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Calibration of the board. */

    /dts-v1/;
    /plugin/;

    &uart0 {
            data = /incbin/("calibration.bin");
    };

Fix: bring the file into the project, or name its directory with `-I DIR`.

Source: dtc's srcpos.c, srcfile_relative_open(), which opens whatever it is given.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.dts.source import Source

ID = "foreign-include"


def check(source: Source) -> Iterator[Finding]:
    for found in source.foreign_includes:
        yield Finding.at(
            found.where,
            f"{found.shown} is outside of the project, the kernel tree and what -I names",
            "bring it into the project, or name its directory with -I DIR",
        )
