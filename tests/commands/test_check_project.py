"""What a project says of findings: which may stay, how bad they are; and what lies where nothing finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen import rules
from dtgen.commands import check
from dtgen.commands.check_bases import Options
from dtgen.commands.config import in_force
from dtgen.errors import ToolError
from dtgen.project import layout, settings
from dtgen.report import text
from dtgen.report.style import Style

BASE = """/ {
    compatible = "v,b";
    #address-cells = <1>;
    #size-cells = <1>;
    alpha: alpha { };
    dsp: dsp { reg = <0x0 0x1>; };
};
"""
HEAD = "// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
GOOD = HEAD + "&dsp {\n\ta = <1>;\n};\n"
TWICE = HEAD + "&dsp {\n\ta = <1>;\n};\n\n&dsp {\n\ta = <2>;\n};\n"
ODD = HEAD + '&dsp {\n\tstatus = "disable";\n};\n'
OVERLAYS = '[[overlay]]\nfiles = "*.dtso"\nbases = "base.dtb"\n'
ALLOW = '[[allow]]\nrule = "repeated-property"\nat = "{at}"\nfiles = "{files}"\nwhy = "both are read"\n'

Said = Callable[..., list[str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtb: Callable[[str], bytes]) -> Said:
    """The first line of each finding in an overlay, with `dtgen.toml` of a text."""
    monkeypatch.chdir(tmp_path)
    Path("base.dtb").write_bytes(dtb(BASE))

    def find(overlay: str, more: str = "", verbosity: int = -1) -> list[str]:
        Path("x.dtso").write_text(overlay)
        Path("dtgen.toml").write_text(f"{OVERLAYS}{more}")
        return checked(Path("x.dtso"), verbosity=verbosity)

    return find


def checked(*paths: Path, verbosity: int = -1) -> list[str]:
    result = check.check(paths, Options(), layout.cache_directory(), lambda *_: None)
    lines = text.checks(result, Style(verbosity=verbosity)).splitlines()
    return [line for line in lines if not line.startswith(" ")]


REPEATED = (
    "x.dtso:12:2: warning: a of &dsp is written twice in this overlay, and the last one wins; the kernel refuses "
    "such an overlay at run time [repeated-property]"
)


@pytest.mark.parametrize(
    ("at", "files", "allowed"),
    [
        ("dsp", "x.dtso", True),
        ("/dsp", "*.dtso", True),
        ("", "x.dtso", True),
        ("alpha", "x.dtso", False),
        ("dsp", "y.dtso", False),
    ],
)
def test_a_finding_in_an_overlay_may_stay(said: Said, at: str, files: str, allowed: bool) -> None:
    found = said(TWICE, ALLOW.format(at=at, files=files))
    assert found == ([] if allowed else [REPEATED])


def test_what_is_allowed_is_shown_where_more_is_asked_for(said: Said) -> None:
    said(TWICE, ALLOW.format(at="dsp", files="*"), verbosity=1)
    shown = text.checks(
        check.check([Path("x.dtso")], Options(), layout.cache_directory(), lambda *_: None),
        Style(verbosity=1),
    )
    assert f"{REPEATED}\n" in shown
    assert "    allowed: both are read\n" in shown


def test_a_finding_in_the_source_may_stay_too(said: Said) -> None:
    spaces = TWICE.replace("\ta = <1>", "  a = <1>")
    allow = '[[allow]]\nrule = "unformatted"\nwhy = "the vendor\'s style"\n'
    assert len(said(spaces)) == 2
    assert said(spaces, allow) == [REPEATED]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('rule = "no-op"', "dtgen.toml:4: entry 1 of [[allow]] lacks why"),
        ('why = "w"', "dtgen.toml:4: entry 1 of [[allow]] lacks rule"),
        ('rule = "no-opp"\nwhy = "w"', "dtgen.toml:5: there is no rule no-opp that can be allowed"),
        (
            'rule = "unknown-label"\nwhy = "w"',
            "dtgen.toml:5: there is no rule unknown-label that can be allowed",
        ),
        (
            'rule = "no-op"\nwhy = "w"\nwhere = "x"',
            "dtgen.toml:7: unknown key where in entry 1 of [[allow]]",
        ),
    ],
)
def test_an_entry_that_is_wrong_is_an_error_at_its_line(said: Said, entry: str, message: str) -> None:
    del said
    Path("dtgen.toml").write_text(f"{OVERLAYS}[[allow]]\n{entry}\n")
    with pytest.raises(ToolError) as caught:
        settings.load(Path.cwd(), rules.ADJUSTABLE)
    assert str(caught.value) == message


def test_a_binding_has_the_severity_that_the_project_gives_it(said: Said) -> None:
    (found,) = said(ODD)
    binding = found.rpartition("[")[2].rstrip("]")
    assert binding.endswith(".yaml") and ": error: " in found
    assert said(ODD, f'[severity]\n"{binding}" = "warning"\n') == [found.replace(": error: ", ": warning: ")]
    assert said(ODD, f'[severity]\n"{binding}" = "off"\n') == []


def test_a_check_of_dtc_may_be_off(said: Said) -> None:
    overlay = HEAD + "&dsp {\n\tstatus = <1>;\n};\n"
    (found,) = said(overlay)
    assert found.endswith(" [dtc:status_is_string]")
    assert said(overlay, '[severity]\n"dtc:status_is_string" = "off"\n') == []


def test_a_check_of_dtc_that_kbuild_leaves_out_is_made_where_it_has_a_severity(said: Said) -> None:
    """The unit address is missing: unit_address_vs_reg, which is for W=1."""
    overlay = HEAD + "&alpha {\n\treg = <0x0 0x1>;\n};\n"
    assert [line for line in said(overlay) if "dtc:" in line] == []
    found = said(overlay, '[severity]\n"dtc:unit_address_vs_reg" = "error"\n')
    assert [line for line in found if "dtc:" in line] == [
        "x.dtso:7:1: error: node has a reg or ranges property, but no unit name [dtc:unit_address_vs_reg]"
    ]


def test_a_misspelt_label_is_no_matter_of_order(said: Said) -> None:
    overlay = HEAD + "&zdsp {\n\ta;\n};\n\n&alpha {\n\ta;\n};\n"
    assert said(overlay) == ["x.dtso:7:1: error: the base has no label zdsp [unknown-label]"]


@pytest.mark.parametrize("name", ["boards/mine.yml", "boards/sub/mine.yaml"])
def test_a_description_that_nothing_finds_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path(name)
    file.parent.mkdir(parents=True)
    file.write_text("name: mine\nextends: lemans\ntitle: Mine\n")
    (found,) = checked(Path())
    assert found == (
        f"{name}: warning: boards are boards/<name>.yaml: no command finds this one by its name "
        "[misplaced-description]"
    )
    with pytest.raises(ToolError) as caught:
        layout.Finder.from_directory(tmp_path).board_file("mine")
    assert (str(caught.value), caught.value.remedy) == (
        f"there is no board mine: {name} is not read as one",
        "move it to boards/mine.yaml, or build it by its path",
    )


def test_nothing_to_check_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked(Path()) == [".: warning: there is nothing here that dtgen can check [nothing-to-check]"]


def test_what_is_excluded_is_not_checked_for_its_base(said: Said) -> None:
    vendor = Path("vendor/y.dtso")
    vendor.parent.mkdir()
    vendor.write_text("broken")
    entry = '[[overlay]]\nfiles = "vendor/**/*.dtso"\nbases = "base.dtb"\n'
    Path("dtgen.toml").write_text(f'exclude = ["vendor/**"]\n{entry}')
    assert checked(Path("base.dtb")) == []
    assert len(checked(vendor)) == 1
    Path("dtgen.toml").write_text(entry)
    assert len(checked(Path("base.dtb"))) == 1


@pytest.mark.parametrize(
    ("before", "entry", "message"),
    [
        ('include = "none"\n', "", "dtgen.toml:1: there is no directory none"),
        ('bindings = "none"\n', "", "dtgen.toml:1: there are no bindings in none"),
        ('kernel = "none"\n', "", "dtgen.toml:1: there is no directory none"),
        ("", 'include = "none"\n', "dtgen.toml:4: there is no directory none"),
        ("", 'bindings = "none"\n', "dtgen.toml:4: there are no bindings in none"),
        ("", 'kernel = "none"\n', "dtgen.toml:4: there is no directory none"),
        ("", 'symbols = "none.dtb"\n', "dtgen.toml:4: there is no none.dtb"),
    ],
)
def test_what_settings_name_must_be_there(said: Said, before: str, entry: str, message: str) -> None:
    said(ODD)
    Path("dtgen.toml").write_text(f"{before}{OVERLAYS}{entry}")
    with pytest.raises(ToolError) as caught:
        checked(Path("x.dtso"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "first", "help"),
    [
        (
            '[[overlay]]\nfiles = "x.dtso"\nbases = ["base.dtb", "o/y.dtso"]\n',
            "dtgen.toml:3: error: o/y.dtso is an overlay, not a base [wrong-base]",
            'it comes after its base, in one list: bases = [["base.dtb", "o/y.dtso"]]',
        ),
        (
            '[[overlay]]\nfiles = "x.dtso"\nbases = ["bse.dtb"]\n',
            "dtgen.toml:3: error: there is no bse.dtb, which x.dtso is applied to [missing-base]",
            "did you mean base.dtb?",
        ),
        (
            "",
            "o/y.dtso: error: no base is known for this overlay: it was only compiled [no-base]",
            'name it with --base FILE.dtb, or in dtgen.toml: [[overlay]] files = "o/y.dtso", '
            'bases = ["FILE.dtb"]; bases = [] if there is none',
        ),
    ],
)
def test_what_is_wrong_with_what_is_said_of_bases(said: Said, content: str, first: str, help: str) -> None:
    said(GOOD)
    Path("o").mkdir()
    Path("o/y.dtso").write_text(GOOD)
    Path("dtgen.toml").write_text(content)
    result = check.check(
        [Path("x.dtso" if content else "o/y.dtso")], Options(), layout.cache_directory(), lambda *_: None
    )
    (found,) = result.files[0].all_diagnostics
    assert (str(text.diagnostics([found], Style())).splitlines()[0], found.help) == (first, help)


UNUSED = "[unused-allow]"


@pytest.mark.parametrize(
    ("at", "files", "found"),
    [
        ("dsp", "x.dtso", []),
        (
            "dps",
            "x.dtso",
            [
                f"dtgen.toml:4: warning: repeated-property is allowed at dps, but nothing is found there {UNUSED}"
            ],
        ),
        (
            "dsp",
            "y*.dtso",
            [
                "dtgen.toml:4: warning: repeated-property is allowed in y*.dtso, but no such file is checked "
                f"{UNUSED}"
            ],
        ),
    ],
)
def test_what_is_allowed_in_vain(said: Said, at: str, files: str, found: list[str]) -> None:
    said(TWICE, ALLOW.format(at=at, files=files))
    assert [line for line in checked(Path()) if UNUSED in line] == found
    # one file is not all that it may be for, and what cannot be compiled may have it
    assert [line for line in checked(Path("x.dtso")) if UNUSED in line] == []
    Path("z.dtso").write_text("broken")
    assert [line for line in checked(Path()) if UNUSED in line] == []


def test_settings_that_are_not_read(said: Said) -> None:
    Path("pyproject.toml").write_text('[tool.dtgen.severity]\nno-op = "off"\n')
    assert said(GOOD) == [
        "pyproject.toml: warning: [tool.dtgen] is not read: dtgen.toml is here [unread-settings]"
    ]
    assert [(s.name, s.value, s.origin) for s in in_force(Path())][1] == (
        "unread",
        "pyproject.toml",
        "[tool.dtgen] is not read: dtgen.toml is here",
    )
