"""What is said of a whole tree, kept by content so that it is asked once.

Nothing in it depends on what the tree's file is called.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import zlib
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from dtgen.bindings.violation import Violation
from dtgen.checks.findings import DTC, Observation, Severities
from dtgen.diagnostics import Clause, Finding, Severity, Subject
from dtgen.dts.compiler import UNFINISHED, Tool
from dtgen.errors import ToolError
from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.pas import Need, PasKind
from dtgen.project import glances, store
from dtgen.project.packages import version
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """All that is said of a tree."""

    observations: tuple[Observation, ...]
    """Of all kinds."""
    undocumented: tuple[str, ...]
    """Compatibles that no binding of the set knows."""
    pas_users: tuple[PasUser, ...]
    """With their fates; empty where the tree is not for EL2."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What the bindings say."""
        return tuple(o.violation for o in self.observations if o.violation)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a verdict depends on, besides the tree."""

    engine: str
    """The identity of the engine."""
    dtc: Tool
    severities: Severities
    pas_at_el2: bool | None

    def digest(self, blob: bytes, *origin: bytes) -> str:
        """The key of the verdict on a tree. `origin`: what it was made from, where that matters."""
        severities = sorted((rule, severity and severity.value) for rule, severity in self.severities.items())
        made = [hashlib.sha256(part).hexdigest() for part in origin]
        terms = [ours(), installed(), self.engine, _program(self.dtc), severities, self.pas_at_el2, made]
        return hashlib.sha256(json.dumps(terms).encode() + b"\n" + blob).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A directory of them."""

    folder: Path | None
    """None where nothing is to be kept."""

    def key(self, terms: Terms, blob: bytes, *origin: bytes) -> str:
        """What the verdict on a tree is kept by; empty where nothing is kept."""
        return terms.digest(blob, *origin) if self.folder else ""

    def load(self, key: str) -> KeptVerdict | None:
        """By its key. None where it was not judged on these terms, or the file is damaged."""
        if self.folder is None:
            return None
        found = store.load(self.folder / f"{key}.json.z")
        return None if found is None else _verdict(json.loads(zlib.decompress(found)))

    def save(self, key: str, verdict: KeptVerdict) -> None:
        """Where it cannot be written, or dtc did not come to its end, the tree is judged again next time."""
        unfinished = {f"{DTC}{check}" for check in UNFINISHED}
        if self.folder is None or any(o.rule in unfinished for o in verdict.observations):
            return
        text = json.dumps(asdict(verdict), default=lambda enum: enum.value, separators=(",", ":")).encode()
        with contextlib.suppress(ToolError):
            # damage is seen when it is read, so that it need not reach the disk at once
            store.save(self.folder / f"{key}.json.z", zlib.compress(text, 1), durably=False)


@cache
def ours() -> str:
    """Another one for another dtgen, which may say something else."""
    return glances.fingerprint(Path(__file__).parent.parent)


@cache
def installed() -> dict[str, str]:
    """The versions of what reads and judges trees for us, by name."""
    packages = {package: version(package) for package in ("dtschema", "jsonschema", "pylibfdt")}
    return packages | {"Python": ".".join(map(str, sys.version_info[:2]))}


@cache
def _program(tool: Tool) -> list[object]:
    """What tells two installations of a program apart; it may be started by another one."""
    files = (Path(file) for word in tool.words if (file := shutil.which(word)))
    stats = ((file, file.stat()) for file in files)
    return [*tool.words, *((str(file), stat.st_size, stat.st_mtime_ns) for file, stat in stats)]


def _verdict(entry: dict[str, Any]) -> KeptVerdict:
    return KeptVerdict(
        tuple(map(_observation, entry["observations"])),
        tuple(entry["undocumented"]),
        tuple(map(_pas_user, entry["pas_users"])),
    )


def _observation(entry: dict[str, Any]) -> Observation:
    finding, violation = entry["finding"], entry["violation"]
    about = {
        "subject": Subject(**finding["subject"]),
        "also": tuple(Subject(**s) for s in finding["also"]),
        "places": (),
    }
    return Observation(
        entry["rule"],
        Severity(entry["severity"]),
        Finding(**{**finding, **about}),
        violation and _violation(violation),
    )


def _violation(entry: dict[str, Any]) -> Violation:
    clause = entry["clause"]
    path = tuple(clause["property_path"])
    return Violation(
        **{
            **entry,
            "subject": Subject(**entry["subject"]),
            "clause": Clause(**{**clause, "property_path": path}),
        }
    )


def _pas_user(entry: dict[str, Any]) -> PasUser:
    kind = entry["kind"]
    return PasUser(
        **{
            **entry,
            "kind": PasKind(**{**kind, "need": Need(kind["need"])}),
            "fate": Fate(entry["fate"]),
        }
    )
