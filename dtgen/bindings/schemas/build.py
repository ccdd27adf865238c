"""A set made of its files, which several processes read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import derive
from dtgen.bindings.schemas import file as schema_file
from dtgen.bindings.schemas.derive import Condition, Contribution
from dtgen.bindings.schemas.file import SchemaProblem
from dtgen.bindings.schemas.files import File, unreadable
from dtgen.bindings.schemas.pack import Pack, Past, packed
from dtgen.jobs import local
from dtgen.progress import Progress

_PARALLEL_FROM = 200
_CHUNK = 50


class _Prepared(NamedTuple):
    """What a file comes to."""

    name: str
    """The `$id` without `#`."""
    record: bytes
    """The schema as JSON."""
    contribution: Contribution | None = None


_Made = _Prepared | SchemaProblem


def build(
    directory: Path,
    files: Sequence[File],
    digests: Sequence[str],
    known: Pack | None,
    progress: Progress | None,
) -> bytes:
    """The file of a set. `known`: an earlier one, which may have the same files."""
    past = known.past() if known else Past(digests=(), kept=None)
    earlier = derive.EarlierSet(known.records(), past["kept"]) if known else None
    records = earlier.records if earlier else {}
    sources = dict(zip(past["digests"], records, strict=False))
    made = list(_made(files, digests, sources, records, progress))
    while True:
        numbers = _first(made)
        chosen = sorted(numbers.values())
        prepared = [found for number in chosen if isinstance(found := made[number], _Prepared)]
        records = {found.name: found.record for found in prepared}
        given = {found.name: found.contribution for found in prepared if found.contribution}
        result = derive.derive(records, earlier, given)
        if not isinstance(result, derive.Failed):
            break
        for name, error in result.because.items():
            made[numbers[name]] = schema_file.unusable(files[numbers[name]].path, error)
    return as_file(
        records | result.generated,
        Past(digests=[digests[number] for number in chosen], kept=result.kept),
        result.always,
        result.conditions,
        result.compatibles,
        [
            (file.name, found.line, found.message)
            for file, found in zip(files, made, strict=True)
            if isinstance(found, SchemaProblem)
        ],
        directory,
    )


def _first(made: Sequence[_Made]) -> dict[str, int]:
    """The numbers of the files that count, by `$id`: of several it is the first one."""
    return {
        found.name: number for number, found in reversed([*enumerate(made)]) if isinstance(found, _Prepared)
    }


def _made(
    files: Sequence[File],
    digests: Sequence[str],
    sources: Mapping[str, str],
    records: Mapping[str, bytes],
    progress: Progress | None,
) -> Iterator[_Made]:
    """What each file comes to.

    `sources`, `records`: the schemas of files that are known already, by their digests, and all of those.
    """
    known = list(zip(files, digests, strict=True))
    new = _each([f for f, digest in known if digest not in sources and not unreadable(digest)])
    for done, (file, digest) in enumerate(known, 1):
        name = sources.get(digest)
        if why := unreadable(digest):
            yield SchemaProblem(file.path, None, f"it cannot be read: {why}")
        else:
            yield next(new) if name is None else _Prepared(name, records[name])
        if progress:
            progress(done, len(files))


def as_file(
    records: Mapping[str, bytes],
    past: Past,
    always: Sequence[str],
    conditions: Sequence[Condition],
    compatibles: Mapping[str, str],
    problems: Sequence[tuple[str, int | None, str]],
    source: Path,
) -> bytes:
    """With what is known of the schemas.

    `always`: by name; `problems`: files, lines, messages; `source`: where the schemas were.
    """
    numbers = {name: number for number, name in enumerate(records)}
    return packed(
        records,
        past,
        version=dtschema.version("dtschema"),
        maker=dtschema.maker("dtschema"),
        source=str(source.absolute()),
        problems=problems,
        always=[numbers[name] for name in always],
        conditions=conditions,
        compatibles={compatible: numbers[name] for compatible, name in compatibles.items()},
    )


def _each(files: Sequence[File]) -> Iterator[_Made]:
    if len(files) < _PARALLEL_FROM:
        return (_alone(file) for file in files)
    from dtgen.jobs.processes import Processes

    dtschema.imported()  # once for all processes
    chunks = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)]
    pool = Processes(local.available(), _nothing, (), _together, _died)
    return itertools.chain.from_iterable(pool.results(chunks))


def _alone(file: File) -> _Made:
    found = schema_file.process(file.path, file.name)
    return found if isinstance(found, SchemaProblem) else _Prepared(*found)


# In a process of the pool


def _nothing() -> None:
    pass


def _together(files: Sequence[File]) -> list[_Made]:
    made = list(map(_alone, files))
    numbers = _first(made)
    prepared = (made[number] for number in numbers.values())
    records = {found.name: found.record for found in prepared if isinstance(found, _Prepared)}
    for name, contribution in derive.contributions(records).items():
        made[numbers[name]] = _Prepared(name, records[name], contribution)
    return made


def _died(files: Sequence[File]) -> list[_Made]:
    raise MemoryError(f"a process ended without a word at {files[0].name} or soon after")
