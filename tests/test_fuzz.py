"""Some hundred of the cases of fuzz.py, and that it sees what it is there to see."""

from __future__ import annotations

import sys
from pathlib import Path

import fuzz
import pytest

from dtgen.devicetree import blob


def ran(report: fuzz.Report) -> list[tuple[int, str]]:
    return [(failure.number, failure.how.strip().splitlines()[-1]) for failure in report.failures]


def test_300_cases_end_in_a_diagnostic_or_a_correct_result() -> None:
    report = fuzz.run(range(300), SEED, lambda done: None, patience=LONG)
    assert ran(report) == []
    assert report.outcomes.total() == 300
    assert report.outcomes["refused"] >= 100
    assert report.outcomes["applied"] >= 30


SEED = 1
LONG = 3600
"""Seconds; no case takes so long on the busiest machine."""


def test_the_same_seed_gives_the_same_cases_and_another_one_others() -> None:
    known = fuzz.pairs()
    first, again, other = ([fuzz.make(known, seed, number) for number in range(200)] for seed in (1, 1, 2))
    assert first == again
    assert sum(one != two for one, two in zip(first, other, strict=True)) > 100


def test_the_smallest_pair_is_cut_at_every_offset() -> None:
    known = fuzz.pairs()
    tiny = known[0]
    cases = [fuzz.make(known, 1, number) for number in range(0, fuzz.CASES, fuzz.EVERY)]
    cut = {(len(case.base), len(case.overlays[0])) for case in cases}
    assert cut == {(at, len(tiny.overlay)) for at in range(len(tiny.base) + 1)} | {
        (len(tiny.base), at) for at in range(len(tiny.overlay) + 1)
    }


def test_no_mutation_is_without_effect() -> None:
    """Each makes something else of most blobs, and fails on none."""
    known = fuzz.pairs()
    for mutation in fuzz.MUTATIONS:
        results = [mutation(fuzz.random.Random(seed), known[1].overlay, known[0].base) for seed in range(50)]
        assert sum(result != known[1].overlay for result in results) > 25, mutation.__name__
        for data in (b"", b"\xd0", bytes(40), known[0].base[:50]):
            for seed in range(20):
                mutation(fuzz.random.Random(seed), data, known[0].base)


WORKER = """
import ctypes, signal, sys
first, last = map(int, sys.argv[-2:])
print("ready", flush=True)
for number in range(first, last + 1):
    if number == 3:
        ctypes.string_at(0)
    if number == 5:
        signal.pause()
    if number == 7:
        raise ValueError("seven")
    if number == 9:
        data = bytearray(2000)
        ctypes.memset(ctypes.addressof((ctypes.c_char * 2000).from_buffer(data)) + 2001, 0x41, 64)
        del data
    print("refused", flush=True)
"""


def test_a_crash_a_hang_and_an_exception_are_failures_and_the_others_go_on(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    command = (sys.executable, str(script))
    report = fuzz.run([0, 1, 2, 3, 4], 1, lambda done: None, command, patience=LONG)
    assert (ran(report), report.outcomes) == ([(3, "SIGSEGV")], {"refused": 4})
    report = fuzz.run([6, 7, 8], 1, lambda done: None, command, patience=LONG)
    assert (ran(report), report.outcomes) == ([(7, "ValueError: seven")], {"refused": 2})
    report = fuzz.run([5], 1, lambda done: None, command, patience=0.1)
    assert (ran(report), report.outcomes) == ([(5, "no end within 0.1 s")], {})


@pytest.mark.skipif(not Path("/lib/x86_64-linux-gnu/libc_malloc_debug.so.0").exists(), reason="glibc's own")
def test_a_write_beyond_a_buffer_is_a_failure(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    report = fuzz.run(range(9, 11), 1, lambda done: None, (sys.executable, str(script)), patience=LONG)
    assert [failure.number for failure in report.failures] == [9]
    assert report.failures[0].how.startswith("SIGABRT")


def test_a_wrong_result_is_a_failure() -> None:
    tiny = fuzz.pairs()[0]
    case = fuzz.Case("", tiny.base, (tiny.overlay,), None, False)
    fuzz._correct(case, fuzz.plain(tiny.base, (tiny.overlay,)) or b"")
    with pytest.raises(AssertionError, match="not what libfdt gives"):
        fuzz._correct(case, tiny.base)
    with pytest.raises(AssertionError, match="a node of the base is gone"):
        fuzz._correct(
            case,
            blob.read and fuzz.compiler.compile_base(b"/dts-v1/; / { };", "", fuzz.compiler.find_dtc()).blob,
        )
