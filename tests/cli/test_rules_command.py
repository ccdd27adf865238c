"""`dtgen rules`: the table of all."""

from __future__ import annotations

import json

from dtgen.commands.explain import PAGES


def test_rules_lists_every_rule(run) -> None:
    done = run("rules")
    assert (done.returncode, done.stderr) == (0, "")
    shown = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert shown == list(PAGES)
    rows = json.loads(run("rules", "--format", "json").stdout)["rules"]
    assert [row["id"] for row in rows] == list(PAGES)
