"""Some hundred damaged logs; `make fuzz` has 100,000."""

from __future__ import annotations

import fuzz_logs


def test_damaged_logs_are_read_and_make_nothing_new_certain() -> None:
    assert list(fuzz_logs.logs(600, 7)) == []


def test_a_new_certain_cause_would_be_found(monkeypatch) -> None:
    """The check itself: with a log that says more than its seed."""
    (origin,) = [seed for seed in fuzz_logs.seeds() if seed.name == "no-tree-3"]
    assert origin.certain(origin.log) == set()
    monkeypatch.setattr(fuzz_logs, "seeds", lambda: (origin,))
    monkeypatch.setattr(fuzz_logs, "damaged", lambda log, chance: b"EFI stub: Generating empty DTB\n")
    assert len(list(fuzz_logs.logs(9, 1))) == 8
