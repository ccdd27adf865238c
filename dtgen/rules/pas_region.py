"""The memory-region of a PAS remoteproc is none that its driver can use.

Why: the driver looks each entry up among the regions that the kernel reserved, and gives up where it finds
none (-22). What it finds it maps with the processor's addresses, in pages of 4 KiB. TrustZone takes the
memory away from Linux when the processor starts, and a mapping that the kernel kept (no `no-map`) then
ends in a bus error at some later time.

Fires on:

    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; };
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; };
    };

Fires on a carveout that is no number of pages:

    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; };
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        adsp_mem: adsp@95900800 { reg = <0x95900800 0x1e00000>; no-map; };
    };

Fires on what is no reserved memory:

    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&sram>; };
    sram: sram@1000 { reg = <0x1000 0x1000>; };

Passes:

    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; memory-region = <&adsp_mem>; };
    reserved-memory {
        #address-cells = <1>; #size-cells = <1>;
        adsp_mem: adsp@95900000 { reg = <0x95900000 0x1e00000>; no-map; };
    };

Fix: refer to a child of /reserved-memory with `no-map`, and a place and a size in whole pages.

Source: qcom_pas_alloc_memory_region() and qcom_pas_map_carveout() in the kernel's
drivers/remoteproc/qcom_q6v5_pas.c; of_reserved_mem_lookup() in drivers/of/of_reserved_mem.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.cells import specifiers
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.memory import PAGE, Carveout, size_text
from dtgen.hardware.pas import is_pas
from dtgen.hardware.status import unavailable
from dtgen.hardware.system import System

ID = "pas-region"

_HELP = "refer to a child of /reserved-memory that is available"


def check(system: System) -> Iterator[Finding]:
    carveouts = {carveout.node.path: carveout for carveout in system.carveouts}
    for node in system.tree.nodes.values():
        if is_pas(node) and system.available(node):
            yield from _regions(system, node, carveouts)


def _regions(system: System, node: Node, carveouts: dict[str, Carveout]) -> Iterator[Finding]:
    subject = Subject(node.path, "memory-region")
    prop = node.properties.get("memory-region")
    if prop is None:
        name = system.tree.name_of(node.path)
        yield Finding(Subject(node.path), f"{name} has no memory-region: its driver gives up (-22)", _HELP)
        return
    for number, entry in enumerate(specifiers(system.tree, prop), 1):
        if entry.provider:  # the phandle of no node is malformed-specifier's
            found = _defect(system, entry.provider, carveouts.get(entry.provider.path))
            if found:
                name, of = system.tree.name_of(entry.provider.path), system.tree.name_of(node.path)
                about, message, help = found
                there = Subject(entry.provider.path, about)
                # the edit that made it wrong, if one did
                first, other = (subject, there) if system.wrote(subject) else (there, subject)
                message = f"{name}, entry {number} of the memory-region of {of}, {message}"
                yield Finding(first, message, help, (other,))


def _defect(system: System, node: Node, carveout: Carveout | None) -> tuple[str | None, str, str] | None:
    """The property that is wrong (None for a missing one), what is wrong with it, and what to write."""
    if carveout is None:
        return None, "is not reserved memory: the driver cannot resolve it (-22)", _HELP
    off = unavailable(system.tree, node)
    if off:
        return "status", f'has the status "{off.status}": the driver cannot resolve it (-22)', _HELP
    if not carveout.no_map:
        message = "has no no-map: Linux keeps a mapping of memory that TrustZone takes away"
        return None, message, "add no-map; to it"
    if not carveout.regions and carveout.size is None:
        return None, "has neither reg nor size: nothing is reserved for it", _HELP
    for region in carveout.regions:
        if not region.aligned(PAGE):
            message = (
                f"is {size_text(region.size)} at {region.start:#x}, not a number of {PAGE >> 10} KiB pages"
            )
            return "reg", message, f"make its address and its size multiples of {PAGE:#x}"
    return None
