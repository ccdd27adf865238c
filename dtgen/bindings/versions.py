"""The releases of dtschema and jsonschema that dtgen's engine was held against, and what to do about others.

`tests/ranges.py` holds it against each of them; `pyproject.toml` asks for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from dtgen.errors import ToolError
from dtgen.project.packages import version

TESTED = {
    "dtschema": ("2026.4", "2026.6", "2026.9"),
    "jsonschema": ("4.23.*", "4.24.*", "4.25.*", "4.26.*"),
}
"""By package, the oldest first; an asterisk is any number, as pip has it."""


def is_tested(package: str, installed: str) -> bool:
    """Whether dtgen was tested with this version of a package, or needs not be."""
    return package not in TESTED or any(fnmatchcase(installed, release) for release in TESTED[package])


def untested() -> dict[str, str]:
    """The installed versions that are not among these, by package."""
    installed = {package: version(package) for package in TESTED}
    return {package: found for package, found in installed.items() if not is_tested(package, found)}


def refuse_untested() -> None:
    """Raises: ToolError where dtgen's engine was not tested with what is installed."""
    found = untested()
    if not found:
        return
    names = " and ".join(
        f"{package} {installed} (but with {', '.join(TESTED[package])})"
        for package, installed in found.items()
    )
    raise ToolError(f"dtgen's engine was not tested with {names}", remedy(found))


def remedy(packages: Iterable[str]) -> str:
    """What to do about packages that dtgen's engine was not tested with."""
    wanted = " ".join(f"'{package}=={TESTED[package][-1]}'" for package in packages)
    return f"pip install {wanted}, or ask dtschema alone with --engine dtschema"
