"""A binding: what dtschema's meta-schemas say of it, and whether its examples agree with it.

As the kernel's `make dt_binding_check` does: dt-doc-validate, dt-extract-example, dtc, dt-validate.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
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
from dtgen.dts import compiler
from dtgen.errors import Rejected, error
from dtgen.project import layout

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
    for example in examples_of(str(file)):
        try:
            yield from _of_example(example, shown, bindings, include)
        except Rejected as refusal:
            yield from map(_headers, refusal.diagnostics)


def _headers(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.rule != "cpp":
        return diagnostic
    help = "say with --kernel or -I where the headers are"
    return dataclasses.replace(diagnostic, help=help, message=f"the example: {diagnostic.message}")


def _of_example(
    example: Example, file: str, bindings: Bindings, include: tuple[Path, ...]
) -> Iterator[Diagnostic]:
    text = examples.source(example, file)
    with tempfile.TemporaryDirectory(prefix="dtgen-") as directory:
        source = Path(directory) / "example.dts"
        source.write_text(text, encoding="utf-8")
        data = compiler.preprocess(source, include, compiler.find_cpp())
    dtc = compiler.find_dtc()
    compiled = compiler.compile_overlay(data, file, dtc, include)
    for message in compiled.messages:
        where = Location(file, message.location.line)
        if message.location.file != file:  # in what stands around the example
            if message.severity is not Severity.ERROR:
                continue
            where = Location(file, example.line + example.text.rstrip().count("\n"))
        if message.check not in _DOES_NOT_MATTER:
            text = "\n" * (example.line - 1) + example.text
            yield mistake_in(text, dataclasses.replace(message, location=where), include)
    if compiled.blob is None:
        return
    positions = compiler.positions(data, file, dtc, include)
    decoded = validator.decode(bindings.engine, compiled.blob, blob.read(compiled.blob, file))
    for violation in validator.validate(bindings.engine, decoded):
        subject = violation.subject
        if subject.path == "/":
            continue  # the node around the example is ours
        place = positions.get((subject.path, subject.property)) or positions.get((subject.path, None))
        where = Location(file, place.line if place else example.line)
        found = placed(of_violation(violation), where, Place(subject, where))
        yield dataclasses.replace(found, follows=violation.innocent)
