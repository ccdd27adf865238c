"""Schemas compiled to functions that only tell whether a value is valid (`parts`)."""

from __future__ import annotations

import operator

from dtgen.validity import parts
from dtgen.validity.evaluated import evaluated
from dtgen.validity.keywords import KEYWORDS
from dtgen.validity.parts import SILENT, Check, Doubt, Evaluated, Part, Parts


class Schemas(Parts):
    """Compiles schemas of a set, keyword by keyword."""

    def _check(self, part: Part) -> Check:
        schema = part.schema
        if not isinstance(schema, dict):
            raise Doubt(type(schema).__name__)
        if "$id" in schema and str(schema["$id"]).rstrip("#") != part.base:
            raise Doubt("$id")
        checks: list[tuple[int, Check]] = []
        for name, value in schema.items():
            keyword = KEYWORDS.get(name)
            if keyword:
                check = keyword.check(part, value)
                if check is not None:
                    checks.append((keyword.cost, check))
            # jsonschema would turn to the validator of a dialect that it knows
            elif name not in SILENT and not (name == "$schema" and str(value).startswith(self.dialects)):
                raise Doubt(name)
        if len(checks) == 1:
            return checks[0][1]
        # the order is of no matter to the answer
        checks.sort(key=operator.itemgetter(0))
        return parts.all_of([check for _, check in checks])

    def _evaluates(self, part: Part) -> Evaluated:
        return evaluated(part)
