"""An overlay's source does not begin with its licence and a comment that says what it is.

Why: the kernel takes no file without a licence, and its tools look for that in the first line. The comment
has the copyright, and says what the overlay is for: "Lemans specific modifications required to boot in EL2."

Fires on a source without a licence:

    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

Fires on a source without a comment:

    // SPDX-License-Identifier: BSD-3-Clause

    /dts-v1/;
    /plugin/;

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /*
     * Copyright (c) Qualcomm Technologies, Inc. and/or its subsidiaries.
     *
     * Lemans specific modifications required to boot in EL2.
     */

    /dts-v1/;
    /plugin/;

Fix: write both at the top of the file.

Source: the kernel's Documentation/process/license-rules.rst; scripts/checkpatch.pl, SPDX_LICENSE_TAG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.dts.lexer import Kind, Token
from dtgen.dts.source import Source

ID = "missing-header"

_LICENCE = re.compile(r"// SPDX-License-Identifier: \S")


def check(source: Source) -> Iterator[Finding]:
    top = source.place(1, 1)
    if not _LICENCE.match(source.text):
        message = "the first line should be the licence"
        help = "write // SPDX-License-Identifier: BSD-3-Clause, or what it is, there"
        yield Finding.at(top, message, help)
    if all(_LICENCE.match(comment.text) for comment in _first_comments(source)):
        message = "no comment at the top says whose this is and what it is for"
        example = ': "Lemans specific modifications required to boot in EL2."' if source.is_for_el2 else ""
        help = f"write the copyright and what the overlay is for below the licence{example}"
        yield Finding.at(top, message, help)


def _first_comments(source: Source) -> Iterator[Token]:
    """Those before any code, and before or behind the lines `/dts-v1/;` and `/plugin/;`."""
    for token in source.tokens:
        if token.kind is Kind.COMMENT:
            yield token
        elif not (token.is_gap or token.kind in (Kind.KEYWORD, Kind.DIRECTIVE) or token.is_mark(";")):
            return
