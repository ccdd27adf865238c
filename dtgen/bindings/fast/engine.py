"""The engine that asks dtschema only where something may be wrong.

Most schemas have nothing to say of most nodes (`index`), and of the rest most nodes are valid
(`compile`). Whatever is left goes to dtschema's own validator, so that every error is dtschema's, word
for word and in its order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dtgen.bindings.decode import DecodedNode, Problem
from dtgen.bindings.dtschema import UNMATCHED, remember, validator_of, version
from dtgen.bindings.fast import code, decode, index, reduce
from dtgen.bindings.fast.decode import Decoder
from dtgen.bindings.fast.names import Names
from dtgen.bindings.fast.types import Types
from dtgen.bindings.plain import Engine, no_collection
from dtgen.bindings.schemas.pack import Pack
from dtgen.bindings.scope import EVERYTHING, Scope
from dtgen.devicetree.tree import Tree
from dtgen.validity import patterns
from dtgen.validity.compile import Schemas
from dtgen.validity.generated import Functions
from dtgen.validity.parts import Check
from dtgen.validity.place import SELECT, VALID, Place

_NONE = -1


def condition(schemas: Mapping[str, Any], name: str) -> tuple[list[index.Atom] | None, list[str]]:
    """What is true of the nodes in which a schema may find errors, and the other schemas it depends on.

    These may be missing.
    """
    referred: set[str] = set()

    def document(uri: str) -> Any:
        referred.add(uri)
        return schemas[uri]

    try:
        clause = index.condition(schemas[name], name, Schemas(document).target)
    except Exception:  # noqa: BLE001  whatever a foreign schema provokes, it is asked of every node then
        clause = None
    return None if clause is None else sorted(clause), sorted(referred - {name})


class FastEngine(Engine):
    """The same answers as Engine's."""

    def __init__(
        self, pack: Pack, identity: str, complete: bool, scope: Scope = EVERYTHING, kept: Path | None = None
    ) -> None:
        """`kept`: the file of the set, beside which is kept what was found out of it; None: nothing is."""
        super().__init__(None, identity, complete, scope)
        self.doubts: Counter[str] = Counter()
        """How often dtschema was asked, and of what."""
        self._pack = pack
        self._names = Names(kept.with_suffix(".names") if kept else None)
        self._property_types = Types(pack, self._names)
        self._decoder = Decoder(self._property_types) if version() == decode.RELEASE else None
        self._conditions = Schemas(pack.__getitem__)
        self._compiled = Schemas(pack.__getitem__, self._conditions)
        self._documented = self._names.table("documented")
        self._candidates = index.Candidates(pack.index["conditions"], self._names)
        names = pack.index["ids"]
        self._always = [names[number] for number in pack.index["always"]]
        self._numbers: dict[str, int] = self._names.table("schema")
        self._code = code.beside(kept) if kept and self._names.were_kept else None
        codes = code.Code(self._code) if self._code else {}
        self._functions = Functions(codes, pack.__getitem__, self._compiled)
        self._selects: dict[str, Check] = {}
        self._checks: dict[str, Check] = {}

    def _made_validator(self) -> Any:
        return validator_of(self._pack, patterns.search)

    @property
    def _schemas(self) -> Mapping[str, Any]:
        return self._pack

    def keep(self) -> None:
        self._names.keep()
        if self._code:
            code.keep(self._code, self._functions)

    def _decode(self, data: bytes, tree: Tree) -> tuple[DecodedNode, tuple[Problem, ...]]:
        if self._decoder:
            try:
                with no_collection():
                    return self._decoder.decode(tree), ()
            except Exception:  # noqa: BLE001  dtschema says what is wrong, if anything is
                self.doubts["a tree to be decoded"] += 1
        return super()._decode(data, tree)

    def types(self, name: str) -> list[str]:
        return self._property_types.of(name)

    def _property_names(self) -> Iterable[str]:
        return self._property_types.by_name

    def _errors(self, node: DecodedNode, name: str, disabled: bool) -> list[Any]:
        # what Engine.errors() leaves out needs not be found
        self._compiled.disabled = disabled
        try:
            matched, always = self._suspects(node, name)
        except Exception:  # noqa: BLE001  dtschema says what it says of such a node
            self.doubts["a node, with all schemas"] += 1
            ids = self._pack.index["ids"]
            everything = {compatible: ids[number] for compatible, number in self._pack.compatibles.items()}
            return self._asked(everything, self._always, node)
        # in dtschema's order
        asked: list[tuple[dict[str, str], list[str]]]
        asked = [({compatible: schema}, []) for compatible, schema in matched.items()]
        asked += [({}, [schema]) for schema in always]
        return [error for question in asked for error in self._asked_of_reduced(*question, node)]

    def _asked_of_reduced(self, matched: dict[str, str], always: list[str], node: DecodedNode) -> list[Any]:
        """What one schema, which is one of these, has to say."""
        self.doubts["a node, with one schema"] += 1
        (schema,) = (*matched.values(), *always)
        self._schema_at = schema
        shown = reduce.reduced(self._conditions, self._pack[schema], schema, node)
        errors = self._asked(matched, always, shown)
        if shown is not node:
            reduce.restore(errors, shown, node)
        return errors

    def _asked(self, matched: dict[str, str], always: list[str], node: DecodedNode) -> list[Any]:
        """What dtschema says with these schemas."""
        self._schema_at = ""
        remember(self._validator)
        self._validator.compat_map = matched
        self._validator.always_schemas = always
        # a list, since the validator may be given other schemas before the last error is taken
        return list(super()._errors(node, "", False))

    def compatibles(self) -> Iterable[str]:
        return self._pack.compatibles

    def _suspects(self, node: DecodedNode, name: str) -> tuple[dict[str, str], list[str]]:
        """The schemas that may find an error: for its compatible, and those that are asked of every node."""
        matched = {}
        for compatible in node.get("compatible", ()):
            number = self._number(compatible)
            if number != _NONE:
                schema = self._schema_at = self._pack.index["ids"][number]
                if self.scope.admits(schema) and not self._is_valid(schema, node):
                    matched[compatible] = schema
                break
        if self.scope.compatible_match:
            return matched, []
        always = []
        for number in self._candidates.of(node, name):
            schema = self._schema_at = self._always[number]
            if (
                (schema != UNMATCHED or self.scope.show_unmatched)
                and self.scope.admits(schema)
                and self._is_selected(schema, node)
                and not self._is_valid(schema, node)
            ):
                always.append(schema)
        return matched, always

    def _number(self, compatible: Any) -> int:
        """Of the schema that is for it, or `_NONE`."""
        found = self._numbers.get(compatible)
        if found is None:
            found = self._pack.compatibles.get(compatible, _NONE)
            if isinstance(compatible, str):
                self._numbers[compatible] = found
        return found

    def _is_selected(self, name: str, node: DecodedNode) -> bool:
        """Whether the schema is for this node; true where there is a doubt."""
        try:
            check = self._selects.get(name)
            if check is None:
                check = self._selects[name] = self._functions[Place(SELECT, name, "/select").key]
            return check(node)
        except Exception:  # noqa: BLE001
            return True

    def _is_valid(self, name: str, node: DecodedNode) -> bool:
        """Whether the schema finds no error; false where there is a doubt."""
        try:
            return self._check(name)(node)
        except Exception:  # noqa: BLE001
            return False

    def _check(self, name: str) -> Check:
        """Raises: Doubt, or whatever else a schema provokes."""
        check = self._checks.get(name)
        if check is None:
            check = self._checks[name] = self._functions[Place(VALID, name).key]
        return check

    def undocumented(self, compatibles: Sequence[str]) -> list[str]:
        known = self._documented
        try:
            for name in compatibles:
                if name not in known:
                    known[name] = self._check(UNMATCHED)({"compatible": [name]})
            return [name for name in compatibles if not known[name]]
        except Exception:  # noqa: BLE001
            return super().undocumented(compatibles)
