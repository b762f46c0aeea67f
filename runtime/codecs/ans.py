"""The coder of asymmetric numeral systems, by the optional library constriction, which is imported only when asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from cablese.dsl.text.diagnostics import InternalError

from ..errors import SetupError
from . import errors
from .symbols import Row
from .tables import PRECISION, Counts


def require() -> None:
    """Raise `SetupError` unless constriction is installed."""
    try:
        import constriction  # noqa: F401
    except ImportError:
        raise SetupError(
            "`encode = entropy` needs the library constriction, which is not installed; "
            "`pip install 'cablese[entropy]'` brings it, and `encode = rice` does without."
        ) from None


def encode(numbers: Row, frequency: Counts, room: int) -> bytes:
    """numbers (d,), each with a frequency (bins,) above 0 -> `room` bytes."""
    used = np.flatnonzero(frequency)
    if len(used) == 1:
        return b""
    import constriction

    places = np.zeros(len(frequency), np.int32)
    places[used] = np.arange(len(used))
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(places[numbers], _model(frequency[used]))
    octets: bytes = coder.get_compressed().astype("<u4").tobytes().rstrip(b"\0")
    if len(octets) > room:
        raise InternalError(f"coded symbols take {len(octets)} bytes, where at most {room} were expected")
    return octets.ljust(room, b"\0")


def decode(octets: bytes, frequency: Counts, d: int) -> Row:
    """The inverse of `encode` for d numbers; `CodecError` for bytes that are not of these frequencies."""
    used = np.flatnonzero(frequency)
    if len(used) == 1:
        return np.full(d, used[0])
    import constriction

    whole = octets.rstrip(b"\0")
    words = np.frombuffer(whole + bytes(-len(whole) % 4), "<u4").astype(np.uint32)
    coder = constriction.stream.stack.AnsCoder(words)
    places = coder.decode(_model(frequency[used]), d)
    if not coder.is_empty():
        raise errors.stray_bits()
    numbers: Row = used[places]
    return numbers


def _model(frequency: npt.NDArray[np.int64]) -> object:
    """The coder's model; `perfect` keeps frequencies that are whole multiples of the library's own unit, 2^-24."""
    import constriction

    return constriction.stream.model.Categorical(frequency / (1 << PRECISION), perfect=True)
