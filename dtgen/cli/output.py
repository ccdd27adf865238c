"""stdout and stderr, however they were handed to the process: full, closed, without a reader.

What cannot be written to stdout is an error of the environment, once; a reader that has gone is none. What
cannot be written to stderr is lost, and changes no exit code.
"""

from __future__ import annotations

import io
import os
import sys

from dtgen.errors import ToolError

_RESULTS, _REMARKS = 1, 2


class _Results(io.FileIO):
    _given_up = False

    def write(self, data: object) -> int:
        """Raises: ToolError."""
        try:
            if not self._given_up:
                return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            self._given_up = True
        except OSError as error:
            self._given_up = True  # Python tries again when it ends
            raise ToolError(f"cannot write to the standard output: {error.strerror}") from error
        except BaseException:  # a signal, after all was written: the buffer would write it again at the end
            self._given_up = True
            raise
        return memoryview(data).nbytes  # type: ignore[arg-type]


class _Closed(_Results):
    def write(self, data: object) -> int:
        if not self._given_up:
            self._given_up = True
            raise ToolError("cannot write to the standard output: it is closed")
        return super().write(data)


class _Remarks(io.FileIO):
    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def hold() -> None:
    """From now on; to be called first, before a file of ours gets the number of a stream that is closed."""
    results = _Closed if sys.stdout is None else _Results
    encodings = [getattr(stream, "encoding", None) for stream in (sys.stdout, sys.stderr)]
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    sys.stdout = _text(results(_RESULTS, "w", closefd=False), encodings[0])
    sys.stderr = _text(_Remarks(_REMARKS, "w", closefd=False), encodings[1], at_once=True)


def _text(raw: io.FileIO, encoding: str | None, at_once: bool = False) -> io.TextIOWrapper:
    """A file's name may be none in Unicode, and a terminal may know few characters."""
    buffered = io.BufferedWriter(raw)
    return io.TextIOWrapper(
        buffered, encoding, "backslashreplace", line_buffering=raw.isatty(), write_through=at_once
    )
