"""The entry point of `cablese`, which hears Ctrl-C before anything large is imported."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from .interrupts import end_at_once

    end_at_once()
    from .main import main

    main()


if __name__ == "__main__":
    main()
