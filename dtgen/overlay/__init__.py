"""An overlay and what it goes on: bases, symbols, what stands in the way, the merge, stacks."""
