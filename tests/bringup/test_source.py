"""Logs that are files, and such as can be read once alone."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from dtgen.bringup import source
from dtgen.errors import ToolError


def test_a_log_in_a_pipe_is_read_from_its_beginning(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(b"[    1.0] first\n[    2.0] last\n",))
    writer.start()
    assert source.archive(str(fifo)) is None
    with source.opened(str(fifo)) as stream:
        assert stream.read() == b"[    1.0] first\n[    2.0] last\n"
    writer.join()


def test_an_empty_log_is_not_one_without_failures(tmp_path: Path) -> None:
    (tmp_path / "boot.log").touch()
    with pytest.raises(ToolError, match=r"boot\.log is empty$"), source.opened(str(tmp_path / "boot.log")):
        pass
