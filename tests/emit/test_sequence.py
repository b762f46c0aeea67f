"""Message-sequence charts: what happens in a round, in order and on which lanes; no text over another in the picture."""

from __future__ import annotations

from itertools import combinations

import pytest
from cablese.dsl.emit.sequence import NEIGHBOUR, NODE, SERVER, Arrow, Box, Chart, Frame, chart_of
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from cablese.runtime.report.sequence import chart_figure
from emit_tools import method
from library_tiers import specs_by_tier


def chart(source: Source) -> Chart:
    return chart_of(read_spec(source), compile_spec(source, plugins()))


def test_a_round_of_marina() -> None:
    difference = "m = Q(grad(x) - grad(x_old))"
    assert chart(find_spec("marina")) == Chart(
        "MARINA: one round",
        (SERVER, NODE),
        (
            Box((SERVER,), "", ("event c ~ bernoulli(p)",)),
            Arrow(SERVER, NODE, "", ("u = g", "c"), compressed=False),
            Box((SERVER, NODE), "", ("x_old = x", "x = x - gamma * u")),
            Frame(
                "if c",
                (
                    Arrow(NODE, SERVER, "", ("m = grad(x)",), compressed=False),
                    Box((SERVER,), "", ("g = mean(m)",)),
                ),
                (
                    Arrow(NODE, SERVER, "", (difference,), compressed=True),
                    Box((SERVER,), "", ("g = g + mean(m)",)),
                ),
            ),
        ),
    )


def test_neighbours_have_a_lane_where_there_is_no_server() -> None:
    drawn = chart(find_spec("choco_sgd"))
    assert drawn.lanes == (NODE, NEIGHBOUR)
    assert drawn.steps[1] == Arrow(NODE, NEIGHBOUR, "", ("q = C(y - x_hat)",), compressed=True)
    assert drawn.steps[2] == Box((NODE, NEIGHBOUR), "", ("x_hat = x_hat + q",))


def test_who_sends_and_how_often_is_said() -> None:
    body = """
    repeat 3 as t:
        all: x = x / 2
    server: event S ~ subset(n, 2)
    server -> all: S
    node in S -> server: m = Q(grad(x)), b = norm(x) > t0
    node when norm(grad(x)) > 1 -> server: r = grad(x)
    """
    steps = chart(Source("t.alg", method(body.replace("t0", "1")))).steps
    assert isinstance(steps[0], Frame) and steps[0].label == "repeat 3 as t"
    assert steps[3] == Arrow(
        NODE, SERVER, "node in S", ("m = Q(grad(x))", "b = norm(x) > 1"), compressed=True
    )
    assert isinstance(steps[4], Arrow) and steps[4].title == "node when norm(grad(x)) > 1"


@pytest.mark.parametrize("name", specs_by_tier())
def test_no_text_lies_over_another(name: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = chart_figure(chart(find_spec(name)))
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = figure.axes[0].texts
    places = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in places:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text
    for (one, first), (other, second) in combinations(places, 2):
        apart = (
            first.x1 <= second.x0 or second.x1 <= first.x0 or first.y1 <= second.y0 or second.y1 <= first.y0
        )
        assert apart, (one, other)
