"""`cablese certify`: specs run in every way in which a run may be executed, and one hash of what came out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .guard import Exit

if TYPE_CHECKING:
    from cablese.runtime.verify.certify import Certificate


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--quick", is_flag=True, help="Five ways, and every eighth spec where none is named.")
@click.option("--json", "as_json", is_flag=True, help="The hashes, and the ways that agree, as JSON.")
def certify(specs: tuple[str, ...], quick: bool, as_json: bool) -> Exit | None:
    """Run specs for a few rounds in one process, with compiled loops, on 2, 3 and 8 ranks, with a dedicated server and in
    float32, and print one hash a spec.

    SPEC is a name, a file, or a family; every shipped spec where none is named. Exit 1: a way gave something else, or a run
    failed.
    """
    from cablese.runtime.library import shipped_specs
    from cablese.runtime.verify.certify import certify, share_of, ways_here
    from cablese.runtime.verify.verify import find_specs

    shipped = [spec.name for spec in shipped_specs()]
    words = list(specs) or (share_of(shipped) if quick else shipped)
    ways = ways_here(quick)
    found = certify(find_specs(words), ways, lambda way: print(f"… {way}", file=sys.stderr))
    _shown(found, [way.name for way in ways], as_json)
    return None if all(each.stands for each in found) else Exit.WRONG_INPUT


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
