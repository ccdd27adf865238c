"""What all that do the work have in common."""

from __future__ import annotations

from dtgen.jobs import local
from dtgen.jobs.local import Done


def test_here_is_the_same_in_this_process() -> None:
    assert list(local.here(abs, [-3, Done("known"), 4])) == [3, "known", 4]


def test_what_a_dead_process_is_said_to_be() -> None:
    (diagnostic,) = local.crashed("a.dtb").diagnostics
    assert (diagnostic.rule, diagnostic.message, str(diagnostic.location)) == (
        "crashed",
        "the process that looked at it ended without a word: it crashed, or there was no memory left",
        "a.dtb",
    )
