"""`cablese doctor`: the state of this machine, and remedies."""

from __future__ import annotations

import click


@click.command()
def doctor() -> None:
    """Say what works here: packages, MPI launcher and ranks, GPU, extras, BLAS threads."""
    from cablese.runtime.report.machine import checks

    for check in checks():
        mark = "ok  " if check.works else "--  "
        print(f"{mark}{check.what}: {check.state}")
        if check.remedy:
            print(f"    {check.remedy}")
