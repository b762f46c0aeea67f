"""The words of every mistake in a network, its samples or its module: one function per kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ..errors import OutputFailed, SetupError, UsageError


def no_torch(problem: str) -> SetupError:
    """PyTorch is not installed."""
    return SetupError(
        f"`{problem}` needs PyTorch, which is not installed here: pip install 'cablese[torch]' (for CPUs alone: pip install "
        "torch --index-url https://download.pytorch.org/whl/cpu)."
    )


def unknown_model(written: str, names: Sequence[str]) -> SetupError:
    """No model of this name ships."""
    near = get_close_matches(written.split("(")[0].strip(), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return SetupError(
        f"there is no model {written!r}.{hint} There are {', '.join(names)}; your own is "
        'torch(module = "net.py:make", data = …).'
    )


def wrong_model_number(written: str, reason: str) -> SetupError:
    """Numbers of a model that do not fit."""
    return SetupError(f"the model {written} does not serve: {reason}.")


def model_for_other_data(model: str, wanted: str, found: tuple[int, ...], other: str) -> SetupError:
    """Samples of another kind than the model is for."""
    return SetupError(f"the model {model} is for {wanted}, and the samples have shape {found}: take {other}.")


def no_module(place: str, found: str) -> SetupError:
    """The user's function gives something else."""
    return SetupError(
        f"{place} gives {found}, and must give a torch.nn.Module, or a pair of a module and a loss(scores, labels)."
    )


def module_with_buffers(name: str, kind: str) -> SetupError:
    """Statistics that a module gathers beside its parameters."""
    return SetupError(
        f"the module's `{name}` is a {kind}, which gathers statistics beside the parameters: they belong to no node and no "
        f"message would carry them. Take GroupNorm or LayerNorm instead, or track_running_stats=False."
    )


def module_without_parameters() -> SetupError:
    """Nothing to optimise."""
    return SetupError(
        "the module has no parameters that require gradients, so that nothing is there to optimise."
    )


def shared_type(name: str, dtype: object) -> SetupError:
    """Parameters of types other than one float type."""
    return SetupError(
        f"the module's parameter `{name}` is of type {dtype}: all must be float32 when `make` returns."
    )


def shapeless(name: str) -> SetupError:
    """A lazy layer, whose parameters have no shape yet."""
    return SetupError(
        f"the module's parameter `{name}` has no shape before the module's first call: give its layer the width of its "
        "inputs (nn.Linear for nn.LazyLinear); `info.shape` is a sample's."
    )


def elsewhere(name: str, device: str) -> SetupError:
    """Parameters on another device than the CPU."""
    return SetupError(
        f"the module's parameter `{name}` is on the device {device}: all must be on the CPU when `make` returns."
    )


def wrong_loss(place: str, found: str) -> SetupError:
    """A loss that is no tensor of one number."""
    return SetupError(
        f"the loss of {place} gives {found}, and must give a tensor of one number, the mean over the samples."
    )


def cut_off(place: str) -> SetupError:
    """A loss that does not depend on the parameters."""
    return SetupError(
        f"there is no gradient of the loss of {place}: no parameter enters it. Look for `detach`, `no_grad`, `argmax` or "
        "`.item()` on the way."
    )


def other_each_time(place: str) -> SetupError:
    """A module that remembers its calls, or draws from elsewhere than torch."""
    return SetupError(
        f"{place} gives two gradients at one point, of the same samples and draws, so that ranks would part: it must "
        "remember nothing of its calls, and draw by torch's own draws alone (dropout, torch.rand), not by random or numpy."
    )


def wrong_scores(place: str, found: str, wanted: str) -> SetupError:
    """A forward pass that gives no scores."""
    return SetupError(f"{place} gives {found} for a batch, and must give {wanted}.")


def shown(failure: SetupError, batch: tuple[int, ...]) -> SetupError:
    """A module that failed on its first batch, with the batch's shape."""
    return SetupError(
        f"{failure} It was shown {batch[0]} samples of shape {batch[1:]}, which is `info.shape`."
    )


def start_not_finite(what: str) -> SetupError:
    """A loss that is no number at x0."""
    return SetupError(
        f"{what} is not finite at the module's initialisation: mend the module or scale its data."
    )


def model_or_module(problem: str, *, both: bool) -> SetupError:
    """Not one of the two arguments that say what is trained."""
    found = "has both" if both else "has neither"
    return SetupError(
        f"`{problem}` takes `model`, the name of one that ships, or `module`, a file with one of your own, and {found}: "
        'write model = "mnist_cnn" or module = "net.py:make".'
    )


def no_embedding(place: str) -> SetupError:
    """A module for texts that cannot be perturbed."""
    return SetupError(
        f"{place} reads texts and has no part `embedding` of type nn.Embedding: words are no numbers, and are perturbed "
        "where they are embedded. Name that part `embedding`."
    )


def no_estimate(what: str) -> SetupError:
    """A power iteration that ends at 0, or at no number."""
    return SetupError(
        f"the smoothness of {what} cannot be estimated at x0: its gradient does not change there. Give steps with `--set`."
    )


def labels_out_of_range(name: str, least: int, most: int, classes: int) -> SetupError:
    """Labels that are no classes."""
    return SetupError(
        f"the labels of {name} go from {least} to {most}, and the training part has {classes} classes, 0 to {classes - 1}: "
        "renumber them, or take out what no training sample has."
    )


def labels_below_0(name: str, least: int) -> SetupError:
    """Negative labels that are no pair of signs."""
    return SetupError(
        f"the labels of {name} begin at {least}: classes count from 0 (two alone may be -1 and 1). Renumber them."
    )


def labels_not_whole(name: str, value: float) -> SetupError:
    """Labels with fractions for a loss of classes."""
    return SetupError(
        f"the label {value:g} of {name} is no class: cross_entropy needs whole numbers from 0; for targets that are "
        'numbers take loss = "squares".'
    )


def inputs_not_finite(name: str) -> SetupError:
    """Inputs that are nan or infinite."""
    return SetupError(f"data {name} holds inputs that are not finite: drop these samples, or mend them.")


def labels_no_numbers(name: str) -> SetupError:
    """Targets for squares that are texts, or not finite."""
    return SetupError(f"the labels of {name} are no finite numbers, which loss = squares needs.")


def other_samples(name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> SetupError:
    """A test part whose samples have another shape."""
    return SetupError(f"the test samples of {name} have shape {found}, those for training {wanted}.")


def no_players(found: Iterable[str]) -> SetupError:
    """A game whose module has other than two children."""
    listed = ", ".join(found) or "none"
    return SetupError(
        f"a game's module has two modules as its parts, the players in order, and this one has {listed}: the first "
        "minimises what `forward` gives first, the second maximises what it gives second."
    )


def nobodys_parameter(name: str, players: Iterable[str]) -> SetupError:
    """A parameter of a game beside its players'."""
    return SetupError(
        f"the parameter `{name}` belongs to neither player, {' or '.join(players)}: make it part of the one who moves it."
    )


def player_without_parameters(name: str) -> SetupError:
    """A player who cannot move."""
    return SetupError(f"the player `{name}` has no parameters that require gradients: it cannot move.")


def wrong_losses(place: str, found: str) -> SetupError:
    """A game whose forward gives no two numbers."""
    return SetupError(
        f"{place} gives losses of shape {found}, and must give two numbers, the mean losses f and g of its players over a "
        "batch, or one number for both."
    )


def no_output() -> SetupError:
    """A result without a point: read from a file, or at another rank."""
    return SetupError("this result has no output: traces hold none, and under MPI rank 0 alone has it.")


def no_module_here(problem: str) -> SetupError:
    """A module of a problem that has none."""
    found = f"{problem} is no network" if problem else "this result was read from a file"
    return SetupError(f"there is no module to give back: {found}.")


def no_model_file(path: object) -> UsageError:
    """The name of a saved output has no suffix of a format."""
    return UsageError(f"--save {path}: the name must end in .safetensors or .npz.")


def cannot_save(path: object, reason: OSError) -> OutputFailed:
    """A file that cannot be written."""
    return OutputFailed(f"{path} cannot be written: {reason.strerror or reason}.")
