"""Where the logs are: short ones with their first cause, and consoles of real boots."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from corpus import CORPUS

from dtgen.bringup import boots
from dtgen.bringup.boots import Boot
from dtgen.bringup.case import Case
from dtgen.bringup.diagnosis import Diagnosis, diagnose

LOGS = Path(os.environ.get("DTGEN_LOGS", CORPUS.parent / "bringup/logs"))
CONSOLES = CORPUS.parent / "delivery/consoles"


def expected(log: Path) -> str:
    """The key of a log's first cause."""
    first = log.with_suffix("").with_suffix(".expect.md").read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("key: ")


def boot(data: bytes) -> Boot:
    """The last boot of a log."""
    return boots.read(io.BytesIO(data), "boot.log").boots[-1]


def diagnosed(data: bytes, **case: object) -> Diagnosis:
    return diagnose(Case(boot(data), **case))  # type: ignore[arg-type]


def _lines(change: Callable[[str], str], ending: str = "\n") -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        lines = data.decode("utf-8", "surrogateescape").splitlines()
        return "".join(change(line) + ending for line in lines).encode("utf-8", "surrogateescape")

    return changed


FORMS: Mapping[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "console": _lines(lambda line: line, "\r\n"),
    "colours": _lines(lambda line: f"\x1b[32m{line[:20]}\x1b[0m{line[20:]}" if line[:1] == "[" else line),
    "syslog": _lines(lambda line: f"Nov 25 22:50:47 board kernel: {line}"),
    "level": _lines(lambda line: f"<6>{line}"),
    "time": _lines(lambda line: f"2026-11-25T22:50:47.123456+00:00 {line}"),
    "domain": _lines(lambda line: f"(d1) {line}"),
    "quoted": _lines(lambda line: f"> > {line}"),
    "lab": _lines(
        lambda line: "- " + json.dumps({"dt": "2026-11-25T22:50:47", "lvl": "target", "msg": line})
    ),
    "lab in YAML": _lines(
        lambda line: f"- {{dt: 2026-11-25, lvl: target, msg: '{line.replace(chr(39), chr(39) * 2)}'}}"
    ),
    "two bytes a character": lambda data: data.decode("utf-8", "replace").encode("utf-16"),
}
"""What consoles, daemons, labs and mail programs make of a log."""
