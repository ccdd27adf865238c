"""Write the example page and the README's pictures, each from a real run on Linux v7.2's devicetrees.

They are below $DTGEN_CORPUS (README); where they are not, what is there is left as it is.
"""

# ruff: noqa: T201

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path[:0] = [str(ROOT / "tests")]

from corpus import CORPUS, V7_2, unpacked  # noqa: E402

MINE = """\
name: mine
extends: lemans
title: Our carrier with Lemans
bases: [qcom/lemans-evk.dts]
streams:
  remoteproc_adsp:
    iommus:
      - [apps_smmu, 0x3001, 0x0]
    source: the vendor's kernel, 2024
  remoteproc_cdsp0:
    iommus:
      - [apps_smmu, 0x21c0]
    source: the vendor's kernel, 2024
"""
COLUMNS = 126
TERMINAL = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
{styles}
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's own asks a network for its font."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="dtgen-docs-") as name:
        directory = Path(name)
        kept = Path(os.environ.get("DTGEN_TEST_CACHE", directory / "corpus"))
        kept.mkdir(parents=True, exist_ok=True)
        linux = unpacked(kept, V7_2)
        if linux is None:
            print(f"docs/: no pictures were made, there is no {V7_2} in {CORPUS}", file=sys.stderr)
            return 0
        # a project of its own: the page has no path of this machine
        for part in ("boards", "templates"):
            shutil.copytree(ROOT / part, directory / part)
        (directory / "boards/mine.yaml").write_text(MINE)
        (directory / "linux").symlink_to(linux.root)
        _pictures(directory)
    return 0


def _pictures(directory: Path) -> None:
    build = ["build", "mine", "--kernel", "linux"]
    _typed(directory, [*build, "--report", "report.html"])
    check = ["check", "boards/mine.yaml", "--kernel", "linux"]
    _terminal(check, _typed(directory, check))
    _typed(directory, ["build", "lemans", "--kernel", "linux", "-o", "lemans"])
    merged = "lemans/lemans-evk-el2.dtb"
    for what in ("streams", "memory"):
        against = ["--against", "linux/arch/arm64/boot/dts/qcom/lemans-evk.dts", "--kernel", "linux"]
        text = _typed(directory, [what, merged, *against, "--format", "svg"], terminal=False)
        (DOCS / f"{what}.svg").write_text(text, encoding="utf-8")
    shutil.copy(directory / "report.html", DOCS / "report.html")


def _typed(directory: Path, arguments: list[str], terminal: bool = True) -> str:
    """What dtgen prints, in colours where it is a terminal that it prints to."""
    command = [sys.executable, "-m", "dtgen", *arguments]
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": str(COLUMNS),
        "FORCE_HYPERLINK": "0",
    }  # fmt: skip
    environment.pop("NO_COLOR", None)
    if not terminal:
        return subprocess.run(
            command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=directory, env=environment, stdout=theirs) as process:
        os.close(theirs)
        pieces = []
        while piece := _read(ours):
            pieces.append(piece)
    os.close(ours)
    if process.returncode not in (0, 1):
        raise SystemExit(f"dtgen {' '.join(arguments)} ended with {process.returncode}")
    return b"".join(pieces).decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def _terminal(arguments: list[str], printed: str) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, force_terminal=True, file=nowhere)
        console.print(Text.assemble(("$ ", "dim"), f"dtgen {' '.join(arguments)}"))
        console.print(Text.from_ansi(printed), end="")
        text = console.export_svg(title="dtgen", code_format=TERMINAL)
    (DOCS / "terminal.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
