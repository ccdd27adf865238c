"""Where things are: boards, templates, schemas, the kernel tree, the caches."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from dtgen.errors import ToolError
from dtgen.records import dataclass
from dtgen.words import near_names

_YAML = (".yaml", ".yml")
_PACKAGE = Path(__file__).resolve().parent.parent


def data_directory() -> Path:
    """dtgen's own `boards/`, `templates/`, `schemas/`: in the wheel, or beside the package in a checkout."""
    packaged = _PACKAGE / "data"
    return packaged if packaged.is_dir() else _PACKAGE.parent


def board_schema() -> Path:
    return data_directory() / "schemas/board.schema.json"


def report_schema() -> Path:
    return data_directory() / "schemas/report.schema.json"


def builtin_bindings() -> Path:
    return data_directory() / "schemas/bindings"


def legacy_bindings() -> Path:
    """What replaces bindings of the same `$id` for a board that asks for the legacy profile."""
    return data_directory() / "schemas/legacy"


def collect_script() -> Path:
    """The shell script that is run on a board."""
    return data_directory() / "templates/collect.sh"


def report_templates() -> Path:
    """What pages are made of."""
    return data_directory() / "templates/report"


def cache_directory() -> Path:
    """`$DTGEN_CACHE`, or the user's cache directory; it may not exist yet."""
    chosen = os.environ.get("DTGEN_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("dtgen", appauthor=False)


# The folders of a cache


def compiled_bases(cache: Path) -> Path:
    return cache / "bases"


def prepared_schemas(cache: Path) -> Path:
    return cache / "schemas"


def kept_verdicts(cache: Path) -> Path:
    return cache / "results"


def kept_digests(cache: Path) -> Path:
    """Of dtgen's own sources."""
    return cache / "sources"


def display(file: Path) -> str:
    """The file as a person would type it: relative where it is below the current directory."""
    try:
        return str(file.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def resolved(file: Path) -> Path:
    """Where links lead; where they lead in a circle, at which `Path.resolve` raises, the last of them."""
    return Path(os.path.realpath(file))


def is_builtin(file: Path) -> bool:
    """Whether a description or a base comes with dtgen."""
    return file.absolute().is_relative_to(data_directory() / "boards")


def is_description(file: Path) -> bool:
    """By its ending."""
    return file.suffix in _YAML


def is_own(path: str) -> bool:
    """Whether a description names a file of its project, and none of the kernel's sources."""
    return path.startswith(".")


def project_of(description: Path) -> Path:
    """What the files that a description names are relative to: the directory with its `boards/`."""
    directory = description.absolute().parent
    return _with_boards(directory) or directory


def own_boards(start: Path) -> Path:
    """Where a new description belongs: the nearest `boards/` from `start` upwards, or one that is made."""
    return (_with_boards(start.absolute()) or start) / "boards"


def _with_boards(start: Path) -> Path | None:
    """The nearest directory, from an absolute one upwards, that has a `boards/`."""
    return next((above for above in (start, *start.parents) if (above / "boards").is_dir()), None)


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds boards and templates: in the user's project first, then in dtgen's own data."""

    roots: tuple[Path, ...]
    beside: Path | None = None
    """The directory of a description that was given as a file: its boards come first."""

    @classmethod
    def from_directory(cls, start: Path) -> Finder:
        """The project is the nearest directory, from `start` upwards, that has a `boards/`."""
        own, project = data_directory(), _with_boards(start.absolute())
        return cls((project, own) if project and project != own else (own,))

    def of_board(self, name: str) -> Finder:
        """For a description given as a file: what lies beside it, and its own project, come first."""
        if not name.endswith(_YAML):
            return self
        directory = Path(name).absolute().parent
        return Finder(Finder.from_directory(directory).roots, directory)

    def boards(self) -> dict[str, Path]:
        """Name to file, sorted; a project's board hides dtgen's own of the same name."""
        found: dict[str, Path] = {}
        beside = (self.beside,) if self.beside else ()
        for directory in reversed((*beside, *(root / "boards" for root in self.roots))):
            found |= {file.stem: file for file in directory.glob("*.yaml")}
        return dict(sorted(found.items()))

    def hidden(self) -> dict[str, Path]:
        """Name to the file of dtgen's own board that a project's hides."""
        own = data_directory() / "boards"
        found = {name: own / f"{name}.yaml" for name, file in self.boards().items() if file.parent != own}
        return {name: file for name, file in found.items() if file.is_file()}

    def board_file(self, name: str) -> Path:
        """Raises: ToolError, with near matches."""
        if name.endswith(_YAML):
            file = Path(name)
            if file.is_file():
                return file
            known = file.stem in self.boards()
            raise ToolError(f"there is no file {name}", f"did you mean {file.stem}?" if known else "")
        boards = self.boards()
        if name not in boards:
            for file, wanted in self._misplaced():
                if file.stem == name:
                    message = f"there is no board {name}: {display(file)} is not read as one"
                    raise ToolError(message, f"move it to {display(wanted)}, or build it by its path")
            near = near_names(name, boards)
            help = f"did you mean {near[0]}?" if near else "`dtgen list` shows them"
            raise ToolError(f"there is no board {name}", help)
        return boards[name]

    def _misplaced(self) -> Iterator[tuple[Path, Path]]:
        """What looks like descriptions and is not found by its name, and where that would be."""
        for root in self.roots:
            for file in sorted((root / "boards").rglob("*")):
                if file.suffix in _YAML and (wanted := intended(file)):
                    yield file, wanted

    def template_directories(self) -> tuple[Path, ...]:
        return tuple(root / "templates" for root in self.roots)

    def lean_base(self, lineage: tuple[str, ...]) -> Path | None:
        """`boards/bases/<name>.dts` of the board, or of the nearest that it extends."""
        for name in lineage:
            for root in self.roots:
                file = root / "boards/bases" / f"{name}.dts"
                if file.is_file():
                    return file
        return None


def intended(description: Path) -> Path | None:
    """Where a description is to be that lies in `boards/` or right below, and is not found by its name."""
    file = description.absolute()
    around = next((directory for directory in file.parents[:2] if directory.name == "boards"), None)
    wanted = around / f"{file.stem}.yaml" if around else None
    return wanted if wanted != file else None


@dataclass(frozen=True, slots=True)
class KernelTree:
    """A Linux source tree, or the layout of `devicetree-rebasing` (`src/`, `include/`, `Bindings/`)."""

    root: Path
    sources: Path
    """What `qcom/lemans-evk.dts` is relative to."""
    include: tuple[Path, ...]
    bindings: Path | None
    """None where it has none: a vendor's repository has the kernel's layout, and sources alone."""

    @classmethod
    def at(cls, root: Path) -> KernelTree:
        """Raises: ToolError where `root` is neither."""
        if not root.is_dir():
            raise ToolError(f"there is no directory {display(root)}")
        for linux in (root / "arch/arm64/boot/dts", *sorted(root.glob("arch/*/boot/dts"))):
            if linux.is_dir():
                include = (root / "include", linux, root / "scripts/dtc/include-prefixes")
                return cls(root, linux, include, _existing(root / "Documentation/devicetree/bindings"))
        extracted = root / "src/arm64"
        if extracted.is_dir():
            include = (root / "include", root / "src", extracted)
            return cls(root, extracted, include, _existing(root / "Bindings"))
        raise ToolError(
            f"{root} is not a kernel tree: it has neither arch/*/boot/dts nor src/arm64",
            "give the top directory of a Linux source tree",
        )

    @classmethod
    def around(cls, file: Path) -> KernelTree | None:
        """The tree that a file lies in; None where it lies in none.

        A symbolic link lies where it stands; if that is in no tree, where the file lies that it refers to.
        """
        stands = Path(os.path.abspath(file))  # noqa: PTH100  without `..`, links as they are
        for directory in dict.fromkeys((*stands.parents, *resolved(file).parents)):
            with contextlib.suppress(ToolError):
                return cls.at(directory)
        return None

    @property
    def vendors(self) -> tuple[Path, ...]:
        """The directories of the sources, `qcom` first."""
        found = sorted(entry for entry in self.sources.iterdir() if entry.is_dir())
        return tuple(sorted(found, key=lambda directory: directory.name != "qcom"))

    def source(self, path: str) -> Path:
        return self.sources / path


def top_of(file: Path) -> Path:
    """The nearest directory above that is the top of something, else the one that the file is in."""
    around = file.absolute().parent
    marks = ("dtgen.toml", ".git", "boards")
    return next((top for top in (around, *around.parents) if any((top / m).exists() for m in marks)), around)


def _existing(directory: Path) -> Path | None:
    return directory if directory.is_dir() else None


def bindings_directory(given: Path) -> Path:
    """`given`, or the bindings of the kernel tree that it is. Raises: ToolError."""
    if not given.is_dir():
        raise ToolError(f"there is no directory {display(given)}")
    for below in ("Documentation/devicetree/bindings", "Bindings"):
        if (given / below).is_dir():
            return given / below
    if (given / "src/arm64").is_dir() or any(given.glob("arch/*/boot/dts")):
        raise ToolError(
            f"{display(given)} is a kernel tree without bindings", "leave it out: dtgen's own are used then"
        )
    return given
