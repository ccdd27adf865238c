from __future__ import annotations

import dataclasses
import json as standard

from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.pas import REMOTEPROC
from dtgen.report import FORMATS, json
from dtgen.report.style import Style
from dtgen.results import ApplyResult, BuildResult, DiffResult, TreeResult, ValidationResult

Z = """\
        {
          "name": "z",
          "file": "z.dtb",
          "applied": false,
          "output": null,
          "changes": [],
          "diagnostics": [
            {
              "state": "introduced",
              "rule": "unknown-label",
              "schema": null,
              "severity": "error",
              "message": "no label iris",
              "help": "",
              "location": {
                "file": "boards/b.yaml",
                "line": 7,
                "column": 3
              },
              "node": null,
              "property": null,
              "generated": null,
              "also": [],
              "excerpt": "",
              "original": "",
              "follows": false,
              "allowed": "",
              "clause": null
            }
          ],
          "undocumented_compatibles": [],
          "pas_users": [],
          "notes": []
        }
      ]
    }
  ]
}
"""


RULE = {
    "state": "introduced",
    "schema": None,
    "severity": "error",
    "help": "",
    "node": None,
    "property": None,
    "generated": None,
    "also": [],
    "excerpt": "",
    "original": "",
    "follows": False,
    "allowed": "",
    "clause": None,
}


def test_the_report_is_indented_and_ends_in_a_newline(result: BuildResult) -> None:
    report = json.builds([result], Style())
    assert report.startswith(
        '{\n  "version": 1,\n  "boards": [\n    {\n      "board": "b",\n      "title": "Bé",\n'
    )
    assert report.endswith(Z)


def test_a_board_is_told_whole(result: BuildResult) -> None:
    (board,) = standard.loads(json.builds([result], Style()))["boards"]
    assert {key: value for key, value in board.items() if key != "bases"} == {
        "board": "b",
        "title": "Bé",
        "outputs": ["build/b/b-el2.dtso", "build/b/b-el2.dtbo"],
        "bindings": "built-in bindings",
        "errors": 2,
        "notes": ["something to know"],
        "diagnostics": [
            {
                "state": "introduced",
                "rule": "dtc:unit_address_format",
                "schema": None,
                "severity": "info",
                "message": "a zero too many",
                "help": "",
                "location": {"file": "boards/b.yaml", "line": 9, "column": None},
                "node": None,
                "property": None,
                "generated": None,
                "also": [],
                "excerpt": "build/b/b-el2.dtso:20:4: mem@01 {",
                "original": "",
                "follows": False,
                "allowed": "",
                "clause": None,
            }
        ],
    }


def test_a_base_is_told_whole(result: BuildResult) -> None:
    adsp = "/soc@0/remoteproc@30000000"
    nowhere = {"file": "x.dtb", "line": None, "column": None}
    overlap = RULE | {
        "rule": "attach-overlap",
        "message": "stream 0x3000/0x0 is claimed twice",
        "help": "a remoteproc must be alone",
        "location": {"file": "boards/b.yaml", "line": 31, "column": 5},
        "node": adsp,
        "property": "iommus",
        "generated": {"file": "build/b/b-el2.dtso", "line": 14, "column": 2},
        "also": [{"node": "/soc@0/dais", "property": "iommus", "location": nowhere}],
    }
    too_many = RULE | {
        "rule": None,
        "schema": "test/widget.yaml",
        "severity": "warning",
        "message": "reg has 2 entries",
        "location": nowhere,
        "node": "/soc@0",
        "generated": nowhere,
        "original": "[[0], [1]] is too long",
        "clause": {
            "schema": "test/widget.yaml",
            "node": "/soc@0",
            "property_path": ["reg"],
            "keyword": "maxItems",
        },
    }
    assert standard.loads(json.builds([result], Style()))["boards"][0]["bases"][0] == {
        "name": "x",
        "file": "x.dtb",
        "applied": True,
        "output": "build/b/x-el2.dtb",
        "changes": [
            {
                "kind": kind,
                "path": path,
                "name": name,
                "property": prop,
                "old": old,
                "new": new,
            }
            for kind, path, name, prop, old, new in (
                ("changed", adsp, "&remoteproc_adsp", "status", '"disabled"', '"okay"'),
                ("added", adsp, "&remoteproc_adsp", "iommus", "", "<&apps_smmu 0x3000 0x0>"),
                ("added", "/mem", "/mem", None, "", ""),
                ("added", "/mem", "/mem", "no-map", "", ""),
                ("removed", "/old", "/old", "p", "<0x1>", ""),
            )
        ],
        "diagnostics": [
            overlap,
            too_many,
            too_many | {"severity": "error", "message": "reg: not known", "follows": True},
            RULE
            | {
                "state": "fixed",
                "rule": "attach-overlap",
                "message": "stream 0x1 is claimed twice",
                "location": nowhere,
                "node": "/soc@0/codec",
                "property": "iommus",
                "generated": nowhere,
            },
            RULE
            | {
                "state": "pre-existing",
                "rule": "dtc:reg_format",
                "severity": "warning",
                "message": "too short",
                "location": {"file": "x.dts", "line": 3, "column": 1},
            },
        ],
        "undocumented_compatibles": ["acme,a", "acme,b"],
        "pas_users": [],
        "notes": [],
    }


def test_trees_are_told_whole(result: BuildResult) -> None:
    base = standard.loads(json.builds([result], Style()))["boards"][0]
    tree = TreeResult("x.dtb", "base.dtb", result.bases[0].assessment, True, 0.5)
    found = ValidationResult((tree,), result.diagnostics, "bindings", ("a note",))
    assert standard.loads(json.validation(found, Style())) == {
        "version": 1,
        "bindings": "bindings",
        "errors": 1,
        "notes": ["a note"],
        "diagnostics": base["diagnostics"],
        "trees": [
            {
                "file": "x.dtb",
                "against": "base.dtb",
                "validated": True,
                "diagnostics": base["bases"][0]["diagnostics"],
                "undocumented_compatibles": ["acme,a", "acme,b"],
                "notes": [],
                "pas_users": [],
            }
        ],
        "summary": {
            "rules": [
                {"rule": "attach-overlap", "errors": 1, "warnings": 0, "trees": 1},
                {"rule": "test/widget.yaml", "errors": 0, "warnings": 1, "trees": 1},
            ],
            "files": [{"file": "x.dtb", "errors": 1, "warnings": 1}],
        },
    }


def test_why_something_is_allowed_and_the_users_of_pas_are_told(result: BuildResult) -> None:
    base = result.bases[1]
    user = PasUser("/dsp", "&dsp", REMOTEPROC, Fate.STREAM, "", "0x3000/0x0 on &smmu")
    introduced = (dataclasses.replace(base.assessment.introduced[0], allowed="as in the vendor's tree"),)
    assessment = dataclasses.replace(base.assessment, introduced=introduced, pas_users=(user,))
    told = dataclasses.replace(result, bases=(dataclasses.replace(base, assessment=assessment),))
    (board,) = standard.loads(json.builds([told], Style()))["boards"]
    assert board["errors"] == 0
    (found,) = board["bases"][0]["diagnostics"]
    assert (found["severity"], found["allowed"]) == ("error", "as in the vendor's tree")
    assert board["bases"][0]["pas_users"] == [
        {
            "node": "/dsp",
            "name": "&dsp",
            "kind": "remote processor",
            "fate": "has a stream",
            "streams": "0x3000/0x0 on &smmu",
            "why": "",
        }
    ]


def test_no_builds_are_an_empty_list() -> None:
    assert json.builds([], Style()) == '{\n  "version": 1,\n  "boards": []\n}\n'


def test_the_style_changes_nothing(result: BuildResult) -> None:
    assert json.builds([result], Style(True, 1)) == json.builds([result], Style(False, -1))


def test_text_and_json_are_in_the_table() -> None:
    assert {"text", "json"} <= set(FORMATS)
    assert FORMATS["json"] is json


def test_a_stack_is_told_whole(result: BuildResult) -> None:
    base = standard.loads(json.builds([result], Style()))["boards"][0]
    done = ApplyResult(
        "x.dtb", ("a.dtbo", "b.dtbo"), "out.dtb", result.bases[0].changes, result.diagnostics, ("a note",)
    )
    assert standard.loads(json.application(done, Style())) == {
        "version": 1,
        "base": "x.dtb",
        "overlays": ["a.dtbo", "b.dtbo"],
        "output": "out.dtb",
        "errors": 0,
        "changes": base["bases"][0]["changes"],
        "diagnostics": base["diagnostics"],
        "notes": ["a note"],
    }


def test_a_difference_is_told_whole(result: BuildResult) -> None:
    base = standard.loads(json.builds([result], Style()))["boards"][0]
    found = DiffResult("a.dtb", "b.dtb", result.bases[0].changes, result.diagnostics)
    assert standard.loads(json.difference(found, Style())) == {
        "version": 1,
        "old": "a.dtb",
        "new": "b.dtb",
        "changes": base["bases"][0]["changes"],
        "diagnostics": base["diagnostics"],
    }
