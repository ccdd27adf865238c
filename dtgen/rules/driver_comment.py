"""A comment in the source of an overlay for EL2 speaks of drivers, KVM or hypervisors.

Why: a devicetree describes the hardware, for every operating system, and outlives the driver of today.
Reviewers ask for the reason to go into the commit message, and for "EL2" or "without Gunyah" rather than
"KVM". Gunyah by its name passes: merged overlays say what that firmware does to the hardware. An overlay is
for EL2 where its name or a comment says so (EL2, KVM, Gunyah), or `pas_at_el2` is given for it.

Fires on:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Modifications required to use KVM on Lemans. */

    /dts-v1/;
    /plugin/;

Passes what is not for EL2:

    // SPDX-License-Identifier: BSD-3-Clause
    /* The camera of the evaluation kit; its driver wants 24 MHz. */

    /dts-v1/;
    /plugin/;

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

Fix: say what the hardware is or needs, or nothing; tell the reason in the commit message.

Source: the kernel's Documentation/devicetree/bindings/writing-bindings.rst; reviews of the EL2 overlays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.dts.lexer import Kind
from dtgen.dts.source import Source

ID = "driver-comment"

_SOFTWARE = re.compile(r"\b(?:drivers?|KVM|hypervisors?)\b", re.IGNORECASE)


def check(source: Source) -> Iterator[Finding]:
    if not source.is_for_el2:
        return  # where nobody asks for it
    for token in source.tokens:
        for match in _SOFTWARE.finditer(token.text) if token.kind is Kind.COMMENT else ():
            before = token.text[: match.start()]
            start = 0 if "\n" in before else token.column - 1
            column = start + len(before.rpartition("\n")[2]) + 1
            yield Finding.at(
                source.place(token.line + before.count("\n"), column),
                f'this comment mentions "{match[0]}"; a devicetree describes hardware',
                "give the reason in the commit message",
            )
