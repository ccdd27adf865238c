"""too-many-iommus: more streams of a remoteproc than the binding allows."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.too_many_iommus import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
adsp: remoteproc {{ {body} iommus = <&smmu 0x10 0x0>, <&smmu 0x12 0x0>; }};
"""

PAS = 'compatible = "qcom,sa8775p-adsp-pas";'
HELP = "keep the stream of the processor's firmware; the others belong in the nodes below it"


@pytest.fixture(scope="session")
def findings(system):
    return lambda body, most: list(check(system(BOARD.format(body=body), max_iommus=most)))


@pytest.mark.parametrize(("body", "most"), [(PAS, 2), (PAS, None), ("", 1), ('compatible = "qcom,x";', 1)])
def test_what_the_binding_allows_or_does_not_judge_passes(findings, body, most):
    assert findings(body, most) == []


@pytest.mark.parametrize("body", [PAS, f'{PAS} status = "disabled";'])
def test_one_too_many(findings, body):
    assert findings(body, 1) == [
        Finding(Subject("/remoteproc", "iommus"), "adsp has 2 entries in iommus, the binding allows 1", HELP)
    ]


def test_a_binding_without_iommus(findings):
    (found,) = findings(PAS, 0)
    assert found.message == "adsp has 2 entries in iommus, the binding allows 0"


def test_two_streams_of_a_remoteproc_of_lemans(seeded):
    overlay = "&remoteproc_adsp { iommus = <&apps_smmu 0x3000 0x0>, <&apps_smmu 0x3002 0x0>; };"
    assert list(check(seeded("lemans-evk", overlay, max_iommus=1))) == [
        Finding(
            Subject("/soc@0/remoteproc@30000000", "iommus"),
            "remoteproc_adsp has 2 entries in iommus, the binding allows 1",
            HELP,
        )
    ]
