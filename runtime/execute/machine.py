"""The machine that a generated program runs on: gives it views, params, draws, compressors and transfers, once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from operator import mul
from typing import Any

import numpy as np
from cablese.dsl.plan.traverse import figures_of
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Array
from ..arrays.finite import NonFinite, check_finite
from ..arrays.in_turn import InTurn
from ..arrays.lazy_words import PendingWords
from ..arrays.sparse import Picks
from ..chance.batch import Batch
from ..chance.epochs import EpochEvent
from ..chance.events import ENTRIES, FamilyEvent, SingleEvent
from ..chance.joint import JointWords
from ..chance.minibatch import MinibatchEvent
from ..chance.nodes import Nodes
from ..chance.noise import batch_keys
from ..chance.streams import Rows, Stream
from ..codecs.plain import BagCodec, IntCodec, NodeSetCodec
from ..compressors.bound import BoundCompressor
from ..graphs.averages import NeighbourAverage
from ..graphs.changing import ChangingMixing
from ..graphs.graph import Graph
from ..graphs.mixing import Mixing
from ..transports.packet_payloads import PacketPayload
from ..transports.payloads import one_or_all
from .call_numbers import CallNumbers
from .context import RunContext
from .draw_sites import Moment, Site, member_rows, split
from .functions import Functions
from .messages import MessageTransfers
from .oracles import CountedOracle
from .shared_cost import batch_bits, family_bits
from .views import Groups, Nearby, View

INTS = ("choice", "buckets")
"""Distributions of whole numbers."""


class Machine:
    """The run as its program sees it; built by `session`."""

    def __init__(
        self,
        run: RunContext,
        views: Mapping[str, View],
        compressors: Mapping[str, BoundCompressor],
        oracle: CountedOracle,
        messages: MessageTransfers,
    ) -> None:
        """`views` and `compressors` by name."""
        self.averagings = tuple(messages.averagings)
        self.run, self.views, self.counted_oracle = run, views, oracle
        self.backend, self.host, self.n = run.backend, run.host, run.n
        self.bits_shared = 0  # the same in every process
        self.bits_between = 0  # for draws that this process's nodes share with their neighbours
        self.numbers = CallNumbers()
        self.walks: dict[tuple[str, int], list[EpochEvent]] = {}  # by site
        self.compressors, self.messages = compressors, messages
        lengths = tuple(math.prod(shape) for _, shape in run.problem.blocks)
        self._functions = Functions(run.backend, run.d, lengths, run.problem.regulariser)
        self.blocks = self._functions.blocks
        self._figures = figures_of(run.plan)

    def begin(self, round: int) -> None:
        """Start a round."""
        self.counted_oracle.begin(round)
        self._functions.passes = 0

    # --- values ----------------------------------------------------------------------------------------------

    def view(self, name: str) -> View:
        """The rows that this process holds for a role."""
        return self.views[name]

    def params(self, *names: str) -> Any:
        """Params by name: a tuple, or the one value for one name."""
        return one_or_all([self.run.params[name] for name in names])

    def constant(self, name: str) -> Any:
        """A constant of the problem or the run, or a compressor's figure such as `omega_Q`."""
        figure = self._figures.get(name)
        return self.run.constant(name) if figure is None else self.run.figure(*figure)

    def constant_of_all(self, name: str) -> Array:
        """A constant with a value for each node, such as L_i: (n,), whatever nodes this process has."""
        return self.run.constants.per_node(name)

    def block(self, name: str) -> Array:
        """The mask (d,) of a block of the model."""
        return self.run.constants.block(name)

    def figure(self, name: str) -> Callable[[int], float]:
        """A figure such as `omega_Q`, by round, of a compressor whose arguments change."""
        return self.run.figure_in_rounds(*self._figures[name])

    def functions(self, *names: str) -> Any:
        """Helper functions by name: a tuple, or the one function for one name."""
        return one_or_all([getattr(self._functions, name) for name in names])

    # --- effects ---------------------------------------------------------------------------------------------

    def oracle(self, name: str) -> Callable[..., Array]:
        """`grad`, `F` or `loss`."""
        return self.counted_oracle.loss if name == "loss" else self.counted_oracle.gradient

    def points(self) -> Callable[[], int]:
        """A function that gives another number at each call: a program numbers points and minibatches by it."""
        return self.numbers

    def later(self, name: str) -> Callable[..., Any]:
        """`grad` or `F`, for a result of which only some entries are read."""
        return self.counted_oracle.later

    def in_turn(self, name: str) -> Callable[..., InTurn]:
        """`grad` or `F`, for a result that is read row by row."""
        return self.counted_oracle.in_turn

    def to_send(self, name: str) -> Callable[..., Array | InTurn]:
        """`grad` or `F`, for a result that is sent as it is: row by row where the wire rounds, so that rows are copied."""
        oracle = self.counted_oracle
        return oracle.gradient if self.backend.wire == self.backend.real else oracle.in_turn

    def mixing(self) -> Mixing:
        """The weights of the graph, which a program turns to its round where they may change."""
        if self.run.mixing is None:
            raise InternalError("`mix` in a method without a graph")
        return self.run.mixing

    def mix(self) -> Callable[..., Array]:
        """The average over each node's neighbours, from the rows of nodes and, where there are any, of copies."""
        mixing = self.mixing()
        first, last = self.run.nodes

        def average(graph: Graph) -> NeighbourAverage:
            return NeighbourAverage(mixing, first, last, graph.around(first, last), self.backend)

        if not isinstance(mixing, ChangingMixing):
            return average(mixing.graph)
        now = mixing.by_graph(average)
        return lambda *rows: now()(*rows)

    def compressor(self, name: str) -> BoundCompressor:
        """A compressor of the spec."""
        return self.compressors[name]

    def transfer(self, number: int) -> Callable[..., Any]:
        """A message statement."""
        return self.messages.functions[number]

    def transfer_in_pieces(self, number: int) -> Callable[[], Callable[..., Array]]:
        """A message statement of one vector to all: called, it starts the message, and gives what moves pieces of it."""
        return self.messages.in_pieces(number)

    def expand_in_tiles(self, number: int) -> None:
        """Leave long families that a message statement binds as they were sent: the program reads them in pieces alone."""
        for payload in self.messages.payloads(number):
            if isinstance(payload, PacketPayload):
                payload.in_tiles = True

    def start(self, number: int) -> Callable[..., Any]:
        """The part of an uplink in which nodes send; it binds what they have of it."""
        return self.messages.parts[number][0]

    def finish(self, number: int) -> Callable[[], Any]:
        """The part in which the server receives."""
        return self.messages.parts[number][1]

    def words(
        self, name: str, ordinal: int, compressor: BoundCompressor, view: View | None, shared: bool
    ) -> Callable[..., Array | PendingWords | JointWords | None]:
        """Random words of a compressor's draw site, by moment (and members)."""
        return self._site(name, ordinal, compressor, view, shared).words

    def picks(
        self, name: str, ordinal: int, compressor: BoundCompressor, view: View | None, shared: bool
    ) -> Callable[..., Picks]:
        """The coordinates that a blind compressor keeps at a draw site, by moment (and members)."""
        return self._site(name, ordinal, compressor, view, shared).picks()

    def _site(
        self, name: str, ordinal: int, compressor: BoundCompressor, view: View | None, shared: bool
    ) -> Site:
        scope = "none" if view is None or shared else view.scope
        stream = Stream(self.run.seed, "compressor", name, ordinal, scope)
        return Site(stream, compressor, view, shared, self.backend)

    def event(
        self, distribution: str, name: str, ordinal: int, view: View | None, shared: bool
    ) -> Callable[..., Any]:
        """The draw of an event, by moment (and members, if it has any) and arguments."""
        stream = Stream(self.run.seed, "event", name, ordinal, "none" if view is None else view.scope)
        if view is not None:
            draws = self._family_event(distribution, stream, view)
            if shared and self.run.mixing is not None and not isinstance(view, Nearby):
                return self._counted_between(distribution, draws, view, self.run.mixing.graph)
            return (
                self._counted(distribution, draws, view) if shared and view in self._shared_views else draws
            )
        single = self._single_event(distribution, stream)
        if not shared:
            return lambda moment, *arguments: single(*split(moment), *arguments)

        def draw(moment: Moment, *arguments: Any) -> Any:
            drawn = single(*split(moment), *arguments)
            self.bits_shared += self._cost(distribution, drawn, arguments)
            return drawn

        return draw

    def _single_event(self, distribution: str, stream: Stream) -> Callable[..., Any]:
        """The draw of one value, by round, counters of loops and the arguments of the event."""
        event = SingleEvent(stream, self.host)
        if distribution == "sample":

            def sample(round: int, repeats: tuple[int, ...], n: int, r: int) -> Nodes:
                self.run.memory.need_draws(stream.name, r, self.run.d)
                return event.sample(round, repeats, n, r)

            return sample
        method: Callable[..., Any] = getattr(event, distribution)
        if distribution in ENTRIES:
            return lambda round, repeats, *arguments: self.backend.to_device(
                method(round, repeats, *map(self._host, arguments))
            )
        if distribution != "each":
            return method

        def each(round: int, repeats: tuple[int, ...], q: Any) -> Nodes:
            return event.each(round, repeats, self.n, self._host(q))

        return each

    def _cost(self, distribution: str, drawn: Any, arguments: tuple[Any, ...]) -> int:
        """Bits that sending a shared draw to every node would take."""
        match distribution:
            case "bernoulli":
                bits = 1
            case "choice":
                bits = IntCodec(*arguments).fixed_bits
            case "sample":
                bits = BagCodec(self.n, drawn.count).bits(drawn.nodes)
            case "subset" | "each":
                bits = NodeSetCodec(self.n).bits(drawn.nodes)
            case _:
                bits = self.run.float_bits * (self.run.d if distribution in ENTRIES else 1)
        return bits * self.n

    @property
    def _shared_views(self) -> tuple[View | None, ...]:
        """The views whose shared draws are counted: those that hold all nodes, or all groups."""
        views = self.views
        if "server" in views:
            return views["server"], views.get("groups_of_server")
        return views.get("here"), views.get("groups_here")

    def _counted(self, distribution: str, draws: Callable[..., Any], view: View) -> Callable[..., Any]:
        """Draws that the server shares with each node, counted as if each were sent to its node."""

        def draw(moment: Moment, *arguments: Any, **settings: Any) -> Any:
            drawn = draws(moment, *arguments, **settings)
            rows, rest = self._rows(arguments, view.everyone, view)
            if distribution == "minibatch":
                samples = self.run.problem.samples
                self.bits_shared += batch_bits(drawn, [samples[node] for node in rows.numbers])
            else:
                bounds = tuple(map(self._host, rest))
                bits = family_bits(distribution, drawn, bounds, self.run.float_bits)
                sizes = view.sizes_of(rows) if isinstance(view, Groups) else [1] * len(bits)
                self.bits_shared += sum(map(mul, bits, sizes))
            return drawn

        return draw

    def _counted_between(
        self, distribution: str, draws: Callable[..., Any], view: View, graph: Graph
    ) -> Callable[..., Any]:
        """Draws that a node shares with its neighbours, counted at the node as if each were sent to all of them."""

        def draw(moment: Moment, *arguments: Any) -> Any:
            drawn = draws(moment, *arguments)
            rows, rest = self._rows(arguments, view.everyone, view)
            bits = family_bits(distribution, drawn, tuple(map(self._host, rest)), self.run.float_bits)
            self.bits_between += sum(map(mul, map(graph.degree, rows.numbers), bits))
            return drawn

        return draw

    def _family_event(self, distribution: str, stream: Stream, view: View) -> Callable[..., Any]:
        """One draw a row, by moment (and members) and arguments."""
        if distribution == "minibatch":
            return self._minibatch_event(stream, view)
        method, everyone = getattr(FamilyEvent(stream, self.host), distribution), view.everyone

        def family(moment: Moment, *arguments: Any) -> Array:
            rows, rest = self._rows(arguments, everyone, view)
            drawn = method(*split(moment), rows, *map(self._host, rest))
            # arrays hold ints as reals, since they are computed with reals
            return self.backend.to_device(drawn.astype(np.float64) if distribution in INTS else drawn)

        return family

    def _minibatch_event(self, stream: Stream, view: View) -> Callable[..., Batch]:
        """Minibatches of each row's own samples, of one size or a size each."""
        everyone, samples = view.everyone, self.run.problem.samples
        minibatch, most = MinibatchEvent(stream, self.host, samples), max(samples)
        full = minibatch.draw(0, (), everyone, most)

        walk = EpochEvent(stream, self.host, samples)
        self.walks.setdefault((stream.name, stream.ordinal), []).append(walk)

        def batch(
            moment: Moment,
            *arguments: Any,
            replace: bool = False,
            epochs: bool = False,
            drop_last: bool = False,
        ) -> Batch:
            asked = arguments[0]
            if (
                isinstance(asked, int)
                and asked >= most
                and not (replace or epochs or self.counted_oracle.keyed)
            ):
                return full  # members would come before the size
            rows, (size,) = self._rows(arguments, everyone, view)
            drawn = in_epochs(rows, size, drop_last) if epochs else samples_of(moment, rows, size, replace)
            if self.counted_oracle.keyed is None:
                return drawn
            keys = batch_keys(self.run.seed, (stream.name, stream.ordinal), *split(moment), rows)
            return Batch(drawn.indices, drawn.sizes, drawn.full, keys)

        def in_epochs(rows: Rows, size: Any, drop_last: bool) -> Batch:
            if getattr(size, "ndim", 0):
                return walk.draw(rows, self._host(size).astype(np.int64), drop_last=drop_last)
            return (
                minibatch.draw(0, (), rows, most)
                if size >= most
                else walk.draw(rows, int(size), drop_last=drop_last)
            )

        def samples_of(moment: Moment, rows: Rows, size: Any, replace: bool) -> Batch:
            if replace:
                self.run.memory.need_draws(stream.name, _items(self._host(size), len(rows.numbers)), 0)
            if getattr(size, "ndim", 0):
                sizes = self._host(size).astype(np.int64)
                return minibatch.of_each_size(*split(moment), rows, sizes, replace)
            if rows is everyone and size >= most and not replace:
                return full
            draw = minibatch.draw_with_replacement if replace else minibatch.draw
            return draw(*split(moment), rows, size)

        return batch

    def _rows(self, arguments: tuple[Any, ...], everyone: Rows, view: View) -> tuple[Rows, tuple[Any, ...]]:
        if arguments and isinstance(arguments[0], Nodes):
            members: Nodes = arguments[0]
            return member_rows(members, view), arguments[1:]
        return everyone, arguments

    def _host(self, value: Any) -> Any:
        return self.backend.to_host(value) if hasattr(value, "ndim") else value

    # --- checks ----------------------------------------------------------------------------------------------

    def guard(self, name: str, line: int) -> Callable[[Any], None]:
        """A function that raises NonFinite unless a state's new value is finite."""
        backend, what, all_finite = self.backend, f"`{name}`", self.backend.all_finite
        family = any(state.name == name and state.family for state in self.run.plan.states)

        def check(value: Any) -> None:
            if not hasattr(value, "ndim"):
                if not math.isfinite(value):
                    raise NonFinite(what, None, str(line))
            elif not all_finite(value):
                check_finite(backend, value, what, family, str(line))

        return check

    def update(self, name: str) -> Callable[[Array, Any], Array]:
        """value += change in place, with the touched entries checked."""
        backend, update, all_finite = self.backend, self._functions.update, self.backend.all_finite

        def apply(value: Array, change: Any) -> Array:
            value, touched = update(value, change)
            if not all_finite(touched):
                check_finite(backend, touched, f"`{name}`", False)
            return value

        return apply


def _items(size: Any, rows: int) -> float:
    """The number of samples in minibatches of one size, or of a size for each row."""
    return float(np.sum(size)) if getattr(size, "ndim", 0) else float(size) * rows
