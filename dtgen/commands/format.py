"""Overlay sources of the user's brought into the kernel's style, each proved to mean what it meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dtgen.checks.source import mistakes
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler
from dtgen.dts.compiler import Tool
from dtgen.dts.format import formatted
from dtgen.dts.meaning import Meaning
from dtgen.dts.preprocessed import Preprocessed
from dtgen.dts.scan import scan
from dtgen.dts.syntax import Unparsable
from dtgen.errors import Rejected, rejected
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass
from dtgen.results import FormatResult, Formatted

RULE = "format"


@dataclass(frozen=True, slots=True)
class FormatRequest:
    """What to format, and where the files are that it includes."""

    files: tuple[Path, ...]
    include: tuple[Path, ...] = ()
    kernel: KernelTree | None = None
    """None: the one that a file lies in."""


def reformat(request: FormatRequest, write: bool) -> FormatResult:
    """Format all files, then write those that change, each whole or not at all.

    A file that is refused stays as it is and does not stop the others. Raises: ToolError, so too where it
    is the only one and cannot be read.
    """
    found: dict[Path, Formatted] = {}
    diagnostics: list[Diagnostic] = []
    for file in request.files:
        # what a symbolic link refers to is written, not the link
        target = layout.resolved(file)
        if target in found:
            continue
        try:
            found[target] = _format(file, request)
        except Rejected as refusal:
            diagnostics += refusal.diagnostics
        except files.Unreadable as error:
            if len(request.files) == 1:
                raise
            diagnostics += error.refusal().diagnostics
    if write:
        for target, result in found.items():
            if result.is_changed:
                mode = target.stat().st_mode
                files.write_output(target, result.new.encode())
                target.chmod(mode)
    return FormatResult(tuple(found.values()), tuple(diagnostics))


def _format(file: Path, request: FormatRequest) -> Formatted:
    """Raises: Rejected, ToolError."""
    name = layout.display(file)
    data = files.read(file, blob.MAX_SIZE)
    if data.startswith(blob.MAGIC.to_bytes(4, "big")):
        raise rejected(RULE, "this is a blob; format takes sources", Location(name))
    try:
        old = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise rejected(
            RULE, "this line is not UTF-8", Location(name, line), "convert it: iconv -t UTF-8"
        ) from error
    kernel = request.kernel or KernelTree.around(file)
    include = (*request.include, *(kernel.include if kernel else ()))
    dtc = compiler.find_dtc(kernel.root if kernel else None)
    before = _compiled(Preprocessed.of(file, include), dtc, include)
    try:
        new = formatted(old)
        moved = new != formatted(old, sort=False)
    except Unparsable as error:
        help = "an #if that chooses between halves of a block is the most common cause: give each its own"
        where = Location(name, error.line)
        raise rejected(RULE, f"it compiles, but {error.message}: left as it is", where, help) from error
    if new != old:
        after = Preprocessed.of(file, include, new.encode()).overlay(dtc).blob
        _prove(before, after, moved, name)
    return Formatted(name, old, new)


def _compiled(source: Preprocessed, dtc: Tool, include: Sequence[Path]) -> bytes:
    """Raises: Rejected, ToolError."""
    done = source.overlay(dtc)
    if done.blob is None:
        raise Rejected(*mistakes(source, done.errors, include))
    if not scan(source.whole).is_overlay:
        help = "write /plugin/; after /dts-v1/; where it is an overlay: only these are formatted"
        raise rejected(RULE, "this is not an overlay: it has no /plugin/;", Location(source.name), help)
    return done.blob


def _prove(before: bytes, after: bytes | None, moved: bool, name: str) -> None:
    """`moved`: whether blocks have changed places. Raises: Rejected where the blobs do not mean the same."""
    if before == after:
        return
    if after and moved and Meaning.of(blob.read(before, name)) == Meaning.of(blob.read(after, name)):
        return
    message = f"formatted, it would {'give another blob' if after else 'not compile'}: left as it is"
    help = (
        "a macro that counts lines or joins tokens can do that; else it is a bug in dtgen: please report it"
    )
    raise rejected(RULE, message, Location(name), help)
