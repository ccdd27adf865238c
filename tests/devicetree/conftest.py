"""A board whose user has one property, for tests of cells and of their text."""

from __future__ import annotations

import pytest

BOARD = """
/ {
    one: one { #clock-cells = <1>; phandle = <1>; };
    two: two { #clock-cells = <2>; #iommu-cells = <2>; phandle = <2>; };
    none { phandle = <3>; };
    user { BODY };
};
"""


@pytest.fixture(scope="session")
def board(tree):
    return tree(BOARD.replace("BODY", ""))


@pytest.fixture(scope="session")
def user(tree):
    """A board and the only property of its user."""

    def literal(body: str):
        board = tree(BOARD.replace("BODY", body))
        (prop,) = board.nodes["/user"].properties.values()
        return board, prop

    return literal
