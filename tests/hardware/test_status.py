"""Whether the kernel makes a device of a node."""

from __future__ import annotations

import pytest

from dtgen.hardware.status import is_available, unavailable

BOARD = """
/ {
    plain { };
    okay { status = "okay"; };
    ok { status = "ok"; };
    off { status = "disabled"; below { deep { }; }; kept { status = "reserved"; }; };
    odd { status = ""; };
};
"""


@pytest.mark.parametrize(
    ("path", "culprit"),
    [
        ("/", None),
        ("/plain", None),
        ("/okay", None),
        ("/ok", None),
        ("/off", "/off"),
        ("/off/below", "/off"),
        ("/off/below/deep", "/off"),
        ("/off/kept", "/off/kept"),
        ("/odd", "/odd"),
    ],
)
def test_what_makes_a_node_unavailable(tree, path, culprit):
    board = tree(BOARD)
    found = unavailable(board, board.nodes[path])
    assert (found.path if found else None) == culprit
    assert is_available(board, board.nodes[path]) is (culprit is None)
