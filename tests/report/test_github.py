from __future__ import annotations

from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.report import github
from dtgen.report.style import Style
from dtgen.results import ApplyResult, BuildResult, CheckResult, FileResult, TreeResult, ValidationResult

BUILD = (
    "::notice file=boards/b.yaml,line=9,title=dtgen%3A dtc%3Aunit_address_format::a zero too many"
    "%0Abuild/b/b-el2.dtso:20:4: mem@01 {\n"
    "::error file=boards/b.yaml,line=31,col=5,title=dtgen%3A attach-overlap::stream 0x3000/0x0 is claimed twice"
    "%0A/soc@0/remoteproc@30000000: iommus%0Aalso /soc@0/dais: iommus (x.dtb)%0Ahelp: a remoteproc must be alone\n"
    "::warning file=x.dtb,title=dtgen%3A test/widget.yaml::reg has 2 entries%0A/soc@0\n"
    "::error file=boards/b.yaml,line=7,col=3,title=dtgen%3A unknown-label::no label iris\n"
)


def ordered(text: str) -> list[str]:
    return sorted(text.splitlines())


def test_a_build_is_told_whole_each_finding_once(result: BuildResult) -> None:
    assert ordered(github.builds([result], Style())) == ordered(BUILD)


def test_what_was_there_before_is_never_told(result: BuildResult) -> None:
    assert github.builds([result], Style(everything=True)) == github.builds([result], Style())


def test_annotations_are_in_the_order_of_files_and_lines(result: BuildResult) -> None:
    places = [line.split("title=")[0] for line in github.builds([result], Style()).splitlines()]
    assert [place.split("=", 1)[1] for place in places] == [
        "boards/b.yaml,line=7,col=3,",
        "boards/b.yaml,line=9,",
        "boards/b.yaml,line=31,col=5,",
        "x.dtb,",
    ]


def test_what_has_a_meaning_to_github_is_escaped() -> None:
    found = Diagnostic("r:1", Severity.ERROR, "50%: a,b\r\nc", Location("a,b:c%.dtso", 1))
    assert github.checks(CheckResult((FileResult("f", "overlay", (found,)),), ()), Style()) == (
        "::error file=a%2Cb%3Ac%25.dtso,line=1,title=dtgen%3A r%3A1::50%25: a,b%0D%0Ac\n"
    )


def test_what_is_allowed_is_not_told() -> None:
    found = Diagnostic("r", Severity.ERROR, "m", Location("f"), allowed="known")
    assert github.application(ApplyResult("b", (), None, (), (found,), ()), Style()) == ""


def test_trees(result: BuildResult) -> None:
    trees = tuple(TreeResult(b.file, None, b.assessment, True, 0.0) for b in result.bases)
    found = ValidationResult(trees, result.diagnostics, "bindings", ())
    assert github.validation(found, Style()) == github.builds([result], Style())
