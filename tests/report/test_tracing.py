from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.trace_files import TraceWriter, write_trace
from cablese.runtime.tracing import TraceError, read_trace, read_traces
from fakes import point, recording


def written(folder: Path, *runs: Recording) -> Path:
    path = folder / "trace.jsonl"
    writer = TraceWriter(path)
    writer.claim()
    for run in runs:
        writer.begin(run.header)
        for measured in run.points:
            writer.point(measured)
        writer.end(run.summary)
    writer.close()
    return path


def test_what_is_written_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    run = recording()
    run.points[3] = replace(
        run.points[3], metrics={"loss": 0.1 + 0.2, "grad_norm2": 5e-324}, seconds=1e-17 / 3
    )
    assert read_trace(written(tmp_path, run)) == run


def test_one_json_object_a_line_with_the_fields_that_the_product_names(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in written(tmp_path, recording()).read_text().splitlines()]
    assert [line["type"] for line in lines] == ["header", *["point"] * 11, "summary"]
    assert {"spec", "spec_hash", "params", "problem", "n", "d", "seed", "versions"} <= lines[0].keys()
    assert list(lines[1]) == [
        "type",
        "round",
        "bits_up",
        "bits_down",
        "bits_down_broadcast",
        "bits_paper",
        "bits_paper_down",
        "bits_shared",
        "oracle_calls",
        "epochs",
        "loss",
        "grad_norm2",
        "seconds",
    ]
    assert lines[-1]["last"] == {name: value for name, value in lines[-2].items() if name != "type"}


def test_traces_without_epochs_get_them_when_they_are_read(tmp_path: Path) -> None:
    run = recording()
    path = written(tmp_path, run)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for record in (*lines[1:-1], lines[-1]["last"]):
        del record["epochs"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_trace(path)
    assert [point.epochs for point in found.points] == pytest.approx([point.epochs for point in run.points])
    assert found.summary is not None and found.summary.last is not None
    assert found.summary.last.epochs == found.points[-1].epochs


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = written(tmp_path / "a", recording()), written(tmp_path / "b", recording())
    assert one.read_bytes() == other.read_bytes()


def test_every_point_is_on_disk_before_the_next(tmp_path: Path) -> None:
    path, run = tmp_path / "t.jsonl", recording()
    writer = TraceWriter(path)
    writer.claim()
    writer.begin(run.header)
    for i, measured in enumerate(run.points):
        writer.point(measured)
        assert len(read_trace(path).points) == i + 1
    assert read_trace(path).summary is None
    writer.close()


def test_nothing_is_written_before_a_run_begins(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("an older trace")
    TraceWriter(path).close()
    assert path.read_text() == "an older trace"


def test_a_metric_that_is_not_finite_is_absent(tmp_path: Path) -> None:
    run = recording()
    run.points[-1] = replace(
        run.points[-1], metrics={"loss": float("inf"), "grad_norm2": float("nan"), "dist2": 1.0}
    )
    path = tmp_path / "t.jsonl"
    write_trace(path, run)
    assert read_trace(path).points[-1].metrics == {"dist2": 1.0}
    assert "NaN" not in path.read_text() and "Infinity" not in path.read_text()


def test_several_runs_in_one_file(tmp_path: Path) -> None:
    path = written(tmp_path, recording("MARINA"), recording("DIANA"))
    assert [run.header.algorithm for run in read_traces(path) if run.header] == ["MARINA", "DIANA"]
    with pytest.raises(TraceError, match="holds 2 runs, where one was expected"):
        read_trace(path)


def test_a_line_cut_off_by_a_kill_is_ignored(tmp_path: Path) -> None:
    path = written(tmp_path, recording())
    path.write_text(path.read_text()[:-40])
    kept = read_trace(path)
    assert len(kept.points) == 11 and kept.summary is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no run: it has no header line"),
        ("hello\nyou\n", ":1: not JSON"),
        ('{"type": "point", "round": 0}\n', ":1: this is not part of a trace"),
        ('{"type": "cat"}\n', "its type 'cat' is unknown"),
        ('{"type": "header", "n": 3}\n', "`algorithm`: field required"),
        ("[1]\n", "it has no `type`"),
    ],
)
def test_what_is_no_trace_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(TraceError) as caught:
        read_trace(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_trace_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="No such file"):
        read_trace(tmp_path / "none.jsonl")


def test_points_may_differ_in_their_metrics(tmp_path: Path) -> None:
    run = recording()
    run.points[0] = point(0, loss=1.0)
    assert read_trace(written(tmp_path, run)).points[0].metrics == {"loss": 1.0}
