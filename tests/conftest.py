"""Fixtures: literal devicetrees compiled with the real dtc, a private cache, the kernel's devicetrees."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import CORPUS, ROOT, V7_1, V7_2, absent, unpacked
from hypothesis import HealthCheck, settings

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.dts import compiler
from dtgen.project.layout import Finder, KernelTree

# what a shell starts with & ignores Ctrl-C, and so would all that the tests start and interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# a busy machine is slow, and no reason to fail
settings.register_profile("dtgen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dtgen")


@pytest.fixture(scope="session")
def shared_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all processes of this test run share; DTGEN_TEST_CACHE keeps it between runs."""
    kept = os.environ.get("DTGEN_TEST_CACHE")
    base = tmp_path_factory.getbasetemp()
    directory = (
        Path(kept) if kept else (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "dtgen"
    )
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(autouse=True)
def environment(shared_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the caches or the variables of the person who runs it."""
    monkeypatch.setenv("DTGEN_CACHE", str(shared_directory / "cache"))
    for name in ("DTC", "CPP", "NO_COLOR", "_DTGEN_COMPLETE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def dtb() -> Callable[[str], bytes]:
    """Compile a literal tree with symbols; the text is what stands between `/dts-v1/;` and the end."""

    def compile_literal(source: str) -> bytes:
        compiled = compiler.compile_base(f"/dts-v1/;\n{source}".encode(), "test.dts", compiler.find_dtc())
        assert compiled.blob is not None, compiled.messages
        return compiled.blob

    return compile_literal


@pytest.fixture(scope="session")
def tree(dtb: Callable[[str], bytes]) -> Callable[[str], Tree]:
    """A literal tree, read."""
    return lambda source: blob.read(dtb(source), "test.dtb")


@pytest.fixture(scope="session")
def dtbo() -> Callable[[str], bytes]:
    """Compile a literal overlay; the text is what follows `/plugin/;`."""

    def compile_literal(source: str) -> bytes:
        compiled = compiler.compile_overlay(
            f"/dts-v1/;\n/plugin/;\n{source}", "test.dtso", compiler.find_dtc()
        )
        assert compiled.blob is not None, compiled.messages
        return compiled.blob

    return compile_literal


@pytest.fixture(scope="session")
def overlay(dtbo: Callable[[str], bytes]) -> Callable[[str], Overlay]:
    """A literal overlay, read."""
    return lambda source: Overlay.of(blob.read(dtbo(source), "test.dtbo"))


@pytest.fixture
def finder() -> Finder:
    """dtgen's own boards and templates."""
    return Finder((ROOT,))


@pytest.fixture
def yaml_files(tmp_path: Path) -> Path:
    """A directory with three of them, and with another file."""
    made = tmp_path / "set"
    for name in ("b.yaml", "a/z.yaml", "a-b/c.yaml", "a/no.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    return made


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of this process; not by that of files."""
    now = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: now)


@pytest.fixture(scope="session")
def corpus(shared_directory: Path) -> KernelTree:
    """Linux v7.1's Qualcomm devicetrees and bindings; absent means skipped, or failed in CI."""
    return _tree_of(V7_1, shared_directory)


@pytest.fixture(scope="session")
def linux_7_2(shared_directory: Path) -> KernelTree:
    """Linux v7.2's bindings and the boards and overlays of five SoC families, with their Makefiles."""
    return _tree_of(V7_2, shared_directory)


def _tree_of(archive: str, directory: Path) -> KernelTree:
    tree = unpacked(directory, archive)
    if tree is None:
        absent(f"{archive} in {CORPUS} (set DTGEN_CORPUS)")
    return tree


@pytest.fixture(scope="session")
def compiled(corpus: KernelTree, shared_directory: Path) -> Callable[[str], bytes]:
    """Compile `lemans-evk.dts` or an overlay of the corpus, cached."""
    from dtgen.dts.kernel import compile_sources

    def compile_source(name: str) -> bytes:
        tools = compiler.find_dtc(), compiler.find_cpp()
        (compilation,) = compile_sources(corpus, [f"qcom/{name}"], shared_directory / "cache", *tools)
        assert compilation.blob is not None, compilation.failure
        return compilation.blob

    return compile_source
