from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dtgen.bindings.schemas.property_types import SchemaStep, read, written

NUMBERS = st.integers(0, 2**32 - 1)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4)
STEPS = st.builds(
    lambda known, after: SchemaStep([a for a, _ in known], [b for _, b in known], [n for pair in after for n in pair]),
    PAIRS,
    PAIRS,
)  # fmt: skip


@given(st.lists(STEPS, max_size=5))
def test_steps_are_read_as_they_were_written(steps: list[SchemaStep]) -> None:
    assert list(read(written(steps))) == steps
