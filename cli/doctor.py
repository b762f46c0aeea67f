"""`cablese doctor`: the state of this machine, and remedies."""

from __future__ import annotations

import click


@click.command()
def doctor() -> None:
    """Say what works here: packages, MPI launcher and ranks, GPU, extras, BLAS threads."""
    from cablese.runtime.report.machine import findings

    for finding in findings():
        mark = "ok  " if finding.works else "--  "
        print(f"{mark}{finding.what}: {finding.state}")
        if finding.remedy:
            print(f"    {finding.remedy}")
