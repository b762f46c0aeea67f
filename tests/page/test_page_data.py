"""The data and the text of a page: what `cablese plot` draws, one file that asks for no other, texts that stay texts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cablese
import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.page.document import data_text, page_text
from cablese.runtime.page.runs import runs_page
from cablese.runtime.report.axes import axis
from cablese.runtime.report.labels import curves
from cablese.runtime.report.page_files import check_replaces_page
from cablese.runtime.report.series import series
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

HOSTILE = "</script><!--<script>alert(1)</script>\u202e&amp;\x1b[0m\u2028"
NUMBERS: dict[str, Any] = {"type": "array", "items": {"type": ["number", "null"]}}
BAND: dict[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(("low", "middle", "high"), NUMBERS),
    "required": ["middle"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "format": {"const": 1},
        "studies": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["title", "axes", "metrics", "curves"],
                "properties": {
                    "axes": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name", "label", "in_bits", "shared", "knee"],
                        },
                    },
                    "curves": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["label", "n", "runs", "places", "values"],
                            "properties": {
                                "places": {"additionalProperties": NUMBERS},
                                "values": {"additionalProperties": {"additionalProperties": BAND}},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def compared() -> cablese.Comparison:
    return cablese.compare(["marina", "diana", "ef21"], nodes=4, rounds=60, seeds=3)


def _data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture(scope="module")
def text(compared: cablese.Comparison) -> str:
    return page_text(runs_page([result.recording for result in compared]))


def test_the_data_are_those_of_a_figure(compared: cablese.Comparison, text: str) -> None:
    [study] = _data(text)["studies"]
    drawn = curves([result.recording for result in compared])
    assert [f"{curve['label']}, 3 seeds" for curve in study["curves"]] == [curve.label for curve in drawn]
    for curve, held in zip(drawn, study["curves"], strict=True):
        for name, centre in (("epochs", "mean"), ("seconds", "median")):
            line = series(curve, "grad_norm2", axis(name, ()), centre)
            band = held["values"]["grad_norm2"][centre]
            assert held["places"][name] == pytest.approx(line.places, rel=1e-8)
            assert band["middle"] == pytest.approx(line.values, rel=1e-8)
            assert (band["low"], band["high"]) == (
                pytest.approx(line.low, rel=1e-8),
                pytest.approx(line.high, rel=1e-8),
            )


def test_the_data_keep_their_schema(text: str) -> None:
    Draft202012Validator(SCHEMA).validate(_data(text))


def test_a_page_asks_for_no_other_file(text: str) -> None:
    assert "default-src 'none'" in text
    assert "Permission is hereby granted" in text, "the licence of the library that draws"
    assert not re.findall(r"""(?:src|href|action|data)\s*=\s*["']?(?!#|data:,)[\w/.]*:""", text)
    assert "@import" not in text
    assert "url(" not in text


def test_names_that_would_end_a_script_stay_texts(compared: cablese.Comparison) -> None:
    recording = compared[0].recording
    assert recording.header is not None
    recording.header = replace(recording.header, algorithm=HOSTILE, problem=HOSTILE)
    text = page_text(runs_page([recording]))
    assert "alert(1)</script>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    [curve] = _data(text)["studies"][0]["curves"]
    assert curve["label"].startswith("</script>")


@given(st.text())
@settings(max_examples=30)
def test_any_text_comes_back_from_the_data(text: str) -> None:
    held = data_text([{"title": text}])
    assert "<" not in held
    assert json.loads(held)["studies"] == [{"title": text}]


def test_a_page_replaces_a_page_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    result = cablese.run("gd", nodes=2, rounds=2)
    result.report(path)
    result.report(path)
    other = tmp_path / "mine.html"
    other.write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="a report only replaces a report"):
        result.report(other)
    with pytest.raises(UsageError, match="must end in"):
        result.report(tmp_path / "out.pdf")
    with pytest.raises(UsageError, match="there is no directory"):
        result.report(tmp_path / "none" / "out.html")
    assert other.read_text() == "<p>mine</p>"


def test_equal_runs_give_equal_pages(compared: cablese.Comparison) -> None:
    recording = compared[0].recording
    assert page_text(runs_page([recording])) == page_text(runs_page([recording]))


def test_a_folder_that_takes_no_file_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match=r"out\.html cannot be written: Permission denied"):
        check_replaces_page(tmp_path / "out.html")
