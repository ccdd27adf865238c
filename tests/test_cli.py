"""The commands as a person runs them: output, exit codes, and no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from dtgen.cli import cli
from dtgen.rules import ALL

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
        f"{ROOT}/boards/bases/sc7180.dts: applied, 3 changes, no findings; 3 warnings, 1 info pre-existing ("
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
        "x1-laptop",
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
    assert [row.split()[0] for row in rows] == [
        "lemans",
        "monaco",
        "sc7180",
        "sc8280xp",
        "talos",
        "x1",
        "x1-laptop",
    ]
    assert json.loads(run("list", "--format", "json").stdout)["boards"][0]["name"] == "lemans"


def test_list_shows_a_broken_board_and_goes_on(run, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/broken.yaml").write_text("name: [\n")
    done = run("list")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("broken     cannot be loaded: boards/broken.yaml:")


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


def _commands(group: click.Group, *names: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield " ".join((*names, name))
        if isinstance(command, click.Group):
            yield from _commands(command, *names, name)


@pytest.mark.parametrize("command", list(_commands(cli)))
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert done.exit_code == 0
    examples = re.search(r"^  Examples?:\n((?:    dtgen .*\n)+)", done.stdout, re.MULTILINE)
    assert examples, done.stdout
    assert all(line.startswith(f"    dtgen {command}") for line in examples[1].splitlines())


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


# rules, streams, memory


def test_rules_lists_every_rule(run) -> None:
    done = run("rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(ALL)
    rows = json.loads(run("rules", "--format", "json").stdout)["rules"]
    assert [row["id"] for row in rows] == list(ALL)


def test_explain_tells_the_whole_story(run) -> None:
    done = run("explain", "attach-overlap")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "attach-overlap (error): A PAS remoteproc or a firmware device shares a stream with another device.\n\nWhy: "
    )
    assert done.stdout.endswith("qcom_q6v5_pas.c.\n\nChecked on the merged tree.\n")


def test_explain_of_no_rule_has_a_near_match(run) -> None:
    done = run("explain", "atach-overlap")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "dtgen: error: atach-overlap is no rule\n    help: did you mean attach-overlap?\n",
    )


@pytest.mark.parametrize(
    ("typed", "names"), [("attach", ["attach-overlap"]), ("stream-w", ["stream-width", "stream-without-pas"])]
)
def test_names_of_rules_are_completed(typed: str, names: list[str]) -> None:
    completion = ShellComplete(cli, {}, "dtgen", "_DTGEN_COMPLETE")
    assert [item.value for item in completion.get_completions(["explain"], typed)] == names


SYSTEM = """
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; STREAM };
    dais: dais { iommus = <&smmu 0x3001 0x0>; };
    reserved-memory {
        #address-cells = <1>;
        #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
        MORE
    };
};
"""
STREAM = "iommus = <&smmu 0x3001 0x0>;"
MORE = "cdsp_mem: cdsp@97600000 { reg = <0x97600000 0x200000>; no-map; };"

STREAMS = """\
&smmu  /iommu  SMMUv2, 1 of at most 128 stream mapping groups, 1 new, 2 in conflict
!+ 0x3001/0x0  &adsp  /remoteproc  (conflicts with &dais)
!              &dais  /dais  (conflicts with &adsp)
"""

MEMORY = """\
merged.dtb  2 carveouts, 31.0 MiB reserved, 1 new, 2 overlap
!  0x95900000..0x976fffff  0x1e00000  30 MiB  &adsp_mem  no-map  &adsp  overlaps &cdsp_mem by 0x100000 (1 MiB)
!+ 0x97600000..0x977fffff   0x200000   2 MiB  &cdsp_mem  no-map  overlaps &adsp_mem by 0x100000 (1 MiB)
"""


@pytest.fixture
def trees(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> None:
    """A base, a merged tree, an overlay, and what is none of them."""
    (tmp_path / "base.dtb").write_bytes(dtb(SYSTEM.replace("STREAM", "").replace("MORE", "")))
    merged = dtb(SYSTEM.replace("STREAM", STREAM).replace("MORE", MORE))
    (tmp_path / "merged.dtb").write_bytes(merged)
    (tmp_path / "cut.dtb").write_bytes(merged[:500])
    (tmp_path / "o.dtbo").write_bytes(dtbo("&adsp { iommus = <&smmu 0x3000 0x0>; };"))


@pytest.mark.usefixtures("trees")
def test_streams_shows_who_claims_what_and_what_is_new(run) -> None:
    done = run("streams", "merged.dtb", "--against", "base.dtb")
    assert (done.returncode, done.stdout, done.stderr) == (0, STREAMS, "")
    alone = STREAMS.replace(", 1 new", "").replace("!+", "! ")
    assert run("streams", "merged.dtb").stdout == alone
    document = json.loads(run("streams", "merged.dtb", "--against", "base.dtb", "--format", "json").stdout)
    (smmu,) = document["smmus"]
    (stream,) = smmu["streams"]
    assert (document["file"], document["against"], smmu["label"]) == ("merged.dtb", "base.dtb", "smmu")
    assert [(c["label"], c["new"], c["conflicts"]) for c in stream["claimants"]] == [
        ("adsp", True, True),
        ("dais", False, True),
    ]


@pytest.mark.usefixtures("trees")
def test_memory_shows_carveouts_and_which_overlap(run) -> None:
    done = run("memory", "merged.dtb", "--against", "base.dtb")
    assert (done.returncode, done.stdout, done.stderr) == (0, MEMORY, "")
    document = json.loads(run("memory", "merged.dtb", "--against", "base.dtb", "--format", "json").stdout)
    assert [region["label"] for region in document["regions"]] == ["adsp_mem", "cdsp_mem"]


@pytest.mark.usefixtures("trees")
@pytest.mark.parametrize("command", ["streams", "memory"])
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("cut.dtb",), 1, "cut.dtb: error: truncated: the header says SIZE bytes, the file has 500 [malformed-blob]\n"),
        (("merged.dtb", "--against", "cut.dtb"), 1, "cut.dtb: error: truncated: the header says SIZE bytes, the file has 500 [malformed-blob]\n"),
        (("o.dtbo",), 1, "o.dtbo: error: this is an overlay, not a base [wrong-base]\n"),
        (("merged.dtb", "--against", "o.dtbo"), 1, "o.dtbo: error: this is an overlay, not a base [wrong-base]\n"),
        (("none.dtb",), 2, "dtgen: error: cannot read none.dtb: No such file or directory\n"),
    ],
)  # fmt: skip
def test_maps_of_what_is_no_tree(
    run, tmp_path: Path, command: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run(command, *arguments)
    size = (tmp_path / "merged.dtb").stat().st_size
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(message.replace("SIZE", str(size)))


def test_maps_of_a_board_of_the_kernel(run, tmp_path: Path, compiled: Callable[[str], bytes]) -> None:
    for name, source in (("base.dtb", "lemans-evk.dts"), ("el2.dtbo", "lemans-el2.dtso")):
        (tmp_path / name).write_bytes(compiled(source))
    run("apply", "-q", "base.dtb", "el2.dtbo", "-o", "merged.dtb")
    streams = run("streams", "merged.dtb", "--against", "base.dtb").stdout.splitlines()
    assert (
        "&apps_smmu  /soc@0/iommu@15000000  SMMUv2, 77 of at most 128 stream mapping groups, 5 new" in streams
    )
    assert [line.split()[2] for line in streams if line.startswith(" +")] == [
        "&remoteproc_cdsp0",
        "&remoteproc_cdsp1",
        "&remoteproc_adsp",
        "&remoteproc_gpdsp0",
        "&remoteproc_gpdsp1",
    ]
    memory = run("memory", "merged.dtb").stdout.splitlines()
    assert memory[0] == "merged.dtb  47 carveouts, 541.3 MiB reserved"
    assert len(memory) == 48


# trees for EL2


def test_validate_takes_trees_for_el2(run, tmp_path: Path, compiled: Callable[[str], bytes]) -> None:
    (tmp_path / "base.dtb").write_bytes(compiled("lemans-evk.dts"))
    (tmp_path / "el2.dtbo").write_bytes(compiled("lemans-el2.dtso"))

    def rules(*arguments: str) -> tuple[int, list[str]]:
        done = run("validate", "-q", *arguments)
        return done.returncode, re.findall(
            r"(?:error|warning): .* \[((?!dtc:)[a-z0-9-]+)\]$", done.stdout, re.M
        )

    assert rules("base.dtb") == (0, [])
    assert rules("base.dtb", "--el2", "pas") == (
        1,
        ["enabled-zap-shader", *["pas-without-stream"] * 5, "forgotten-pas-user"],
    )
    assert rules("base.dtb", "--el2", "no-pas") == (1, ["enabled-zap-shader", "forgotten-pas-user"])
    assert rules("base.dtb", "--against", "base.dtb", "--el2", "pas")[0] == 1
    assert rules("el2.dtbo", "--base", "base.dtb", "--el2", "pas") == (0, [])
    assert rules("el2.dtbo", "--base", "base.dtb", "--el2", "no-pas") == (1, ["stream-without-pas"] * 5)
    told = run("validate", "el2.dtbo", "--base", "base.dtb", "--el2", "pas", "-v").stdout
    assert "  users of PAS:\n    &gpu_zap_shader     GPU zap shader    disabled      by the overlay\n" in told


def test_build_tells_of_the_description_for_other_firmware(
    run, tmp_path: Path, compiled: Callable[[str], bytes]
) -> None:
    for name in ("x1e80100-crd", "hamoa-iot-evk"):
        (tmp_path / f"{name}.dtb").write_bytes(compiled(f"{name}.dts"))
    note = (
        "  note: x1-laptop names x1e80100-crd, too: it is for firmware that does not serve PAS at EL2 "
        "(Field reports of Linux at EL2 on X1 laptops through a secure-launch helper); "
        "if the board has such firmware, run `dtgen build x1-laptop`\n"
    )
    assert note in run("build", "x1", "--base", "x1e80100-crd.dtb").stdout
    assert "note: x1-laptop" not in run("build", "x1", "--base", "hamoa-iot-evk.dtb").stdout
    assert "note: x1 " not in run("build", "x1-laptop", "--base", "x1e80100-crd.dtb").stdout


USERS = """\
  users of PAS:
    &gpu_zap_shader     GPU zap shader    disabled      by the overlay
    &iris               video codec       disabled      by the overlay
    &remoteproc_gpdsp0  remote processor  has a stream  0x38a0/0x0 on &apps_smmu
    &remoteproc_gpdsp1  remote processor  has a stream  0x38c0/0x0 on &apps_smmu
    &remoteproc_cdsp0   remote processor  has a stream  0x21c0/0x400 on &apps_smmu
    &remoteproc_cdsp1   remote processor  has a stream  0x29c0/0x400 on &apps_smmu
    &remoteproc_adsp    remote processor  has a stream  0x3000/0x0 on &apps_smmu
  wrote build/lemans/lemans-lean-el2.dtb
"""


def test_build_shows_the_users_of_pas_where_more_is_asked_for(run) -> None:
    assert USERS in run("build", "lemans", "-v").stdout
    assert "users of PAS" not in run("build", "lemans").stdout
    (board,) = json.loads(run("build", "lemans", "--format", "json").stdout)["boards"]
    users = board["bases"][0]["pas_users"]
    assert [user["name"] for user in users] == re.findall(r"^    (&\S+)", USERS, re.M)


def test_a_bad_setting_is_an_error_of_the_environment(run, tmp_path: Path) -> None:
    (tmp_path / "dtgen.toml").write_text('[severity]\nno-opp = "off"\n')
    done = run("build", "lemans")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "dtgen: error: dtgen.toml: there is no rule no-opp whose severity can be set\n"
        "    help: did you mean no-op?\n",
    )
