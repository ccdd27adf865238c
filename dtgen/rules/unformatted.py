"""An overlay's source is not written in the kernel's style.

Why: it is what reviewers and checkpatch ask for first: tabs, one property a line, lower-case hex digits,
one blank line between nodes and after the header, none inside of braces, values that continue beneath
their first entry. In the examples, eight spaces stand for a tab.

Fires on spaces in the place of tabs:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_adsp {
           iommus = <&apps_smmu 0x3000 0x0>;
    };

Fires on upper-case hex digits:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_gpdsp0 {
            iommus = <&apps_smmu 0x38A0 0x0>;
    };

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_adsp {
            iommus = <&apps_smmu 0x3000 0x0>;
    };

    &remoteproc_cdsp0 {
            iommus = <&apps_smmu 0x21c0 0x0400>;
    };

Fix: `dtgen format FILE`; `dtgen format --diff FILE` shows what that changes.

Source: the kernel's Documentation/devicetree/bindings/dts-coding-style.rst; scripts/checkpatch.pl.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import takewhile, zip_longest

from dtgen.diagnostics import Finding
from dtgen.dts.format import formatted
from dtgen.dts.source import Source

ID = "unformatted"


def check(source: Source) -> Iterator[Finding]:
    """One for each place that differs from what it would be."""
    if source.items is None:
        return
    text, command = source.text, f"dtgen format {source.file}"
    if ends := text.count("\r\n"):
        lines = "the lines end" if ends == text.count("\n") else f"{ends} lines end"
        where = source.place(text.count("\n", 0, text.index("\r\n")) + 1)
        yield Finding.at(where, f"{lines} with CR LF, as on Windows", command)
        text = text.replace("\r\n", "\n")
    old, new = text.split("\n"), formatted(text, sort=False).split("\n")
    for what, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if what == "equal":
            continue
        message, offset, column = _difference(old[start:end], new[new_start:new_end])
        where = source.place(min(start + offset + 1, len(old)), column)
        yield Finding.at(where, message, command)


def _difference(was: Sequence[str], shall: Sequence[str]) -> tuple[str, int, int]:
    """In words, and where it begins: lines below the first of these, and the column."""
    old, new = [line for line in was if line.strip()], [line for line in shall if line.strip()]
    if old == new:
        missing = len(was) < len(shall)
        return "a blank line is missing" if missing else "there is a blank line too many", 0, 1
    offset, before, after = next(
        (place, one, two)
        for place, (one, two) in enumerate(zip_longest(was, shall, fillvalue=""))
        if one != two
    )
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    column = sum(1 for _ in same) + 1
    if len(old) < len(new):
        message = "write one property per line"
    elif before.rstrip() == after:
        message = "trailing white space"
    elif before.strip() == after.strip():
        message = (
            "indented with spaces" if before.startswith(" ") and after[:1] == "\t" else "wrong indentation"
        )
    elif before.lower() == after.lower():
        message = "hex digits should be in lower case"
    else:
        message = f"write {after.strip()}" if after.strip() else "a blank line is missing"
    return message, offset, column
