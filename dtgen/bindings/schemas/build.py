"""A set made of its files, which several processes read."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import derive, generate
from dtgen.bindings.schemas import file as schema_file
from dtgen.bindings.schemas.derive import Condition, Contribution
from dtgen.bindings.schemas.files import File, unreadable
from dtgen.bindings.schemas.pack import NOTHING, Buffer, Pack, Records, numbered, packed, to_json
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.bindings.schemas.property_types import PropertyTypes
from dtgen.jobs import local
from dtgen.progress import Progress

_PARALLEL_FROM = 200
_CHUNK = 50


class _Prepared(NamedTuple):
    """What a file comes to."""

    name: str
    """The `$id` without `#`."""
    record: bytes | None
    """The schema as JSON; None where it is that of the earlier set."""
    contribution: Contribution | None = None


_Made = _Prepared | SchemaProblem


def build(
    directory: Path,
    files: Sequence[File],
    digests: Sequence[str],
    known: Pack | None,
    progress: Progress | None,
) -> list[Buffer]:
    """The file of a set, in pieces. `known`: an earlier one, which may have the same files."""
    sources = dict(zip(known.digests(), known, strict=False)) if known else {}
    types = PropertyTypes()
    made = list(_foreseen(types, _made(files, digests, sources, progress)))
    counting = _counting(made)
    changed = _changed(known, counting) if known else None
    if known and changed is not None:
        records, kept, index = known.with_other(changed), known.kept(), known.index
        derived: dict[str, Any] = {key: index[key] for key in ("always", "conditions")}
        derived["compatibles"] = known.numbered()
    else:
        records, kept, derived = _derived(files, made, known, types)
        counting = _counting(made)
    problems = [
        (file.name, found.line, found.message)
        for file, found in zip(files, made, strict=True)
        if isinstance(found, SchemaProblem)
    ]
    those = [digests[number] for number in counting]
    return _packed(records, directory, digests=those, kept=kept, problems=problems, **derived)


def _changed(known: Pack, counting: Mapping[int, _Prepared]) -> dict[str, bytes] | None:
    """The schemas that have changed where all else can be had from an earlier set; None where it cannot."""
    names = [found.name for found in counting.values()]
    if known.kept() == NOTHING or [*names, *dtschema.GENERATED] != list(known):
        return None
    changed = {
        name: record
        for name, record, _ in counting.values()
        if record is not None and record != known.record(name)
    }
    return changed if not changed or derive.is_the_same(known, known.kept(), changed) else None


def _derived(
    files: Sequence[File], made: list[_Made], known: Pack | None, types: PropertyTypes | None
) -> tuple[Records, bytes, dict[str, Any]]:
    """The schemas of a set, what is kept for the next one, and what its index has.

    `made`: is given a problem for each schema that dtschema fails over.
    """
    earlier = derive.EarlierSet(known.records(), json.loads(known.kept())) if known else None
    past = earlier.records if earlier else {}
    while True:
        counting = _counting(made)
        records = {name: record or past[name] for name, record, _ in counting.values()}
        given = {found.name: found.contribution for found in counting.values() if found.contribution}
        result = derive.derive(records, earlier, given, types)
        types = None  # another file of an `$id` may count now
        if not isinstance(result, derive.Failed):
            break
        numbers = {found.name: number for number, found in counting.items()}
        for name, error in result.because.items():
            made[numbers[name]] = schema_file.unusable(files[numbers[name]].path, error)
    records |= result.generated
    derived = _by_number(records, result.always, result.conditions, result.compatibles)
    return Records.of(records), to_json(result.kept), derived


def _foreseen(types: PropertyTypes, made: Iterable[_Made]) -> Iterator[_Made]:
    """The same; to find the types that it leads to while other processes read."""
    for found in made:
        if isinstance(found, _Prepared) and found.contribution and found.record:
            types.foresee(found.name, found.contribution.types, partial(_ordered, found.record))
        yield found


def _ordered(record: bytes, name: str) -> Any:
    return json.loads(record, object_hook=generate.ordered)


def _counting(made: Sequence[_Made]) -> dict[int, _Prepared]:
    """What counts, by the numbers of the files: of several files of an `$id` it is the first one."""
    first: dict[str, int] = {}
    return {
        number: found
        for number, found in enumerate(made)
        if isinstance(found, _Prepared) and first.setdefault(found.name, number) == number
    }


def _made(
    files: Sequence[File], digests: Sequence[str], sources: Mapping[str, str], progress: Progress | None
) -> Iterator[_Made]:
    """What each file comes to. `sources`: the schemas of files that are known already, by their digests."""
    known = list(zip(files, digests, strict=True))
    new = _each([f for f, digest in known if digest not in sources and not unreadable(digest)])
    for done, (file, digest) in enumerate(known, 1):
        if name := sources.get(digest):
            yield _Prepared(name, None)
            continue
        why = unreadable(digest)
        yield SchemaProblem(file.path, None, f"it cannot be read: {why}") if why else next(new)
        if progress:
            progress(done, len(files))


def of_processed(
    records: Mapping[str, bytes],
    always: Sequence[str],
    conditions: Sequence[Condition],
    compatibles: Mapping[str, str],
    source: Path,
) -> list[Buffer]:
    """The file of a set that was processed elsewhere. `source`: where it was."""
    return _packed(
        Records.of(records), source, problems=[], **_by_number(records, always, conditions, compatibles)
    )


def _by_number(
    records: Mapping[str, bytes],
    always: Sequence[str],
    conditions: Sequence[Condition],
    compatibles: Mapping[str, str],
) -> dict[str, Any]:
    numbers = {name: number for number, name in enumerate(records)}
    return {
        "always": [numbers[name] for name in always],
        "conditions": conditions,
        "compatibles": numbered({compatible: numbers[name] for compatible, name in compatibles.items()}),
    }


def _packed(records: Records, source: Path, **known: Any) -> list[Buffer]:
    made_by: dict[str, Any] = {"version": dtschema.version("dtschema"), "maker": dtschema.maker("dtschema")}
    return packed(records, **made_by, source=str(source.absolute()), **known)


def _each(files: Sequence[File]) -> Iterator[_Made]:
    if len(files) < _PARALLEL_FROM:
        return (_alone(file) for file in files)
    from dtgen.jobs.processes import Processes

    dtschema.preparing()  # once for all processes
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
    counting = _counting(made)
    given = derive.contributions({name: record or b"" for name, record, _ in counting.values()})
    for number, found in counting.items():
        made[number] = found._replace(contribution=given.get(found.name))
    return made


def _died(files: Sequence[File]) -> list[_Made]:
    raise MemoryError(f"a process ended without a word at {files[0].name} or soon after")
