"""The GPU asks TrustZone for its zap shader, which at EL2 is not served.

Why: under the vendor's hypervisor the zap shader takes the GPU out of secure mode. At EL2 Linux does that itself,
but only where the node is absent or disabled.

Says:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    8.588496] adreno 3d00000.gpu: error -22 initializing firmware qcom/sc8280xp/qcdxkmsuc8280.mbn
    -- says
    likely: the GPU's zap shader is enabled, and Linux runs at EL2

Says, where the level is not known:

    [    8.588496] adreno 3d00000.gpu: error -22 initializing firmware qcom/sc8280xp/qcdxkmsuc8280.mbn
    -- says
    possible: the GPU's zap shader was refused

Silent:

    [    0.091000] CPU: All CPU(s) started at EL2
    [    8.588496] msm_dpu ae01000.display-controller: Zap shader not enabled - using SECVID_TRUST_CNTL instead

Fix: disable the node `zap-shader` (`disable: {gpu_zap_shader: …}`).

Source: adreno_zap_shader_load() in the kernel's drivers/gpu/drm/msm/adreno/adreno_gpu.c; a6xx_zap_shader_init().
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject

ID = "zap-shader"

_RULE = "enabled-zap-shader"
_EL2 = 2
_HW_INIT = 3


def check(case: Case) -> Iterator[Verdict]:
    events = list(_events(case))
    if not events:
        return
    first, follows = events[0], tuple(events[1:])
    node = _shader(case)
    finding = case.tree.fires(_RULE, node) if case.tree and case.level == _EL2 else None
    sure = bool(finding and case.exact)
    if case.level != _EL2 and not sure:
        yield Verdict(
            Confidence.POSSIBLE,
            "the GPU's zap shader was refused",
            (first,),
            rivals=(
                "at EL2: it has to be disabled; `dmesg | grep 'started at EL'` says the level",
                "at EL1: the image is not of this board or is not signed for it",
            ),
            follows=follows,
        )
        return
    name = case.tree.name(node) if node and case.tree else "&gpu_zap_shader"
    yield Verdict(
        Confidence.CERTAIN if sure else Confidence.LIKELY,
        "the GPU's zap shader is enabled, and Linux runs at EL2",
        (first,),
        tree=(finding.message,) if finding else (),
        change=case.edits.disable(name, node.path if node else ""),
        verify="dmesg | grep SECVID_TRUST_CNTL",
        follows=follows,
        rule=_RULE if finding else "",
        subject=Subject(node.path) if node else None,
    )


def _events(case: Case) -> Iterator[Event]:
    """The refusal, and what the GPU's driver says again at each try."""
    for event in case.boot.events:
        if (event.id == "init-image" and event.get("device").endswith(".gpu")) or event.id == "gpu-failed":
            yield event


def _shader(case: Case) -> Node | None:
    if case.tree is None:
        return None
    nodes = [node for node in case.tree.system.tree.nodes.values() if node.name == "zap-shader"]
    return nodes[0] if nodes else None
