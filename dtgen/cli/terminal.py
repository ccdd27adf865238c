"""What the terminal can: colour, hyperlinks, and how wide it is."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

import click

WHEN = ("auto", "always", "never")
_chosen = {"color": "auto"}
"""On the command line of this process; what is said after its command has ended looks so, too."""
_WITH_LINKS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby")
"""What TERM_PROGRAM is in terminals that know hyperlinks."""
_OF_OTHERS = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM")
"""Variables that others set."""
_VTE = 5000
"""The first version of GNOME's terminal widget with hyperlinks."""
WIDTH, NARROWEST = 100, 40
"""Columns: where there is no terminal, and what any report takes."""


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    _chosen["color"] = value or "auto"


color = click.option(
    "--color", type=click.Choice(WHEN), expose_value=False, callback=_remember,
    help="When to use colours; default: on a terminal, unless NO_COLOR is set, or where FORCE_COLOR is.",
)  # fmt: skip


def with_color(command: click.Command) -> click.Command:
    """The command with the option."""
    return command if any(p.name == "color" for p in command.params) else color(command)


def has_color(stream: TextIO | None) -> bool:
    """By the command line, NO_COLOR, FORCE_COLOR and what the stream is, in this order."""
    if _chosen["color"] != "auto":
        return _chosen["color"] == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return _is_terminal(stream) and os.environ.get("TERM") != "dumb"


def has_links(stream: TextIO | None) -> bool:
    """Whether hyperlinks (OSC 8) are shown as such."""
    forced = os.environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    if not _is_terminal(stream) or not has_color(stream):
        return False
    vte = os.environ.get("VTE_VERSION", "")
    return (
        os.environ.get("TERM_PROGRAM") in _WITH_LINKS
        or any(name in os.environ for name in _OF_OTHERS)
        or (vte.isdecimal() and int(vte) >= _VTE)
    )


def columns(stream: TextIO | None) -> int | None:
    """How wide the terminal is, or COLUMNS says that it is; None where a program reads on."""
    if not _is_terminal(stream):
        return None
    return max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
