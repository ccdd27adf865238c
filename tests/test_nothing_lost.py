"""`dtgen apply -o` leaves the old file or the new one whole, whatever happens to disk, directory or process."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dtgen.devicetree import blob

ROOT = Path(__file__).resolve().parent.parent
BASE = '/ { compatible = "v,b"; dsp: dsp { }; };'
OVERLAY = '&dsp { status = "okay"; };'
KILLS = 40


@pytest.fixture
def place(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> Path:
    """A directory with base.dtb and overlay.dtbo, the base of some hundred kilobytes."""
    filler = "".join(f'n{index} {{ text = "{"x" * 200}"; }};' for index in range(1000))
    (tmp_path / "base.dtb").write_bytes(dtb(f"{BASE[:-2]}{filler}}};"))
    (tmp_path / "overlay.dtbo").write_bytes(dtbo(OVERLAY))
    return tmp_path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "dtgen", "apply", "-q", *map(str, arguments)]


def run(place: Path, *arguments: object, limit: int | None = None) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; `limit`: how many bytes a file may have."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        command(*arguments), cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, preexec_fn=restrict,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


def expected(place: Path) -> bytes:
    return blob.apply((place / "base.dtb").read_bytes(), (place / "overlay.dtbo").read_bytes())


@pytest.mark.parametrize("output", ["base.dtb", "overlay.dtbo"])
def test_the_output_is_none_of_the_inputs(place: Path, output: str) -> None:
    before = (place / output).read_bytes()
    message = f"dtgen: error: the output {output} is one of the inputs\n    help: write to another file\n"
    assert run(place, "base.dtb", "overlay.dtbo", "-o", output) == (2, "", message)
    assert (place / output).read_bytes() == before
    assert names(place) == ["base.dtb", "overlay.dtbo"]


def test_the_old_file_is_kept_where_the_overlay_does_not_fit(
    place: Path, dtbo: Callable[[str], bytes]
) -> None:
    (place / "out.dtb").write_bytes(b"old")
    (place / "overlay.dtbo").write_bytes(dtbo("&other { a; };"))
    code, _, errors = run(place, "base.dtb", "overlay.dtbo", "-o", "out.dtb")
    assert (code, errors) == (1, "")
    assert (place / "out.dtb").read_bytes() == b"old"
    assert names(place) == ["base.dtb", "out.dtb", "overlay.dtbo"]


def test_a_file_that_may_not_grow_leaves_the_old_one(place: Path) -> None:
    (place / "out.dtb").write_bytes(b"old")
    done = run(place, "base.dtb", "overlay.dtbo", "-o", "out.dtb", limit=10_000)
    assert done == (2, "", "dtgen: error: cannot write out.dtb: File too large\n")
    assert (place / "out.dtb").read_bytes() == b"old"
    assert names(place) == ["base.dtb", "out.dtb", "overlay.dtbo"]


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tmpfs of 64 KiB, too small for the merged blob."""
    if os.geteuid():
        pytest.skip("mounting a tmpfs needs root")
    directory = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(directory)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting a tmpfs is not allowed here: {done.stderr.strip()}")
    yield directory
    subprocess.run(["umount", str(directory)], check=True)


def test_a_full_disk_leaves_the_old_file(place: Path, small_disk: Path) -> None:
    output = small_disk / "out.dtb"
    output.write_bytes(b"old")
    done = run(place, "base.dtb", "overlay.dtbo", "-o", output)
    assert done == (2, "", f"dtgen: error: cannot write {output}: No space left on device\n")
    assert (output.read_bytes(), names(small_disk)) == (b"old", ["out.dtb"])


def test_a_full_disk_and_no_old_file(place: Path, small_disk: Path) -> None:
    assert run(place, "base.dtb", "overlay.dtbo", "-o", small_disk / "out.dtb")[0] == 2
    assert names(small_disk) == []


def test_a_directory_that_is_a_file(place: Path) -> None:
    (place / "d").write_bytes(b"old")
    done = run(place, "base.dtb", "overlay.dtbo", "-o", "d/out.dtb")
    assert done == (2, "", "dtgen: error: cannot make the directory d: File exists\n")
    assert (place / "d").read_bytes() == b"old"


def test_an_output_that_is_a_directory(place: Path) -> None:
    (place / "d").mkdir()
    done = run(place, "base.dtb", "overlay.dtbo", "-o", "d")
    assert done == (2, "", "dtgen: error: cannot write d: Is a directory\n")
    assert (names(place), names(place / "d")) == (["base.dtb", "d", "overlay.dtbo"], [])


def test_a_directory_that_may_not_be_written(place: Path) -> None:
    if not os.geteuid():
        pytest.skip("root may write everywhere")
    (place / "d").mkdir(mode=0o555)
    done = run(place, "base.dtb", "overlay.dtbo", "-o", "d/out.dtb")
    assert done == (2, "", "dtgen: error: cannot write d/out.dtb: Permission denied\n")


# A process of its own that writes again and again, as fast as it can, what `dtgen apply` writes once.
AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from dtgen.checks.given import Reader
from dtgen.commands import apply
from dtgen.project.layout import Finder

request = apply.ApplyRequest(Path("base.dtb"), (Path("overlay.dtbo"),), Reader(Path("cache")))
sys.stdout.write("ready\\n")
sys.stdout.flush()
while True:
    apply.apply(request, Path("existing.dtb"), Finder(()), {})
"""


def whole(place: Path, allowed: set[bytes]) -> list[str]:
    """The names beside the three files, after a look at the output."""
    assert (place / "existing.dtb").read_bytes() in allowed
    return [name for name in names(place) if name not in ("base.dtb", "overlay.dtbo", "existing.dtb")]


def test_killed_at_any_moment_it_leaves_the_old_file_or_the_new_one(place: Path) -> None:
    rng = random.Random(3)
    old, new = b"old" * 100_000, expected(place)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    (place / "existing.dtb").write_bytes(old)
    assert run(place, "base.dtb", "overlay.dtbo", "-o", "existing.dtb")[0] == 0
    full = time.monotonic() - started
    for _ in range(KILLS // 2):
        (place / "existing.dtb").write_bytes(old)
        process = subprocess.Popen(
            command("base.dtb", "overlay.dtbo", "-o", "existing.dtb"), cwd=place, env=environment
        )
        time.sleep(rng.uniform(0.3, 1.1) * full)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert whole(place, {old, new}) == []


def test_killed_while_it_writes_it_leaves_no_temporary_file(place: Path) -> None:
    rng = random.Random(4)
    old, new = b"old" * 100_000, expected(place)
    (place / "existing.dtb").write_bytes(old)
    left: list[str] = []
    for _ in range(KILLS // 2):
        process = subprocess.Popen(
            [sys.executable, "-c", AGAIN_AND_AGAIN], cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
        # between the moments at which the new file has a name, and the right one, are some microseconds
        left += (found := whole(place, {old, new}))
        for name in found:
            (place / name).unlink()
    assert len(left) <= 1
    assert all(name.startswith(".existing.dtb.") for name in left)


def test_a_temporary_file_that_was_left_is_in_nobodys_way(place: Path) -> None:
    (place / ".existing.dtb.0123456789abcdef").write_bytes(b"a part")
    assert run(place, "base.dtb", "overlay.dtbo", "-o", "existing.dtb") == (0, "", "")
    assert (place / "existing.dtb").read_bytes() == expected(place)


def test_two_processes_that_write_one_file(place: Path, dtbo: Callable[[str], bytes]) -> None:
    (place / "other.dtbo").write_bytes(dtbo('&dsp { status = "disabled"; other; };'))
    base = (place / "base.dtb").read_bytes()
    results = {blob.apply(base, (place / name).read_bytes()) for name in ("overlay.dtbo", "other.dtbo")}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(3):
        both = [
            subprocess.Popen(command("base.dtb", name, "-o", "existing.dtb"), cwd=place, env=environment)
            for name in ("overlay.dtbo", "other.dtbo")
        ]
        assert [process.wait() for process in both] == [0, 0]
        assert whole(place, results) == ["other.dtbo"]


def test_the_blob_on_stdout_and_the_report_on_stderr(place: Path) -> None:
    words = [word for word in command("base.dtb", "overlay.dtbo", "-o", "-") if word != "-q"]
    done = subprocess.run(words, cwd=place, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, expected(place))
    assert b"overlay.dtbo" in done.stderr
