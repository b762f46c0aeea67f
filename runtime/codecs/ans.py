"""The coder of asymmetric numeral systems: by the optional library constriction, which is imported only when asked for, or
for long rows by numba's loops, in the same bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.numba_dispatch import dispatched
from ..errors import SetupError
from . import errors
from .messages import Host
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


def encode(numbers: Host, frequency: Counts, room: int) -> bytes:
    """numbers (d,), each with a frequency (bins,) above 0 -> `room` bytes."""
    if np.count_nonzero(frequency) == 1:
        return b""
    octets = coded_words(numbers, frequency).rstrip(b"\0")
    if len(octets) > room:
        raise InternalError(f"coded symbols take {len(octets)} bytes, where at most {room} were expected")
    return octets.ljust(room, b"\0")


def decode(octets: bytes, frequency: Counts, values: Host, d: int) -> Host:
    """The inverse of `encode` for d numbers: the value (bins,) of each; `CodecError` for bytes that are not of these
    frequencies."""
    if np.count_nonzero(frequency) == 1:
        return np.full(d, values[frequency > 0][0])
    whole = octets.rstrip(b"\0")
    words = np.frombuffer(whole + bytes(-len(whole) % 4), "<u4").astype(np.uint32)
    found, left = read_words(words, frequency, values, d)
    if left:
        raise errors.stray_bits()
    return found


@dispatched(lambda numbers, frequency: numbers.size)
def coded_words(numbers: Host, frequency: Counts) -> bytes:
    """The words of numbers (d,), and last the state."""
    import constriction

    used = np.flatnonzero(frequency)
    places = np.zeros(len(frequency), np.int32)
    places[used] = np.arange(len(used))
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(places[numbers], _model(frequency[used]))
    octets: bytes = coder.get_compressed().astype("<u4").tobytes()
    return octets


@dispatched(lambda words, frequency, values, d: d)
def read_words(words: Host, frequency: Counts, values: Host, d: int) -> tuple[Host, bool]:
    """The values of d numbers from words and a state, of which the last is not 0; and whether anything is left then."""
    import constriction

    used = np.flatnonzero(frequency)
    coder = constriction.stream.stack.AnsCoder(words)
    found = values[used][coder.decode(_model(frequency[used]), d)]
    return found, not coder.is_empty()


def _model(frequency: npt.NDArray[np.int64]) -> object:
    """The coder's model; `perfect` keeps frequencies that are whole multiples of the library's own unit, 2^-24."""
    import constriction

    return constriction.stream.model.Categorical(frequency / (1 << PRECISION), perfect=True)
