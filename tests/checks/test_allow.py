"""What a description allows: what then is no error, and which entries are wrong or of no use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.checks.allow import marked
from dtgen.commands.build import Builder, BuildRequest
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, Subject
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.project.settings import AllowedFinding
from dtgen.report import json as json_report
from dtgen.report import text
from dtgen.report.style import Style
from dtgen.results import BuildResult

Build = Callable[..., BuildResult]

ADSP = "/soc@0/remoteproc@30000000"
OVERLAPPING = "streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3001, 0x0]], source: measured}}\n"
WHY = "the audio device is never probed here"
STREAM = "stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed by q6apmdai too [attach-overlap]"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build a description of the given text, which extends lemans."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()

    def run(description: str, *bases: Path) -> BuildResult:
        (tmp_path / "boards/mine.yaml").write_text(f"name: mine\nextends: lemans\n{description}")
        cache = layout.cache_directory()
        builder = Builder(Finder.from_directory(tmp_path), None, None, None, lambda *_: None, cache)
        return builder.build(BuildRequest("mine", bases))

    return run


def allow(rule: str, at: str, why: str = WHY) -> str:
    return f"allow:\n  - {{rule: {rule}, at: {at}, why: {why}}}\n"


def of_rule(result: BuildResult, rule: str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in result.all_diagnostics if diagnostic.rule == rule]


def told(result: BuildResult, style: Style | None = None) -> str:
    return text.diagnostics(result.all_diagnostics, style or Style())


def test_what_is_not_allowed_is_an_error(build: Build) -> None:
    result = build(OVERLAPPING)
    assert result.errors == 1
    assert f"error: {STREAM}\n" in told(result)


@pytest.mark.parametrize("at", ["remoteproc_adsp", ADSP])
def test_what_is_allowed_at_a_label_or_a_path_is_no_error(build: Build, at: str) -> None:
    result = build(OVERLAPPING + allow("attach-overlap", at))
    assert result.errors == 0
    assert [base.output for base in result.bases] == ["build/mine/lemans-lean-el2.dtb"]
    assert of_rule(result, "unused-allow") == []
    assert STREAM not in told(result)
    shown = told(result, Style(verbosity=1))
    assert f"error: {STREAM}\n" in shown
    assert shown.rstrip().endswith(f"\n    allowed: {WHY}")


def test_what_is_allowed_is_in_the_json_with_the_reason(build: Build) -> None:
    result = build(OVERLAPPING + allow("attach-overlap", "remoteproc_adsp"))
    (board,) = json.loads(json_report.builds([result], Style()))["boards"]
    found = {entry["rule"]: entry for entry in board["bases"][0]["diagnostics"]}
    overlap = found["attach-overlap"]
    assert board["errors"] == 0
    assert (overlap["severity"], overlap["state"], overlap["allowed"]) == ("error", "introduced", WHY)


@pytest.mark.parametrize("at", ["remoteproc_cdsp0", "/soc@0/remoteproc@26300000", "no_such_label"])
def test_an_entry_for_another_node_allows_nothing(build: Build, at: str) -> None:
    result = build(OVERLAPPING + allow("attach-overlap", at))
    assert result.errors == 1
    (unused,) = of_rule(result, "unused-allow")
    assert unused.message == f"attach-overlap is allowed at {at}, but nothing is found there"


def test_an_entry_for_another_rule_allows_nothing(build: Build) -> None:
    result = build(OVERLAPPING + allow("partial-overlap", "remoteproc_adsp"))
    assert result.errors == 1
    assert len(of_rule(result, "unused-allow")) == 1


def test_an_unused_entry_is_a_warning_at_its_line(build: Build) -> None:
    result = build(allow("attach-overlap", "remoteproc_adsp"))
    assert result.errors == 0
    assert told(result) == (
        "boards/mine.yaml:4:12: warning: attach-overlap is allowed at remoteproc_adsp, but nothing "
        "is found there [unused-allow]\n"
        "    help: remove the entry, or build for the bases that it is for\n"
    )


def test_a_finding_of_a_binding_is_allowed_by_its_file(build: Build) -> None:
    odd = "nodes: [{target: remoteproc_adsp, properties: {'qcom,odd': true}}]\n"
    binding = "remoteproc/qcom,sa8775p-pas.yaml"
    assert build(odd).errors == 1
    result = build(odd + f"allow: [{{rule: '{binding}', at: remoteproc_adsp, why: as the vendor has it}}]\n")
    assert (result.errors, of_rule(result, "unused-allow")) == (0, [])


def test_what_follows_from_an_allowed_finding_is_no_error_either(build: Build) -> None:
    """A second entry is too many for the rule, and for the binding."""
    two = "streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3000, 0x0], [apps_smmu, 0x3020, 0x0]], source: s}}\n"
    assert build(two).errors == 1
    result = build(two + allow("too-many-iommus", "remoteproc_adsp"))
    assert result.errors == 0
    assert any(diagnostic.follows and diagnostic.clause for diagnostic in result.all_diagnostics)


@pytest.mark.parametrize(
    ("rule", "told_of_it"),
    [
        ("atach-overlap", "there is no rule atach-overlap [board-format]\n    help: did you mean attach-overlap?\n"),
        (
            "zzz",
            "there is no rule zzz [board-format]\n    help: `dtgen rules` lists them\n",
        ),
        (
            "unknown-label",
            "unknown-label cannot be allowed: it is checked when the overlay is looked at beside a base, before it is applied [board-format]\n",
        ),
        (
            "unused-allow",
            "unused-allow cannot be allowed: it is checked when the description is built [board-format]\n",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_allowed_is_refused(build: Build, rule: str, told_of_it: str) -> None:
    result = build(allow(rule, "remoteproc_adsp"))
    assert told(result) == f"boards/mine.yaml:4:12: error: {told_of_it}"
    assert result.bases == ()
    assert not Path("build").exists()


def test_without_a_reason_nothing_is_allowed(build: Build) -> None:
    result = build("allow: [{rule: attach-overlap, at: remoteproc_adsp}]\n")
    assert "why" in told(result)
    assert (result.errors, result.bases) == (1, ())


def test_an_entry_that_is_used_on_one_of_two_bases_is_not_unused(
    build: Build, compiled: Callable[[str], bytes]
) -> None:
    """Of two boards, one has disabled the audio device."""
    import libfdt

    data = compiled("lemans-evk.dts")
    board = libfdt.Fdt(data)
    board.resize(len(data) + 64)
    dais = board.path_offset(f"{ADSP}/glink-edge/gpr/service@1/dais")
    board.setprop_str(dais, "status", "disabled")
    Path("quiet.dtb").write_bytes(bytes(board.as_bytearray()))
    Path("evk.dtb").write_bytes(data)
    entry = OVERLAPPING + allow("attach-overlap", "remoteproc_adsp")
    both = build(entry, Path("quiet.dtb"), Path("evk.dtb"))
    assert (both.errors, of_rule(both, "unused-allow")) == (0, [])
    assert len(of_rule(build(entry, Path("quiet.dtb")), "unused-allow")) == 1


def test_of_a_base_that_is_refused_nobody_knows_what_is_unused(
    build: Build, dtb: Callable[[str], bytes]
) -> None:
    Path("other.dtb").write_bytes(dtb('/ { compatible = "v,other"; };'))
    result = build(OVERLAPPING + allow("attach-overlap", "remoteproc_adsp"), Path("other.dtb"))
    assert [diagnostic.rule for diagnostic in result.all_diagnostics if not diagnostic.follows] == [
        "contradictory-source",
        "wrong-base",
    ]


def test_a_label_that_was_taken_from_elsewhere_is_one(build: Build, compiled: Callable[[str], bytes]) -> None:
    from dtgen.devicetree import blob

    Path("bare.dtb").write_bytes(blob.without_symbols(compiled("lemans-evk.dts")))
    result = build(OVERLAPPING + allow("attach-overlap", "remoteproc_adsp"), Path("bare.dtb"))
    assert (result.errors, of_rule(result, "unused-allow")) == (0, [])


def test_what_is_inherited_may_be_allowed_in_the_base_description(build: Build) -> None:
    Path("boards/parent.yaml").write_text(
        f"name: parent\nextends: lemans\n{OVERLAPPING}{allow('attach-overlap', 'remoteproc_adsp')}"
    )
    Path("boards/child.yaml").write_text("name: child\nextends: parent\n")
    builder = Builder(
        Finder.from_directory(Path.cwd()), None, None, None, lambda *_: None, layout.cache_directory()
    )
    assert builder.build(BuildRequest("child")).errors == 0


@pytest.mark.parametrize(
    ("at", "path", "message", "is_meant"),
    [
        ("/", "/", "chassis-type is toaster", True),
        ("/soc", "/", "chassis-type is toaster", False),
        ("/soc/dsp", "/soc/dsp", "p is 1", True),
        ("dsp", "/soc/dsp", "p is 1", True),
        ("/soc", "/soc/dsp", "p of /soc is 1", False),
        # of a line of a source nothing is known but what is said
        ("dsp", None, "&dsp is out of order", True),
        ("/soc/dsp", None, "&{/soc/dsp} is out of order", True),
        ("/soc", None, "&{/soc/dsp} is out of order", False),
        ("dsp", None, "&{/dsp@1} is out of order", False),
        ("i2c", None, "&{/i2c-bus} is out of order", False),
    ],
)
def test_an_entry_is_for_its_node_alone(at: str, path: str | None, message: str, is_meant: bool) -> None:
    here = Location("x.dtso", 7)
    place = Place(Subject(path), here) if path else None
    diagnostic = Diagnostic("some-rule", Severity.ERROR, message, here, place)
    (judged,), used = marked([diagnostic], (AllowedFinding("some-rule", WHY, at, ()),), {"dsp": "/soc/dsp"})
    assert (judged.allowed, len(used)) == ((WHY, 1) if is_meant else ("", 0))
