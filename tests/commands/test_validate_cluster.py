"""`dtgen validate --executor`, with real schedulers and real workers, some of which are killed."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from dtgen.cli import cli, main

distributed = pytest.importorskip("distributed", reason="dask's distributed is not installed: dtgen[cluster]")

import dask  # noqa: E402

from dtgen.commands import validate_cluster  # noqa: E402  what imports distributed

ROOT = Path(__file__).resolve().parents[2]
LONG = "3600 s"
"""No test takes so long, on the busiest machine; one that hangs is ended by pytest's `faulthandler_timeout`."""
CONNECT = "distributed.comm.timeouts.connect"

BASE = """
/ {
    compatible = "v,board";
    model = "Board 0000";
    #address-cells = <1>;
    #size-cells = <1>;
    smmu: iommu@10000 {
        compatible = "arm,mmu-500";
        reg = <0x10000 0x10000>;
        #global-interrupts = <1>;
        #iommu-cells = <2>;
    };
    dsp: dsp { iommus = <&smmu 0x3000 0x400>; };
};
"""
DTC = f"""#!/bin/sh
# dtc, but it waits at a tree that is slow while "hold" is there, and a tree that is deadly kills who asks
if [ "$1" = --version ]; then
    exec {shutil.which("dtc")} --version
fi
tree=$(mktemp "$0.XXXXXX")
trap 'rm "$tree"' EXIT
cat > "$tree"
if grep -q deadly "$tree"; then
    echo > "$0.killed.$PPID"
    kill -9 $PPID
    exit 1
fi
if grep -q slow "$tree"; then
    echo > "$0.begun.$PPID"
    while [ -e "$0.hold" ] && kill -0 $PPID; do sleep 0.05; done
fi
{shutil.which("dtc")} "$@" < "$tree"
"""


def until(true: Callable[[], object], process: subprocess.Popen | None = None) -> None:
    """`process`: what has to go on meanwhile."""
    while not true():
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.05)


@dataclass
class Lab:
    """A scheduler, its workers and their dtc; all in a directory."""

    directory: Path
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dtc.write_text(DTC)
        self.dtc.chmod(0o755)
        file = self.directory / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        # where this process is killed, they end by themselves
        self.scheduler = self._start("scheduler", *options, "--idle-timeout", LONG)
        until(lambda: file.exists() and file.read_text().endswith("}"))
        self.tcp = json.loads(file.read_text())["address"]
        self.address = self.tcp.replace("tcp://", "dask://")

    @property
    def dtc(self) -> Path:
        return self.directory / "dtc"

    def _start(self, *words: str, **settings: str) -> subprocess.Popen:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DTC": str(self.dtc),
            **self.settings,
            **settings,
        }
        with (self.directory / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=self.directory, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def worker(self, name: str, *options: str, **settings: str) -> subprocess.Popen:
        options = options or ("--nthreads", "1", "--no-nanny")
        own = ("--name", name, "--local-directory", str(self.directory / name), "--no-dashboard")
        own += ("--death-timeout", LONG)
        return self._start("worker", self.tcp, *own, *options, **settings)

    def worker_without_dtgen(self) -> subprocess.Popen:
        nothing = self.directory / "nothing"
        nothing.mkdir()
        (nothing / "dtgen.py").write_text("raise ModuleNotFoundError(\"No module named 'dtgen'\")")
        return self.worker("without", PYTHONPATH=str(nothing))

    @contextmanager
    def client(self) -> Iterator[distributed.Client]:
        with distributed.Client(self.tcp, set_as_default=False) as client:
            yield client

    def wait_for_workers(self, count: int) -> None:
        with self.client() as client:
            until(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == count)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts, slow trees are begun and do not end."""
        for file in self.directory.glob("dtc.begun.*"):
            file.unlink()
        hold = Path(f"{self.dtc}.hold")
        hold.touch()
        try:
            yield
        finally:
            hold.unlink(missing_ok=True)

    def release(self) -> None:
        Path(f"{self.dtc}.hold").unlink()

    def begun(self) -> set[int]:
        """The processes of workers that have begun a slow tree."""
        return {int(file.suffix[1:]) for file in self.directory.glob("dtc.begun.*")}

    def killed(self) -> int:
        """How many processes deadly trees have killed."""
        return len(list(self.directory.glob("dtc.killed.*")))

    def failed(self) -> bool:
        """Whether a worker could not give an answer."""
        with self.client() as client:
            return client.run_on_scheduler(
                lambda dask_scheduler: any(task.state == "erred" for task in dask_scheduler.tasks.values())
            )

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """Who connects waits as long as it takes, in this process and in others."""
    with pytest.MonkeyPatch.context() as patch, dask.config.set({CONNECT: LONG}):
        patch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", LONG)
        yield


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    with ExitStack() as stack:

        def lab(**settings: str) -> Lab:
            made = Lab(tmp_path_factory.mktemp("lab"), settings)
            stack.callback(made.end)
            return made

        yield lab


@pytest.fixture(scope="module")
def lab(labs: Callable[..., Lab]) -> Lab:
    """With two workers, which tests leave as they are."""
    made = labs()
    made.worker("one")
    made.worker("two", "--nthreads", "4", "--no-nanny")
    made.wait_for_workers(2)
    return made


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtb, dtbo) -> Path:
    """The current directory, with trees of all kinds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name, text in {
        "base": BASE,
        "good": BASE.replace("0x3000 0x400", "0x1 0x0"),
        "wide": BASE.replace("0x3000", "0x13000"),
        "unknown": BASE.replace("dsp {", 'dsp { compatible = "v,unheard-of";'),
        "slow": BASE.replace("Board", "slow"),
        "deadly": BASE.replace("Board", "deadly"),
    }.items():
        Path(f"{name}.dtb").write_bytes(dtb(text))
    Path("overlay.dtbo").write_bytes(dtbo("&dsp { x; };"))
    Path("broken.dtb").write_bytes(Path("base.dtb").read_bytes()[:-9])
    return tmp_path


TREES = ("base.dtb", "good.dtb", "broken.dtb", "none.dtb", "wide.dtb", "overlay.dtbo", "unknown.dtb")


def validate(*arguments: str, cached: bool = False) -> tuple[int, str, str]:
    """Its exit code and what it prints; results are not kept, or the second run would not ask anybody."""
    done = subprocess.run(command(*arguments, cached=cached), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def validate_here(*arguments: str) -> tuple[int, str]:
    """In this process: its exit code and what it prints."""
    words = ["validate", "--format", "json", "--no-result-cache", *arguments]
    done = CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False)
    return done.return_value, done.stdout


def command(*arguments: str, cached: bool) -> list[str]:
    more = () if cached else ("--no-result-cache",)
    return [sys.executable, "-m", "dtgen", "validate", "--format", "json", *arguments, *more]


@contextmanager
def validating(*arguments: str, cached: bool = False) -> Iterator[subprocess.Popen]:
    """Meanwhile, another process does it."""
    process = subprocess.Popen(
        command(*arguments, cached=cached),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def outcome(process: subprocess.Popen) -> tuple[int, str, str]:
    out, error = process.communicate()
    return process.returncode, out, error


_numbers = itertools.count(1)


def copies(name: str, count: int) -> list[str]:
    """Of a tree, each with another content than all before: a worker remembers the last one."""
    names = [f"{name}{number}.dtb" for number in range(count)]
    for copy in names:
        Path(copy).write_bytes(Path(f"{name}.dtb").read_bytes().replace(b" 0000", b" %04d" % next(_numbers)))
    return names


# The same as on one machine


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--against", "good.dtb"),
        ("--limit", "iommu"),
        ("--show-unmatched",),
        ("--compatible-match", "--el2", "pas"),
        ("--engine", "dtschema"),
    ],
)
def test_the_report_is_the_local_one(here: Path, lab: Lab, arguments: tuple[str, ...]) -> None:
    if not arguments:
        Path("dtgen.toml").write_text('[severity]\nstream-width = "info"\n')

    local = validate_here(*TREES, *arguments)
    assert local[1].count('"validated": true') == 4
    assert validate_here(*TREES, *arguments, "--executor", lab.address) == local


def test_nothing_but_the_report_is_printed(here: Path, lab: Lab) -> None:
    local = validate(*TREES)
    assert validate(*TREES, "--executor", lab.address) == local
    assert local[2] == ""


def test_every_worker_gets_the_bindings_once(here: Path, lab: Lab) -> None:
    def plugins() -> list[str]:
        with lab.client() as client:
            return client.run_on_scheduler(lambda dask_scheduler: sorted(dask_scheduler.worker_plugins))

    trees = copies("base", 20)
    expected = validate(*trees)
    assert validate(*trees, "--executor", lab.address) == expected
    before = {worker: bindings(lab, worker) for worker in ("one", "two")}, plugins()
    assert [len(names) for names in before[0].values()] == [1, 1]
    assert validate(*trees, "--executor", lab.address) == expected
    assert ({worker: bindings(lab, worker) for worker in ("one", "two")}, plugins()) == before


def bindings(lab: Lab, worker: str) -> set[tuple[str, int, int]]:
    """The files of a worker, and what would change if they were written again."""
    return {
        (file.name, file.stat().st_ino, file.stat().st_mtime_ns)
        for file in (lab.directory / worker).rglob("*.schemas*")
    }


# Workers come and go


def test_one_that_joins_gets_the_bindings_and_one_that_is_lost_costs_nothing(here: Path, lab: Lab) -> None:
    trees = [*copies("slow", 6), *TREES]
    expected = validate(*trees)
    with lab.held(), validating(*trees, "--executor", lab.address) as process:
        until(lambda: len(lab.begun()) == 2, process)
        three = lab.worker("three")
        until(lambda: three.pid in lab.begun(), process)
        assert len(bindings(lab, "three")) == 1
        three.kill()
        lab.wait_for_workers(2)
        lab.release()
        assert outcome(process) == expected


def test_a_tree_that_ends_workers_costs_itself_alone(
    here: Path, labs: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate_cluster, "_WORKERLESS", 3600)  # until the nannies have started them again
    lab = labs(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
    for name in ("one", "two"):
        lab.worker(name, "--nthreads", "1")  # with a nanny that starts it again
    lab.wait_for_workers(2)
    trees = [*copies("base", 2), "deadly.dtb", *copies("wide", 9)]
    expected = json.loads(validate(*trees)[1])["trees"]
    code, out = validate_here(*trees, "--executor", lab.address)
    found = json.loads(out)["trees"]
    assert (code, lab.killed()) == (1, 4)  # twice among others, twice alone
    told, _ = found.pop(2), expected.pop(2)
    assert found == expected
    assert [d["rule"] for d in told["diagnostics"]] == ["crashed"]


def test_without_workers_there_is_an_error(
    here: Path, labs: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that are there, whoever waits sees the first one at once."""

    def wait(client: distributed.Client, count: int, timeout: int) -> None:
        if len(client.scheduler_info(n_workers=-1)["workers"]) < count:
            raise TimeoutError

    lab = labs()
    monkeypatch.setattr(validate_cluster, "_PATIENCE", 1)
    monkeypatch.setattr(distributed.Client, "wait_for_workers", wait)
    place = lab.address.removeprefix("dask://")
    start = f"    help: start some: dask worker {lab.tcp} --nthreads 1 --nworkers -1"
    assert failure("base.dtb", "--executor", lab.address) == (
        f"dtgen: error: the dask scheduler at {place} has no workers\n{start}\n"
    )

    lost = lab.worker("lost")
    lab.wait_for_workers(1)
    with lab.held():
        ended = threading.Thread(target=lambda: (until(lab.begun), lost.kill()))
        ended.start()
        assert failure("slow.dtb", "base.dtb", "good.dtb", "--executor", lab.address) == (
            f"dtgen: error: the dask scheduler at {place} has lost all its workers\n"
            f"{start}; if they are lost again, validate slow.dtb alone, without --executor\n"
        )
        ended.join()


def test_when_the_scheduler_goes_what_was_done_is_kept(
    here: Path, labs: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = labs()
    lab.worker("one")
    lab.wait_for_workers(1)
    monkeypatch.setenv("DTGEN_CACHE", "cache")
    trees = ("base.dtb", "wide.dtb", "slow.dtb", "good.dtb")

    def kept() -> dict[str, int]:
        return {file.name: file.stat().st_mtime_ns for file in Path("cache/results").glob("*.json.z")}

    with lab.held(), validating(*trees, "--executor", lab.address, cached=True) as process:
        until(lambda: lab.begun() and len(kept()) == 2, process)
        before = kept()
        lab.scheduler.kill()
        assert outcome(process) == (
            2,
            "",
            f"dtgen: error: the dask scheduler at {lab.address.removeprefix('dask://')} has gone\n"
            "    help: start it and run the command again: what was validated is not validated again\n",
        )
    assert validate(*trees, cached=True) == validate(*trees)
    assert before.items() <= kept().items()
    assert len(kept()) == 4


def test_interrupted_it_leaves_nothing_to_do(here: Path, lab: Lab) -> None:
    trees = copies("slow", 12)
    with lab.held(), validating(*trees, "--executor", lab.address) as process, lab.client() as client:
        until(lambda: len(lab.begun()) == 2, process)
        process.send_signal(signal.SIGINT)
        assert outcome(process) == (130, "", "\ndtgen: interrupted\n")
        until(lambda: client.run_on_scheduler(lambda dask_scheduler: not dask_scheduler.tasks))


# Refused


def test_a_worker_that_would_answer_otherwise_is_refused(here: Path, labs: Callable[..., Lab]) -> None:
    """Before the first tree, and where it joins later."""
    lab = labs()
    lab.worker("one")
    lab.wait_for_workers(1)
    other = lab.directory / "other-dtc"
    other.write_text("#!/bin/sh\necho Version: DTC 9.9\n")
    other.chmod(0o755)
    version = subprocess.run(["dtc", "--version"], capture_output=True, text=True, check=True).stdout
    help_ = "    help: install the same versions on all machines, or the results would differ\n"

    def message(name: str, reason: str) -> str:
        with lab.client() as client:
            workers = client.scheduler_info(n_workers=-1)["workers"]
            (address,) = (address for address, worker in workers.items() if worker["name"] == name)
        return f"dtgen: error: the dask worker {address} cannot help: {reason}\n{help_}"

    differs = f"it has dtc DTC 9.9, and here is {version.removeprefix('Version: ').strip()}"
    with lab.held(), validating(*copies("slow", 6), "--executor", lab.address) as process:
        until(lab.begun, process)
        strange = lab.worker("other", DTC=str(other))
        until(lab.failed, process)
        lab.release()
        assert outcome(process) == (2, "", message("other", differs))
    assert validate("base.dtb", "--executor", lab.address) == (2, "", message("other", differs))
    strange.kill()
    lab.wait_for_workers(1)

    lab.worker_without_dtgen()
    lab.wait_for_workers(2)
    code, out, error = validate("base.dtb", "--executor", lab.address)
    assert (code, out) == (2, "")
    assert " cannot help: dtgen cannot be run there: " in error
    assert "No module named 'dtgen'" in error
    assert error.endswith(help_)


def test_a_worker_without_dtgen_that_joins_later_costs_nothing(here: Path, labs: Callable[..., Lab]) -> None:
    """It ends by itself, as it cannot even understand what it is asked."""
    lab = labs()
    lab.worker("one")
    lab.wait_for_workers(1)
    trees = copies("slow", 6)
    expected = validate(*trees)
    with lab.held(), validating(*trees, "--executor", lab.address) as process:
        until(lab.begun, process)
        without = lab.worker_without_dtgen()
        until(lambda: without.poll() is not None, process)
        lab.release()
        assert outcome(process) == expected


def failure(*arguments: str) -> str:
    """What this process prints of an error of the environment."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["dtgen", "validate", "--no-result-cache", "--format", "json", *arguments])
        printed: list[str] = []
        patch.setattr("click.echo", lambda text, err: printed.append(f"{text}\n"))
        main()
    assert ended.value.code == 2
    return "".join(printed)


@pytest.mark.parametrize(
    "address",
    [
        "foo",
        "dask:",
        "dask://",
        "dask://host",
        "dask://:8786",
        "dask://host:",
        "dask://host:0",
        "dask://host:port",
        "dask://host:99999",
        "dask://host:8786/path",
        "tcp://host:8786",
        "host:8786",
        "dask://[::1:8786",
    ],
)
def test_an_address_that_is_none(here: Path, address: str) -> None:
    assert failure("base.dtb", "--executor", address) == (
        f"dtgen: error: {address} is not an executor\n"
        "    help: give dask://HOST:PORT, the address of a dask scheduler\n"
    )


@pytest.mark.parametrize("said", [None, b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 999])
def test_no_scheduler_there(here: Path, said: bytes | None) -> None:
    """But nobody, one who says nothing, or one who speaks of something else."""
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"

        def speak() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connections.append(connection)
                    connection.sendall(said or b"")

        if said is None:
            server.close()
        else:
            threading.Thread(target=speak, daemon=True).start()
        with dask.config.set({CONNECT: "1 s"}):
            printed = failure("base.dtb", "--executor", f"dask://{place}")
        assert printed == (
            f"dtgen: error: there is no dask scheduler at {place}\n"
            f"    help: start one with `dask scheduler`, and workers with `dask worker tcp://{place} --nthreads 1`\n"
        )
    for connection in connections:
        connection.close()


def test_without_distributed_it_says_what_to_install(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dtgen.commands.validate_cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert failure("base.dtb", "--executor", "dask://host:8786") == (
        "dtgen: error: --executor needs dask's distributed, which is not installed\n"
        "    help: install it: pip install '.[cluster]' in dtgen's repository\n"
    )
