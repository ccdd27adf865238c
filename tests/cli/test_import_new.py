"""`dtgen import` and `dtgen new` as a person runs them."""

from __future__ import annotations

from pathlib import Path

OVERLAY = '/dts-v1/;\n/plugin/;\n&uart { status = "okay"; };\n'


def test_an_overlay_becomes_a_file_that_is_not_overwritten(run, tmp_path: Path) -> None:
    (tmp_path / "mine.dtso").write_text(OVERLAY)
    done = run("import", "mine.dtso")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "boards/mine.yaml: its overlay is equal to mine.dtso\n"
        "4 places are still open: search for TODO, or see `dtgen build mine`\n"
    )
    done = run("import", "mine.dtso")
    assert done.returncode == 2
    assert done.stderr == (
        "dtgen: error: mine is a board already: boards/mine.yaml\n    help: choose another name\n"
    )
    assert run("import", "mine.dtso", "-o", "-").stdout == (tmp_path / "boards/mine.yaml").read_text()


def test_what_cannot_be_imported_is_a_finding(run, tmp_path: Path) -> None:
    (tmp_path / "mine.dtso").write_text(OVERLAY + "/ { lost { }; };\n")
    done = run("import", "mine.dtso")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "mine.dtso:4:5: error: lost stands outside of all fragments, and nothing applies it [cannot-import]\n"
        "    4 | / { lost { }; };\n"
        "      |     ^^^^\n"
        "    /lost\n"
        "    help: move it into &{/} { … };, or remove it\n"
    )
    assert not (tmp_path / "boards").exists()


def test_in_a_pipe_nobody_is_asked(run, tmp_path: Path, dtb) -> None:
    (tmp_path / "b.dtb").write_bytes(dtb('/ { compatible = "acme,b"; a: a { }; };'))
    done = run("new", "mine", "--base", "b.dtb")
    assert (done.returncode, done.stderr) == (0, "")
    assert "pas_at_el2: TODO" in (tmp_path / "boards/mine.yaml").read_text()


def test_a_new_board_takes_no_name_of_another_but_elsewhere(run, tmp_path: Path, dtb) -> None:
    (tmp_path / "b.dtb").write_bytes(dtb('/ { compatible = "acme,b"; a: a { }; };'))
    done = run("new", "lemans", "--base", "b.dtb", "--alone")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dtgen: error: lemans is a board already: ")
    assert done.stderr.endswith("/boards/lemans.yaml\n    help: choose another name\n")
    done = run("new", "lemans", "--base", "b.dtb", "--alone", "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")


def test_extends_and_alone_exclude_each_other(run) -> None:
    done = run("new", "mine", "--base", "b.dtb", "--extends", "lemans", "--alone")
    assert done.returncode == 2
    assert done.stderr.endswith("Error: give either --extends or --alone\n")
