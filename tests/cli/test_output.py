"""What becomes of a stream when a signal ends the run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dtgen.cli.output import _Results


class _Signalled(io.FileIO):
    """A handler runs as soon as everything is written."""

    def write(self, data: object) -> int:
        super().write(data)  # type: ignore[arg-type]
        raise KeyboardInterrupt


class _Interrupted(_Results, _Signalled):
    pass


def test_what_was_written_before_a_signal_is_not_written_again(tmp_path: Path) -> None:
    file = tmp_path / "out"
    stream = io.TextIOWrapper(io.BufferedWriter(_Interrupted(file, "w")))
    stream.write("a finding\n")
    with pytest.raises(KeyboardInterrupt):
        stream.flush()
    stream.close()
    assert file.read_text() == "a finding\n"
