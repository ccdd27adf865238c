"""What the nodes of a tree mean to the hardware and the kernel."""
