"""What `dtgen check` tells to people and programs."""

from __future__ import annotations

import json as standard

from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.report import DIFFERENCES, FORMATS, json, text
from dtgen.report.style import Style
from dtgen.results import Assessment, CheckResult, FileResult, TreeResult

LATER = Diagnostic("later", Severity.ERROR, "on one", Location("x.dtso", 9), help="h")
FIRST = Diagnostic("first", Severity.WARNING, "on all", Location("x.dtso", 2, 1))
OLD = Diagnostic("old", Severity.ERROR, "was there", Location("b.dtb"))
STALE = Diagnostic("stale", Severity.ERROR, "stale", Location("y.dtso", 1), excerpt="--- a\n+++ b")
LEFT_OUT = Diagnostic("binding", Severity.WARNING, "left out", Location("b.yaml", 3))

RESULT = CheckResult(
    (
        FileResult(
            "x.dtso",
            "overlay",
            (),
            (
                TreeResult("x.dtso", "a.dtb", Assessment((LATER, FIRST)), True, 0.1),
                TreeResult("x.dtso", "b.dtb", Assessment((FIRST,), (), (OLD,), ("v,x",)), True, 0.1),
            ),
            "built-in bindings",
            ("a note",),
        ),
        FileResult("y.yaml", "description", (STALE,)),
    ),
    (LEFT_OUT,),
)

PLAIN = """\
b.yaml:3: warning: left out [binding]
x.dtso:2:1: warning: on all [first]
    on all 2 bases
x.dtso:9: error: on one [later]
    on a.dtb
    help: h
y.dtso:1: error: stale [stale]
    --- a
    +++ b
checked 2 files (1 description, 1 overlay): 2 errors, 2 warnings
"""

VERBOSE = """\
b.yaml:3: warning: left out [binding]
x.dtso:2:1: warning: on all [first]
    on all 2 bases
x.dtso:9: error: on one [later]
    on a.dtb
    help: h
b.dtb: error: was there [old] (pre-existing)
x.dtso: overlay, built-in bindings
  a.dtb: 1 error, 1 warning
  b.dtb: 1 warning; 1 error pre-existing
  note: a note
y.dtso:1: error: stale [stale]
    --- a
    +++ b
y.yaml: description
checked 2 files (1 description, 1 overlay): 2 errors, 2 warnings
"""


def test_each_finding_is_told_once_with_its_bases() -> None:
    assert text.checks(RESULT, Style()) == PLAIN


def test_quiet_is_findings_only() -> None:
    assert text.checks(RESULT, Style(verbosity=-1)) == "".join(PLAIN.splitlines(keepends=True)[:-1])


def test_more_is_told_where_it_is_asked_for() -> None:
    assert text.checks(RESULT, Style(verbosity=1, everything=True)) == VERBOSE


def test_nothing_wrong() -> None:
    assert text.checks(CheckResult((FileResult("x.dtso", "overlay", ()),), ()), Style()) == (
        "checked 1 file (1 overlay): no findings\n"
    )
    assert text.checks(CheckResult((), ()), Style()) == "checked 0 files: no findings\n"


def test_programs_are_told_all() -> None:
    document = standard.loads(json.checks(RESULT, Style()))
    assert document.keys() == {"version", "errors", "diagnostics", "files"}
    assert (document["version"], document["errors"]) == (1, 2)
    overlay, description = document["files"]
    assert overlay.keys() == {"file", "kind", "bindings", "notes", "diagnostics", "trees"}
    assert [(tree["against"], [d["rule"] for d in tree["diagnostics"]]) for tree in overlay["trees"]] == [
        ("a.dtb", ["later", "first"]),
        ("b.dtb", ["first", "old"]),
    ]
    assert [d["excerpt"] for d in description["diagnostics"]] == ["--- a\n+++ b"]
    assert [d["rule"] for d in document["diagnostics"]] == ["binding"]


def test_a_format_is_a_module_of_its_name() -> None:
    assert list(FORMATS) == ["text", "json", "sarif", "github"]
    assert set(DIFFERENCES) < set(FORMATS)


def test_the_bases_of_a_finding_are_known_without_a_look_at_all_others(monkeypatch) -> None:
    keys, sort_key = [], Diagnostic.sort_key.fget
    monkeypatch.setattr(Diagnostic, "sort_key", property(lambda self: keys.append(1) or sort_key(self)))
    many = tuple(Diagnostic("r", Severity.ERROR, "m", Location("x.dtso", line)) for line in range(1, 201))
    trees = tuple(TreeResult("x.dtso", base, Assessment(many), True, 0.1) for base in ("a.dtb", "b.dtb"))
    shown = text.checks(CheckResult((FileResult("x.dtso", "overlay", (), trees),), ()), Style())
    assert shown.count("    on all 2 bases\n") == 200
    assert len(keys) <= 10 * len(many)
