"""What docs/ci.md has ready to copy, pasted and run: hooks, shell lines, the steps of CI, Yocto's task."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corpus import ROOT
from desk import Desk, carrier

from dtgen.project.layout import KernelTree

PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
URL = "<the URL of dtgen's repository>"
OVERLAY = """\
// SPDX-License-Identifier: MIT
/* Of a test. */

/dts-v1/;
/plugin/;

&dsp {
	iommus = <&smmu 0x3000 0x0>;
};
"""
SHORT = "entry 1 of iommus has 1 cell after the phandle"


def block(section: str, language: str, number: int = 0) -> str:
    text = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert text, section
    return re.findall(rf"^```{language}\n(.*?)^```$", text[1], re.MULTILINE | re.DOTALL)[number]


def loaded(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(text)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """In a repository with a board's source, a description, an overlay and its settings."""
    found = Desk(tmp_path, os.environ["DTGEN_CACHE"])
    project = carrier(tmp_path)
    (project / "overlays").mkdir()
    (project / "overlays/x.dtso").write_text(OVERLAY)
    (project / "dtgen.toml").write_text(
        'kernel = "../linux"\n[[overlay]]\nfiles = "overlays/*.dtso"\nbases = ["dts/carrier.dts"]\n'
    )
    found.here = project
    assert found.run("git init -q . && git add -A && git commit -q -m first") == ""
    return found


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dtgen's repository as it is now, with a tag: what stands for its URL."""
    origin = tmp_path_factory.mktemp("origin")
    for name in ("dtgen", "boards", "templates", "schemas"):
        shutil.copytree(ROOT / name, origin / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, origin)
    desk = Desk(tmp_path_factory.mktemp("home"), None)
    desk.here = origin
    assert desk.run("git init -q . && git add -A && git commit -q -m x && git tag v0.1.0") == ""
    return origin


@pytest.mark.parametrize(
    "text",
    [
        block("pre-commit", "yaml"),
        block("pre-commit", "yaml", 1),
    ],
    ids=["installed by pre-commit", "installed already"],
)
def test_the_hooks(text: str, desk: Desk, published: Path) -> None:
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    (desk.here / ".pre-commit-config.yaml").write_text(text.replace(URL, str(published)))
    # pip takes what dtgen needs from here, and asks nobody
    installed = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    desk.environment |= {
        "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1", "PYTHONPATH": installed,
        "PRE_COMMIT_HOME": str(published.parent / "pre-commit"),
    }  # fmt: skip
    if URL in text:
        (desk.home / "bin/dtgen").unlink()
    else:
        desk.environment["PYTHONPATH"] = str(ROOT)
    assert desk.run("pre-commit install") == "pre-commit installed at .git/hooks/pre-commit\n"
    assert "Failed" not in desk.run("git add -A && git commit -q -m hooks")
    (desk.here / "overlays/x.dtso").write_text(OVERLAY.replace(" 0x0>", ">"))
    said = desk.run("git add -A && git commit -q -m short")
    assert (f"overlays/x.dtso:8:2: error: {SHORT}" in said, said.endswith("[1]\n")) == (True, True)
    said = desk.run("git reset -q --hard && git rm -q dts/carrier.dts && git commit -q -m gone")
    assert "there is no dts/carrier.dts, which overlays/x.dtso is applied to" in said


def steps(section: str) -> list[str]:
    """The shell lines of a workflow."""
    workflow = loaded(block(section, "yaml"))
    if section == "GitLab":
        return [*workflow["dtgen"]["before_script"], *workflow["dtgen"]["script"]]
    (job,) = workflow["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("section", ["GitHub Actions", "GitLab"])
def test_the_steps_of_workflows(section: str, desk: Desk) -> None:
    lines = steps(section)
    assert [line for line in lines if line.startswith("pip")] == [f'pip install "dtgen @ git+{URL}@v0.1.0"']
    (check,) = (line for line in lines if line.startswith("dtgen"))
    assert desk.run(check) == "checked 2 files (1 description, 1 overlay): no findings\n"
    (report,) = (desk.here / name for name in ("dtgen.sarif", "dtgen.json") if (desk.here / name).exists())
    assert json.loads(report.read_text())["version"] in (1, "2.1.0")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("vendor.github-workflows", (ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8")),
        ("vendor.github-workflows", block("GitHub Actions", "yaml")),
        ("vendor.gitlab-ci", block("GitLab", "yaml")),
    ],
    ids=["our own", "GitHub", "GitLab"],
)
def test_workflows_are_what_their_forges_take(schema: str, text: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed")
    (tmp_path / "workflow.yaml").write_text(text)
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        schema,
        tmp_path / "workflow.yaml",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_our_own_workflow_runs_ci_on_each_python() -> None:
    (job,) = loaded((ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8"))["jobs"].values()
    assert job["strategy"]["matrix"]["python"][0] == "3.11"
    assert job["steps"][-1]["run"] == ".ci/run"
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_lines_for_a_kernel_tree(desk: Desk) -> None:
    desk.here = desk.home / "linux"
    dts = desk.here / "arch/arm64/boot/dts/qcom"
    (dts / "board.dts").write_text('/dts-v1/;\n#include "soc.dtsi"\n')
    (dts / "lemans-el2.dtso").write_text(OVERLAY)
    (dts / "Makefile").write_text("board-el2-dtbs := board.dtb lemans-el2.dtbo\n")
    shutil.copytree(ROOT / "schemas/bindings", desk.here / "Documentation/devicetree/bindings")
    start = "git init -q . && git add -A && git commit -q -m first && git branch origin/master"
    assert desk.run(start) == ""
    (dts / "lemans-el2.dtso").write_text(OVERLAY.replace("0x3000", "0x3002"))
    text = re.search(r"^## A kernel tree\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert text
    lines = [line.strip() for line in re.findall(r"^    (dtgen .*?)(?:  +#.*)?$", text[1], re.MULTILINE)]
    assert len(lines) == 3
    for line in lines:
        said = desk.run(line)
        assert not said.endswith("]\n"), (line, said)
    hook = desk.here / ".git/hooks/pre-commit"
    hook.write_text(block("A kernel tree", "sh"))
    hook.chmod(0o755)
    assert desk.run("git commit -q -a -m good").endswith("checked 1 file (1 overlay): no findings\n")
    (dts / "lemans-el2.dtso").write_text(OVERLAY.replace(" 0x0>", ">"))
    assert SHORT in desk.run("git commit -q -a -m short")


def test_yoctos_task(desk: Desk) -> None:
    recipe = block("Yocto", "bitbake")
    task = re.search(r"^do_check_overlays\(\) \{\n(.*?)^\}", recipe, re.MULTILINE | re.DOTALL)
    assert task
    variables = {
        "TMPDIR": desk.home / "tmp",
        "STAGING_KERNEL_DIR": desk.home / "linux",
        "B": desk.home,
        "S": desk.here,
    }
    desk.environment |= {name: str(value) for name, value in variables.items()}
    (desk.home / "tmp").mkdir()
    assert desk.run(f"set -e\n{task[1]}").endswith("checked 1 file (1 overlay): no findings\n")
    assert json.loads((desk.home / "dtgen.json").read_text())["errors"] == 0
    (desk.here / "overlays/x.dtso").write_text(OVERLAY.replace(" 0x0>", ">"))
    assert desk.run(f"set -e\n{task[1]}").endswith("[1]\n")


def test_the_lines_for_editors_and_shells(desk: Desk) -> None:
    assert desk.run("dtgen schema board > board.schema.json") == ""
    assert "$schema" in json.loads((desk.here / "board.schema.json").read_text())
    assert desk.run("""bash -c 'eval "$(dtgen completion bash)" && complete -p dtgen'""").endswith("dtgen\n")


KBUILD = "$(DT_CHECKER) $(DT_CHECKER_FLAGS) -u $(srctree)/Documentation/devicetree/bindings -p $(DT_TMP_SCHEMA) $@ || true"
"""Source: cmd_dtb_check in the kernel's scripts/Makefile.dtbs, v7.2."""


def test_the_checker_of_kbuild(desk: Desk, linux_7_2: KernelTree) -> None:
    """As make runs it over boards, with a processed schema."""
    from dtgen.bindings.schemas import prepare
    from dtgen.checks.given import Reader

    cache = Path(os.environ["DTGEN_CACHE"])
    assert linux_7_2.bindings
    schema = desk.here / "processed-schema.json"
    schema.write_bytes(prepare.prepare(linux_7_2.bindings, (), cache).processed())
    values = {
        "DT_CHECKER": "dtgen validate -q", "DT_CHECKER_FLAGS": "-m", "srctree": linux_7_2.root,
        "DT_TMP_SCHEMA": schema,
    }  # fmt: skip
    for board in ("lemans-evk", "monaco-evk"):
        data = Reader(cache).blob(linux_7_2.source(f"qcom/{board}.dts"))
        (desk.here / f"{board}.dtb").write_bytes(data.replace(b"arm,mmu-500", b"arm,mmu-555"))
        command = KBUILD.replace("$@", f"{board}.dtb")
        said = desk.run(re.sub(r"\$\((\w+)\)", lambda found: str(values[found[1]]), command))
        assert "arm,mmu-555" in said
        # whatever is found, the build goes on
        assert not re.search(r"^\[\d+\]$", said, re.MULTILINE)


def test_the_line_for_vim(desk: Desk) -> None:
    if "+quickfix" not in desk.run("vim --version"):
        pytest.skip("there is no vim with +quickfix")
    line = PAGE.replace("\\ ", "\\\0")  # of the words between blanks that vim takes
    found = re.search(r"`:set makeprg=\S+ (errorformat=\S+)` and `:make`", line)
    assert found
    (desk.here / "overlays/x.dtso").write_text(OVERLAY.replace(" 0x0>", ">"))
    assert desk.run("dtgen check -q overlays/x.dtso > said").endswith("[1]\n")
    entries = "map(filter(getqflist(), {_, e -> e.valid}), {_, e -> join([bufname(e.bufnr), e.lnum, e.col, e.type], ' ')})"
    (desk.here / "vimrc").write_text(
        f"set {found[1].replace(chr(0), ' ')}\ncgetfile said\ncall writefile({entries}, 'entries')\nqa!\n"
    )
    desk.run("vim -Nu NONE -es -S vimrc")
    assert (desk.here / "entries").read_text() == "overlays/x.dtso 8 2 e\n"
