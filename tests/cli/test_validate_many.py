"""`dtgen validate` of many trees: order, results of earlier runs, broken files, interruptions, the bar."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import running
from corpus import ROOT
from waiting import await_all, is_alive

Dtb = Callable[[str], bytes]
Run = Callable[..., tuple[int, str, str]]

TREE = """/ {
    compatible = "v,board"; model = "MODEL"; #address-cells = <1>; #size-cells = <1>;
    pic: interrupt-controller { interrupt-controller; #interrupt-cells = <1>; #address-cells = <0>; };
    smmu: iommu@10000 {
        compatible = "arm,mmu-500"; reg = <0x10000 0x10000>; #iommu-cells = <2>;
        #global-interrupts = <1>; interrupts-extended = <&pic 1>, <&pic 2>;
    };
    codec { iommus = <&smmu 0x13000 0>; };
};"""
WIDE = (
    "FILE: error: stream ID 0x13000 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x3000"
    " [stream-width]\n    /codec: iommus\n    help: ids and masks are at most 0xffff; "
    "stream IDs are wired in hardware: the vendor's documentation must say this one\n"
)
TOOK = re.compile(r" \(\d+\.\d\d s\)")
KNOWN = " (from an earlier run)"


@pytest.fixture
def cache(tmp_path: Path, shared_directory: Path) -> Path:
    """One with the prepared bindings, and without any results."""
    mine = tmp_path / ".cache"
    if (shared_directory / "cache/schemas").is_dir():
        shutil.copytree(shared_directory / "cache/schemas", mine / "schemas", copy_function=_link)
    return mine


def _link(source: str, to: str) -> None:
    if source.endswith(".schemas"):
        os.link(source, to)


@pytest.fixture
def environment(cache: Path) -> dict[str, str]:
    found = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DTGEN_CACHE": str(cache),
        "TERM": "xterm",
        "COLUMNS": "80",
    }
    for name in ("DTC", "CPP", "NO_COLOR"):
        found.pop(name, None)
    return found


COMMAND = [sys.executable, "-m", "dtgen", "validate"]


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """What it took is left out of what it prints."""

    def execute(*arguments: str) -> tuple[int, str, str]:
        done = running.run(("validate", *arguments), environment, tmp_path)
        return done.returncode, TOOK.sub("", done.stdout), done.stderr

    return execute


@pytest.fixture
def made(tmp_path: Path, dtb: Dtb) -> Callable[..., None]:
    """Write trees that differ in their model."""
    blob = dtb(TREE)

    def write(*names: str, model: str = "") -> None:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            other = model or f"{zlib.crc32(name.encode()):x}"[-5:]
            (tmp_path / name).write_bytes(blob.replace(b"MODEL", other.encode()))

    return write


def findings(name: str, more: str = "") -> str:
    return f"{WIDE.replace('FILE', name)}{name}: 1 error{more}\n"


END = "info: 1 compatible without a schema in built-in bindings\n    v,board\n"
BROKEN = {
    "empty.dtb": b"",
    "text.dtb": b"/dts-v1/; / { };",
    "header.dtb": b"\xd0\x0d\xfe\xed\0\0",
}


# Which files, and in which order


def test_of_directories_all_blobs_below_them_each_once(
    run: Run, made: Callable[..., None], tmp_path: Path
) -> None:
    """Sorted; a file that is named comes where it is named."""
    made(
        "out/b.dtb", "out/a.dtb", "out/sub/c.dtb", "out/.hidden.dtb", "out/.git/d.dtb", "out/e.dtbo", "z.dtb"
    )
    (tmp_path / "out/f.dtb").mkdir()
    code, out, error = run("z.dtb", "out/sub/c.dtb", "out", "./z.dtb", str(tmp_path / "out/a.dtb"))
    names = ["z.dtb", "out/sub/c.dtb", "out/a.dtb", "out/b.dtb"]
    assert (code, error) == (1, "")
    assert out == "".join(map(findings, names)) + END + (
        "by schema and rule  errors  warnings  trees\n"
        "  stream-width           4         0      4\n"
        "by file          errors  warnings\n"
        "  out/a.dtb           1         0\n"
        "  out/b.dtb           1         0\n"
        "  out/sub/c.dtb       1         0\n"
        "  z.dtb               1         0\n"
        "validated 4 of 4 trees against built-in bindings: 4 errors\n"
    )


def test_a_directory_without_a_blob(run: Run, made: Callable[..., None], tmp_path: Path) -> None:
    made("a.dtb")
    (tmp_path / "out").mkdir()
    assert run("a.dtb", "out") == (
        2,
        "",
        "dtgen: error: there is no blob (*.dtb) below out\n"
        "    help: build the trees first (`make dtbs` in a kernel tree), or give files\n",
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_broken_file_does_not_stop_the_others(
    jobs: str, run: Run, made: Callable[..., None], tmp_path: Path, dtbo: Dtb
) -> None:
    made("a.dtb", "z.dtb")
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "gone.dtb").symlink_to("nowhere")
    (tmp_path / "o.dtb").write_bytes(dtbo("&a { b; };"))
    code, out, error = run(".", "-j", jobs)
    not_a_tree = {
        "empty.dtb": "the file is empty, not a devicetree blob [malformed-blob]\n",
        "gone.dtb": "cannot read gone.dtb: No such file or directory [unreadable]\n",
        "header.dtb": "truncated: 6 bytes, the header alone has 40 [malformed-blob]\n",
        "o.dtb": "this is an overlay: it cannot be validated without a base [wrong-base]\n"
        "    help: say what it is for: dtgen validate o.dtb --base BASE.dtb\n",
        "text.dtb": "this is a devicetree source, not a blob [malformed-blob]\n"
        "    help: compile it first: dtc -@ -I dts -O dtb\n",
    }
    told = "".join(f"{name}: error: {text}{name}: not validated\n" for name, text in not_a_tree.items())
    assert (code, error) == (1, "")
    assert out.startswith(findings("a.dtb") + told + findings("z.dtb") + END)
    assert out.endswith("validated 2 of 7 trees against built-in bindings: 7 errors\n")


def test_more_processes_say_what_one_says(run: Run, made: Callable[..., None], tmp_path: Path) -> None:
    made(*(f"{number:02}.dtb" for number in range(11)))
    (tmp_path / "05.dtb").write_bytes(b"")
    for format_ in ("text", "json"):
        one, two = (run(".", "--format", format_, "--no-result-cache", "-j", jobs) for jobs in ("1", "2"))
        assert one == two
        assert one[0] == 1


def test_both_engines_say_the_same(run: Run, tmp_path: Path, dtb: Dtb) -> None:
    """Of a node that violates its binding, too."""
    (tmp_path / "a.dtb").write_bytes(dtb(TREE.replace("#global-interrupts = <1>;", "")))
    fast, plain = (run(".", "--format", "json", "--engine", engine) for engine in ("fast", "dtschema"))
    assert plain == fast
    assert '"schema": "iommu/arm,smmu.yaml"' in fast[1]


def test_a_name_that_is_none_in_unicode(run: Run, made: Callable[..., None], tmp_path: Path) -> None:
    made("a.dtb")
    (tmp_path / "a.dtb").rename(tmp_path / os.fsdecode(b"a\xff.dtb"))
    for format_ in ("text", "json", "sarif", "github"):
        code, out, error = run(".", "--format", format_, "--output", "report")
        assert (code, out.startswith("a\\udcff.dtb: error: "), error) == (1, True, "")
        if format_ == "json":
            report = json.loads((tmp_path / "report").read_text())
            assert report["trees"][0]["file"] == "a\udcff.dtb"


# Results of earlier runs


def test_what_was_validated_is_not_validated_again(
    run: Run, made: Callable[..., None], tmp_path: Path, dtb: Dtb, environment: dict[str, str]
) -> None:
    """On the same terms: the tree, the bindings and what of them is asked, the severities."""
    made("a.dtb", "b.dtb", "c.dtb")

    def known(*options: str) -> int:
        code, out, error = run(".", *options)
        assert (code, error) == (0 if "-l" in options else 1, "")
        return out.count(KNOWN)

    first = run(".", "--format", "json")
    assert run(".", "--format", "json") == first
    code, out, _ = run(".")
    assert (code, out.replace(KNOWN, "")) == (1, run(".", "--no-result-cache")[1])
    assert known() == 3
    assert known("-j", "2") == 3
    assert known("--no-result-cache") == 0
    assert [known("--engine", "dtschema") for _ in range(2)] == [0, 3]
    assert [known("-l", "nothing") for _ in range(2)] == [0, 3]
    assert [known("--el2", "pas"), known("--el2", "no-pas")] == [0, 0]
    (tmp_path / "b.dtb").write_bytes(dtb(TREE.replace("MODEL", "another one")))
    assert [known(), known()] == [2, 3]
    (tmp_path / "c.dtb").rename(tmp_path / "d.dtb")
    assert findings("d.dtb", KNOWN) in run(".")[1]
    (tmp_path / "dtgen.toml").write_text('[severity]\nstream-width = "warning"\n')
    code, out, _ = run(".")
    assert (code, out.count(KNOWN), out.count("warning: stream ID")) == (0, 0, 3)
    (tmp_path / "dtgen.toml").unlink()
    assert known() == 3
    subprocess.run(
        [sys.executable, "-m", "dtgen", "bindings", "clear"], env=environment, check=True, capture_output=True
    )
    assert known() == 0


def test_nothing_is_kept_where_nothing_is_to_be(run: Run, made: Callable[..., None], cache: Path) -> None:
    made("a.dtb", "b.dtb")
    run(".", "--no-result-cache")
    run(".", "--no-cache")
    assert not (cache / "results").exists()


def test_a_damaged_result_is_none(run: Run, made: Callable[..., None], cache: Path) -> None:
    made("a.dtb", "b.dtb")
    first = run(".", "--format", "json")
    for file in (cache / "results").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert run(".", "--format", "json") == first
    assert run(".")[1].count(KNOWN) == 2


def test_two_runs_at_once(
    run: Run, made: Callable[..., None], tmp_path: Path, environment: dict[str, str]
) -> None:
    made(*(f"{number:02}.dtb" for number in range(12)))
    command = [*COMMAND, ".", "--format", "json", "-j", "2"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE) for _ in range(2)
    ]
    outputs = {process.communicate()[0] for process in both}
    assert {process.returncode for process in both} == {1}
    assert {out.decode() for out in outputs} == {run(".", "--format", "json")[1]}
    assert run(".")[1].count(KNOWN) == 12


# While it runs


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_result_is_told_before_the_last_tree_is_looked_at(
    jobs: str, made: Callable[..., None], tmp_path: Path, environment: dict[str, str]
) -> None:
    """That one is not even written."""
    made(*(f"{number:02}.dtb" for number in range(10)))
    os.mkfifo(tmp_path / "last.dtb")
    process = subprocess.Popen(
        [*COMMAND, ".", "-q", "-j", jobs],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    first = "".join(process.stdout.readline() for _ in range(3))
    assert first == WIDE.replace("FILE", "00.dtb")
    (tmp_path / "last.dtb").write_bytes((tmp_path / "00.dtb").read_bytes())
    # what readline() has buffered would be lost to communicate()
    assert process.stdout.read().count("error: stream ID") == 10
    assert process.communicate()[1] == ""


DTC = """#!/bin/sh
# the checks of a tree that is called SLOW do not end
case " $* " in *" -I dtb "*) ;; *) exec dtc "$@" ;; esac
copy=$(mktemp -p "$SLOW")
cat > "$copy"
grep -q SLOW "$copy" && [ ! -e "$SLOW/awake" ] && touch "$SLOW/sleeps" && exec sleep 1000
dtc "$@" < "$copy"
"""


def test_a_run_that_was_interrupted_goes_on_where_it_was(
    run: Run, made: Callable[..., None], tmp_path: Path, environment: dict[str, str], cache: Path
) -> None:
    names = [f"{number:02}.dtb" for number in range(24)]
    made(*names)
    made(names[10], model="SLOW!")
    (tmp_path / "dtc").write_text(DTC)
    (tmp_path / "dtc").chmod(0o755)
    (tmp_path / "slow").mkdir()
    environment |= {
        "DTC": str(tmp_path / "dtc"),
        "SLOW": str(tmp_path / "slow"),
        "TMPDIR": str(tmp_path / "slow"),
    }
    process = subprocess.Popen(
        [*COMMAND, ".", "-q", "-j", "2"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    told = [process.stdout.readline() for _ in range(30)]
    assert told[-3:] == WIDE.replace("FILE", names[9]).splitlines(keepends=True)
    await_all((tmp_path / "slow/sleeps").exists)
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate()
    assert (process.returncode, out, errors.lstrip()) == (130, "", "dtgen: interrupted\n")
    await_all(lambda: not is_alive(process.pid))
    assert not [file for file in (cache / "results").iterdir() if file.name.startswith(".")]
    (tmp_path / "slow/awake").touch()
    code, out, _ = run(".")
    assert (code, out.count(KNOWN)) == (1, 10)
    assert out.endswith("validated 24 of 24 trees against built-in bindings: 24 errors\n")
    assert run(".", "--format", "json") == run(".", "--format", "json", "--no-result-cache")


# Where the output goes


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_goes_away_changes_no_result(
    jobs: str, run: Run, made: Callable[..., None], tmp_path: Path, environment: dict[str, str]
) -> None:
    made(*(f"{number:02}.dtb" for number in range(12)))
    command = f"{' '.join(COMMAND)} . -j {jobs} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == WIDE.replace("FILE", "00.dtb").splitlines(keepends=True)[0]
    assert run(".")[1].count(KNOWN) == 12


def test_quiet_and_verbose(run: Run, made: Callable[..., None]) -> None:
    names = [f"{number:02}.dtb" for number in range(12)]
    made(*names)
    assert run(".", "-q") == (1, "".join(WIDE.replace("FILE", name) for name in names), "")
    assert "  09.dtb       1         0\n  … and 2 more; -v shows them\nvalidated 12" in run(".")[1]
    assert "  11.dtb       1         0\nvalidated 12" in run(".", "-v")[1]


def test_a_report_in_a_file_and_the_text_on_stdout(
    run: Run, made: Callable[..., None], tmp_path: Path
) -> None:
    made("a.dtb", "b.dtb")
    run(".")
    _, text, _ = run(".")
    for format_ in ("text", "json", "sarif", "github"):
        assert run(".", "--format", format_, "--output", "reports/it") == (1, text, "")
        assert (tmp_path / "reports/it").read_text() == run(".", "--format", format_)[1]


def on_a_terminal(
    command: list[str], directory: Path, environment: dict[str, str], stdout: int | None = None
) -> str:
    """What a terminal gets, of 80 columns. `stdout`: where that goes instead."""
    first, second = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=second if stdout is None else stdout,
        stderr=second,
    )
    os.close(second)
    got = b""
    try:
        while more := os.read(first, 65536):
            got += more
    except OSError:
        pass  # how the end of a terminal is told
    os.close(first)
    assert process.wait() == 1
    return got.decode().replace("\r\n", "\n")


CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def test_on_a_terminal_there_is_a_bar_and_results_are_whole(
    made: Callable[..., None], tmp_path: Path, environment: dict[str, str]
) -> None:
    """Lines that are longer than the terminal is wide are not broken."""
    names = [f"{number:02}.dtb" for number in range(9)]
    made(*names)
    got = on_a_terminal([*COMMAND, ".", "-j", "2"], tmp_path, environment)
    shown = CONTROL.sub("", got)
    assert "validating" in shown
    for name in names:
        assert WIDE.replace("FILE", name) in shown
    assert shown.endswith("validated 9 of 9 trees against built-in bindings: 9 errors\n")
    assert "\x1b[?25h" in got[got.rindex("\x1b[?25l") :]  # the cursor is shown again
    quiet = on_a_terminal([*COMMAND, ".", "-q"], tmp_path, environment)
    assert CONTROL.sub("", quiet) == "".join(WIDE.replace("FILE", name) for name in names)


def test_there_is_no_bar_in_a_file(
    run: Run, made: Callable[..., None], tmp_path: Path, environment: dict[str, str]
) -> None:
    made(*(f"{number:02}.dtb" for number in range(9)))
    with (tmp_path / "out").open("w") as out:
        got = on_a_terminal([*COMMAND, "."], tmp_path, environment, out.fileno())
    text = TOOK.sub("", (tmp_path / "out").read_text())
    assert text.replace(KNOWN, "") == run(".")[1].replace(KNOWN, "")
    assert "\x1b" not in text
    assert "validating" in CONTROL.sub("", got)
    assert "stream ID" not in got
