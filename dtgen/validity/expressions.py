"""What the text of a function asks for each keyword, as `values` and `objects` do; None for nothing.

That a value has the type that a keyword is of is asked before. Raises: Doubt where it has something that is
not compiled.
"""

from __future__ import annotations

from typing import Any

from dtgen.validity.equality import NUMBER_TYPES
from dtgen.validity.objects import known_properties
from dtgen.validity.parts import Doubt, Parts, says_nothing
from dtgen.validity.place import EVALUATED, SELECT, Place
from dtgen.validity.source import Text, Write, Writer, literal
from dtgen.validity.values import DEFAULT_SIZE, first_additional

_MANY = 40
"""Properties that a schema names; of fewer, each is looked for."""

_TYPES = {
    "array": "isinstance({}, list)",
    "boolean": "isinstance({}, bool)",
    "integer": "(type({0}) is int or integer({0}))",
    "null": "{} is None",
    "number": "(type({0}) is int or number({0}))",
    "object": "isinstance({}, dict)",
    "string": "isinstance({}, str)",
}


# Any value


def _ref(text: Text, ref: Any) -> str:
    return text.of(*text.target(ref), same=True)


def _type(text: Text, types: Any) -> str:
    names = [types] if isinstance(types, str) else types
    if any(name not in _TYPES for name in names):
        raise Doubt("type")
    return _any(_TYPES[name].format(text.value) for name in names)


def _const(text: Text, const: Any) -> str:
    return _enum(text, [const])


def _enum(text: Text, members: Any) -> str:
    if not isinstance(members, list):
        raise Doubt("enum")
    v, kinds = text.value, set(map(type, members))
    if kinds == {str}:
        return (
            f"{v} == {members[0]!r}"
            if len(members) == 1
            else f"(isinstance({v}, str) and {v} in {_set(members)})"
        )
    if kinds == {int}:
        return f"({_TYPES['number'].format(v)} and {v} in {_set(members)})"
    texts = [member for member in members if isinstance(member, str)]
    numbers = [m for m in members if isinstance(m, NUMBER_TYPES) and not isinstance(m, bool)]
    others = [m for m in members if isinstance(m, bool) or not isinstance(m, (str, *NUMBER_TYPES))]
    made = text.state(f"({_set(texts)}, {_set(numbers)}, {literal(others)})")
    return f"among({v}, *{made})"


def _set(members: list[Any]) -> str:
    return "{" + ", ".join(map(literal, members)) + "}" if members else "()"


def _type_size(text: Text, size: Any) -> str:
    asked = f"getattr({text.value}, 'size', {DEFAULT_SIZE}) == {literal(size)}"
    return f"(type({text.value}) is int or {asked})" if size == DEFAULT_SIZE else asked


def _all_of(text: Text, members: Any) -> str:
    return _all(text.sub(member, "allOf", n, same=True) for n, member in enumerate(members))


def _any_of(text: Text, members: Any) -> str:
    return _any(_alternatives(text, "anyOf", members))


def _one_of(text: Text, members: Any) -> str:
    found = _alternatives(text, "oneOf", members)
    return found[0] if len(found) == 1 else f"({' + '.join(found) or 0}) == 1"


def _alternatives(text: Text, keyword: str, members: Any) -> list[str]:
    return [f"({text.sub(m, keyword, n, same=True, condition=True)})" for n, m in enumerate(members)]


def _not(text: Text, member: Any) -> str:
    return f"(not {text.sub(member, 'not', same=True, condition=True)})"


def _if(text: Text, condition: Any) -> str:
    holds = text.sub(condition, "if", same=True, condition=True)
    then, otherwise = (text.sub(text.schema.get(name, True), name, same=True) for name in ("then", "else"))
    return f"({then} if {holds} else {otherwise})"


# Numbers and texts


def _compared(operator: str, value: str = "{}") -> Write:
    return lambda text, limit: f"{value.format(text.value)} {operator} {literal(limit)}"


def _multiple_of(text: Text, divisor: Any) -> str:
    if not isinstance(divisor, int):
        raise Doubt("multipleOf")
    return f"not {text.value} % {literal(divisor)}"


def _pattern(text: Text, pattern: Any) -> str:
    return f"{text.state(f'search({pattern!r})')}({text.value})"


# Arrays


def _min_items(text: Text, limit: Any) -> str:
    upper = f" <= {literal(text.schema['maxItems'])}" if "maxItems" in text.schema else ""
    return f"{literal(limit)} <= len({text.value}){upper}"


def _max_items(text: Text, limit: Any) -> str | None:
    return None if "minItems" in text.schema else f"len({text.value}) <= {literal(limit)}"


def _unique_items(text: Text, wanted: Any) -> str | None:
    return f"unique({text.value})" if wanted else None


def _items(text: Text, items: Any) -> str:
    if not isinstance(items, list):
        return f"all(map({text.function(items, 'items')}, {text.value}))"
    v, inner = text.value, text.inner
    asked = [(n, text.sub(item, "items", n)) for n, item in enumerate(items)]
    return _all(
        f"(({inner} := {v}[{n}] if len({v}) > {n} else N) is N or {each})"
        for n, each in asked
        if each != "True"
    )


def _additional_items(text: Text, additional: Any) -> str | None:
    count = first_additional(text.schema, additional)
    if count is None:
        return None
    return f"all(map({text.function(additional, 'additionalItems')}, {text.value}[{count}:]))"


def _contains(text: Text, wanted: Any) -> str:
    least, most = text.schema.get("minContains", 1), text.schema.get("maxContains")
    found = f"map({text.function(wanted, 'contains', condition=True)}, {text.value})"
    if least == 1 and most is None:
        return f"any({found})"
    upper = "" if most is None else f" <= {literal(most)}"
    return f"{literal(least)} <= sum({found}){upper}"


# Objects


def _required(text: Text, names: Any) -> str | None:
    if not isinstance(names, list):
        raise Doubt("required")
    return text.excused(_all(f"{name!r} in {text.value}" for name in names)) if names else None


def _properties(text: Text, properties: Any) -> str | None:
    asking = {name: sub for name, sub in properties.items() if not says_nothing(sub)}
    if len(asking) > _MANY:
        checks = [f"{name!r}: {text.alone(sub, 'properties', name)}" for name, sub in asking.items()]
        return f"named({text.value}, {text.state('{' + ', '.join(checks) + '}')})"
    v, inner = text.value, text.inner
    asked = ((name, text.sub(sub, "properties", name)) for name, sub in asking.items())
    found = [f"(({inner} := {v}.get({name!r}, N)) is N or {each})" for name, each in asked if each != "True"]
    return _all(found) if found else None


def _pattern_properties(text: Text, properties: Any) -> str | None:
    found = [
        (p, text.alone(sub, "patternProperties", p)) for p, sub in properties.items() if not says_nothing(sub)
    ]
    if not found:
        return None
    made = text.state(f"like({', '.join(f'({p!r}, {check})' for p, check in found)})")
    return f"each({text.value}, {made})"


def _additional_properties(text: Text, additional: Any) -> str | None:
    if additional is True:
        return None
    names, expressions = known_properties(text.schema, additional)
    known = text.state(f"known({_tuple(names)}, {_tuple(expressions)})")
    if additional is False:
        return f"all(map({known}, {text.value}))"
    return f"extra({text.value}, {known}, {text.function(additional, 'additionalProperties')})"


def _tuple(names: Any) -> str:
    return repr(tuple(names))


def _unevaluated_properties(text: Text, unevaluated: Any) -> str | None:
    if unevaluated is True:
        return None
    if text.place.kind == SELECT:
        raise Doubt("unevaluatedProperties")
    v = text.value
    rest = f"rest({v}, {text.writer.other(text.place._replace(kind=EVALUATED))})"
    if unevaluated is False:
        return text.excused(f"not {rest}")
    return text.excused(
        f"all(map({text.function(unevaluated, 'unevaluatedProperties')}, map({v}.get, {rest})))"
    )


def _property_names(text: Text, schema: Any) -> str:
    return f"all(map({text.function(schema, 'propertyNames')}, {text.value}))"


def _dependent_required(text: Text, dependencies: Any) -> str:
    v = text.value
    return _all(
        _any([f"{name!r} not in {v}", _all(f"{other!r} in {v}" for other in others)])
        for name, others in dependencies.items()
    )


def _dependent_schemas(text: Text, dependencies: Any) -> str:
    found = ((name, text.sub(sub, "dependentSchemas", name, same=True)) for name, sub in dependencies.items())
    return _all(f"({name!r} not in {text.value} or {asked})" for name, asked in found)


def _all(asked: Any) -> str:
    return f"({' and '.join(asked) or True})"


def _any(asked: Any) -> str:
    return f"({' or '.join(asked) or False})"


KEYWORDS: dict[str, Write] = {
    "type": _type, "const": _const, "enum": _enum, "typeSize": _type_size, "$ref": _ref,
    "not": _not, "if": _if, "allOf": _all_of, "anyOf": _any_of, "oneOf": _one_of,
    "minimum": _compared(">="), "maximum": _compared("<="), "multipleOf": _multiple_of,
    "exclusiveMinimum": _compared(">"), "exclusiveMaximum": _compared("<"),
    "minLength": _compared(">=", "len({})"), "maxLength": _compared("<=", "len({})"), "pattern": _pattern,
    "minItems": _min_items, "maxItems": _max_items, "uniqueItems": _unique_items, "items": _items,
    "additionalItems": _additional_items, "contains": _contains,
    "required": _required, "properties": _properties, "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties, "unevaluatedProperties": _unevaluated_properties,
    "minProperties": _compared(">=", "len({})"), "maxProperties": _compared("<=", "len({})"),
    "propertyNames": _property_names,
    "dependentRequired": _dependent_required, "dependentSchemas": _dependent_schemas,
}  # fmt: skip
"""Without `$recursiveRef`, which a set of bindings has not."""


def writer(schemas: Parts) -> Writer:
    """Of functions of these schemas."""
    return Writer(schemas, KEYWORDS, evaluated)


# What is evaluated


def evaluated(text: Text) -> str:
    """Takes out of `left` the properties that a schema evaluates; true where none is left."""
    schema, where, v = text.schema, text.place, text.value
    if isinstance(schema, bool):
        return "None"
    if not isinstance(schema, dict) or "$recursiveRef" in schema:
        raise Doubt("unevaluatedProperties")
    text.known = "object"
    names: dict[str, None] = {}
    for keyword in ("properties", "additionalProperties", "unevaluatedProperties"):
        value = schema.get(keyword)
        if value is True:
            return "(left.clear() or True)"
        if isinstance(value, dict):
            # of `additionalProperties: {…}`, too, jsonschema takes the keywords for names of properties
            names.update(dict.fromkeys(value))
    steps = [f"left.difference_update({_tuple(names)}) or not left"] if names else []
    if "patternProperties" in schema:
        known = text.state(f"known((), {_tuple(schema['patternProperties'])})")
        steps.append(f"drop(left, {known})")
    if schema.get("$ref") is not None:
        steps.append(_taken(text, *text.target(schema["$ref"])))
    steps += [
        _taken(text, where.below("allOf", n), member) for n, member in enumerate(schema.get("allOf", ()))
    ]
    for keyword in ("oneOf", "anyOf"):
        for n, member in enumerate(schema.get(keyword, ())):
            taken = _taken(text, where.below(keyword, n), member)
            if taken != "None":
                holds = text.sub(member, keyword, n, same=True, condition=True)
                steps.append(f"({holds} and {taken})")
    for name, member in schema.get("dependentSchemas", {}).items():
        steps.append(f"({name!r} in {v} and {_taken(text, where.below('dependentSchemas', name), member)})")
    if "if" in schema:
        then = [_taken(text, where.below(k), schema[k]) for k in ("if", "then") if k in schema]
        otherwise = _taken(text, where.below("else"), schema["else"]) if "else" in schema else "None"
        holds = text.sub(schema["if"], "if", same=True, condition=True)
        steps.append(f"({_any(then)} if {holds} else {otherwise})")
    return _any(step for step in steps if step != "None") if steps else "None"


def _taken(text: Text, where: Place, schema: Any) -> str:
    """The same of what is applied to the same value."""
    if isinstance(schema, bool):
        return "None"
    if text.is_large(schema):
        return f"{text.writer.other(where)}({text.value}, left)"
    inner = Text(text.writer, where, schema, text.states, text.depth + 1)
    inner.value = text.value
    return evaluated(inner)
