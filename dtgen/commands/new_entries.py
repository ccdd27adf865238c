"""What a tree for EL2 still needs, as sections of a description: what only the hardware knows stays open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dtgen.description.importing.document import Open
from dtgen.devicetree.tree import Node
from dtgen.hardware.coverage import Fate, PasUser
from dtgen.hardware.iommu import StreamClaim, is_smmu_v2, is_smmu_v3
from dtgen.hardware.pas import WIFI, ZAP_SHADER, Need
from dtgen.hardware.system import System
from dtgen.records import dataclass
from dtgen.rules import hypervisor_leftover, pcie_without_iommu_map

_ZAP_SHADER = "At EL2 Linux takes the GPU out of secure mode itself; with a zap shader its start fails."
_NO_STREAM = "Its firmware is loaded through PAS, and no stream for it is known."
_EMULATED = "The hypervisor emulated it, so at EL2 there is none."
_RESERVED = "The hypervisor kept it to itself; at EL2 it is Linux's."
_SOURCE = "where that is from: a commit, a document, a measurement"
_MAX_TAKEN = 4
_ALL_REQUESTERS = 0x10000
"""PCIe requester IDs have 16 bits."""


@dataclass(slots=True)
class Entries:
    """Gathers them from one tree; nothing that the tree has is said again."""

    system: System
    siblings: bool
    """Whether what the board has disabled is for others of its SoC, which enable it."""
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def gather(self) -> dict[str, dict[str, Any]]:
        for user in self.system.pas_users:
            if user.fate is Fate.FORGOTTEN:
                self._user(user)
        self._leftovers()
        self._pcie()
        order = ("streams", "disable", "enable", "pcie", "firmware_children")
        return {name: self.sections[name] for name in order if name in self.sections}

    def _user(self, user: PasUser) -> None:
        node = self.system.tree.nodes[user.path]
        if user.kind is ZAP_SHADER:
            self._status("disable", node, _ZAP_SHADER)
        elif user.kind.need is Need.STREAM:
            self._section("streams")[self._target(node)] = self._stream(node)
        elif user.kind.need is Need.FIRMWARE_CHILD and (user.kind is WIFI or not self.system.pas_at_el2):
            children = self._section("firmware_children").setdefault(self._target(node), {})
            children[user.kind.child] = self._stream(node)
        else:
            self._status("disable", node, _NO_STREAM)

    def _stream(self, node: Node) -> dict[str, Any]:
        smmus = self._smmus(node)
        taken = sorted({str(match) for claim in self._below(node) for match in claim.matches})
        asked = "stream ID and mask of its firmware; the vendor's tree or the SoC's documentation has them"
        if taken:
            shown = ", ".join(taken[:_MAX_TAKEN]) + (", …" if len(taken) > _MAX_TAKEN else "")
            asked += f"; {shown} below it are taken"
        if len(smmus) != 1:
            labels = self.system.tree.labels
            names = " or ".join(labels.get(smmu.path, smmu.path) for smmu in smmus) or "an SMMU"
            return {"iommus": Open(f"[[{names}, {asked}]]"), "source": Open(_SOURCE)}
        cells = smmus[0].cell("#iommu-cells") or 0
        return {"iommus": [[self._label(smmus[0]), *[Open(asked)] * cells]], "source": Open(_SOURCE)}

    def _smmus(self, node: Node) -> list[Node]:
        """What translates for the nodes below; where nothing does, all that could."""
        below = {claim.smmu.path: claim.smmu for claim in self._below(node)}
        found = below or {
            smmu.path: smmu
            for smmu in self.system.tree.nodes.values()
            if is_smmu_v2(smmu) and "qcom,adreno-smmu" not in smmu.compatible and self.system.available(smmu)
        }
        return list(found.values())

    def _below(self, node: Node) -> Iterator[StreamClaim]:
        return (claim for claim in self.system.claims if claim.path.startswith(f"{node.path}/"))

    def _leftovers(self) -> None:
        tree = self.system.tree
        paths = [finding.subject.path for finding in hypervisor_leftover.check(self.system)]
        paths += [claim.smmu.path for claim in self.system.live_claims]
        for node in (tree.nodes[path] for path in dict.fromkeys(paths)):
            if node.status == "reserved":
                self._status("enable", node, _RESERVED)
            elif node.path in paths and not is_smmu_v2(node) and not is_smmu_v3(node):
                self._status("disable", node, _EMULATED)

    def _pcie(self) -> None:
        tree = self.system.tree
        smmu = next(filter(is_smmu_v3, tree.nodes.values()), None)
        if smmu is None:
            return
        its = next((node for node in tree.nodes.values() if "arm,gic-v3-its" in node.compatible), None)
        for node in pcie_without_iommu_map.controllers(tree):
            if "iommu-map" in node.properties or not (self.siblings or self.system.available(node)):
                continue
            asked = f"its first output ID on {tree.name_of(smmu.path)}"
            entry: dict[str, Any] = {
                "iommu-map": [[0x0, self._label(smmu), Open(asked), _ALL_REQUESTERS]],
            }
            if its and not {"msi-map", "msi-parent"} & node.properties.keys():
                label = self.system.tree.labels.get(its.path, its.path)
                first = f"[[0x0, {label}, its first device ID, {_ALL_REQUESTERS:#x}]]"
                entry["msi-map"] = Open(f"{first}; or null, where it is to have none")
            self._section("pcie")[self._target(node)] = {**entry, "source": Open(_SOURCE)}

    def _status(self, section: str, node: Node, why: str) -> None:
        self._section(section)[self._target(node)] = {"why": why}

    def _section(self, name: str) -> dict[str, Any]:
        return self.sections.setdefault(name, {})

    def _target(self, node: Node) -> str:
        label = self._label(node)
        return label if isinstance(label, str) else node.path

    def _label(self, node: Node) -> str | Open:
        label = self.system.tree.labels.get(node.path)
        if label is None:
            return Open(f"a label of {node.path}, which the base does not give one")
        return label
