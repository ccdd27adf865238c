"""What a syntax error in a source means: see tests/mistakes/overlay for those of overlays."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Location
from dtgen.dts.slips import slip


@pytest.mark.parametrize("text", ["", "\n\n", "/* x */\n", "// x\n"])
def test_a_source_of_nothing_is_said_to_be_one(text: str) -> None:
    found = slip(text, Location("x.dts", 1, 1))
    assert found is not None
    assert (found.message, found.help, str(found.location)) == (
        "syntax error: the file is empty", "begin it with /dts-v1/;", "x.dts",
    )  # fmt: skip
