"""`python -m cablese`: the command `cablese`."""

from __future__ import annotations

from cablese.cli.entry import main

if __name__ == "__main__":
    main()
