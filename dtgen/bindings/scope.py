"""Which schemas a tree is held against: what dt-validate's `-l`, `-c` and `-m` choose."""

from __future__ import annotations

from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """All schemas, unless less is asked for."""

    limit: tuple[str, ...] = ()
    """Parts of `$id`s: a schema that has none of them in its own is not asked. Empty: all are."""
    compatible_match: bool = False
    """Whether only the schema of a node's most specific compatible is asked."""
    show_unmatched: bool = False
    """Whether a compatible that no schema knows is reported, with its node."""

    @property
    def is_partial(self) -> bool:
        """Whether some schemas are not asked; then nobody else is, as by dt-validate."""
        return bool(self.limit) or self.compatible_match

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, for reports."""
        if not self.is_partial:
            return ()
        limit = " or ".join(self.limit)
        if self.compatible_match:
            asked = "the schema of each node's most specific compatible was asked"
            asked += f", where {limit} is in its $id" if limit else ""
        else:
            asked = f"schemas with {limit} in their $id were asked"
        return (f"only {asked}: no other one, no rule and none of dtc's checks",)

    def admits(self, schema: str) -> bool:
        """Whether a schema is asked, by its `$id` without `#`."""
        return not self.limit or any(part in schema for part in self.limit)


EVERYTHING = Scope()


def within(file: str, directory: str) -> str:
    """A schema's file as its `$id` has it: kbuild gives files, and the directory that they are in.

    Source: main() in dtschema's dtb_validate.py.
    """
    for part in filter(None, directory.split("/")):
        if file.startswith(part):
            file = file[len(part) + 1 :]
    return file


def identity(key: str, scope: Scope, *, complete: bool, plain: bool) -> str:
    """Of an engine; another one for what may say something else. `key`: of the set's content."""
    return f"{key} {complete} {plain} {scope}"
