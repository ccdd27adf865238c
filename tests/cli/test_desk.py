"""The command line as people expect it: help, hints, versions, completion, the list of boards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import FishComplete
from desk import Said, dtgen

from dtgen import __version__
from dtgen.cli import cli
from dtgen.project.layout import builtin_bindings


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", [("-V",), ("--version",), ("validate", "-V"), ("validate", "--version")])
def test_the_version(words: tuple[str, ...]) -> None:
    assert dtgen(*words) == Said(0, f"dtgen, version {__version__}\n")


def test_the_help_of_a_command() -> None:
    assert dtgen("help").out == dtgen("--help").out
    assert dtgen("help", "build").out == dtgen("build", "--help").out
    assert dtgen("help", "bindings", "clear").out == dtgen("bindings", "clear", "--help").out
    assert "Error: No such command 'buidl'. Did you mean 'build'?" in dtgen("help", "buidl").error
    assert "Error: dtgen build has no commands" in dtgen("help", "build", "x").error


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("build", "lemans", "--kernal", "x"), "No such option '--kernal'. Did you mean '--kernel'?"),
        (("check", "--bsae", "x"), "No such option '--bsae'. Did you mean '--base'?"),
        (("build", "--zzz"), "No such option '--zzz'."),
        (("buidl",), "No such command 'buidl'. Did you mean 'build'?"),
    ],
)
def test_a_hint_names_the_nearest(words: tuple[str, ...], hint: str) -> None:
    said = dtgen(*words)
    assert (said.code, said.error.splitlines()[-1]) == (2, f"Error: {hint}")


def test_a_name_that_is_like_none_does_not_list_them_all() -> None:
    assert dtgen("build", "zzz") == Said(
        2, "", "dtgen: error: there is no board zzz\n    help: `dtgen list` shows them\n"
    )


def completed(words: list[str], start: str) -> list[str]:
    completion = FishComplete(cli, {}, "dtgen", "_DTGEN_COMPLETE")
    return [completion.format_completion(item) for item in completion.get_completions(words, start)]


def test_boards_are_completed_with_their_titles_and_descriptions_by_their_paths(directory: Path) -> None:
    (directory / "boards").mkdir()
    (directory / "boards/mine.yaml").write_text("name: mine\ntitle: 'Our carrier'   # of today\n")
    assert completed(["build"], "mi") == ["plain,mine\tOur carrier"]
    assert completed(["build"], "lemans-") == [
        "plain,lemans-video\tQualcomm Lemans (QCS9100, SA8775P) with the video codec"
    ]
    assert completed(["build"], "boards/") == ["file,boards/"]


def test_no_help_of_a_command_is_cut_off() -> None:
    found = dict(line.removeprefix("plain,").split("\t", 1) for line in completed([], ""))
    assert found["apply"] == (
        "Apply overlays to a base, in their order, and write the merged blob. Sources are compiled"
    )
    assert not [name for name, help in found.items() if help.endswith("...")]


def test_the_list_says_whose_each_board_is_and_what_hides_what(directory: Path) -> None:
    (directory / "boards").mkdir()
    (directory / "boards/lemans.yaml").write_text("name: lemans\nextends: monaco\ntitle: Mine\n")
    (directory / "boards/zzz.yaml").write_text("name: zzz\nextends: monaco\ntitle: Mine too\n")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in dtgen("list").out.splitlines()}
    assert rows["lemans"] == "Mine (boards/lemans.yaml, hides the built-in one)"
    assert rows["zzz"] == "Mine too (boards/zzz.yaml)"
    assert rows["monaco"] == "Qualcomm Monaco (QCS8300)"
    boards = {row["name"]: row for row in json.loads(dtgen("list", "--format", "json").out)["boards"]}
    assert (boards["lemans"]["own"], boards["zzz"]["hides"], boards["monaco"]["own"]) == (True, None, False)
    assert boards["lemans"]["hides"].endswith("boards/lemans.yaml")


def test_descriptions_that_extend_each_other(directory: Path) -> None:
    (directory / "boards").mkdir()
    for name, parent in (("a", "b"), ("b", "c"), ("c", "b")):
        (directory / f"boards/{name}.yaml").write_text(f"name: {name}\nextends: {parent}\n")
    said = dtgen("show", "a").error.splitlines()
    assert said[0] == "boards/c.yaml:2:10: error: c extends itself: b → c → b [board-format]"
    assert said[-1] == "    help: take `extends` out of one of them"


TREE = """
/ {
    compatible = "v,board";
    model = "Board";
    #address-cells = <1>;
    #size-cells = <1>;
    iommu@10000 { compatible = "arm,mmu-500"; reg = <0x10000>; #iommu-cells = <7>; };
};
"""


def test_what_bindings_say_in_dt_validates_form(directory: Path, dtb: Callable[[str], bytes]) -> None:
    Path("bad.dtb").write_bytes(dtb(TREE))
    theirs, ours = Path("theirs.json"), Path("ours.json")
    main = "from dtschema.dtb_validate import main; main()"
    command = [sys.executable, "-c", main, "-m", "-s", str(builtin_bindings()), "bad.dtb"]
    done = subprocess.run([*command, "--json-output", theirs], capture_output=True, text=True, check=False)
    if "unrecognized arguments: --json-output" in done.stderr:
        pytest.skip("this dt-validate has no --json-output")
    assert dtgen("validate", "-m", "bad.dtb", "--json-output", str(ours), "-q").code == 1
    found = [sorted(json.loads(file.read_text()), key=str) for file in (theirs, ours)]
    for entry in (*found[0], *found[1]):
        for name in ("formatted", "context", "note"):
            entry.pop(name, None)
        entry["schema_path"] = entry.get("schema_path", [])[-1:]
    key = lambda entry: (entry["type"], entry["node"], entry["message"])  # noqa: E731
    assert sorted(found[1], key=key) == sorted(found[0], key=key)
    assert len(found[0]) > 3


def test_results_are_kept_where_it_is_said(directory: Path, dtb: Callable[[str], bytes]) -> None:
    Path("bad.dtb").write_bytes(dtb(TREE))
    first = dtgen("validate", "bad.dtb", "--cache-dir", "results", "-q")
    assert len(list(Path("results").iterdir())) == 1
    assert dtgen("validate", "bad.dtb", "--cache-dir", "results", "-q") == first
