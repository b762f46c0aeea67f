"""What Python users see of a wrong spec."""

from __future__ import annotations

import cablese
import pytest
from cablese.dsl.text.diagnostics import SpecError


def test_the_exception_shows_place_and_remedy() -> None:
    with pytest.raises(SpecError) as caught:
        cablese.run("gd", set=["gama=1"], rounds=1)
    assert "error[" in str(caught.value) and "--set" in str(caught.value) and "gamma" in str(caught.value)
