"""Run cpp and dtc: sources to blobs, their messages to data, and where in a source each node stands."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from dtgen.diagnostics import Location, Severity
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.jobs import children
from dtgen.records import dataclass

TIMEOUT = 60
"""Seconds; the largest board of Linux v7.1 takes one."""
CHECK_TIMEOUT = 20
"""Seconds for the checks of a blob; those of the largest board take 0.1."""
_TIMED_OUT, CRASHED = "timeout", "crash"
UNFINISHED = frozenset({_TIMED_OUT, CRASHED})
"""What stands for dtc's checks where it did not come to their end."""

# dtc takes a lone overlay for a tree with #address-cells = 2, #size-cells = 1: these two warn falsely
# there; the merged tree is what is validated.
_OVERLAY_OPTIONS = ("-@", "-Wno-reg_format", "-Wno-avoid_default_addr_size")

# Boards describe each serial engine thrice, and enable one. Source: the kernel's scripts/Makefile.dtbs, W=1
_BLOB_OPTIONS = ("-Wno-unique_unit_address", "-Wunique_unit_address_if_enabled")

_MESSAGE = re.compile(
    r"^(?:(?:Error|Lexical error|ERROR): )?(?P<file>[^:\n]+):(?P<line>\d+)\.(?P<column>\d+)[-.\d]*:? ?"
    r"(?:(?P<kind>Warning|ERROR|Error) \((?P<check>[\w,-]+)\): )?(?P<text>.*)$"
)
_UNPLACED = re.compile(r"^(?P<file>[^:\n]+): (?P<kind>Warning|ERROR) \((?P<check>[\w,-]+)\): (?P<text>.*)$")
_OF_BLOB = re.compile(
    r"^[^:\n]+: (?:Warning|ERROR) \((?P<check>[\w,-]+)\): "
    r"(?P<path>/[^:\s]*)(?::(?P<property>[^:\s]+))?: (?P<text>.*)$"
)
_FATAL = re.compile(r"^FATAL ERROR: (?P<text>.*)$", re.MULTILINE)
_NOT_OPENED = re.compile(r"Couldn't open \"(?P<file>.*)\": (?P<why>.*)")
_UNEXPECTED = re.compile(r"Unexpected '.*'")
"""What dtc 1.8 calls a syntax error at a word that is none of its language."""
_SIGNALLED = 128
"""The exit status of a shell whose command was ended by a signal, and above."""
_MISNAMED = {"interrupts_property": "interrupts"}
"""Properties of checks that name the provider's. Source: check_interrupts_property() in dtc's checks.c."""
SAY_WHERE = "give its directory with -I DIR, or the kernel tree with --kernel DIR"
"""What helps where a file is not found that another one includes."""
_ENDLESS = {
    "cpp": "look for an include of what is not a file",
    "dtc": "look at its #…-cells: with 0xffffffff, dtc 1.6 counts forever",
}
GIVEN = "/dev/fd/0"
"""What dtc and cpp are told to read: the file that is their standard input."""


@dataclass(frozen=True, slots=True)
class Message:
    """What dtc says of a source; `check` is the name of its check, empty for a syntax error."""

    severity: Severity
    location: Location
    check: str
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source that was compiled, or not: then `blob` is None and a message is an error."""

    blob: bytes | None
    messages: tuple[Message, ...]

    @property
    def errors(self) -> tuple[Message, ...]:
        """Not empty where there is no blob."""
        return tuple(message for message in self.messages if message.severity is Severity.ERROR)

    def required(self) -> bytes:
        """The blob. Raises: Rejected at the line of the first error."""
        if self.blob is None:
            where = self.errors[0].location
            # without the column, which is that of the preprocessed text
            raise rejected("dtc", self.errors[0].text, Location(where.file, where.line))
        return self.blob


@dataclass(frozen=True, slots=True)
class BlobMessage:
    """What a check of dtc says of a node of a blob, or of its property."""

    check: str
    path: str
    property: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """An external program: the words that start it."""

    words: tuple[str, ...]

    def version(self) -> str:
        """The first line that it prints of itself. Raises: ToolError where it cannot be run."""
        try:
            done = _run([*self.words, "--version"])
        except subprocess.TimeoutExpired as error:
            message = f"{self.words[0]} --version did not end within {TIMEOUT} s"
            raise ToolError(message, "see `dtgen doctor`") from error
        return first_line(done.stdout or done.stderr)


def find_dtc(kernel: Path | None = None) -> Tool:
    """`$DTC`, then PATH, then the one that the kernel tree has built. Raises: ToolError."""
    built = kernel / "scripts/dtc/dtc" if kernel else None
    return _find(
        "DTC",
        ("dtc",),
        (str(built),) if built and os.access(built, os.X_OK) else (),
        "install it (Debian: apt-get install device-tree-compiler) or set DTC to its path",
    )


def find_cpp() -> Tool:
    """`$CPP`, then PATH. Raises: ToolError."""
    return _find("CPP", ("cpp",), (), "install it (Debian: apt-get install cpp) or set CPP to its path")


def _find(variable: str, names: Sequence[str], more: Sequence[str], remedy: str) -> Tool:
    wanted = os.environ.get(variable)
    if wanted:
        try:
            words = tuple(shlex.split(wanted))
        except ValueError as error:
            raise ToolError(f"${variable} is {wanted!r}: {error}", f"set {variable} to a program") from error
        if not words or shutil.which(words[0]) is None:
            raise ToolError(f"${variable} is {wanted!r}, and no such program can be run", remedy)
        return Tool(words)
    for name in (*names, *more):
        path = shutil.which(name)
        if path:
            return Tool((path,))
    raise ToolError(f"{names[0]} was not found", remedy)


def compile_overlay(source: str | bytes, name: str, dtc: Tool, include: Sequence[Path] = ()) -> Compiled:
    """Compile the text of an overlay with symbols; `name` stands for the file in the messages."""
    done, paths = overlay_output(dtc, ("-O", "dtb"), source, name, include)
    if done.blob is None or not paths:
        return done
    from dtgen.dts import path_references

    return replace(done, blob=path_references.restored(done.blob, paths))


def overlay_output(
    dtc: Tool, form: Sequence[str], source: str | bytes, name: str, include: Sequence[Path]
) -> tuple[Compiled, dict[str, str]]:
    """As `_dtc`, and where that refuses paths among cells, with labels for these: the paths, by label."""
    options = (*form, *_OVERLAY_OPTIONS, *_searched(include))
    try:
        return _dtc(dtc, options, source, name), {}
    except Rejected as refusal:
        from dtgen.devicetree import blob
        from dtgen.dts import path_references

        if not path_references.REFUSED.fullmatch(refusal.diagnostics[0].message):
            raise
        text = as_bytes(source).decode("utf-8", "surrogateescape")
        labelled, paths = path_references.labelled(text)
        if not paths:  # it stands in a file that dtc includes
            raise
    compiled = _dtc(dtc, ("-O", "dtb", *options[len(form) :]), as_bytes(labelled), name)
    if compiled.blob is None:
        return compiled, {}
    own = blob.read(compiled.blob, name)
    labelled, paths = path_references.labelled(text, lambda path: own.at(path) is None)
    return _dtc(dtc, options, as_bytes(labelled), name), paths


def as_bytes(source: str | bytes) -> bytes:
    return source.encode("utf-8", "surrogateescape") if isinstance(source, str) else source


def compile_base(source: bytes, name: str, dtc: Tool, include: Sequence[Path] = ()) -> Compiled:
    """Compile the text of a preprocessed board with symbols; dtc's warnings are left out."""
    return _dtc(dtc, ("-q", "-O", "dtb", "-@", *_searched(include)), source, name)


def _searched(include: Sequence[Path]) -> Iterator[str]:
    """Where dtc's own `/include/` looks."""
    for directory in include:
        yield from ("-i", str(directory.absolute()))


@contextlib.contextmanager
def checking(blob: bytes, dtc: Tool) -> Iterator[Callable[[], frozenset[BlobMessage]]]:
    """What dtc's checks say of a checked blob; that they do not end is something, too.

    dtc is at work until it is asked, which may be left out. Raises: ToolError where it cannot be run.
    """
    command = [*dtc.words, "-I", "dtb", "-O", "null", *_BLOB_OPTIONS, "-"]

    def ended() -> frozenset[BlobMessage]:
        try:
            done = child.ended()
        except subprocess.TimeoutExpired:
            # a #…-cells of 0xffffffff makes dtc count for ever
            return _unfinished(_TIMED_OUT, f"{command[0]} did not end within {CHECK_TIMEOUT} s")
        said = done.stderr.decode("utf-8", "replace")
        if _is_crashed(done.returncode):
            return _unfinished(CRASHED, f"{command[0]} crashed, or there was no memory left")
        if fatal := _FATAL.search(said):
            return _unfinished(CRASHED, f"{command[0]} ended: {fatal['text']}")
        return _of_blob(said)

    with (
        as_input(blob) as given,
        _cannot_be_run(command),
        children.started(command, CHECK_TIMEOUT, given) as child,
    ):
        yield ended


def _unfinished(check: str, why: str) -> frozenset[BlobMessage]:
    return frozenset({BlobMessage(check, "/", None, f"{why}: none of its checks was made")})


def _of_blob(said: str) -> frozenset[BlobMessage]:
    return frozenset(
        BlobMessage(
            match["check"], match["path"], _MISNAMED.get(match["check"], match["property"]), match["text"]
        )
        for line in said.splitlines()
        if (match := _OF_BLOB.match(line)) and "Failed prerequisite" not in line
    )


def _dtc(dtc: Tool, options: Sequence[str], source: str | bytes, name: str) -> Compiled:
    """Run dtc on a file without a name: it is no option, and nothing is left of it, however we end.

    It is not `-`, beside which dtc would look for what is included: in our working directory.
    """
    data = as_bytes(source)
    with as_input(data) as given:
        done = run_on(name, [*dtc.words, "-I", "dts", *options, GIVEN], "dtc", given)
    messages = tuple(_messages(done.stderr.decode("utf-8", "replace"), GIVEN, name))
    if done.returncode and not any(message.severity is Severity.ERROR for message in messages):
        if fatal := _FATAL.search(done.stderr.decode("utf-8", "replace")):
            raise _fatal(fatal["text"], data, name)
        said = first_line(done.stderr) or f"it ended with {done.returncode} and said nothing"
        raise ToolError(f"{' '.join(dtc.words)} cannot compile {name}: {said}", "see `dtgen doctor`")
    if not done.returncode and not done.stdout:
        raise ToolError(f"{' '.join(dtc.words)} gave nothing for {name}: is it dtc?", "see `dtgen doctor`")
    return Compiled(None if done.returncode else done.stdout, messages)


def _fatal(said: str, source: bytes, name: str) -> Rejected:
    """What dtc ended with; where it is a file that was not found, at the line that wants it."""
    found = _NOT_OPENED.fullmatch(said)
    if not found:
        return rejected("dtc", said, Location(name))
    from dtgen.dts.places import origins

    text = source.decode("utf-8", "replace")
    wanted = re.compile(rf'/inc(?:lude|bin)/[\s(]*"{re.escape(found["file"])}"')
    lines = zip(origins(text, name), text.split("\n"), strict=True)
    where = next((where for where, line in lines if wanted.search(line)), Location(name))
    return rejected("dtc", f"{found['file']}: {found['why']}", where)


def _messages(text: str, copy: str, name: str) -> list[Message]:
    """dtc's lines as data, `copy` called by its `name`; `FATAL ERROR: …` and the like repeat an error."""
    found = []
    for line in text.splitlines():
        if "Failed prerequisite" in line or line.startswith("  also defined at "):
            continue
        placed = _MESSAGE.match(line)
        match = placed or _UNPLACED.match(line)
        if not match:
            continue
        file = name if match["file"] == copy else match["file"]
        location = Location(file, int(placed["line"]), int(placed["column"])) if placed else Location(file)
        severity = Severity.WARNING if match["kind"] == "Warning" else Severity.ERROR
        said = "syntax error" if _UNEXPECTED.fullmatch(match["text"]) else match["text"]
        found.append(Message(severity, location, match["check"] or "", said))
    return found


def _is_crashed(code: int) -> bool:
    return code < 0 or code >= _SIGNALLED


def run_on(
    file: str, command: Sequence[str], rule: str, stdin: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[bytes]:
    """For a file of the user's. Raises: Rejected where this is the one that the tool does not get through."""
    try:
        done = _run(command, stdin)
    except subprocess.TimeoutExpired as error:
        message = f"{command[0]} did not end within {TIMEOUT} s"
        raise rejected(f"{rule}:{_TIMED_OUT}", message, Location(file), _ENDLESS[rule]) from error
    if _is_crashed(done.returncode):
        message = f"{command[0]} crashed, or there was no memory left"
        raise rejected(f"{rule}:{CRASHED}", message, Location(file), "try it alone, or with another version")
    return done


def _run(
    command: Sequence[str], stdin: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[bytes]:
    """Raises: subprocess.TimeoutExpired, ToolError."""
    with _cannot_be_run(command):
        return children.run(command, TIMEOUT, stdin)


@contextlib.contextmanager
def _cannot_be_run(command: Sequence[str]) -> Iterator[None]:
    """Raises: ToolError."""
    try:
        yield
    except OSError as error:
        raise ToolError(f"{command[0]} cannot be run: {error.strerror}", "see `dtgen doctor`") from error


@contextlib.contextmanager
def as_input(data: bytes) -> Iterator[IO[bytes]]:
    """A file without a name, of which nothing is left, however we end."""
    with children.unnamed_file() as given:
        given.write(data)
        given.seek(0)
        yield given


def first_line(text: bytes) -> str:
    return text.decode("utf-8", "replace").strip().partition("\n")[0]
