"""Dataclasses whose `__init__` is written when the first of them is made.

A command imports some 140 of them and makes one of every second. For each frozen one, the library writes
and compiles six functions, 0.4 ms: an eighth of a warm `dtgen build`. Here, what needs no compiler is shared
by all, and the rest waits. Fields, slots and defaults are the library's, so `fields`, `replace`, `asdict` and
`match` work as they do there; type checkers see the library's decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from operator import attrgetter, ge, gt, le, lt
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ("dataclass",)


def _dataclass(cls: Any = None, /, *, frozen: bool = False, slots: bool = False, order: bool = False) -> Any:
    """As `dataclasses.dataclass` with the same arguments."""
    if cls is None:
        return partial(_dataclass, frozen=frozen, slots=slots, order=order)
    cls.__doc__ = cls.__doc__ or cls.__name__  # the library would look for a signature
    cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    methods = _methods(cls, frozen)
    if frozen and slots:  # pickle sets attributes otherwise
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    if order:
        methods |= {f"__{compare.__name__}__": _ordered(cls, compare) for compare in (lt, le, gt, ge)}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _methods(cls: Any, frozen: bool) -> dict[str, Any]:
    shown = [field.name for field in dataclasses.fields(cls) if field.repr]
    compared = _compared(cls)

    def init(self: object, /, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _written(cls, frozen)
        cls.__init__(self, *args, **kwargs)

    def represent(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    found: dict[str, Any] = {"__init__": init, "__repr__": represent, "__eq__": equal, "__hash__": None}
    if frozen:
        found["__hash__"] = lambda self: hash(compared(self))
        found |= {"__setattr__": _refuse, "__delattr__": _refuse}
    return found


def _ordered(cls: Any, compare: Callable[[Any, Any], bool]) -> Any:
    compared = _compared(cls)

    def ordered(self: object, other: object) -> bool:
        same = other.__class__ is self.__class__
        return compare(compared(self), compared(other)) if same else NotImplemented

    return ordered


def _compared(cls: Any) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _refuse(self: object, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _written(cls: Any, frozen: bool) -> Any:
    """`__init__`, with an argument for each field."""
    arguments, body = ["self"], ["pass"]
    names: dict[str, Any] = {"__set": object.__setattr__, "__unset": dataclasses.MISSING}
    for field in dataclasses.fields(cls):
        assert field.init and not field.kw_only, field  # what is not done here
        name, argument = field.name, field.name
        if field.default is not dataclasses.MISSING:
            names[f"__{name}"] = field.default
            argument = f"{name}=__{name}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"__{name}"] = field.default_factory
            argument = f"{name}=__unset"
            body.append(f"if {name} is __unset: {name} = __{name}()")
        arguments.append(argument)
        slot = getattr(cls, name, None)
        if not frozen:
            body.append(f"self.{name} = {name}")
        elif isinstance(slot, MemberDescriptorType):  # a third faster than by its name
            names[f"__set_{name}"] = slot.__set__
            body.append(f"__set_{name}(self, {name})")
        else:
            body.append(f"__set(self, {name!r}, {name})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    exec("\n ".join((f"def __init__({', '.join(arguments)}):", *body)), names)
    init = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
