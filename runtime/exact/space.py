"""Performance-estimation problems: unknown functions at unknown points, and the semidefinite program of the worst ones.

Interpolation conditions: Taylor, Hendrickx, Glineur (2017); f* of smooth functions: Drori, Shamir (2020). Solved by PEPit
(Goujaud et al. 2022).
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

from .errors import missing, no_class, unsolved
from .instance import Instance

Point = Any
"""A vector: a linear combination of unknown ones."""

Form = Any
"""A quadratic form of the unknown vectors, with the values of functions."""


class Space:
    """The unknowns of one problem of a class; `alike`: all nodes hold one function."""

    def __init__(self, kind: str, alike: bool, instance: Instance) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", SyntaxWarning
                )  # of its docstrings, when they are first compiled
                import PEPit
                from PEPit import expression, functions, operators, point
        except ImportError:
            raise missing() from None
        self._points, self._forms = point.Point, expression.Expression
        self._functions, self._operators = functions, operators
        self.kind, self.alike, self.instance = kind, alike, instance
        self._pep = PEPit.PEP()
        count = 1 if self.alike else instance.n
        self._nodes = [self._declared() for _ in range(count)]
        self._mean = sum(self._nodes[1:], self._nodes[0]) / count
        self.start: Point = self._pep.set_initial_point()
        self.zero: Point = self._points(is_leaf=False, decomposition_dict={})

    def _declared(self) -> Any:
        L, mu = self.instance.L, self.instance.mu
        functions, operators = self._functions, self._operators
        match self.kind:
            case "smooth" | "pl":
                return self._pep.declare_function(functions.SmoothFunction, L=L)
            case "convex":
                return self._pep.declare_function(functions.SmoothConvexFunction, L=L)
            case "strongly_convex":
                return self._pep.declare_function(functions.SmoothStronglyConvexFunction, L=L, mu=mu)
            case "monotone" | "strongly_monotone":
                least = mu if self.kind == "strongly_monotone" else 0.0
                return self._pep.declare_function(
                    operators.LipschitzStronglyMonotoneOperatorCheap, L=L, mu=least
                )
            case _:
                raise no_class(self.kind)

    @property
    def is_tight(self) -> bool:
        """True where the conditions are not only necessary: some problem of the class attains the worst."""
        lone = self.alike or self.instance.n == 1
        return self.kind in ("convex", "strongly_convex") or (self.kind == "smooth" and lone)

    def is_point(self, value: object) -> bool:
        """True for vectors."""
        return isinstance(value, self._points)

    def is_form(self, value: object) -> bool:
        """True for numbers that are not known before the worst problem is."""
        return isinstance(value, self._forms)

    # --- functions -------------------------------------------------------------------------------------------

    def gradient(self, node: int, point: Point) -> Point:
        """The gradient, or the operator, of a node."""
        return self._nodes[0 if self.alike else node].gradient(point)

    def value(self, node: int, point: Point) -> Form:
        """The function of a node."""
        return self._nodes[0 if self.alike else node].value(point)

    def mean_gradient(self, point: Point) -> Point:
        """The gradient of f, or F."""
        return sum((node.gradient(point) for node in self._nodes), self.zero) / len(self._nodes)

    def gap(self, point: Point) -> Form:
        """f(x) - f*."""
        values = [node.value(point) for node in self._nodes]
        return sum(values[1:], values[0]) / len(values) - self._least

    @cached_property
    def solution(self) -> Point:
        """x*."""
        return self._mean.stationary_point()

    @cached_property
    def _least(self) -> Form:
        """f*: of smooth functions a lower bound of them, for which conditions are added when the problem is solved."""
        if self.kind in ("smooth", "pl"):
            return self._forms(is_leaf=True)
        return self._mean.value(self.solution)

    def compressed(self, point: Point, kept: float) -> Point:
        """A result of any compressor with ||C(v) - v||^2 <= kept ||v||^2."""
        if kept <= 0:
            return point
        result = self._pep.set_initial_point()
        self._pep.add_constraint((result - point) ** 2 <= kept * point**2)
        return result

    # --- the program -----------------------------------------------------------------------------------------

    def worst(self, left: Form, unit: Form) -> float:
        """The largest value that `left` has where `unit` is at most 1; inf where it has none."""
        if "_least" in self.__dict__ and self.kind in ("smooth", "pl"):
            self._bound_below()
        self._pep.set_initial_condition(unit <= 1)
        self._pep.set_performance_metric(left)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._solved()
        status = str(self._pep.wrapper.prob.status)
        if "unbounded" in status:
            return float("inf")
        if found is None or "infeasible" in status:
            raise unsolved(status)
        return float(found)

    def _solved(self) -> Any:
        """The value by an interior-point method, or where its steps stall by a first-order one."""
        from cvxpy.error import SolverError

        try:
            return self._pep.solve(verbose=0, solver="CLARABEL")
        except SolverError:
            pass
        try:
            return self._pep.solve(verbose=0, solver="SCS", eps=1e-7, max_iters=100_000)
        except SolverError as failure:
            raise unsolved(str(failure).partition(".")[0]) from None

    def _bound_below(self) -> None:
        """f lies above f* by what a step of 1 / L gains, and of the class `pl` by no more than its inequality says."""
        first, *others = self._nodes
        for point in [triplet[0] for triplet in first.list_of_points]:
            if not all(self._is_known(node, point) for node in others):
                continue
            slope, gap = self.mean_gradient(point) ** 2, self.gap(point)
            self._pep.add_constraint(gap >= slope / (2 * self.instance.L))
            if self.kind == "pl":
                self._pep.add_constraint(2 * self.instance.mu * gap <= slope)

    @staticmethod
    def _is_known(node: Any, point: Point) -> bool:
        return any(
            triplet[0].decomposition_dict == point.decomposition_dict for triplet in node.list_of_points
        )
