"""Facts that ranks compare: whatever decides a run's numbers is among them."""

from __future__ import annotations

from dataclasses import fields, replace

from cablese.runtime.execute.agree import Step
from cablese.runtime.execute.alike import OWN, tell_problem, tell_spec
from cablese.runtime.execute.options import OPTIONS, Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec


def test_every_file_of_the_header_is_told(tmp_path):
    path, split = tmp_path / "mine.txt", tmp_path / "split.txt"
    path.write_text("".join(f"{1 - 2 * (i % 2)} 1:{i % 5} 2:{i % 3}\n" for i in range(8)))
    split.write_text("\n".join(str(i % 2) for i in range(8)) + "\n")
    problem = f'logreg(data = "{path}")'
    prepared = prepare(find_spec("gd"), Options(nodes=2, problem=problem, split=f"file:{split}"))
    tell_problem(step := Step(), prepared.context)
    hashes = {name: value for name, value in prepared.header.versions.items() if value.startswith("sha256")}
    assert hashes.keys() == {"mine.txt", "split.txt"}
    assert hashes.items() <= {name.removeprefix("file "): value for name, value in step.facts.items()}.items()
    assert step.facts["param gamma"] and step.bits["last bits of gamma"]


def test_every_option_is_told_but_those_of_each_rank():
    tell_spec(step := Step(), find_spec("gd"), Options())
    told = {name for name, option in OPTIONS.items() if option.flag in step.facts}
    assert told == {field.name for field in fields(Options)} - OWN
    tell_spec(other := Step(), find_spec("gd"), replace(Options(), rounds=7, threads=4))
    assert {name for name in step.facts if step.facts[name] != other.facts[name]} == {"--rounds"}
