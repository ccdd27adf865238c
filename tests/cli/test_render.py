"""`dtgen render`: the source alone is on stdout."""

from __future__ import annotations

from pathlib import Path


def test_render_is_the_source_that_build_compiles(run, tmp_path: Path) -> None:
    run("build", "-q", "lemans")
    assert run("render", "lemans").stdout == (tmp_path / "build/lemans/lemans-el2.dtso").read_text()


def test_errors_of_render_do_not_go_where_the_source_is_due(run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nname: mine\n")
    done = run("render", "mine.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mine.yaml:2:1: error: name is here twice")
