"""Tables of modules that are imported when somebody asks for one, so that each command starts at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


class Modules(Mapping[str, T]):
    """What each module of a package has; the keys are their names, without a `_` at the end."""

    def __init__(self, package: str, names: tuple[str, ...], attribute: str = "") -> None:
        """`attribute`: what of the module is meant; empty: the module itself."""
        self._package, self._names, self._attribute = package, names, attribute

    def __getitem__(self, name: str) -> T:
        file = next((each for each in self._names if each.rstrip("_") == name), None)
        if file is None:
            raise KeyError(name)
        module: Any = import_module(f"{self._package}.{file}")
        found: T = getattr(module, self._attribute) if self._attribute else module
        return found

    def __iter__(self) -> Iterator[str]:
        return (name.rstrip("_") for name in self._names)

    def __len__(self) -> int:
        return len(self._names)
