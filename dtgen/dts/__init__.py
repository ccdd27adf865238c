"""Source text and its tools: dtc and cpp, tokens, statements, the kernel's style and its build."""
