"""Errors in the choice of device and number types: one function per kind, which alone has the words."""

from __future__ import annotations

from ..errors import SetupError


def unknown_device(device: str) -> SetupError:
    """`--device` names no device that can be used."""
    return SetupError(f"--device {device}: there is no such device; choose cpu or cuda.")


def unknown_float(option: str, name: str, allowed: tuple[str, ...]) -> SetupError:
    """`--dtype` or `--wire` names no float type that is allowed there."""
    return SetupError(
        f"{option} {name}: not a float type that can be used here; choose one of {', '.join(allowed)}."
    )


def cupy_missing(reason: str) -> SetupError:
    """`--device cuda` without CuPy."""
    return SetupError(
        f"--device cuda needs the package cupy, which cannot be imported ({reason}). Install the extra for the driver's "
        "CUDA, which `nvidia-smi` names (`pip install 'cablese[cuda12]'` or 'cablese[cuda13]'), or run with --device cpu."
    )


def no_gpu(reason: str) -> SetupError:
    """CuPy is installed, but finds no CUDA device."""
    return SetupError(
        f"--device cuda: cupy is installed but finds no usable GPU ({reason}). Check the driver with "
        "`nvidia-smi` and CUDA_VISIBLE_DEVICES, or run with --device cpu."
    )


def strict_missing() -> SetupError:
    """The strict device without its library."""
    return SetupError(
        "--device strict serves the tests and needs array-api-strict: `pip install 'cablese[dev]'`."
    )
