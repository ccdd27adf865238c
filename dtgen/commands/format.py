"""Overlay sources of the user's brought into the kernel's style, each proved to mean what it meant."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler
from dtgen.dts.format import formatted
from dtgen.dts.lexer import Kind, tokens
from dtgen.dts.meaning import Meaning
from dtgen.dts.scan import scan
from dtgen.dts.syntax import Unparsable
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.results import FormatResult, Formatted

RULE = "format"
_NOT_FOUND = ": No such file or directory"


@dataclass(frozen=True, slots=True)
class Request:
    """What to format, and where the files are that it includes."""

    files: tuple[Path, ...]
    include: tuple[Path, ...] = ()
    kernel: KernelTree | None = None
    """None: the one that a file lies in."""


def reformat(request: Request, write: bool) -> FormatResult:
    """Format all files, then write those that change, each whole or not at all.

    A file that is refused stays as it is and does not stop the others.
    Raises: ToolError where a file cannot be read, or one that it includes cannot be found; then nothing is
    written.
    """
    found: dict[Path, Formatted] = {}
    diagnostics: list[Diagnostic] = []
    for file in request.files:
        # what a symbolic link refers to is written, not the link
        target = file.resolve()
        if target in found:
            continue
        try:
            found[target] = _format(file, request)
        except Rejected as refusal:
            diagnostics += refusal.diagnostics
    if write:
        for target, result in found.items():
            if result.is_changed:
                mode = target.stat().st_mode
                files.write_atomically(target, result.new.encode())
                target.chmod(mode)
    return FormatResult(tuple(found.values()), tuple(diagnostics))


def _format(file: Path, request: Request) -> Formatted:
    """Raises: Rejected, ToolError."""
    name = layout.display(file)
    data = files.read(file, blob.MAX_SIZE)
    try:
        old = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise rejected(
            RULE, "this line is not UTF-8", Location(name, line), "convert it: iconv -t UTF-8"
        ) from error
    source = _Source(file, name, old, request)
    before = source.compiled(old, file)
    try:
        new = formatted(old)
        moved = new != formatted(old, sort=False)
    except Unparsable as error:
        help = "an #if that chooses between halves of a block is the most common cause: give each its own"
        where = Location(name, error.line)
        raise rejected(RULE, f"it compiles, but {error.message}: left as it is", where, help) from error
    if new != old:
        with tempfile.TemporaryDirectory(prefix="dtgen-") as directory:
            copy = Path(directory) / file.name
            copy.write_text(new, encoding="utf-8", newline="")
            _prove(before, source.compiled(new, copy), moved, name)
    return Formatted(name, old, new)


def _prove(before: bytes, after: bytes, moved: bool, name: str) -> None:
    """`moved`: whether blocks have changed places. Raises: Rejected where the blobs do not mean the same."""
    if before == after:
        return
    if moved and Meaning.of(blob.read(before, name)) == Meaning.of(blob.read(after, name)):
        return
    message = "formatted, it would give another blob: left as it is"
    help = (
        "a macro that counts lines or joins tokens can do that; else it is a bug in dtgen: please report it"
    )
    raise rejected(RULE, message, Location(name), help)


class _Source:
    """One file, and how it is compiled."""

    def __init__(self, file: Path, name: str, text: str, request: Request) -> None:
        kernel = request.kernel or KernelTree.around(file)
        self.name = name
        self.include = (*request.include, *(kernel.include if kernel else ()), file.parent)
        self.dtc = compiler.find_dtc(kernel.root if kernel else None)
        self.preprocessed = any(token.kind is Kind.DIRECTIVE for token in tokens(text))

    def compiled(self, text: str, file: Path) -> bytes:
        """The blob of the text, which stands in `file`. Raises: Rejected, ToolError."""
        if self.preprocessed:
            text = self.preprocess(file)
        done = compiler.compile_overlay(text, self.name, self.dtc)
        if done.blob is None:
            raise Rejected(*(self.error(message) for message in done.errors))
        if not scan(text).plugin:
            help = "write /plugin/; after /dts-v1/; where it is an overlay: only these are formatted"
            raise rejected(RULE, "this is no overlay: it has no /plugin/;", Location(self.name), help)
        return done.blob

    def preprocess(self, file: Path) -> str:
        """Raises: Rejected, ToolError."""
        try:
            return compiler.preprocess(file, self.include, compiler.find_cpp()).decode("utf-8", "replace")
        except Rejected as refusal:
            said = refusal.diagnostics[0]
            if said.message.endswith(_NOT_FOUND):
                raise ToolError(
                    f"{said.location}: there is no {said.message.removesuffix(_NOT_FOUND)} to include",
                    "give its directory with -I DIR, or the kernel tree with --kernel DIR",
                ) from refusal
            raise

    def error(self, message: compiler.Message) -> Diagnostic:
        where = message.location
        if self.preprocessed:
            # the column is that of the preprocessed text
            where = Location(layout.display(Path(where.file)), where.line)
        return Diagnostic("dtc", Severity.ERROR, message.text, where)
