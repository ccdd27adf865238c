"""The tree beside a log: which node a device is, who claims a stream, whose memory an address is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from dtgen import rules
from dtgen.checks.findings import run
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Finding
from dtgen.hardware.iommu import StreamClaim, is_smmu_v2, is_smmu_v3
from dtgen.hardware.memory import Carveout
from dtgen.hardware.memory_map import memory_map
from dtgen.hardware.pas import is_pas
from dtgen.hardware.system import System
from dtgen.records import dataclass

_DEVICE = re.compile(r"(?P<address>[0-9a-f]+)\.(?P<name>[\w,.+-]+)")
_PCI = re.compile(r"(?P<domain>[0-9a-f]{4}):(?P<bus>[0-9a-f]{2}):(?P<device>[0-9a-f]{2})\.[0-7]")


@dataclass(frozen=True)
class KnownTree:
    """A tree, and what its rules say of it."""

    system: System
    exact: bool
    """Whether somebody says that it is the tree that ran: not where it was built for its names alone."""
    against: System | None = None
    """What it was made from."""

    @property
    def file(self) -> str:
        return self.system.tree.file

    @cached_property
    def _findings(self) -> Mapping[str, tuple[Finding, ...]]:
        found: dict[str, list[Finding]] = {}
        for one in run(rules.MERGED, self.system):
            found.setdefault(one.rule, []).append(one.finding)
        return {rule: tuple(of_rule) for rule, of_rule in found.items()}

    def findings(self, rule: str) -> tuple[Finding, ...]:
        """What a rule of dtgen finds in the tree."""
        return self._findings.get(rule, ())

    def fires(self, rule: str, node: Node | None) -> Finding | None:
        """What a rule of dtgen finds at a node or below it; the other side of a conflict counts, too."""
        if node is None:
            return None
        for finding in self.findings(rule):
            if any(_within(subject.path, node.path) for subject in (finding.subject, *finding.also)):
                return finding
        return None

    def node(self, device: str) -> Node | None:
        """The node of a device as the kernel's log calls it, `30000000.remoteproc`; None where none is.

        Vendors' trees have other names for the same address: where the name does not fit, the only node
        with that address is taken.
        """
        match = _DEVICE.fullmatch(device)
        if not match:
            return None
        at = [n for n in self.system.tree.nodes.values() if n.name.rpartition("@")[2] == match["address"]]
        named = [node for node in at if node.name.partition("@")[0] == match["name"]]
        return named[0] if named else at[0] if len(at) == 1 else None

    def name(self, node: Node) -> str:
        return self.system.tree.name_of(node.path)

    @cached_property
    def pas(self) -> tuple[Node, ...]:
        """The remote processors that TrustZone starts and that are available."""
        tree = self.system.tree
        return tuple(node for node in tree.nodes.values() if is_pas(node) and self.system.available(node))

    @property
    def pas_with_stream(self) -> tuple[Node, ...]:
        return tuple(node for node in self.pas if "iommus" in node.properties)

    def smmu(self, device: str) -> Node | None:
        """The SMMU of a device name."""
        node = self.node(device)
        return node if node and (is_smmu_v2(node) or is_smmu_v3(node)) else None

    def claims(self, smmu: Node, sid: int) -> tuple[StreamClaim, ...]:
        """Who claims a stream, available or not."""
        return tuple(
            claim
            for claim in self.system.claims
            if claim.smmu is smmu and any(match.matches(sid) for match in claim.matches)
        )

    def live(self, claim: StreamClaim) -> bool:
        return self.system.claims_live(self.system.tree.nodes[claim.path])

    def carveout_at(self, address: int) -> Carveout | None:
        """The carveout that an address lies in."""
        for carveout in self.system.carveouts:
            if any(region.start <= address < region.end for region in carveout.regions):
                return carveout
        return None

    def users_of(self, carveout: Carveout) -> tuple[str, ...]:
        """The paths of the nodes that have it as `memory-region`."""
        entries = (entry for entry in memory_map(self.system).entries if entry.path == carveout.node.path)
        return tuple(user.path for entry in entries for user in entry.users)

    def pcie_of(self, device: str) -> Node | None:
        """The host controller of a PCI device, `0004:01:00.0`; None where its domain is not in the tree."""
        match = _PCI.fullmatch(device)
        if not match:
            return None
        domain = int(match["domain"], 16)
        nodes = (n for n in self.system.tree.nodes.values() if n.cell("linux,pci-domain") == domain)
        return next(nodes, None)


def _within(path: str, node: str) -> bool:
    return path == node or path.startswith(f"{node}/")
