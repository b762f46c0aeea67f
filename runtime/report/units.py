"""Numbers for people: bits with their prefix, metrics with four digits, times, memory."""

from __future__ import annotations

_PREFIXES = ("", "k", "M", "G", "T", "P")


def bits_text(bits: float) -> str:
    """Bits with a decimal prefix and three digits: `1.23 Mbit`; below 1000 as they are."""
    return _scaled(bits, 1000.0, "bit")


def memory_text(size: float) -> str:
    """Bytes with a decimal prefix: `1.23 MB`."""
    return _scaled(size, 1000.0, "B")


def bit_scale(largest: float) -> tuple[float, str]:
    """Divisor and unit for an axis whose largest value is `largest` bits: (1e6, "Mbit")."""
    power = _power(largest, 1000.0)
    return 1000.0**power, _PREFIXES[power] + "bit"


def metric_text(value: float) -> str:
    """A metric with four significant digits, zeros kept: `0.7000`, `4.540e-05`."""
    return f"{value:#.4g}"


def value_text(value: float) -> str:
    """A parameter or constant with up to four significant digits: `0.1`, `0.3333`."""
    return f"{value:.4g}"


def count_text(count: float) -> str:
    """A count, rounded, with thousands set apart: `11,514`."""
    return f"{count:,.0f}"


def seconds_text(seconds: float) -> str:
    """A duration: `0.42 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60} min"


def _power(value: float, base: float) -> int:
    power = 0
    while abs(value) >= base and power < len(_PREFIXES) - 1:
        value /= base
        power += 1
    return power


def _scaled(value: float, base: float, unit: str) -> str:
    power = _power(value, base)
    scaled = value / base**power
    exact = power == 0 and float(value).is_integer()
    digits = f"{int(value)}" if exact else f"{scaled:.{max(0, 2 - _power(scaled, 10.0))}f}"
    return f"{digits} {_PREFIXES[power]}{unit}"
