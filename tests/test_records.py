"""Records behave as the library's dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from functools import cached_property

import pytest

from dtgen import records


class _Plain:
    name: str
    size: int = 3
    parts: list[int] = dataclasses.field(default_factory=list, repr=False)
    note: str = dataclasses.field(default="", compare=False)


class _Counted:
    """Says what it is."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("negative")

    def __repr__(self) -> str:
        return f"{self.count} of them"


@pytest.mark.parametrize(
    "arguments", [{}, {"slots": True}, {"frozen": True}, {"frozen": True, "slots": True}]
)
def test_a_record_does_what_a_dataclass_does(arguments: dict[str, bool]) -> None:
    def seen(decorator) -> list[object]:
        cls = decorator(**arguments)(type("Plain", (), dict(_Plain.__dict__)))
        first, second = cls("a", note="one"), cls(size=3, name="a", note="two")
        other, found = dataclasses.replace(first, size=4), []
        for question in (
            lambda: (first == second, first == other, first == 3, first != other),
            lambda: (repr(first), dataclasses.asdict(second), cls.__match_args__, hasattr(first, "__dict__")),
            lambda: hash(first) == hash(second),
            lambda: first.parts is second.parts,
            lambda: copy.copy(other).size,
            lambda: setattr(copy.deepcopy(first), "name", "b"),
            lambda: delattr(copy.deepcopy(first), "name"),
            lambda: cls("a", 1, 2, 3, 4),
            cls,
            lambda: cls("a", wrong=1),
            lambda: first < second,
        ):
            try:
                found.append(question())
            except (TypeError, AttributeError) as error:
                found.append((type(error), str(error)))
        return found

    assert seen(records.dataclass) == seen(dataclasses.dataclass)


@pytest.mark.parametrize("slots", [False, True])
def test_the_hash_is_of_what_is_compared(slots: bool) -> None:
    @records.dataclass(frozen=True, slots=slots)
    class Named:
        name: str
        note: str = dataclasses.field(default="", compare=False)

    assert hash(Named("a", "one")) == hash(Named("a", "two"))
    assert hash(Named("a")) != hash(Named("b"))


def test_what_a_class_says_itself_stays() -> None:
    counted = records.dataclass(frozen=True)(type("Counted", (), dict(_Counted.__dict__)))
    assert repr(counted(3)) == "3 of them"
    assert counted.__doc__ == "Says what it is."
    with pytest.raises(ValueError, match="negative"):
        counted(-1)


def test_order_is_that_of_the_fields() -> None:
    @records.dataclass(frozen=True, slots=True, order=True)
    class Pair:
        first: int
        second: int

    assert sorted((Pair(2, 1), Pair(1, 2), Pair(1, 1))) == [Pair(1, 1), Pair(1, 2), Pair(2, 1)]
    assert Pair(1, 1) <= Pair(1, 1) < Pair(1, 2)
    with pytest.raises(TypeError, match="not supported"):
        assert Pair(1, 1) < (1, 2)


@records.dataclass(frozen=True, slots=True)
class Parent:
    name: str


@records.dataclass(frozen=True, slots=True)
class Child(Parent):
    age: int = 7


@records.dataclass(frozen=True)
class Lazy:
    side: int

    @cached_property
    def area(self) -> int:
        return self.side**2


def test_records_inherit_and_are_pickled() -> None:
    assert Parent("a") != Child("a")
    assert repr(Child("b", 8)) == "Child(name='b', age=8)"
    assert pickle.loads(pickle.dumps(Child("b", 8))) == Child("b", 8)
    lazy = Lazy(3)
    assert (lazy.area, pickle.loads(pickle.dumps(lazy)).__dict__) == (9, {"side": 3, "area": 9})


def test_nothing_is_compiled_until_a_record_is_made() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Late:
        value: int

    before = Late.__init__
    assert (Late(1), Late.__init__ is before) == (Late(1), False)
