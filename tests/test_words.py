"""Numbers in sentences."""

from __future__ import annotations

import pytest

from dtgen.words import counted


@pytest.mark.parametrize(
    ("number", "word", "said"),
    [
        (1, "error", "1 error"),
        (0, "error", "0 errors"),
        (2, "entry", "2 entries"),
        (2, "overlay", "2 overlays"),
    ],
)
def test_a_number_has_the_word_in_its_form(number: int, word: str, said: str) -> None:
    assert counted(number, word) == said
