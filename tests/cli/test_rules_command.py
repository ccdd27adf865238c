"""`dtgen rules`: the table of all."""

from __future__ import annotations

import json

from dtgen.rules import ALL


def test_rules_lists_every_rule(run) -> None:
    done = run("rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(ALL)
    rows = json.loads(run("rules", "--format", "json").stdout)["rules"]
    assert [row["id"] for row in rows] == list(ALL)
