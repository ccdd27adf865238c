"""The commands as a person runs them: output, exit codes, and no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def run(tmp_path: Path):
    """Run dtgen in an empty directory."""

    def execute(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "dtgen", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return execute


def test_build_writes_and_tells(run, tmp_path: Path) -> None:
    done = run("build", "sc7180")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[:4] == [
        "sc7180: Qualcomm SC7180 (Snapdragon 7c)",
        "  wrote build/sc7180/sc7180-el2.dtso",
        "  wrote build/sc7180/sc7180-el2.dtbo",
        "",
    ]
    assert lines[4].startswith(
        f"{ROOT}/boards/bases/sc7180.dts: applied, 3 changes, no findings; 3 warnings pre-existing ("
    )
    assert lines[5:] == [
        "  &gpu_zap_shader  /soc@0/gpu@5000000/zap-shader",
        '    + status = "disabled"',
        "  /soc@0/video-codec@aa00000/video-firmware",
        "    + this node",
        "    + iommus = <&apps_smmu 0xc42 0x0>",
        "  wrote build/sc7180/sc7180-lean-el2.dtb",
        "",
        lines[-2],
        "sc7180: applied to 1 of 1 base, validated against built-in bindings: no errors",
    ]
    assert lines[-2].endswith("compatibles without a schema in built-in bindings (-v lists them)")
    assert sorted(file.name for file in (tmp_path / "build/sc7180").iterdir()) == [
        "sc7180-el2.dtbo",
        "sc7180-el2.dtso",
        "sc7180-lean-el2.dtb",
    ]


def test_quiet_says_nothing_of_a_clean_build(run) -> None:
    done = run("build", "-q", "lemans")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_the_same_twice_and_on_stdout_alone(run) -> None:
    first, second = run("build", "lemans", "--format", "json"), run("build", "lemans", "--format", "json")
    assert first.stdout == second.stdout
    (board,) = json.loads(first.stdout)["boards"]
    assert (board["board"], board["errors"], [base["applied"] for base in board["bases"]]) == (
        "lemans",
        0,
        [True],
    )
    assert first.stderr == ""


def test_all_builds_each_board_in_its_own_directory(run, tmp_path: Path) -> None:
    done = run("build", "-q", "--all", "-o", "out")
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(directory.name for directory in (tmp_path / "out").iterdir()) == [
        "lemans",
        "monaco",
        "sc7180",
        "sc8280xp",
        "talos",
        "x1",
    ]


def test_findings_exit_with_1(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    text = "name: mine\nextends: lemans\ndisable: {nothing: {why: a test}}\n"
    (tmp_path / "boards/mine.yaml").write_text(text)
    done = run("build", "-q", "mine")
    assert done.returncode == 1
    assert done.stdout.startswith("boards/mine.yaml:3:11: error: base ")


def test_a_board_by_its_file(run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: lemans\n")
    assert run("build", "-q", "mine.yaml").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "lemnas"), "dtgen: error: there is no board lemnas\n    help: did you mean lemans?\n"),
        (("build", "lemans", "--base", "no.dtb"), "dtgen: error: cannot read no.dtb: No such file or directory\n"),
        (("build", "lemans", "--base", "."), "dtgen: error: cannot read .: Is a directory\n"),
        (("build", "lemans", "-o", "/proc/no"), "dtgen: error: cannot make the directory /proc/no: No such file or directory\n"),
        (
            ("build", "lemans", "--kernel", "."),
            "dtgen: error: . is no kernel tree: it has neither arch/arm64/boot/dts nor src/arm64\n"
            "    help: give the top directory of a Linux source tree\n",
        ),
        (("build", "lemans", "--bindings", "no"), "dtgen: error: there is no directory no\n"),
        (
            ("build", "lemans", "--bindings", "."),
            "dtgen: error: there is no schema (*.yaml) below .\n    help: give a directory of bindings\n",
        ),
        (("render", "no.yaml"), "dtgen: error: there is no file no.yaml\n"),
    ],
)  # fmt: skip
def test_usage_and_environment_exit_with_2_and_one_message(
    run, arguments: tuple[str, ...], message: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.parametrize(
    "arguments",
    [
        ("build",),
        ("bild",),
        ("build", "--no"),
        ("build", "--all", "--base", "x"),
    ],
)
def test_bad_usage_exits_with_2(run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_no_dtc_is_named_with_the_remedy(run) -> None:
    done = run("build", "lemans", DTC="/no/dtc")
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: $DTC is '/no/dtc', and no such program can be run\n"
        "    help: install it (Debian: apt-get install device-tree-compiler) or set DTC to its path\n",
    )


def test_render_is_the_source_that_build_compiles(run, tmp_path: Path) -> None:
    run("build", "-q", "lemans")
    assert run("render", "lemans").stdout == (tmp_path / "build/lemans/lemans-el2.dtso").read_text()


def test_list_names_every_board(run) -> None:
    rows = run("list").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["lemans", "monaco", "sc7180", "sc8280xp", "talos", "x1"]
    assert json.loads(run("list", "--format", "json").stdout)["boards"][0]["name"] == "lemans"


def test_list_shows_a_broken_board_and_goes_on(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/broken.yaml").write_text("name: [\n")
    done = run("list")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("broken    cannot be loaded: boards/broken.yaml:")


def test_show_is_the_merged_description_in_hex(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text(
        "name: mine\nextends: lemans\nstreams: {remoteproc_adsp: null}\n"
    )
    shown = run("show", "mine").stdout
    assert shown.startswith("name: mine\ntitle: Qualcomm Lemans (QCS9100, SA8775P)\n")
    assert "remoteproc_adsp" not in shown
    assert "      - [apps_smmu, 0x21c0, 0x400]\n" in shown


def test_doctor_finds_all_and_says_what_is_missing(run) -> None:
    healthy = run("doctor")
    assert healthy.returncode == 0
    assert {"dtc", "cpp", "pylibfdt", "dtschema"} <= {line.split()[1] for line in healthy.stdout.splitlines()}
    sick = run("doctor", DTC="/no/dtc")
    assert sick.returncode == 2
    assert "missing  dtc " in sick.stdout
    assert "apt-get install device-tree-compiler" in sick.stdout


@pytest.mark.parametrize("command", ["build", "list", "show", "render", "doctor"])
def test_every_command_has_help_with_an_example(run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"  dtgen {command}" in done.stdout


def test_a_bug_of_ours_exits_with_3(tmp_path: Path) -> None:
    code = "import dtgen.cli as c; c.cli.main = lambda **k: 1 / 0; c.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.endswith("dtgen: this is a bug in dtgen; please report it with the lines above\n")


def test_a_closed_pipe_is_no_error(run) -> None:
    command = f"{sys.executable} -m dtgen build lemans | head -1; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_findings_exit_with_1_even_where_nobody_reads_them(tmp_path: Path) -> None:
    (tmp_path / "empty.dtb").write_bytes(b"")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "dtgen", "validate", "empty.dtb"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_interrupting_is_quiet_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Wherever it strikes: either nothing is there, or whole files."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for delay in (0.02, 0.1, 0.2, 0.3):
        directory = tmp_path / str(delay)
        command = [sys.executable, "-m", "dtgen", "build", "-q", "lemans", "-o", str(directory)]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        left = sorted(file.name for file in directory.iterdir()) if directory.exists() else []
        assert all(not name.startswith(".") for name in left)
        if process.returncode == 130:
            assert errors.strip() == "dtgen: interrupted"


def test_two_processes_at_once(run, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DTGEN_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "dtgen", "build", "-q", "lemans"]
    both = [subprocess.Popen(command, cwd=tmp_path, env=environment) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert sorted(file.name for file in (tmp_path / "build/lemans").iterdir()) == [
        "lemans-el2.dtbo",
        "lemans-el2.dtso",
        "lemans-lean-el2.dtb",
    ]


def test_a_full_disk_under_stdout_is_an_error_of_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "dtgen", "list"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: cannot write to the standard output: No space left on device\n",
    )


def test_a_closed_stdout_is_an_error_of_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dtgen bindings status >&-"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "dtgen: error: cannot write to the standard output: it is closed\n",
    )


def test_a_terminal_without_unicode_is_no_error(run) -> None:
    done = run("build", "lemans", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert '~ status = "okay" \\u2192 "disabled"' in done.stdout


def test_errors_of_render_do_not_go_where_the_source_is_due(run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nname: mine\n")
    done = run("render", "mine.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mine.yaml:2:1: error: name is here twice")


def test_a_board_file_finds_what_lies_beside_it(run, tmp_path: Path) -> None:
    far = tmp_path / "far/boards"
    far.mkdir(parents=True)
    (far / "one.yaml").write_text("name: one\nextends: lemans\n")
    (far / "two.yaml").write_text("name: two\nextends: one\n")
    assert run("build", "-q", "far/boards/two.yaml").returncode == 0
