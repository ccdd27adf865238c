"""Stream IDs in rows of 64."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from dtgen.diagnostics import Subject
from dtgen.hardware.iommu import StreamMatch
from dtgen.hardware.stream_map import Claimant
from dtgen.report.svg.id_rows import COLUMNS, Claim, columns, rows


def claim(id: int, mask: int = 0, name: str = "/a", ignored: int | None = None) -> Claim:
    claimant = Claimant(Subject(name, "iommus"), None, 1, True, False, None, ())
    return Claim(claimant, StreamMatch(id, mask), f"{id:#x}", mask if ignored is None else ignored)


def drawn(*claims: Claim) -> list[tuple[int, int, list[str]]]:
    return [(row.start, row.alike, [c.text for c in row.claims]) for row in rows(claims)]


def test_only_rows_with_a_claim_are_there() -> None:
    assert drawn(claim(0x3001), claim(0x3002), claim(0x40)) == [
        (0x40, 1, ["0x40"]),
        (0x3000, 1, ["0x3001", "0x3002"]),
    ]


def test_a_mask_repeats_the_row_and_its_squares() -> None:
    masked = claim(0x2141, 0x4A0)
    assert drawn(masked) == [(start, 1, ["0x2141"]) for start in (0x2140, 0x21C0, 0x2540, 0x25C0)]
    assert columns(masked.match) == (0x01, 0x21)
    assert [masked.echoes(id) for id in (0x2141, 0x2161, 0x2541)] == [False, True, True]


def test_rows_that_are_alike_are_one() -> None:
    everything, one = claim(0, 0xFFFF), claim(0x47)
    assert drawn(everything) == [(0, 1024, ["0x0"])]
    assert drawn(everything, one) == [(0, 1, ["0x0"]), (0x40, 1, ["0x0", "0x47"]), (0x80, 1022, ["0x0"])]


def test_a_range_of_many_blocks_is_one_row() -> None:
    blocks = [claim(0x1_0000, 0xFFFF, ignored=0), claim(0x2_0000, 0xFFF, ignored=0)]
    assert [(start, alike) for start, alike, _ in drawn(*blocks)] == [(0x1_0000, 1024 + 64)]
    assert not blocks[0].echoes(0x1_0040)


def test_the_wider_claim_comes_first() -> None:
    assert [c.text for c in next(rows([claim(1), claim(0, 0xF)])).claims] == ["0x0", "0x1"]


def test_hostile_masks_are_drawn_as_far_as_anybody_looks() -> None:
    hostile = [claim(0, 0xAAAA_AA80), claim(0x40, 0x5555_5500)]
    assert len(list(islice(rows(hostile), 1000))) == 1000


_matches = st.builds(StreamMatch, st.integers(0, 0xFFF), st.integers(0, 0xFFF))


@given(st.lists(_matches, max_size=4))
def test_every_id_is_where_it_is_claimed(matches: list[StreamMatch]) -> None:
    claims = [claim(match.id, match.mask, f"/{n}") for n, match in enumerate(matches)]
    found = {
        (row.start + COLUMNS * alike + column, one.claimant.subject.path)
        for row in rows(claims)
        for alike in range(row.alike)
        for one in row.claims
        for column in columns(one.match)
    }
    assert found == {
        (id, f"/{n}") for n, match in enumerate(matches) for id in range(0x1000) if match.matches(id)
    }
