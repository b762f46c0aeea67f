"""Two machines on this one: network namespaces with host names and addresses of their own, and launchers that reach them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from launching import LIMIT, found_launcher, launch_environment

_SUBNET = "10.77.0"
_SHELL = """#!/bin/sh
# what ssh is to a launcher: options, a host, a command
while [ "${1#-}" != "$1" ]; do shift; done
number=${1##*.}; shift
exec ip netns exec cablese$number unshare --uts sh -c "hostname cablese$number; $*"
"""


@dataclass(frozen=True)
class Machines:
    """Two namespaces, joined by a cable; `shell` runs a command in one of them."""

    shell: Path
    hosts: tuple[str, ...] = (f"{_SUBNET}.1", f"{_SUBNET}.2")

    def mpich(self, ranks: int) -> list[str]:
        """MPICH's launcher on the first of them, for so many ranks on each."""
        hosts, each = ",".join(self.hosts), str(ranks)
        words = ["-hosts", hosts, "-n", str(2 * ranks), "-ppn", each, "-launcher", "ssh"]
        return [str(self.shell), self.hosts[0], found_launcher(), *words, "-launcher-exec", str(self.shell)]

    def open_mpi(self, ranks: int) -> list[str]:
        """Open MPI's."""
        program = shutil.which("mpirun.openmpi")
        if program is None:
            pytest.skip("no Open MPI: apt-get install openmpi-bin brings it")
        words = ["--mca", "plm_rsh_agent", str(self.shell)]
        for layer in ("btl", "oob"):
            words += ["--mca", f"{layer}_tcp_if_include", f"{_SUBNET}.0/24"]
        words += ["-host", ",".join(f"{host}:{ranks}" for host in self.hosts), "-n", str(2 * ranks)]
        for name in ("OMP_NUM_THREADS", "PYTHONPATH"):
            words += ["-x", name]
        return [str(self.shell), self.hosts[0], program, *words]


def run_on(launch: list[str], *words: object) -> subprocess.CompletedProcess[str]:
    """`launch python …` to its end."""
    permitted = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return subprocess.run(
        [*launch, sys.executable, *map(str, words)],
        env=launch_environment(4) | permitted,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )


@contextmanager
def two_machines(folder: Path) -> Iterator[Machines]:
    """They are there while the block runs; skips where this process may not make them."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare"))):
        pytest.skip("network namespaces need root, ip and unshare")
    shell = folder / "shell"
    shell.write_text(_SHELL)
    shell.chmod(0o755)
    try:
        for number in (1, 2):
            _ip("netns", "add", f"cablese{number}")
            _ip("-n", f"cablese{number}", "link", "set", "lo", "up")
        _ip(
            "link",
            "add",
            "cable1",
            "netns",
            "cablese1",
            "type",
            "veth",
            "peer",
            "cable2",
            "netns",
            "cablese2",
        )
        for number in (1, 2):
            _ip("-n", f"cablese{number}", "addr", "add", f"{_SUBNET}.{number}/24", "dev", f"cable{number}")
            _ip("-n", f"cablese{number}", "link", "set", f"cable{number}", "up")
        yield Machines(shell)
    finally:
        for number in (1, 2):
            subprocess.run(["ip", "netns", "del", f"cablese{number}"], capture_output=True, check=False)


def _ip(*words: str) -> None:
    ended = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        pytest.skip(f"no network namespaces here: {ended.stderr.strip()}")
