from __future__ import annotations

import dataclasses

import pytest

from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.pas import REMOTEPROC
from dtgen.report import text
from dtgen.report.style import Style
from dtgen.results import (
    ApplyResult,
    Assessment,
    BaseResult,
    BuildResult,
    DiffResult,
    TreeResult,
    ValidationResult,
)

PLAIN = """\
b: Bé
  wrote build/b/b-el2.dtso
  wrote build/b/b-el2.dtbo
boards/b.yaml:31:5: error: stream 0x3000/0x0 is claimed twice [attach-overlap]
    on x, y
    /soc@0/remoteproc@30000000: iommus   (build/b/b-el2.dtso:14:2)
    also /soc@0/dais: iommus   (x.dtb)
    help: a remoteproc must be alone

x.dtb: applied, 5 changes, 1 error, 1 warning; 1 fixed; 1 warning pre-existing (0.12 s)
  &remoteproc_adsp  /soc@0/remoteproc@30000000
    ~ status = "disabled" → "okay"
    + iommus = <&apps_smmu 0x3000 0x0>
  /mem
    + this node
    + no-map
  /old
    - p = <0x1>
  wrote build/b/x-el2.dtb
x.dtb: warning: reg has 2 entries [test/widget.yaml]
    /soc@0
  fixed: /soc@0/codec: iommus: stream 0x1 is claimed twice [attach-overlap]

y.dtb: applied, 5 changes, 1 error (0.50 s)
  the same changes as in x.dtb
  note: y.dtb lacks labels: smmu is taken from x.dtb
  wrote build/b/y-el2.dtb

z.dtb: not applied, nothing written
boards/b.yaml:7:3: error: no label iris [unknown-label]

info: 2 compatibles without a schema in built-in bindings
    acme,a
    acme,b
note: something to know
b: applied to 2 of 3 bases, validated against built-in bindings: 2 errors
"""

QUIET = """\
boards/b.yaml:31:5: error: stream 0x3000/0x0 is claimed twice [attach-overlap]
    on x, y
    /soc@0/remoteproc@30000000: iommus   (build/b/b-el2.dtso:14:2)
    also /soc@0/dais: iommus   (x.dtb)
    help: a remoteproc must be alone
x.dtb: warning: reg has 2 entries [test/widget.yaml]
    /soc@0
boards/b.yaml:7:3: error: no label iris [unknown-label]
"""

UNIT = (
    "boards/b.yaml:9: info: a zero too many [dtc:unit_address_format]\n"
    "    build/b/b-el2.dtso:20:4: mem@01 {\n"
)

VERBOSE = (
    PLAIN.replace("b-el2.dtbo\n", f"b-el2.dtbo\n{UNIT}")
    .replace(
        "[test/widget.yaml]\n    /soc@0\n",
        "[test/widget.yaml]\n    /soc@0\n    dtschema: [[0], [1]] is too long\n",
    )
    .replace(" (-v lists them)\n", "\n    acme,a\n    acme,b\n")
)

COLOR = """\
<1>b: Bé<0>
  wrote build/b/b-el2.dtso
  wrote build/b/b-el2.dtbo
<1>boards/b.yaml:31:5<0>: <1;31>error<0>: stream 0x3000/0x0 is claimed twice <2>[attach-overlap]<0>
    on x, y
    /soc@0/remoteproc@30000000: iommus   (build/b/b-el2.dtso:14:2)
    also /soc@0/dais: iommus   (x.dtb)
    <32>help<0>: a remoteproc must be alone

<1>x.dtb<0>: <32>applied<0>, 5 changes, 1 error, 1 warning; 1 fixed; 1 warning pre-existing (0.12 s)
  <36>&remoteproc_adsp<0>  <2>/soc@0/remoteproc@30000000<0>
    <33>~ status = "disabled" → "okay"<0>
    <32>+ iommus = <&apps_smmu 0x3000 0x0><0>
  <36>/mem<0>
    <32>+ this node<0>
    <32>+ no-map<0>
  <36>/old<0>
    <31>- p = <0x1><0>
  wrote build/b/x-el2.dtb
<1>x.dtb<0>: <1;33>warning<0>: reg has 2 entries <2>[test/widget.yaml]<0>
    /soc@0
  <32>fixed<0>: /soc@0/codec: iommus: stream 0x1 is claimed twice [attach-overlap]

<1>y.dtb<0>: <32>applied<0>, 5 changes, 1 error (0.50 s)
  the same changes as in x.dtb
  <1>note<0>: y.dtb lacks labels: smmu is taken from x.dtb
  wrote build/b/y-el2.dtb

<1>z.dtb<0>: <31>not applied<0>, nothing written
<1>boards/b.yaml:7:3<0>: <1;31>error<0>: no label iris <2>[unknown-label]<0>

<1;36>info<0>: 2 compatibles without a schema in built-in bindings
    acme,a
    acme,b
<1>note<0>: something to know
b: applied to 2 of 3 bases, validated against built-in bindings: <31>2 errors<0>
"""


@pytest.mark.parametrize(
    ("style", "report"),
    [(Style(), PLAIN), (Style(verbosity=-1), QUIET), (Style(verbosity=1), VERBOSE)],
    ids=["plain", "quiet", "verbose"],
)
def test_a_report(result: BuildResult, style: Style, report: str) -> None:
    assert text.builds([result], style) == report


def test_what_the_base_has_wrong_itself_is_shown_where_it_is_asked_for(result: BuildResult) -> None:
    mended = "  fixed: /soc@0/codec: iommus: stream 0x1 is claimed twice [attach-overlap]\n"
    old = "x.dts:3:1: warning: too short [dtc:reg_format] (pre-existing)\n"
    assert text.builds([result], Style(everything=True)) == PLAIN.replace(mended, mended + old)


def test_what_follows_from_another_finding_is_shown_where_all_is_asked_for(result: BuildResult) -> None:
    innocent = "x.dtb: error: reg: not known [test/widget.yaml]\n"
    assert innocent not in text.builds([result], Style(verbosity=1))
    assert innocent in text.builds([result], Style(everything=True, verbosity=1))


def test_trees_that_were_validated(result: BuildResult) -> None:
    assessment, refused = result.bases[1].assessment, result.bases[2].assessment
    trees = (
        TreeResult("y.dtb", None, assessment, True, 0.5),
        TreeResult("y-el2.dtb", "y.dtb", Assessment(), True, 0.25, ("y.dtb lacks labels",)),
        TreeResult("z.dtb", None, refused, False, 0.0),
    )
    found = ValidationResult(trees, result.diagnostics, "built-in bindings", ("a note",))
    assert text.validation(found, Style()) == (
        "boards/b.yaml:31:5: error: stream 0x3000/0x0 is claimed twice [attach-overlap]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/b/b-el2.dtso:14:2)\n"
        "    also /soc@0/dais: iommus   (x.dtb)\n"
        "    help: a remoteproc must be alone\n"
        "y.dtb: 1 error (0.50 s)\n"
        "y-el2.dtb against y.dtb: no findings (0.25 s)\n"
        "  note: y.dtb lacks labels\n"
        "boards/b.yaml:7:3: error: no label iris [unknown-label]\n"
        "z.dtb: not validated\n"
        "info: 1 compatible without a schema in built-in bindings\n"
        "    acme,b\n"
        "note: a note\n"
        "by schema and rule  errors  warnings  trees\n"
        "  attach-overlap         1         0      1\n"
        "  unknown-label          1         0      1\n"
        "by file  errors  warnings\n"
        "  y.dtb       1         0\n"
        "  z.dtb       1         0\n"
        "validated 2 of 3 trees against built-in bindings: 2 errors\n"
    )


def test_a_report_in_color(result: BuildResult) -> None:
    codes = ("0", "1", "2", "31", "32", "33", "36", "1;31", "1;33", "1;36")
    shown = text.builds([result], Style(color=True))
    for code in codes:
        shown = shown.replace(f"\033[{code}m", f"<{code}>")
    assert shown == COLOR


def test_without_color_there_is_no_escape(result: BuildResult) -> None:
    assert "\033" not in text.builds([result], Style(verbosity=1))


def test_builds_stand_one_after_the_other(result: BuildResult) -> None:
    summary = "\nbuilt 0 of 2 boards: 4 errors\n  b: 2 errors\n  b: 2 errors\n"
    assert text.builds([result, result], Style()) == PLAIN * 2 + summary


def test_no_builds_are_no_text() -> None:
    assert text.builds([], Style()) == ""


def test_a_build_that_failed_before_it_looked_at_a_base() -> None:
    failed = BuildResult.failed(
        "b", (Diagnostic("yaml", Severity.ERROR, "the file is empty", Location("boards/b.yaml")),)
    )
    assert text.builds([failed], Style()) == (
        "b\nboards/b.yaml: error: the file is empty [yaml]\n\nb: not built: 1 error\n"
    )


def test_a_build_without_errors() -> None:
    base = BaseResult("x", "x.dtb", "x-el2.dtb", (), Assessment(undocumented=("acme,a",)), (), 0.0)
    sound = BuildResult("b", "B", ("b.dtso",), (), (base,), "bindings", ())
    assert text.builds([sound], Style()) == (
        "b: B\n"
        "  wrote b.dtso\n"
        "\n"
        "x.dtb: applied, 0 changes, no findings (0.00 s)\n"
        "  wrote x-el2.dtb\n"
        "\n"
        "info: 1 compatible without a schema in bindings\n"
        "    acme,a\n"
        "b: applied to 1 of 1 base, validated against bindings: no errors\n"
    )


def test_a_quiet_build_without_findings_is_silent() -> None:
    base = BaseResult("x", "x.dtb", "x-el2.dtb", (), Assessment(), (), 0.0)
    assert text.builds([BuildResult("b", "B", (), (), (base,), "", ())], Style(verbosity=-1)) == ""


def test_diagnostics_alone(result: BuildResult) -> None:
    (refused,) = result.bases[2].assessment.introduced
    told = "boards/b.yaml:7:3: error: no label iris [unknown-label]\n"
    assert text.diagnostics((*result.diagnostics, refused), Style()) == told
    assert text.diagnostics((*result.diagnostics, refused), Style(verbosity=1)) == UNIT + told


def test_what_is_allowed_is_counted_and_shown_where_more_is_asked_for(result: BuildResult) -> None:
    base = result.bases[1]
    why = "only one of the two is ever started"
    introduced = (dataclasses.replace(base.assessment.introduced[0], allowed=why),)
    base = dataclasses.replace(base, assessment=dataclasses.replace(base.assessment, introduced=introduced))
    sound = dataclasses.replace(result, diagnostics=(), bases=(base,))
    shown = text.builds([sound], Style())
    assert "y.dtb: applied, 5 changes, 1 allowed (0.50 s)\n" in shown
    assert shown.endswith("validated against built-in bindings: no errors\n")
    assert "claimed twice" not in shown
    assert (
        f"    also /soc@0/dais: iommus   (x.dtb)\n    help: a remoteproc must be alone\n    allowed: {why}\n"
    ) in text.builds([sound], Style(verbosity=1))


def test_users_of_pas_are_shown_where_more_is_asked_for(result: BuildResult) -> None:
    user = PasUser("/dsp", "&dsp", REMOTEPROC, Fate.STREAM, "", "0x3000/0x0 on &smmu")
    base = result.bases[1]
    base = dataclasses.replace(base, assessment=dataclasses.replace(base.assessment, pas_users=(user,)))
    with_users = dataclasses.replace(result, bases=(base,))
    told = "  users of PAS:\n    &dsp  remote processor  has a stream  0x3000/0x0 on &smmu\n"
    assert told not in text.builds([with_users], Style())
    assert told in text.builds([with_users], Style(verbosity=1))


CHANGES = (
    "  &remoteproc_adsp  /soc@0/remoteproc@30000000\n"
    '    ~ status = "disabled" → "okay"\n'
    "    + iommus = <&apps_smmu 0x3000 0x0>\n"
    "  /mem\n"
    "    + this node\n"
    "    + no-map\n"
    "  /old\n"
    "    - p = <0x1>\n"
)


def test_a_stack_that_was_applied(result: BuildResult) -> None:
    changes = result.bases[0].changes
    done = ApplyResult("x.dtb", ("a.dtbo", "b.dtbo"), "out.dtb", changes, result.diagnostics, ("a note",))
    assert text.application(done, Style(verbosity=1)) == (
        f"{UNIT}x.dtb + a.dtbo + b.dtbo: applied, 5 changes\n{CHANGES}note: a note\nwrote out.dtb\n"
    )
    assert text.application(done, Style()).startswith("x.dtb + a.dtbo + b.dtbo: applied, 5 changes\n")
    assert text.application(done, Style(verbosity=-1)) == ""


def test_a_stack_that_was_not_applied(result: BuildResult) -> None:
    refused = ApplyResult("x.dtb", ("a.dtbo",), None, (), result.bases[2].assessment.introduced, ())
    assert text.application(refused, Style()) == (
        "boards/b.yaml:7:3: error: no label iris [unknown-label]\n"
        "x.dtb + a.dtbo: not applied, nothing written\n"
    )


def test_a_difference(result: BuildResult) -> None:
    found = DiffResult("a.dtb", "b.dtb", result.bases[0].changes)
    assert text.difference(found, Style()) == f"--- a.dtb\n+++ b.dtb\n{CHANGES}"
    assert text.difference(found, Style(verbosity=-1)) == CHANGES


def test_no_difference_is_no_text() -> None:
    assert text.difference(DiffResult("a.dtb", "b.dtb", ()), Style()) == ""


def test_what_cannot_be_compared(result: BuildResult) -> None:
    refused = DiffResult("a.dtb", "b.dtb", (), result.bases[2].assessment.introduced)
    assert text.difference(refused, Style()) == "boards/b.yaml:7:3: error: no label iris [unknown-label]\n"


def test_of_many_that_say_the_same_of_many_nodes_there_are_three() -> None:
    many = tuple(
        Diagnostic(
            "dtc:gpios_property",
            Severity.WARNING,
            "cell 0 is not a phandle",
            Location("x.dts", number),
            Place(Subject(f"/led-{number}", "gpios"), Location("x.dtb")),
        )
        for number in range(1, 8)
    )
    base = BaseResult("x", "x.dtb", "x-el2.dtb", (), Assessment(many, (), many), (), 0.0)
    sound = BuildResult("b", "B", ("b.dtso",), (), (base,), "bindings", ())
    shown = text.builds([sound], Style(everything=True))
    assert shown.count("cell 0 is not a phandle") == 2 * 3
    assert "  … and 4 more of dtc:gpios_property; -v shows them\n" in shown
    assert "  … and 4 more of dtc:gpios_property (pre-existing); -v shows them\n" in shown
    assert text.builds([sound], Style(verbosity=1)).count("cell 0 is not a phandle") == 7
