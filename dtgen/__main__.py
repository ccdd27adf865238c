"""Where the program begins."""

import gc


def main() -> None:
    """Run a command and exit."""
    # nearly all that a command imports and makes lives until its end: it is in vain to look for garbage often
    gc.set_threshold(100_000, 20, 20)
    from dtgen import cli

    cli.main()


if __name__ == "__main__":
    main()
