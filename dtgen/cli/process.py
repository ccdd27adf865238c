"""What every command has of its process: the project around it, a cache, stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dtgen.errors import ToolError

if TYPE_CHECKING:
    from dtgen.checks.given import Reader
    from dtgen.project.layout import Finder
    from dtgen.project.settings import Settings
    from dtgen.report.style import Style

_INPUTS = (".dts", ".dtsi", ".dtso", ".dtb", ".dtbo", ".yaml", ".yml", ".toml", ".h")
"""Endings of files that no report has."""
_PAGE = b"<!doctype html>"


def settings() -> Settings:
    from dtgen import rules
    from dtgen.project import settings

    return settings.load(Path.cwd(), rules.ADJUSTABLE)


def finder() -> Finder:
    from dtgen.project.layout import Finder

    return Finder.from_directory(Path.cwd())


def searched(kernel: Path | None, include: tuple[Path, ...]) -> tuple[Path | None, tuple[Path, ...]]:
    """What the command line says of where sources include from, and behind it what the project says."""
    from dtgen.project.settings import include as said

    project = settings()
    return kernel or project.kernel, (*include, *said(project))


def bindings(given: Path | None) -> Path | None:
    """Those that are given, or else the project's. Raises: ToolError where it names none."""
    from dtgen.project.settings import bindings

    return bindings(given, settings())


def reader(cache: Path, kernel: Path | None, include: tuple[Path, ...]) -> Reader:
    """Of the files that the command line names. Raises: ToolError where `kernel` is no kernel tree."""
    from dtgen.checks.given import Reader
    from dtgen.project.settings import include as said
    from dtgen.project.settings import kernel_tree

    project = settings()
    return Reader(cache, kernel_tree(kernel, project), (*include, *said(project)))


@contextmanager
def cache(unwanted: bool, needed: bool = False) -> Iterator[Path]:
    """The user's cache, or an empty one that is gone when the command ends.

    `needed`: whether that would be in vain. Raises: ToolError.
    """
    import click

    from dtgen.project import store
    from dtgen.project.layout import cache_directory

    directory = cache_directory()
    if not unwanted and (doubt := store.doubt(directory)):
        remedy = "set DTGEN_CACHE to a directory of yours"
        if needed:
            raise ToolError(f"the cache {directory} cannot be used: {doubt}", remedy)
        click.echo(
            f"dtgen: warning: the cache {directory} is not used: {doubt}\n    help: {remedy}", err=True
        )
    elif not unwanted:
        yield directory
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="dtgen-") as name, _as_cache(name):
        yield Path(name)


@contextmanager
def _as_cache(directory: str) -> Iterator[None]:
    """For all that keeps something, here and in other processes."""
    before = os.environ.get("DTGEN_CACHE")
    os.environ["DTGEN_CACHE"] = directory
    try:
        yield
    finally:
        if before is None:
            del os.environ["DTGEN_CACHE"]
        else:
            os.environ["DTGEN_CACHE"] = before


def style(quiet: bool, verbose: bool, everything: bool = False) -> Style:
    return style_of(sys.stdout, verbose - quiet, everything)


def style_of(stream: TextIO | None, verbosity: int = 0, everything: bool = False) -> Style:
    """How what is written to a stream looks."""
    from dtgen.cli import terminal
    from dtgen.project.files import shown_lines
    from dtgen.report.style import Style

    color, links = terminal.has_color(stream), terminal.has_links(stream)
    width = terminal.columns(stream) or terminal.WIDTH
    return Style(color, verbosity, everything, links, width, shown_lines())


def keep(output: Path | None, *inputs: Path | None) -> None:
    """Raises: ToolError where the report would overwrite an input, or what a directory that is one holds."""
    from dtgen.project import layout
    from dtgen.project.files import keep_inputs

    if not output:
        return
    given = [file for file in inputs if file]
    written = layout.resolved(output)
    inside = any(file.is_dir() and written.is_relative_to(layout.resolved(file)) for file in given)
    keep_inputs((output,), (*given, output) if inside and output.suffix in _INPUTS else given)


def is_taken(page: Path) -> bool:
    """Whether a page would take the place of a source, a tree, a description, or of what is no page."""
    from dtgen.project import files

    if page.suffix in _INPUTS:
        return True
    try:
        begin = files.content(page, len(_PAGE)).lower() if page.is_file() else b""
    except OSError:
        return True
    return bool(begin) and not begin.startswith(_PAGE)


def at_terminal() -> bool:
    """Whether the standard input is a person."""
    return sys.stdin is not None and sys.stdin.isatty()


def save(report: str, file: Path) -> None:
    """Raises: ToolError where it cannot be written."""
    from dtgen.project.files import write_output

    write_output(file, _encoded(report))


def _encoded(report: str) -> bytes:
    """As on stdout: a file's name may be none in Unicode."""
    return report.encode(errors="backslashreplace")


def save_in(directory: Path, reports: Mapping[str, str]) -> None:
    """All of them or none. Raises: ToolError."""
    from dtgen.project.files import write_together

    write_together({directory / name: _encoded(report) for name, report in reports.items()})


def command_line() -> str:
    """What was typed, without where the page of it goes: two runs make the same page."""
    import shlex

    words = iter(sys.argv[1:])
    kept = ["dtgen"]
    for word in words:
        if word == "--report":
            next(words, "")
        elif not word.startswith("--report="):
            kept.append(word)
    return shlex.join(kept)


def write_table(text: str, format_: str) -> None:
    """As `write()`; what is for people is no wider than their terminal."""
    from dtgen.cli import terminal
    from dtgen.report.fitted import fitted

    write(fitted(text, terminal.columns(sys.stdout)) if format_ == "text" else text)


def write(text: str) -> None:
    """Raises: ToolError where stdout cannot take it (a full disk)."""
    sys.stdout.write(text)
    sys.stdout.flush()
