"""What the bindings say, in the form of `dt-validate --json-output` (dtschema 2026.9): a list of diagnostics.

What only dtschema's own objects have is less: `schema_path` is the keyword alone, and there is no `context`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from dtgen.bindings.dtschema import SCHEMA_ROOT, UNMATCHED
from dtgen.diagnostics import Clause, Diagnostic, State
from dtgen.results import TreeResult, ValidationResult

Compatible = Callable[[str, str], tuple[str, ...]]
"""Of a node of a file, by its path."""


def report(result: ValidationResult, compatible: Compatible) -> str:
    """Every tree's, in the order of the trees; rules and dtc's checks are not dt-validate's."""
    found = [entry for tree in result.trees for entry in _of_tree(tree, compatible)]
    return json.dumps(found, indent=2) + "\n"


def _of_tree(tree: TreeResult, compatible: Compatible) -> Iterator[dict[str, Any]]:
    if not tree.validated:
        for diagnostic in tree.assessment.introduced:
            yield {"type": "decode", **_head(diagnostic, tree, "error"), "message": diagnostic.message}
        return
    clauses: dict[tuple[Clause, str], Diagnostic] = {}
    for state, diagnostic in tree.assessment.by_state():
        if diagnostic.clause and state is not State.FIXED:
            # where dtschema has one message of several properties, dtgen has several
            clauses.setdefault((diagnostic.clause, diagnostic.original), diagnostic)
    for (clause, original), diagnostic in clauses.items():
        names = compatible(tree.file, clause.node)
        node = {"node": clause.node, "nodename": clause.node.rpartition("/")[2] or "/"}
        if clause.schema == UNMATCHED:
            head = {"type": "unmatched", **_head(diagnostic, tree, "warning")}
            message = f"failed to match any schema with compatible: {list(names)}"
            yield {**head, **node, "compatible": list(names), "message": message}
            continue
        first = next(iter(names), None)
        path = [str(key) if not isinstance(key, int) else key for key in clause.property_path]
        yield {
            "type": "validation",
            **_head(diagnostic, tree, "error"),
            **node,
            "compatible": first,
            "property_path": path,
            "schema_path": [clause.keyword],
            "schema": f"{SCHEMA_ROOT}{clause.schema}",
            "message": original,
            "formatted": _formatted(tree.file, node["nodename"], first, path, original, clause.schema),
        }


def _head(diagnostic: Diagnostic, tree: TreeResult, level: str) -> dict[str, Any]:
    where = diagnostic.location
    own = where.file == tree.file
    line, column = (where.line, where.column) if own else (None, None)
    return {"level": level, "file": tree.file, "line": line, "column": column}


def _formatted(
    file: str, name: str, compatible: str | None, path: list[str | int], message: str, schema: str
) -> str:
    """Source: format_error() in dtschema's lib.py."""
    node = f"{name} ({compatible})" if compatible else name
    keys = "".join(f"{key}:" for key in path)
    said = f"{keys} {message}" if keys else message
    return f"{file}: {node}: {said}\n\tfrom schema $id: {SCHEMA_ROOT}{schema}"
