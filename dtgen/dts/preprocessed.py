"""A source after the preprocessor, and the way back from what dtc says of it to what a person wrote."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location
from dtgen.dts import compiler, lexer, places, preprocessor
from dtgen.dts.compiler import Compiled, Message, Tool
from dtgen.dts.lexer import Kind
from dtgen.dts.preprocessor import NOT_FOUND
from dtgen.dts.scan import without_comments
from dtgen.errors import Rejected
from dtgen.project import files, layout
from dtgen.records import dataclass

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\w+|\S')
_MACRO = re.compile(r"[A-Za-z_]\w*")
_INCLUDED = re.compile(r'/include/\s*"([^"]+)"')
_NAME_OF_BLOCK = re.compile(r"(?:&\{[^}]*\}|&?[\w,.+?#@/-]+)(?=\s*$)")
_MOST_FILES = 100
"""Files of `/include/`: no more can be open at once. Source: MAX_SRCFILE_DEPTH in dtc's srcpos.c."""
_HEADERS = "dt-bindings"


@dataclass(frozen=True)
class Preprocessed:
    """What dtc is given of a file, and where it looks for what that includes itself."""

    file: Path
    text: bytes
    searched: tuple[Path, ...]
    """For `/include/` and `/incbin/`: beside the file, then along -I. Source: dtc's `-i` in the kernel's
    scripts/Makefile.dtbs."""

    @classmethod
    def of(cls, file: Path, include: Sequence[Path], text: bytes | None = None) -> Preprocessed:
        """`include`: where it includes from, besides its own directory; `text`: what counts for its content.

        Raises: Rejected, ToolError.
        """
        named = Path(layout.display(file))  # what cpp calls it in its line markers
        with _where_to_look():
            text = preprocessor.preprocess(named, (*include, named.parent), compiler.find_cpp(), text=text)
        return cls(named, text, (named.parent, *include))

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.file)

    @cached_property
    def whole(self) -> str:
        """The text with the files of `/include/` in their places, and marks of where each line stands."""
        text, left = self.text.decode("utf-8", "replace"), iter(range(_MOST_FILES))
        return "\n".join(self._opened(text, self.name, self.file.parent, left))

    def _opened(self, text: str, name: str, beside: Path, left: Iterator[int]) -> Iterator[str]:
        """`left`: one for each file that may be opened yet; dtc says of more what is wrong with them."""
        for where, line in zip(places.origins(text, name), text.split("\n"), strict=True):
            wanted = _INCLUDED.search(line)
            paths = (directory / wanted[1] for directory in (beside, *self.searched)) if wanted else iter(())
            file = next((path for path in paths if path.is_file()), None)
            if wanted is None or file is None or next(left, None) is None:
                yield line
                continue
            content = without_comments(files.read(file, blob.MAX_SIZE).decode("utf-8", "replace"))
            yield line[: wanted.start()]
            yield f'# 1 "{file}"'
            yield from self._opened(content, str(file), file.parent, left)
            yield f'# {where.line} "{where.file}"'
            yield line[wanted.end() :]

    def overlay(self, dtc: Tool) -> Compiled:
        """Compiled with symbols; messages are where a person edits. Raises: Rejected, ToolError."""
        with _where_to_look():
            done = compiler.compile_overlay(self.text, self.name, dtc, self.searched)
        return Compiled(done.blob, tuple(map(self._placed, done.messages)))

    def base(self, dtc: Tool) -> Compiled:
        """The same, as a board; dtc's warnings are left out. Raises: Rejected, ToolError."""
        with _where_to_look():
            done = compiler.compile_base(self.text, self.name, dtc, self.searched)
        return Compiled(done.blob, tuple(map(self._placed, done.messages)))

    def positions(self, dtc: Tool) -> Mapping[tuple[str, str | None], Location]:
        """Where each node (`(path, None)`) and property of an overlay stands. Raises: Rejected, ToolError."""
        found = places.positions(self.text, self.name, dtc, self.searched)
        return {key: self.place(at) if key[1] else self._name_of_block(at) for key, at in found.items()}

    def _name_of_block(self, brace: Location) -> Location:
        """Where the name in front of a brace stands, in its line: dtc has the place of the brace."""
        place = self.place(brace)
        if place.line is None or place.column is None:
            return place
        before = self._written(brace.file)[place.line - 1][: place.column - 1]
        name = _NAME_OF_BLOCK.search(before)
        return dataclasses.replace(place, column=name.start() + 1) if name else place

    def mention(self, place: Location, wanted: str) -> Location:
        """Where a text first stands in the statement that begins at a place; that place where it does not."""
        if place.line is None or place.column is None:
            return place
        first, *more = self._written(place.file)[place.line - 1 :]
        blank = " " * (place.column - 1)
        statement = "\n".join((blank + first[place.column - 1 :], *more)).partition(";")[0]
        found = re.search(rf"{re.escape(wanted)}(?!\w)", statement)
        if found is None:
            return place
        before = statement[: found.start()]
        column = len(before) - before.rfind("\n")
        return dataclasses.replace(place, line=place.line + before.count("\n"), column=column)

    def _placed(self, message: Message) -> Message:
        return Message(message.severity, self.place(message.location), message.check, message.text)

    def place(self, where: Location) -> Location:
        """Where a person edits what dtc saw at a place; without a column where macros hide it.

        cpp leaves comments out, and puts one blank for several.
        """
        shown = layout.display(Path(where.file))
        line = where.line
        if line is None or where.column is None:
            return Location(shown, line)
        seen = self._lines.get((where.file, line), "")
        written = self._written(where.file)
        column = _column(seen, where.column, written[line - 1]) if line <= len(written) else None
        return Location(shown, line, column)

    @cached_property
    def _lines(self) -> Mapping[tuple[str, int | None], str]:
        """The lines as dtc sees them, by where they come from."""
        text = self.text.decode("utf-8", "replace")
        origins = places.origins(text, self.name)
        found: dict[tuple[str, int | None], str] = {}
        for where, line in zip(origins, text.split("\n"), strict=True):
            if line.strip() and not line.startswith("# "):
                found[where.file, where.line] = line
        return found

    def _written(self, file: str) -> Sequence[str]:
        """The lines of a file that are no comment; none where it cannot be read any more."""
        if file not in self._read:
            path = Path(file)
            data = files.read(path, blob.MAX_SIZE) if path.is_file() else b""
            self._read[file] = without_comments(data.decode("utf-8", "replace")).split("\n")
        return self._read[file]

    @cached_property
    def _read(self) -> dict[str, Sequence[str]]:
        return {}


@contextlib.contextmanager
def _where_to_look() -> Iterator[None]:
    """Raises: Rejected, with what helps where a file is not found."""
    try:
        yield
    except Rejected as refusal:
        raise Rejected(*map(_helped, refusal.diagnostics)) from refusal


def _helped(diagnostic: Diagnostic) -> Diagnostic:
    where = diagnostic.location
    shown = dataclasses.replace(where, file=layout.display(Path(where.file)))
    help = compiler.SAY_WHERE if diagnostic.message.endswith(NOT_FOUND) else diagnostic.help
    return dataclasses.replace(diagnostic, location=shown, help=help)


def _column(seen: str, column: int, written: str) -> int | None:
    """The column, in the line as it was written, of the token that dtc saw at this one."""
    before, after = list(_TOKEN.finditer(seen)), list(_TOKEN.finditer(written))
    index = next((n for n, token in enumerate(before) if token.start() < column <= token.end()), None)
    if index is None:
        return None
    texts, words = [token[0] for token in before], [token[0] for token in after]
    rest = len(texts) - index
    if texts[: index + 1] == words[: index + 1]:
        return after[index].start() + 1
    if texts[index:] == words[-rest:]:  # a macro stands before it
        return after[-rest].start() + 1
    return None


def undefined(text: str, where: Location) -> str | None:
    """The name that is no macro, at the place of a file where dtc gave up; None for another mistake."""
    found = [token for token in lexer.tokens(text) if not token.is_gap and token.kind is not Kind.COMMENT]
    at = next((n for n, t in enumerate(found) if (t.line, t.column) == (where.line, where.column)), None)
    if not at or not found[at].value or not _MACRO.fullmatch(found[at].text):
        return None
    before, after = found[at - 1], found[at + 1 :][:1]
    if before.kind is Kind.STRING or before.is_mark(">", "]") or any(t.is_mark("=", "{") for t in after):
        return None  # a statement whose ; is missing before it
    return found[at].text


def headers(macro: str, include: Sequence[Path]) -> Iterator[str]:
    """Those of the bindings that define a macro, as they are included."""
    definition = re.compile(rf"^[ \t]*#[ \t]*define[ \t]+{re.escape(macro)}\b".encode(), re.MULTILINE)
    for directory in include:
        for name in sorted(
            files.below(directory / _HEADERS, ".h") if (directory / _HEADERS).is_dir() else ()
        ):
            if definition.search(files.read(directory / _HEADERS / name, blob.MAX_SIZE)):
                yield f"{_HEADERS}/{name}"
