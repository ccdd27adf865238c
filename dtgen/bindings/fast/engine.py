"""The engine that asks dtschema only where something may be wrong.

Most schemas have nothing to say of most nodes (`index`), and of the rest most nodes are valid
(`compile`). Whatever is left goes to dtschema's own validator, so that every error is dtschema's, word
for word and in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dtgen.bindings.decode import DecodedNode
from dtgen.bindings.dtschema import PATTERN_TYPES, TYPES, UNMATCHED, validator_of
from dtgen.bindings.fast import index, patterns
from dtgen.bindings.fast.compile import Schemas
from dtgen.bindings.fast.parts import Check
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas.pack import Pack
from dtgen.bindings.scope import EVERYTHING, Scope


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

    def __init__(self, pack: Pack, identity: str, complete: bool, scope: Scope = EVERYTHING) -> None:
        validator = validator_of(
            pack, pack[TYPES]["properties"], pack[PATTERN_TYPES]["properties"], patterns.search
        )
        super().__init__(validator, identity, complete, scope)
        self._pack = pack
        self._conditions = Schemas(pack.__getitem__)
        self._schemas = Schemas(pack.__getitem__, self._conditions)
        self._candidates = index.Candidates(pack.index["conditions"])
        names = pack.index["ids"]
        self._always = [names[number] for number in pack.index["always"]]
        self._compatibles = pack.index["compatibles"]
        self._selects: dict[str, Check] = {}
        self._checks: dict[str, Check] = {}
        self._documented: Check | None = None

    def _errors(self, node: DecodedNode, name: str, disabled: bool) -> Iterator[Any]:
        # what Engine.errors() leaves out needs not be found
        self._schemas.disabled = disabled
        try:
            matched, always = self._suspects(node, name)
        except Exception:  # noqa: BLE001  dtschema says what it says of such a node
            names = self._pack.index["ids"]
            matched = {compatible: names[number] for compatible, number in self._compatibles.items()}
            always = self._always
        if matched or always:
            self._validator.compat_map = matched
            self._validator.always_schemas = always
            # a list, since the validator may be given other schemas before the last error is taken
            yield from list(super()._errors(node, name, disabled))

    def compatibles(self) -> Iterable[str]:
        return self._compatibles

    def _suspects(self, node: DecodedNode, name: str) -> tuple[dict[str, str], list[str]]:
        """The schemas that may find an error: for its compatible, and those that are asked of every node."""
        matched = {}
        for compatible in node.get("compatible", ()):
            number = self._compatibles.get(compatible)
            if number is not None:
                schema = self._pack.index["ids"][number]
                if self.scope.admits(schema) and not self._is_valid(schema, node):
                    matched[compatible] = schema
                break
        if self.scope.compatible_match:
            return matched, []
        always = []
        for number in self._candidates.of(node, name):
            schema = self._always[number]
            if (
                (schema != UNMATCHED or self.scope.show_unmatched)
                and self.scope.admits(schema)
                and self._is_selected(schema, node)
                and not self._is_valid(schema, node)
            ):
                always.append(schema)
        return matched, always

    def _is_selected(self, name: str, node: DecodedNode) -> bool:
        """Whether the schema is for this node; true where there is a doubt."""
        try:
            check = self._selects.get(name)
            if check is None:
                check = self._selects[name] = self._conditions.check(self._pack[name]["select"], "")
            return check(node)
        except Exception:  # noqa: BLE001
            return True

    def _is_valid(self, name: str, node: DecodedNode) -> bool:
        """Whether the schema finds no error; false where there is a doubt."""
        try:
            check = self._checks.get(name)
            if check is None:
                check = self._checks[name] = self._schemas.check(self._pack[name], name)
            return check(node)
        except Exception:  # noqa: BLE001
            return False

    def undocumented(self, compatibles: Sequence[str]) -> list[str]:
        try:
            known = self._documented
            if known is None:
                known = self._documented = self._schemas.check(self._pack[UNMATCHED], UNMATCHED)
            return [name for name in compatibles if not known({"compatible": [name]})]
        except Exception:  # noqa: BLE001
            return super().undocumented(compatibles)
