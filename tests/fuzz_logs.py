"""Damaged logs: no traceback, and nothing certain that the whole log does not make certain.

python tests/fuzz_logs.py [COUNT [SEED]]
"""

from __future__ import annotations

import random
import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from board_logs import CONSOLES, FORMS, LOGS, diagnosed

from dtgen.bringup.causes import CAUSES
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.errors import ToolError
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged

COUNT = 100_000
_LARGEST = 30_000
"""Bytes of a log that is damaged often."""


@dataclass(frozen=True)
class Seed:
    """A log, and the tree that ran where there is one."""

    name: str
    log: bytes
    tree: KnownTree | None

    def certain(self, log: bytes) -> set[tuple[str, str]]:
        """The causes that are certain, and the nodes that they are about."""
        found = diagnosed(log, tree=self.tree).causes
        return {
            (one.cause.id, one.verdict.subject.path if one.verdict.subject else "")
            for one in found
            if one.verdict.confidence is Confidence.CERTAIN
        }


@cache
def seeds() -> tuple[Seed, ...]:
    """The logs and consoles, where they are there, and the examples of all causes with their trees."""
    files = (*sorted(LOGS.glob("*.log")), *sorted(CONSOLES.glob("*.log")))
    logs = [Seed(file.name, file.read_bytes(), None) for file in files if file.stat().st_size < _LARGEST]
    return (*logs, *_examples())


def _examples() -> Iterator[Seed]:
    for cause in CAUSES:
        found = re.findall(
            r"^(?:Says|Silent)[^\n]*:\n\n((?:    [^\n]*\n|\n)+)", cause.documentation, re.MULTILINE
        )
        for number, text in enumerate(found, 1):
            given = textwrap.dedent(text).strip("\n").partition("-- says\n")[0]
            log, _, body = given.partition("-- tree\n")
            tree = _tree(body) if body else None
            yield Seed(f"{cause.id}-{number}", log.encode(), tree)


def _tree(body: str) -> KnownTree:
    source = f"/dts-v1/;\n/ {{\n{body}\n}};".encode()
    data = compiler.compile_base(source, "seed.dts", compiler.find_dtc()).required()
    return KnownTree(System(Merged.unchanged(blob.read(data, "seed.dtb"), data), True), exact=True)


def damaged(log: bytes, chance: random.Random) -> bytes:
    """A log after some accidents of consoles, disks and people. None of them writes what was not there."""
    for _ in range(chance.randint(1, 4)):
        log = chance.choice(_ACCIDENTS)(log, chance)
    return log


def _on_lines(
    change: Callable[[list[bytes], random.Random], None],
) -> Callable[[bytes, random.Random], bytes]:
    def accident(log: bytes, chance: random.Random) -> bytes:
        lines = log.splitlines(keepends=True)
        if lines:
            change(lines, chance)
        return b"".join(lines)

    return accident


def _drop(lines: list[bytes], chance: random.Random) -> None:
    lines.pop(chance.randrange(len(lines)))


def _repeat(lines: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines.insert(chance.randint(at, len(lines)), lines[at])


def _join(lines: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = lines[at].rstrip(b"\r\n")


def _cut(lines: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)] + b"\n"


def _interleave(lines: list[bytes], chance: random.Random) -> None:
    """A line in the middle of another one."""
    if len(lines) > 1:
        at = chance.randrange(len(lines) - 1)
        where = chance.randrange(len(lines[at]) + 1)
        lines[at : at + 2] = [lines[at][:where] + lines[at + 1].rstrip(b"\n") + lines[at][where:]]


def _end(log: bytes, chance: random.Random) -> bytes:
    return log[: chance.randrange(len(log) + 1)]


def _lose(log: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(log) + 1)
    return log[:at] + log[at + chance.randint(1, 40) :]


def _noise(log: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(log) + 1)
    garbage = bytes(chance.choice((*range(1, 9), 27, *range(128, 256))) for _ in range(chance.randint(1, 20)))
    return log[:at] + garbage + log[at:]


def _form(log: bytes, chance: random.Random) -> bytes:
    return FORMS[chance.choice(sorted(FORMS))](log)


_ACCIDENTS: Sequence[Callable[[bytes, random.Random], bytes]] = (
    *map(_on_lines, (_drop, _repeat, _join, _cut, _interleave)), _end, _lose, _noise, _form,
)  # fmt: skip


def random_bytes(chance: random.Random) -> bytes:
    """Bytes of no meaning, with words of the table of messages among them."""
    from dtgen.bringup.search import KEYS

    parts = [chance.randbytes(chance.randint(0, 200)) for _ in range(chance.randint(1, 20))]
    words = [chance.choice(KEYS).encode() for _ in parts]
    return b"".join(part for pair in zip(parts, words, strict=True) for part in pair)


def logs(count: int, seed: int) -> Iterator[tuple[str, bytes, str]]:
    """Damage `count` logs; those that fail, with what is wrong: a certain cause that is new, or an exception."""
    chance = random.Random(seed)
    whole = {one.name: one.certain(one.log) for one in seeds()}
    for number in range(count):
        origin = chance.choice(seeds())
        log = random_bytes(chance) if number % 10 == 0 else damaged(origin.log, chance)
        try:
            new = origin.certain(log) - (set() if number % 10 == 0 else whole[origin.name])
        except ToolError:
            continue
        except Exception as error:  # noqa: BLE001  that there is one is what is looked for
            yield origin.name, log, repr(error)
            continue
        if new:
            yield origin.name, log, f"certain, and was not: {sorted(new)}"


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    started, wrong = time.monotonic(), 0
    for name, log, what in logs(count, seed):
        wrong += 1
        sys.stdout.write(f"{name}: {what}\n    {log!r}\n")
    seconds = time.monotonic() - started
    sys.stdout.write(f"seed {seed}, {count:,} damaged logs in {seconds:.0f} s: {wrong} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
