"""What a project says of itself, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen import rules
from dtgen.commands import validate
from dtgen.commands.build import Builder, BuildRequest
from dtgen.diagnostics import Severity
from dtgen.errors import ToolError
from dtgen.project import layout, settings
from dtgen.project.layout import Finder
from dtgen.project.settings import Settings
from dtgen.report import text
from dtgen.report.style import Style


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(start: Path = Path()) -> Settings:
    return settings.load(start, rules.ADJUSTABLE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dtgen.toml", '[severity]\nno-op = "warning"\nattach-overlap = "off"\n'),
        ("pyproject.toml", '[tool.dtgen.severity]\nno-op = "warning"\nattach-overlap = "off"\n'),
        ("pyproject.toml", '[tool.dtgen]\nseverity = {no-op = "warning", attach-overlap = "off"}\n'),
    ],
)
def test_severities_of_either_file(directory: Path, name: str, content: str) -> None:
    (directory / name).write_text(content)
    assert load() == Settings(directory / name, {"no-op": Severity.WARNING, "attach-overlap": None})


@pytest.mark.parametrize(("value", "severity"), [(s.value, s) for s in Severity] + [("off", None)])
def test_every_severity(directory: Path, value: str, severity: Severity | None) -> None:
    (directory / "dtgen.toml").write_text(f'[severity]\nno-op = "{value}"\n')
    assert load().severities == {"no-op": severity}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dtgen.toml", '[severty]\nno-op = "off"\n'),
        ("dtgen.toml", 'no-op = "off"\n'),
        ("pyproject.toml", '[tool.dtgen.severty]\nno-op = "off"\n'),
    ],
)
def test_a_setting_that_there_is_not(directory: Path, name: str, content: str) -> None:
    (directory / name).write_text(content)
    with pytest.raises(ToolError, match=f"{name}:1: unknown key (severty|no-op)$") as caught:
        load()
    assert caught.value.remedy


def test_none_without_a_file(directory: Path) -> None:
    (directory / "pyproject.toml").write_text('[project]\nname = "mine"\n[severity]\nno-op = "off"\n')
    assert load() == Settings()


def test_the_nearest_file_with_any_counts(directory: Path) -> None:
    far, near = directory / "dtgen.toml", directory / "a/b/pyproject.toml"
    near.parent.mkdir(parents=True)
    far.write_text('[severity]\nno-op = "error"\n')
    near.write_text('[project]\nname = "mine"\n')
    assert load(near.parent).file == far
    near.write_text("[tool.dtgen]\n")
    assert load(near.parent) == Settings(near)
    assert load(near.parent.parent).file == far


def test_of_two_files_in_one_directory_dtgens_own_counts(directory: Path) -> None:
    (directory / "pyproject.toml").write_text('[tool.dtgen.severity]\nno-op = "error"\n')
    (directory / "dtgen.toml").write_text('[severity]\nno-op = "off"\n')
    assert load().severities == {"no-op": None}


@pytest.mark.parametrize(
    ("content", "message", "remedy"),
    [
        (
            "severity = [",
            "dtgen.toml:1:1: invalid value",
            "see https://toml.io for the syntax",
        ),
        (
            '[severity]\natach-overlap = "off"\n',
            "dtgen.toml:2: there is no rule atach-overlap whose severity can be set",
            "did you mean attach-overlap?",
        ),
        (
            '[severity]\nzzz = "off"\n',
            "dtgen.toml:2: there is no rule zzz whose severity can be set",
            "`dtgen rules` lists them; what stops a build stays an error",
        ),
        (
            '[severity]\nno-op = "warn"\n',
            'dtgen.toml:2: the severity of no-op is "warn"',
            'write "error", "warning", "info" or "off"',
        ),
        (
            "[severity]\nno-op = false\n",
            "dtgen.toml:2: the severity of no-op is false",
            'write "error", "warning", "info" or "off"',
        ),
        ('severity = "off"\n', 'dtgen.toml:1: severity is not a table: "off"', ""),
    ],
)
def test_what_is_wrong_is_an_error_of_the_environment(
    directory: Path, content: str, message: str, remedy: str
) -> None:
    (directory / "dtgen.toml").write_text(content)
    with pytest.raises(ToolError) as caught:
        load()
    assert (str(caught.value), caught.value.remedy) == (message, remedy)


@pytest.mark.parametrize(
    ("name", "content", "message", "remedy"),
    [
        (
            "dtgen.toml",
            'kernel = "linux"\n[tool.dtgen.severity]\nno-op = "off"\n',
            "2: tool.dtgen is for pyproject.toml",
            "write [severity]",
        ),
        (
            "dtgen.toml",
            '[tool.dtgen]\nkernel = "linux"\n',
            "1: tool.dtgen is for pyproject.toml",
            "write its keys at the top of the file",
        ),
        (
            "pyproject.toml",
            '[tool.dtgen]\n[[overlay]]\nfiles = "x"\n',
            "2: overlay is not below tool.dtgen",
            "write [[tool.dtgen.overlay]]",
        ),
        (
            "dtgen.toml",
            '[overlay]\nfiles = "x"\n',
            "1: [overlay] is one table, not a list of them",
            "write [[overlay]], two brackets",
        ),
        (
            "dtgen.toml",
            "[severity]\n[severity]\n",
            "2:10: [severity] is in line 1 already",
            "put both together",
        ),
        (
            "dtgen.toml",
            "[allow]\n[[allow]]\n",
            "2:8: [allow] is in line 1 already",
            "write [[allow]], two brackets, in both lines",
        ),
        ("dtgen.toml", 'kernel = "linux\n', "1:16: the quote is not closed", 'end the value with "'),
        ("dtgen.toml", "kernel = linux # 7.2\n", "1:10: linux is not a value", 'quote it: "linux"'),
        ("dtgen.toml", "a = True\n", "1:5: True is not a value", "write true"),
        ("dtgen.toml", 'kernel = "a"\nkernel = "b"\n', "2:13: kernel is written twice", "remove one of them"),
        ("dtgen.toml", '"a b" = 1\n"a b" = 2\n', '2:10: "a b" is written twice', "remove one of them"),
        (
            "dtgen.toml",
            "k = 1\na.'b c' = 1\na.'b c' = 2\n",
            "3:12: a.'b c' is written twice",
            "remove one of them",
        ),
        (
            "dtgen.toml",
            "[severity]\nno-op = true\n",
            "2: the severity of no-op is true",
            'write "error", "warning", "info" or "off"',
        ),
        (
            "dtgen.toml",
            '[[overlay]]\nfiles = "x"\npas_at_el2 = "true"\n',
            '3: entry 1 of [[overlay]]: pas_at_el2 is not true or false: "true"',
            "write true without quotes",
        ),
        ("dtgen.toml", 'kernal = "linux"\n', "1: unknown key kernal", "did you mean kernel?"),
    ],
)
def test_slips_of_toml(directory: Path, name: str, content: str, message: str, remedy: str) -> None:
    (directory / name).write_text(content)
    with pytest.raises(ToolError) as caught:
        load()
    assert (str(caught.value), caught.value.remedy) == (f"{name}:{message}", remedy)


def test_what_stops_a_build_has_no_severity_to_set(directory: Path) -> None:
    (directory / "dtgen.toml").write_text('[severity]\nunknown-label = "warning"\n')
    with pytest.raises(ToolError) as caught:
        load()
    assert (str(caught.value), caught.value.remedy) == (
        "dtgen.toml:2: there is no rule unknown-label whose severity can be set",
        "`dtgen rules` lists them; what stops a build stays an error",
    )


def test_a_file_that_is_no_text(directory: Path) -> None:
    (directory / "dtgen.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ToolError, match=r"^dtgen\.toml cannot be read: "):
        load()


# in builds and validations

OVERLAPPING = """\
name: mine
extends: lemans
streams:
  remoteproc_adsp:
    iommus: [[apps_smmu, 0x3001, 0x0]]
"""


def told_of_a_build(severities: str) -> tuple[int, str]:
    Path("boards").mkdir(exist_ok=True)
    Path("boards/mine.yaml").write_text(OVERLAPPING)
    Path("dtgen.toml").write_text(f"[severity]\n{severities}")
    finder = Finder.from_directory(Path.cwd())
    cache = layout.cache_directory()
    builder = Builder(finder, None, None, None, lambda *_: None, cache, load().severities)
    result = builder.build(BuildRequest("mine"))
    lines = text.diagnostics(result.all_diagnostics, Style()).splitlines()
    return result.errors, "\n".join(line for line in lines if line.startswith("boards/mine.yaml"))


OVERLAP = "stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed by q6apmdai too [attach-overlap]"
CONFLICT = "iommus of remoteproc_adsp is <&apps_smmu 0x3001 0x0> (without a source)"


def test_a_build_where_a_rule_has_another_severity() -> None:
    assert told_of_a_build("") == (1, f"boards/mine.yaml:5:14: error: {OVERLAP}")
    assert told_of_a_build('attach-overlap = "warning"\n') == (
        0,
        f"boards/mine.yaml:5:14: warning: {OVERLAP}",
    )


def test_a_build_where_a_rule_is_only_good_to_know() -> None:
    """Then that another description has it otherwise is told."""
    errors, told = told_of_a_build('attach-overlap = "info"\n')
    assert errors == 0
    assert told.startswith(f"boards/mine.yaml:5:14: warning: {CONFLICT}")
    assert "\n" not in told


def test_a_build_where_a_rule_is_off() -> None:
    errors, told = told_of_a_build('attach-overlap = "off"\n')
    assert errors == 0
    assert told.startswith(f"boards/mine.yaml:5:14: warning: {CONFLICT}")
    assert told_of_a_build('attach-overlap = "off"\nconflicting-streams = "off"\n') == (0, "")


def test_a_build_where_a_remark_on_the_description_is_an_error() -> None:
    errors, told = told_of_a_build('attach-overlap = "off"\nconflicting-streams = "error"\n')
    assert errors == 1
    assert told.startswith(f"boards/mine.yaml:5:14: error: {CONFLICT}")


TREE = """
/ {
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    dsp { iommus = <&smmu 0x13000 0x0>; };
};
"""


@pytest.mark.parametrize(("value", "severities"), [("error", ["error"]), ("info", ["info"]), ("off", [])])
def test_a_validation_where_a_rule_has_another_severity(
    dtb: Callable[[str], bytes], value: str, severities: list[str]
) -> None:
    Path("tree.dtb").write_bytes(dtb(TREE))
    Path("dtgen.toml").write_text(f'[severity]\nstream-width = "{value}"\n')
    request = validate.ValidateRequest((Path("tree.dtb"),))
    finder, cache = Finder.from_directory(Path.cwd()), layout.cache_directory()
    (tree,) = validate.validate(request, finder, load(), cache, lambda *_: None).trees
    found = [d.severity.value for d in tree.assessment.introduced if d.rule == "stream-width"]
    assert found == severities


def test_settings_that_are_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\ndtgen = 3\n")
    with pytest.raises(ToolError, match=r"pyproject\.toml: tool\.dtgen is 3, not a table$"):
        load(tmp_path)
