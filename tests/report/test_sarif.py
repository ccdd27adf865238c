from __future__ import annotations

import dataclasses
import json
import re

import pytest
from corpus import ROOT
from jsonschema import Draft7Validator, Draft202012Validator
from sarif_subset import SCHEMA

from dtgen import __version__, rules
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.dts.checks import CHECKS
from dtgen.project import layout
from dtgen.report import sarif
from dtgen.report.style import Style
from dtgen.results import Assessment, BuildResult, CheckResult, FileResult, TreeResult

OFFICIAL = json.loads((ROOT / "tests/data/sarif-schema-2.1.0.json").read_text())
"""OASIS's schema of SARIF 2.1.0, as schemastore.org has it."""

LOG = """\
{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "dtgen",
          "version": "VERSION",
          "informationUri": "https://dtgen.example.org/",
          "rules": [
            {
              "id": "dtc:reg_format",
              "shortDescription": {
                "text": "`reg` is not a whole number of pairs of an address and a size, by the cells of the parent."
              },
              "fullDescription": {
                "text": "`reg` is not a whole number of pairs of an address and a size, by the cells of the parent. Kbuild: it is on in every build of the kernel."
              },
              "help": {
                "text": "HELP",
                "markdown": "MARKDOWN"
              },
              "defaultConfiguration": {
                "level": "warning"
              }
            },
            {
              "id": "test/widget.yaml",
              "shortDescription": {
                "text": "What the dt-schema binding test/widget.yaml says is violated."
              },
              "fullDescription": {
                "text": "What the dt-schema binding test/widget.yaml says is violated."
              }
            }
          ]
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "test/widget.yaml",
          "ruleIndex": 1,
          "level": "error",
          "message": {
            "text": "reg has 2 entries, 100% too many\\nhelp: take one away"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "my%20overlays/%C3%A4.dtso",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 4,
                  "startColumn": 2
                }
              },
              "logicalLocations": [
                {
                  "name": "reg",
                  "fullyQualifiedName": "/soc@0/dsp: reg",
                  "kind": "property"
                }
              ]
            }
          ],
          "partialFingerprints": {
            "dtgen/v1": "PRINT:1"
          },
          "baselineState": "new",
          "relatedLocations": [
            {
              "id": 1,
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "file:///bases/b.dtb"
                }
              },
              "logicalLocations": [
                {
                  "name": "soc@0",
                  "fullyQualifiedName": "/soc@0",
                  "kind": "object"
                }
              ]
            }
          ]
        },
        {
          "ruleId": "dtc:reg_format",
          "ruleIndex": 0,
          "level": "warning",
          "message": {
            "text": "too short"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "x.dtso",
                  "uriBaseId": "%SRCROOT%"
                }
              }
            }
          ],
          "partialFingerprints": {
            "dtgen/v1": "OTHER:1"
          },
          "baselineState": "new",
          "suppressions": [
            {
              "kind": "inSource",
              "justification": "it is known"
            }
          ]
        }
      ]
    }
  ]
}
"""

WIDGET = Diagnostic(
    "test/widget.yaml",
    Severity.ERROR,
    "reg has 2 entries, 100% too many",
    Location("my overlays/ä.dtso", 4, 2),
    Place(Subject("/soc@0/dsp", "reg"), Location("my overlays/ä.dtso", 4, 2)),
    (Place(Subject("/soc@0"), Location("/bases/b.dtb")),),
    help="take one away",
)
SHORT = Diagnostic("dtc:reg_format", Severity.WARNING, "too short", Location("x.dtso"), allowed="it is known")


def log(text: str):
    document = json.loads(text)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []
    assert [error.message for error in Draft7Validator(OFFICIAL).iter_errors(document)] == []
    (run,) = document["runs"]
    return run


def checked(*diagnostics: Diagnostic) -> CheckResult:
    """Two bases that find the same."""
    tree = TreeResult("x.dtso", "a.dtb", Assessment(diagnostics), True, 0.1)
    other = dataclasses.replace(tree, against="b.dtb")
    return CheckResult((FileResult("x.dtso", "overlay", (), (tree, other)),), ())


def prints(*diagnostics: Diagnostic) -> list[str]:
    found = log(sarif.checks(checked(*diagnostics), Style()))["results"]
    return [result["partialFingerprints"]["dtgen/v1"] for result in found]


def test_a_log_is_told_whole_and_each_finding_once() -> None:
    text = sarif.checks(checked(SHORT, WIDGET), Style())
    log(text)
    (reg_format, _) = json.loads(text)["runs"][0]["tool"]["driver"]["rules"]
    documentation = CHECKS["reg_format"].documentation
    assert reg_format["help"]["text"] == documentation
    expected = LOG.replace("VERSION", __version__)
    expected = expected.replace('"HELP"', json.dumps(documentation, ensure_ascii=False))
    markdown = re.sub("^(Kbuild|Note|Source):", r"**\1:**", documentation, flags=re.MULTILINE)
    expected = expected.replace('"MARKDOWN"', json.dumps(markdown, ensure_ascii=False))
    for name, print_ in zip(("PRINT:1", "OTHER:1"), prints(WIDGET, SHORT), strict=True):
        expected = expected.replace(name, print_)
    assert text == expected


def test_a_fingerprint_stays_where_lines_move_and_values_change() -> None:
    moved = dataclasses.replace(
        WIDGET, location=Location("my overlays/ä.dtso", 9, 1), message="reg has 3 entries, 0x20% too many"
    )
    assert prints(moved) == prints(WIDGET)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(WIDGET, rule="other.yaml"),
        dataclasses.replace(WIDGET, message="something else"),
        dataclasses.replace(WIDGET, location=Location("other.dtso", 4, 2)),
        dataclasses.replace(WIDGET, at=Place(Subject("/soc@0/dsp"), WIDGET.location)),
    ],
    ids=["rule", "message", "file", "subject"],
)
def test_another_finding_has_another_fingerprint(other: Diagnostic) -> None:
    assert prints(other) != prints(WIDGET)


def test_two_of_one_fingerprint_are_numbered() -> None:
    second = dataclasses.replace(WIDGET, location=Location("my overlays/ä.dtso", 9, 1))
    first, other = prints(WIDGET, second)
    assert first.removesuffix(":1") == other.removesuffix(":2")


def test_states_are_told_where_all_is_asked_for(result: BuildResult) -> None:
    """And what follows from another one never is."""
    found = log(sarif.builds([result], Style()))["results"]
    assert {one["baselineState"] for one in found} == {"new"}
    every = log(sarif.builds([result], Style(everything=True)))["results"]
    assert sorted(one["baselineState"] for one in every) == [
        "absent",
        "new",
        "new",
        "new",
        "new",
        "unchanged",
    ]
    assert "reg: not known" not in {one["message"]["text"] for one in every}


def test_a_rule_is_told_with_its_documentation(result: BuildResult) -> None:
    run = log(sarif.builds([result], Style()))
    descriptor = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}["attach-overlap"]
    documentation = rules.ALL["attach-overlap"].documentation.strip()
    assert descriptor["shortDescription"]["text"] == documentation.partition("\n")[0]
    assert descriptor["fullDescription"]["text"].startswith(
        "A PAS remoteproc or a firmware device shares a stream with another device. The driver attaches"
    )
    assert descriptor["help"]["text"] == documentation
    assert "**Why:** " in descriptor["help"]["markdown"]
    assert descriptor["defaultConfiguration"] == {"level": "error"}


def test_every_rule_can_be_told() -> None:
    found = [Diagnostic(id_, Severity.INFO, "m", Location("f")) for id_ in rules.ALL]
    run = log(sarif.checks(checked(*found), Style()))
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == sorted(rules.ALL)
    assert [ids[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_nothing_found_is_an_empty_run() -> None:
    run = log(sarif.checks(CheckResult((), ()), Style()))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_it_says_where_dtgen_is_at_home() -> None:
    for file in (layout.board_schema(), layout.report_schema()):
        assert json.loads(file.read_text(encoding="utf-8"))["$id"] == f"{sarif.HOME}schemas/{file.name}"
