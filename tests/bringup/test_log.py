"""A log as bytes: blocks of whole lines, cleaned; what is no log is refused."""

from __future__ import annotations

import io

import pytest

from dtgen.bringup import log
from dtgen.errors import ToolError


def text(data: bytes) -> bytes:
    """What is looked at, in one piece."""
    return b"".join(block[:end] for block, end in log.blocks(io.BytesIO(data)))


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_blocks_have_all_lines_once(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(log, "BLOCK", size)
    data = b"".join(b"line %d\n" % number for number in range(200)) + b"end"
    assert text(data) == data


def test_what_terminals_and_consoles_write_is_taken_out() -> None:
    assert text(b"\x1b[1;32mgreen\x1b[0m\r\n\0bell\x07\r\nover\rwritten\n") == b"green\nbell\nover written\n"


def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "BLOCK", 1 << 14)
    assert text(b"x" * (1 << 20) + b"\nnext\n") == b"x" * (4 << 14) + b"\nnext\n"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"LPKSHHRH....", "boot.log is a journal, not a log"),
        (b"\xd0\x0d\xfe\xed\0\0", "boot.log is a devicetree, not a log"),
        (bytes(range(14, 27)) * 400, "boot.log is not text: there is no readable line in its first 4 KiB"),
    ],
)
def test_what_is_no_log_is_refused(head: bytes, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        log.check_text(head, "boot.log")


@pytest.mark.parametrize("head", [b"", b"\n\n", b"[    0.0] Booting\n", "Boot Größe\n".encode("utf-16")])
def test_text_is_taken(head: bytes) -> None:
    log.check_text(head, "boot.log")


def test_a_lab_prints_lines_that_the_board_did_not() -> None:
    assert log.shown(b'- {"dt": "x", "lvl": "target", "msg": "[    1.0] a \\"b\\""}') == '[    1.0] a "b"'
    assert log.shown(b'- {"dt": "x", "lvl": "results", "msg": "remoteproc0: crash"}') is None


def test_the_times_of_a_line() -> None:
    assert log.time_of("kernel: [  116.882012][    C0] x") == (116.882012, "[  116.882012][    C0] x")
    assert log.time_of("0x00000 |   1263.468579:   x") == (1263.468579, "0x00000 |   1263.468579:   x")
    assert log.time_of("x") == (None, "x")
