"""Names that look alike are those that difflib finds among all."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.bindings.messages.near import nearest

KNOWN = (
    "clocks", "clock-names", "clock-frequency", "assigned-clocks", "interrupts", "interrupt-parent", "reg",
    "reg-names", "iommus", "iommu-map", "qcom,smem-states", "qcom,smem-state-names", "a", "", "aaaaaaaaaaaa",
)  # fmt: skip
WORDS = st.one_of(
    st.text("abcr-", max_size=12),
    st.builds(lambda name, at, letter: name[:at] + letter + name[at + 1 :], st.sampled_from(KNOWN), st.integers(0, 12), st.sampled_from(["", "x", "ss"])),
)  # fmt: skip


@given(WORDS, st.lists(WORDS, max_size=8))
def test_they_are_difflibs(name: str, more: list[str]) -> None:
    known = (*KNOWN, *more)
    assert nearest(name, known) == difflib.get_close_matches(name, known, 5, 0.85)


@pytest.mark.parametrize(
    ("name", "found"),
    [("clokcs", []), ("iommu", ["iommus"]), ("qcom,smem-state", ["qcom,smem-states"])],
)
def test_a_typo(name: str, found: list[str]) -> None:
    assert nearest(name, KNOWN) == found
