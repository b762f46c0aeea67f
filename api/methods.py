"""Methods beside methods in Python: those like a spec, and the difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from cablese.dsl.edits.script import Edit
    from cablese.runtime.execute.difference import Difference
    from cablese.runtime.execute.likeness import Likeness


class Likenesses(Sequence["Likeness"]):
    """The shipped methods beside a spec, the likest first; printed, the text of `cablese like`."""

    def __init__(self, name: str, found: Sequence[Likeness]) -> None:
        self.name, self._found = name, tuple(found)

    @overload
    def __getitem__(self, index: int) -> Likeness: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Likeness]: ...
    def __getitem__(self, index: int | slice) -> Likeness | Sequence[Likeness]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        from cablese.runtime.report.likeness import closest_lines

        others = (f"{other.title} ({other.changes})" for other in self[1:4])
        return "\n".join((*closest_lines(self.name, self[0], 120), f"  next      {', '.join(others)}"))

    def _repr_html_(self) -> str:
        """For notebooks: the text and the table."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.likeness import likeness_report

        return as_html(likeness_report(self.name, self._found, len(self)))


class MethodDifference:
    """The difference of two methods; printed, it is the text of `cablese diff`, in notebooks its page."""

    def __init__(self, found: Difference) -> None:
        self._found = found

    @property
    def same(self) -> bool:
        """True where paths and messages are equal."""
        return self._found.same

    @property
    def answer(self) -> str:
        """`the same method`, `equal by algebra`, `the same path, other messages`, `not proven` or `different`."""
        return self._found.answer

    @property
    def relations(self) -> tuple[str, ...]:
        """Relations of states, proven for every round; empty where no proof was found."""
        from cablese.dsl.algebra.wording import relation_texts

        return tuple(relation_texts(self._found.comparison))

    @property
    def relation(self) -> str:
        """The same relations in one text."""
        return "; ".join(self.relations)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that make the second method of the first, in the names of the first; defaults are left out."""
        return self._found.script.changes

    @property
    def sentences(self) -> tuple[str, ...]:
        """The edits in words, each with its subject in front: `up: contractive C in place of unbiased Q`."""
        from cablese.runtime.report.difference import told

        return tuple(f"{sentence.group}: {sentence.text}" for sentence in told(self._found))

    def report(self, path: str | Path) -> None:
        """Write the page of `cablese diff --report`: sentences, both texts, costs, claims. Raises as `Result.report`."""
        from cablese.runtime.page.differences import difference_page
        from cablese.runtime.page.document import save_page

        save_page(Path(path), difference_page(self._found))

    @property
    def record(self) -> dict[str, Any]:
        """The difference as `cablese diff --json` prints it."""
        from cablese.runtime.report.difference_json import difference_record

        return difference_record(self._found)

    def __repr__(self) -> str:
        from cablese.runtime.report.difference import account_of
        from cablese.runtime.report.difference_lines import plain_lines

        return "\n".join(plain_lines(account_of(self._found), 120))

    def _repr_html_(self) -> str:
        """For notebooks: sentences and both texts, the parts marked that differ."""
        from cablese.runtime.report.difference import account_of
        from cablese.runtime.report.difference_html import html_body

        return html_body(account_of(self._found))
