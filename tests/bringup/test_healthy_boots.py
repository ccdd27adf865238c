"""Boots of Linux 6.12 in QEMU, at EL1 and EL2, with an SMMU and without: nothing is wrong with them."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from board_logs import FORMS, boot

from dtgen.bringup.case import Case
from dtgen.bringup.diagnosis import diagnose

BOOTS = sorted((Path(__file__).resolve().parent.parent / "data/boots").glob("*.log.xz"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", BOOTS, ids=[file.name for file in BOOTS])
def test_a_healthy_boot_has_no_cause(file: Path, form: str) -> None:
    case = Case(boot(FORMS[form](lzma.decompress(file.read_bytes()))))
    assert diagnose(case).causes == ()
    assert case.level == int(file.name[2])
    model = case.first("model")
    assert model
    assert model.get("model").startswith("linux,dummy-virt")


def test_there_are_some() -> None:
    assert len(BOOTS) == 4
