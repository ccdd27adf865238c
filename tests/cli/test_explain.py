"""`dtgen explain`: the story of a rule, found by its name."""

from __future__ import annotations

import pytest
from click.shell_completion import ShellComplete

from dtgen.cli import cli


def test_explain_tells_the_whole_story(run) -> None:
    done = run("explain", "attach-overlap")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "attach-overlap (error): A PAS remoteproc or a firmware device shares a stream with another device.\n\nWhy: "
    )
    assert done.stdout.endswith("qcom_q6v5_pas.c.\n\nChecked on the merged tree.\n")


def test_explain_of_no_rule_has_a_near_match(run) -> None:
    done = run("explain", "atach-overlap")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "dtgen: error: atach-overlap is not a rule\n    help: did you mean attach-overlap?\n",
    )


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("attach-o", ["attach-overlap"]),
        ("stream-w", ["stream-width", "stream-without-pas"]),
        ("dtc:dma", ["dtc:dma_ranges_format", "dtc:dmas_is_cell", "dtc:dmas_property"]),
    ],
)
def test_names_of_rules_are_completed(typed: str, names: list[str]) -> None:
    completion = ShellComplete(cli, {}, "dtgen", "_DTGEN_COMPLETE")
    assert [item.value for item in completion.get_completions(["explain"], typed)] == names
