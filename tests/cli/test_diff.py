"""`dtgen diff` of two descriptions, as a person sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

HEAD = """\
title: T
compatible: ["qcom,x"]
firmware: {pas_at_el2: true}
overlay: {name: o, suffix: el2, license: MIT, summary: S}
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> str:
    Path("boards").mkdir(exist_ok=True)
    Path(f"boards/{name}.yaml").write_text(f"name: {name}\n{HEAD}{text}")
    return f"boards/{name}.yaml"


def test_each_node_and_property_that_differs_is_shown(run) -> None:
    old = write(
        "a",
        "streams: {adsp: {iommus: [[smmu, 1, 0]]}, cdsp: {iommus: [[smmu, 2, 0]]}}\ndisable: {iris: {why: w}}\n",
    )
    new = write(
        "b",
        "disable: {iris: {why: other}}\n"
        "streams: {adsp: {iommus: [[smmu, 3, 0]]}}\n"
        "nodes: [{target: /soc, children: {a@1: {label: a, properties: {p: true, q: [x, y]}}}}]\n",
    )
    done = run("diff", old, new)
    assert done.returncode == 1
    assert done.stdout == (
        "--- boards/a.yaml\n"
        "+++ boards/b.yaml\n"
        "  &adsp\n"
        "    ~ iommus = <&smmu 0x1 0x0> → <&smmu 0x3 0x0>\n"
        "  &cdsp\n"
        "    - this node\n"
        "  /soc\n"
        "    + this node\n"
        "  /soc/a: a@1\n"
        "    + this node\n"
        "    + p\n"
        '    + q = "x", "y"\n'
    )
    done = run("diff", old, old)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_description_is_not_compared_with_a_blob(run) -> None:
    Path("x.dtb").touch()
    done = run("diff", write("a", ""), "x.dtb")
    assert done.returncode == 2
    assert done.stderr == (
        "dtgen: error: a description and a blob cannot be compared\n"
        "    help: give two descriptions, or build the description and give its .dtbo\n"
    )


def test_what_is_wrong_with_a_description_is_shown(run) -> None:
    done = run("diff", write("a", ""), write("b", "streams: 5\n"))
    assert done.returncode == 1
    assert "boards/b.yaml:6:10: error: streams: 0x5 is not a mapping [board-format]" in done.stdout
