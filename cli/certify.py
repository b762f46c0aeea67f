"""`cablese certify`: specs run in every way in which a run may be executed, and one hash of what came out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit

if TYPE_CHECKING:
    from cablese.dsl.text.source import Source
    from cablese.runtime.verify.certify import Certificate


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--quick", is_flag=True, help="Five ways, and every eighth spec where none is named.")
@flags.once("--device", metavar="NAME", help="Compare this device, cuda, with the host instead.")
@click.option("--json", "as_json", is_flag=True, help="What was found, as JSON.")
def certify(specs: tuple[str, ...], quick: bool, device: str | None, as_json: bool) -> Exit | None:
    """Run specs for a few rounds in one process, with compiled loops, on 2, 3 and 8 ranks, with a dedicated server and in
    float32, and print one hash a spec.

    SPEC is a name, a file, or a family; every shipped spec where none is named. With --device: print what compressors and
    runs there equal to the bit, and how far apart the rest is. Exit 1: a way gave something else, or a run failed.
    """
    from cablese.runtime.library import shipped_specs
    from cablese.runtime.verify.certify import certify, share_of, ways_here
    from cablese.runtime.verify.verify import find_specs

    shipped = [spec.name for spec in shipped_specs()]
    sources = find_specs(list(specs) or (share_of(shipped) if quick else shipped))
    if device is not None:
        return _compared(device, sources, as_json)
    ways = ways_here(quick)
    found = certify(sources, ways, lambda way: print(f"… {way}", file=sys.stderr))
    _shown(found, [way.name for way in ways], as_json)
    return None if all(each.stands for each in found) else Exit.WRONG_INPUT


def _compared(device: str, sources: Sequence[Source], as_json: bool) -> Exit | None:
    from dataclasses import asdict

    from cablese.runtime.verify.device_table import device_lines
    from cablese.runtime.verify.devices import compare_packets, compare_runs

    packets = compare_packets(device)
    runs = compare_runs(device, sources, lambda spec: print(f"… {spec}", file=sys.stderr))
    if as_json:
        from .launch import show_json

        show_json({"device": device, "packets": list(map(asdict, packets)), "runs": list(map(asdict, runs))})
    else:
        print("\n".join(device_lines(device, packets, runs)))
    stand = [each.stands for each in packets] + [run.stands for run in runs]
    return None if all(stand) else Exit.WRONG_INPUT


def _shown(found: list[Certificate], ways: list[str], as_json: bool) -> None:
    if as_json:
        from .launch import show_json

        lines = [
            {"spec": each.spec, "hash": each.hash, "ways": each.ways, "others": dict(each.others)}
            | ({"failed": each.failed} if each.failed else {})
            for each in found
        ]
        show_json({"ways": ways, "specs": lines})
        return
    for each in found:
        print(f"{each.spec:<24}{each.hash or 'no run':<16}  {len(each.ways)} of {len(ways)} ways")
        if each.failed:
            print(f"    fails in {'these ways' if each.others else 'every way'}: {each.failed}")
        for way, outcome in each.others:
            print(f"    {way}: {outcome}")
    alike, failed = sum(each.stands for each in found), sum(bool(each.failed) for each in found)
    print(
        f"\n{alike} of {len(found)} specs alike in all of: {', '.join(ways)}{f'; {failed} failed' * (failed > 0)}"
    )
