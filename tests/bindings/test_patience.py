"""Patterns that would take for ever are ended, and named."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings import dtschema, patience, validator
from dtgen.bindings.schemas import prepare, processed
from dtgen.devicetree import blob
from dtgen.errors import Rejected

NAME = "a" * 40 + "b"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    dtschema.imported()  # which takes longer
    monkeypatch.setattr(patience, "SECONDS", 0.2)


@pytest.mark.parametrize("way", [prepare, processed])
@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('pattern: "^[a-z]+$"', 'pattern: "^(a+)+$"', "test/widget.yaml", "check node n"),
        ("  part:\n", '  part:\n    patternProperties: {"^(a+)+$": true}\n', "test/widget.yaml", "check node n"),
        (
            "required: [compatible",
            'patternProperties: {"^(a+)+$": {$ref: "/schemas/types.yaml#/definitions/uint32"}}\nrequired: [compatible',
            "the bindings",
            "decode x.dtb",
        ),
    ],
)  # fmt: skip
def test_a_schema_is_named_whose_pattern_takes_for_ever(
    widget: str, dtb: Callable[[str], bytes], tmp_path: Path, way, old: str, new: str, where: str, said: str
) -> None:
    (tmp_path / "bindings").mkdir()
    assert old in widget
    (tmp_path / "bindings/widget.yaml").write_text(widget.replace(old, new, 1))
    engine = way.prepare(tmp_path / "bindings", (), tmp_path / "cache").load()
    data = dtb(
        f'/ {{ n {{ compatible = "test,widget"; reg = <0 1>; test,name = "{NAME}"; '
        f"part {{ {NAME}; test,size = <1>; }}; }}; }};"
    )
    with pytest.raises(Rejected) as refused:
        list(validator.validate(engine, validator.decode(engine, data, blob.read(data, "x.dtb")), {"/n"}))
    (found,) = refused.value.diagnostics
    assert (found.rule, found.location.file, found.message, found.help) == (
        "binding", where, f"a pattern takes more than 0.2 s to {said}",
        "look for a repeat inside of a repeat, as in ^(a+)+$",
    )  # fmt: skip
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_the_timer_is_set_once_and_taken_back() -> None:
    with patience.limited():
        with patience.limited():
            pass
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_in_another_thread_there_is_no_limit() -> None:
    seen = []

    def work() -> None:
        with patience.limited():
            seen.append(signal.getitimer(signal.ITIMER_VIRTUAL))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(0.0, 0.0)]
