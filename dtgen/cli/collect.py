"""The command `dtgen collect`."""

from __future__ import annotations

import click

from dtgen.cli import process
from dtgen.cli.exit import CLEAN


@click.command("collect")
def command() -> int:
    """Print the script that collects on a board what `dtgen diagnose` and `dtgen live` read.

    It is for any POSIX shell, reads only, and writes one archive; texts are redacted. Run it as root.

    \b
    Example:
      dtgen collect > collect.sh
      ssh root@board 'cd /tmp; sh -s' < collect.sh
      scp root@board:/tmp/dtgen-collect.tar .
    """
    from dtgen.project import files, layout

    process.write(files.text(layout.collect_script()))
    return CLEAN
