"""A binding: what dtschema's meta-schemas say of it, and whether its examples agree with it.

As the kernel's `make dt_binding_check` does: dt-doc-validate, dt-extract-example, dtc, dt-validate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from dtgen.bindings import validator
from dtgen.bindings.schemas import examples
from dtgen.bindings.schemas.examples import Example
from dtgen.bindings.schemas.file import examples_of, meta_problems
from dtgen.bindings.select import Bindings
from dtgen.checks.location import placed
from dtgen.checks.source import mistake_in
from dtgen.checks.tree import of_violation
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Place, Severity
from dtgen.dts import compiler, preprocessor
from dtgen.dts.preprocessed import Preprocessed
from dtgen.errors import Rejected, error
from dtgen.project import files, layout

RULE = "binding"
_DOES_NOT_MATTER = (
    # Source: dtc's options for examples in the kernel's Documentation/devicetree/bindings/Makefile
    "avoid_unnecessary_addr_size",
    "graph_child_address",
    "unique_unit_address",
)


def check(file: Path, bindings: Bindings, include: tuple[Path, ...]) -> Iterator[Diagnostic]:
    """Raises: ToolError. What is said of an example stands at its line."""
    shown = layout.display(file)
    problems = list(meta_problems(str(file)))
    for problem in problems:
        yield error(RULE, problem.message, Location(shown, problem.line))
    if problems:
        return  # its examples cannot be held against it
    found = examples_of(str(file))
    try:
        yield from _of_examples(found, shown, bindings, include) if found else ()
    except Rejected as refusal:
        yield from map(_headers, refusal.diagnostics)


def _headers(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.rule != "cpp":
        return diagnostic
    help = "say with --kernel or -I where the headers are"
    return dataclasses.replace(diagnostic, help=help, message=f"the example: {diagnostic.message}")


def _of_examples(
    found: Sequence[Example], file: str, bindings: Bindings, include: tuple[Path, ...]
) -> Iterator[Diagnostic]:
    text = examples.source(found, file).encode()
    around = Path(f"{file}: examples")  # what stands around them is not in the binding
    text = preprocessor.preprocess(around, include, compiler.find_cpp(), text=text)
    source = Preprocessed(Path(file), text, include)
    dtc = compiler.find_dtc()
    compiled = source.overlay(dtc)
    ends = {examples.after(example): Location(file, _last_line(example)) for example in found}
    for message in compiled.messages:
        where = message.location
        if where.file != file:  # in what stands around the examples
            if message.severity is not Severity.ERROR:
                continue
            where = ends.get(where.file, Location(file, found[0].line))
        if message.check not in _DOES_NOT_MATTER:
            at = dataclasses.replace(message, location=where)
            yield mistake_in(_alone(found, file), at, include)
    if compiled.blob is None:
        return
    positions = source.positions(dtc)
    first = {f"example-{example.number}": example.line for example in found}
    decoded = validator.decode(bindings.engine, compiled.blob, blob.read(compiled.blob, file))
    for violation in validator.validate(bindings.engine, decoded):
        subject = violation.subject
        if subject.path == "/":
            continue  # the node around the examples is ours
        place = positions.get((subject.path, subject.property)) or positions.get((subject.path, None))
        line = place.line if place and place.file == file else None
        where = Location(file, line or first.get(subject.path.split("/")[1], found[0].line))
        said = placed(of_violation(violation), where, Place(subject, where))
        yield dataclasses.replace(said, follows=violation.innocent)


def _last_line(example: Example) -> int:
    return example.line + example.text.rstrip().count("\n")


def _alone(found: Sequence[Example], file: str) -> str:
    """A binding's text with its examples alone, each where it stands."""
    lines = files.read(Path(file), blob.MAX_SIZE).decode("utf-8", "replace").split("\n")
    kept = {line for example in found for line in range(example.line, _last_line(example) + 1)}
    return "\n".join(text if line in kept else "" for line, text in enumerate(lines, 1))
