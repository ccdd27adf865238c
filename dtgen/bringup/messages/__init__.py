"""The table of messages: adding one is one entry in the file of who prints it."""

from __future__ import annotations

from dtgen.bringup.message import Message
from dtgen.bringup.messages import boot, devices, overlay, remoteproc, smmu

MESSAGES: tuple[Message, ...] = (
    *boot.MESSAGES,
    *overlay.MESSAGES,
    *smmu.MESSAGES,
    *remoteproc.MESSAGES,
    *devices.MESSAGES,
)
"""Of messages that fit one line alike, the first one wins."""
