from __future__ import annotations

import subprocess
from pathlib import Path

from dtgen.commands.import_origin import origin
from dtgen.project.layout import KernelTree


def test_a_file_of_a_release_is_called_by_its_path_in_it(tmp_path: Path) -> None:
    file = tmp_path / "arch/arm64/boot/dts/qcom/x.dtso"
    file.parent.mkdir(parents=True)
    (tmp_path / "Documentation/devicetree/bindings").mkdir(parents=True)
    file.touch()
    (tmp_path / "Makefile").write_text("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n")
    kernel = KernelTree.at(tmp_path)
    assert origin(file, kernel) == "Linux v7.3-rc2, arch/arm64/boot/dts/qcom/x.dtso"
    (tmp_path / "Makefile").unlink()
    assert origin(file, kernel) == "x.dtso"


def test_a_file_of_a_repository_has_the_commit_that_it_is_as(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)
        return done.stdout.decode().strip()

    file = tmp_path / "x.dtso"
    file.write_text("1")
    git("init", "-q")
    git("add", "x.dtso")
    git("commit", "-q", "-m", "x")
    commit = git("log", "-1", "--format=%h")
    assert origin(file, None) == f"x.dtso, commit {commit}"
    file.write_text("2")
    assert origin(file, None) == "x.dtso"
