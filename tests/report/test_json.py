from __future__ import annotations

import json as standard

from dtgen.report import FORMATS, json
from dtgen.report.style import Style
from dtgen.result import ApplyResult, BuildResult, DiffResult

Z = """\
        {
          "name": "z",
          "file": "z.dtb",
          "applied": false,
          "output": null,
          "changes": [],
          "diagnostics": [
            {
              "rule": "unknown-label",
              "severity": "error",
              "message": "no label iris",
              "help": "",
              "location": {
                "file": "boards/b.yaml",
                "line": 7,
                "column": 3
              },
              "at": null,
              "also": [],
              "excerpt": "",
              "original": "",
              "state": "introduced"
            }
          ],
          "fixed": 0,
          "pre_existing": 0,
          "undocumented_compatibles": [],
          "notes": []
        }
      ]
    }
  ]
}
"""


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
        "errors": 3,
        "notes": ["something to know"],
        "diagnostics": [
            {
                "rule": "dtc:unit_address_format",
                "severity": "info",
                "message": "a zero too many",
                "help": "",
                "location": {"file": "boards/b.yaml", "line": 9, "column": None},
                "at": None,
                "also": [],
                "excerpt": "build/b/b-el2.dtso:20:4: mem@01 {",
                "original": "",
            }
        ],
    }


def test_a_base_is_told_whole(result: BuildResult) -> None:
    adsp = "/soc@0/remoteproc@30000000"
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
            {
                "rule": "attach-overlap",
                "severity": "error",
                "message": "stream 0x3000/0x0 is claimed twice",
                "help": "a remoteproc must be alone",
                "location": {"file": "boards/b.yaml", "line": 31, "column": 5},
                "at": {
                    "node": adsp,
                    "property": "iommus",
                    "location": {"file": "build/b/b-el2.dtso", "line": 14, "column": 2},
                },
                "also": [
                    {
                        "node": "/soc@0/dais",
                        "property": "iommus",
                        "location": {"file": "x.dtb", "line": None, "column": None},
                    }
                ],
                "excerpt": "",
                "original": "",
                "state": "introduced",
            },
            {
                "rule": "test/widget.yaml",
                "severity": "warning",
                "message": "reg has 2 entries",
                "help": "",
                "location": {"file": "x.dtb", "line": None, "column": None},
                "at": {
                    "node": "/soc@0",
                    "property": None,
                    "location": {"file": "x.dtb", "line": None, "column": None},
                },
                "also": [],
                "excerpt": "",
                "original": "[[0], [1]] is too long",
                "state": "introduced",
            },
        ],
        "fixed": 2,
        "pre_existing": 3,
        "undocumented_compatibles": ["acme,a", "acme,b"],
        "notes": [],
    }


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
