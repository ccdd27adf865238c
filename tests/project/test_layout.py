from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.errors import ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree

ROOT = Path(layout.__file__).resolve().parents[2]


def refusal(call: Callable[..., object], *arguments: object) -> tuple[str, str]:
    with pytest.raises(ToolError) as raised:
        call(*arguments)
    return str(raised.value), raised.value.remedy


def board(root: Path, name: str) -> Path:
    file = root / "boards" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def test_the_data_of_a_checkout_is_beside_the_package() -> None:
    data = layout.data_directory()
    assert data in (ROOT, ROOT / "dtgen/data")
    assert layout.board_schema() == data / "schemas/board.schema.json"
    assert layout.builtin_bindings() == data / "schemas/bindings"
    assert layout.legacy_bindings() == data / "schemas/legacy"
    assert all(
        path.exists() for path in (layout.board_schema(), layout.builtin_bindings(), layout.legacy_bindings())
    )


def test_the_cache_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DTGEN_CACHE", str(tmp_path / "c"))
    assert layout.cache_directory() == tmp_path / "c"


@pytest.mark.parametrize("variable", [None, ""])
def test_the_cache_is_the_users_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str | None
) -> None:
    monkeypatch.delenv("DTGEN_CACHE")
    if variable is not None:
        monkeypatch.setenv("DTGEN_CACHE", variable)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert layout.cache_directory() == tmp_path / "dtgen"


@pytest.mark.parametrize(
    ("file", "shown"),
    [("a/b.yaml", "a/b.yaml"), ("./b.yaml", "b.yaml"), ("/etc/passwd", "/etc/passwd")],
)
def test_a_file_is_shown_as_a_person_would_type_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, shown: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert layout.display(Path(file)) == shown
    assert layout.display(tmp_path / file) == shown


def test_a_file_above_is_shown_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert layout.display(tmp_path / "b.yaml") == str(tmp_path / "b.yaml")


def test_the_project_is_the_nearest_directory_with_boards(tmp_path: Path) -> None:
    board(tmp_path, "a")
    (tmp_path / "x/y").mkdir(parents=True)
    assert Finder.from_directory(tmp_path / "x/y").roots == (tmp_path, layout.data_directory())
    board(tmp_path / "x", "a")
    assert Finder.from_directory(tmp_path / "x/y").roots == (tmp_path / "x", layout.data_directory())


def test_outside_a_project_there_are_dtgens_own_boards(tmp_path: Path) -> None:
    assert Finder.from_directory(tmp_path).roots == (layout.data_directory(),)


def test_dtgens_own_directory_is_searched_once() -> None:
    own = layout.data_directory()
    assert Finder.from_directory(own / "templates").roots == (own,)


def test_boards_are_sorted_and_the_projects_hide_dtgens_own(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    expected = {"a": board(mine, "a"), "b": board(mine, "b")}
    board(theirs, "b")
    expected["c"] = board(theirs, "c")
    found = Finder((mine, theirs)).boards()
    assert list(found.items()) == list(expected.items())


def test_a_board_by_name(tmp_path: Path) -> None:
    file = board(tmp_path, "a")
    assert Finder((tmp_path,)).board_file("a") == file


def test_a_board_by_file(tmp_path: Path) -> None:
    file = board(tmp_path, "a")
    assert Finder(()).board_file(str(file)) == file


def test_an_unknown_board_is_told_with_the_nearest(tmp_path: Path) -> None:
    for name in ("lemans", "monaco"):
        board(tmp_path, name)
    finder = Finder((tmp_path,))
    assert refusal(finder.board_file, "leman") == ("there is no board leman", "did you mean lemans?")
    assert refusal(finder.board_file, "zzz") == (
        "there is no board zzz",
        "`dtgen list` shows them",
    )


def test_an_unknown_file_is_told(tmp_path: Path) -> None:
    assert refusal(Finder(()).board_file, f"{tmp_path}/a.yaml") == (f"there is no file {tmp_path}/a.yaml", "")


def test_templates_are_looked_for_in_the_project_first(tmp_path: Path) -> None:
    finder = Finder((tmp_path / "a", tmp_path / "b"))
    assert finder.template_directories() == (tmp_path / "a/templates", tmp_path / "b/templates")


def test_the_lean_base_is_the_boards_or_the_nearest_parents(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for root, name in ((theirs, "parent"), (mine, "grandparent")):
        (root / "boards/bases").mkdir(parents=True)
        (root / f"boards/bases/{name}.dts").touch()
    finder = Finder((mine, theirs))
    assert finder.lean_base(("child", "parent", "grandparent")) == theirs / "boards/bases/parent.dts"
    assert finder.lean_base(("child",)) is None


def test_a_projects_lean_base_hides_dtgens_own(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        (tmp_path / name / "boards/bases").mkdir(parents=True)
        (tmp_path / name / "boards/bases/b.dts").touch()
    finder = Finder((tmp_path / "mine", tmp_path / "theirs"))
    assert finder.lean_base(("b",)) == tmp_path / "mine/boards/bases/b.dts"


def test_a_linux_source_tree(tmp_path: Path) -> None:
    sources = tmp_path / "arch/arm64/boot/dts"
    sources.mkdir(parents=True)
    (tmp_path / "Documentation/devicetree/bindings").mkdir(parents=True)
    tree = KernelTree.at(tmp_path)
    assert tree == KernelTree(
        tmp_path,
        sources,
        (tmp_path / "include", sources, tmp_path / "scripts/dtc/include-prefixes"),
        tmp_path / "Documentation/devicetree/bindings",
    )
    assert tree.source("qcom/x.dts") == sources / "qcom/x.dts"


def test_the_layout_of_devicetree_rebasing(tmp_path: Path) -> None:
    sources = tmp_path / "src/arm64"
    sources.mkdir(parents=True)
    (tmp_path / "Bindings").mkdir()
    assert KernelTree.at(tmp_path) == KernelTree(
        tmp_path, sources, (tmp_path / "include", tmp_path / "src", sources), tmp_path / "Bindings"
    )


@pytest.mark.parametrize("sources", ["arch/arm64/boot/dts", "arch/riscv/boot/dts", "src/arm64"])
def test_sources_without_bindings(tmp_path: Path, sources: str) -> None:
    (tmp_path / sources / "vendor").mkdir(parents=True)
    tree = KernelTree.around(tmp_path / sources / "vendor/a.dtso")
    assert tree
    assert (tree.sources, tree.bindings) == (tmp_path / sources, None)


def test_a_directory_that_is_no_kernel_tree(tmp_path: Path) -> None:
    assert refusal(KernelTree.at, tmp_path) == (
        f"{tmp_path} is not a kernel tree: it has neither arch/*/boot/dts nor src/arm64",
        "give the top directory of a Linux source tree",
    )


def test_a_kernel_tree_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(KernelTree.at, tmp_path / "x") == (f"there is no directory {tmp_path}/x", "")


def test_a_link_lies_where_it_stands_or_else_where_it_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = []
    for name in ("ours", "theirs"):
        (tmp_path / name / "src/arm64").mkdir(parents=True)
        (tmp_path / name / "src/arm64/x.dtso").touch()
        trees.append(KernelTree.at(tmp_path / name))
    (tmp_path / "link.dtso").symlink_to("theirs/src/arm64/x.dtso")
    (tmp_path / "ours/link.dtso").symlink_to("../theirs/src/arm64/x.dtso")
    (tmp_path / "directory").symlink_to("theirs/src/arm64")
    ours, theirs = trees
    assert KernelTree.around(tmp_path / "link.dtso") == theirs
    assert KernelTree.around(tmp_path / "directory/x.dtso") == theirs
    assert KernelTree.around(tmp_path / "ours/link.dtso") == ours
    monkeypatch.chdir(tmp_path / "ours")
    assert KernelTree.around(Path("link.dtso")) == ours
    assert KernelTree.around(Path("../theirs/src/arm64/x.dtso")) == theirs
    assert KernelTree.around(Path("../none.dtso")) is None


@pytest.mark.parametrize("below", ["Documentation/devicetree/bindings", "Bindings"])
def test_the_bindings_of_a_kernel_tree(tmp_path: Path, below: str) -> None:
    (tmp_path / below).mkdir(parents=True)
    assert layout.bindings_directory(tmp_path) == tmp_path / below


def test_bindings_that_are_given_themselves(tmp_path: Path) -> None:
    assert layout.bindings_directory(tmp_path) == tmp_path


def test_a_kernel_tree_without_bindings_is_no_set_of_them(tmp_path: Path) -> None:
    (tmp_path / "arch/arm64/boot/dts").mkdir(parents=True)
    assert refusal(layout.bindings_directory, tmp_path) == (
        f"{tmp_path} is a kernel tree without bindings",
        "leave it out: dtgen's own are used then",
    )


def test_bindings_that_are_not_there(tmp_path: Path) -> None:
    assert refusal(layout.bindings_directory, tmp_path / "x") == (f"there is no directory {tmp_path}/x", "")


def test_bindings_that_are_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert refusal(layout.bindings_directory, tmp_path / "x")[0] == f"there is no directory {tmp_path}/x"


def test_finding_a_board_needs_no_heavy_package() -> None:
    code = (
        "import sys, pathlib; from dtgen.project.layout import Finder\n"
        "Finder.from_directory(pathlib.Path.cwd()).boards()\n"
        "print(sorted({'dtschema', 'jinja2', 'jsonschema', 'libfdt', 'rich', 'ruamel.yaml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
