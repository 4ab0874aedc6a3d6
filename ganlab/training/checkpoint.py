"""Save a training run to one file, and load it again without executing anything.

The file is in the safetensors format: the tensors of every module and optimiser and the states of the random
generators, with everything that is no tensor as JSON in the file's metadata. Nothing in it is ever executed, unlike
the pickles of ``torch.save``, which can run any code they contain when they are opened.
"""

from __future__ import annotations

import copy
import glob
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.runtime import tame

FORMAT = "ganlab checkpoint 1"
# How files of torch.save (new and old) and of pickle (protocols 4 and 5) begin.
PICKLES = (b"PK\x03\x04", b"\x80\x02\x8a", b"\x80\x04\x95", b"\x80\x05\x95")
LOADABLE = "a ganlab checkpoint (a .safetensors file written by save_checkpoint)"


class CheckpointError(ValueError):
    """A checkpoint cannot be written or read; the message says why and what to do."""


def save_checkpoint(
    path: str | os.PathLike[str],
    *,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer] | None = None,
    meta: Mapping[str, Any] | None = None,
    rng: Mapping[str, torch.Generator] | None = None,
) -> Path:
    """Write everything a run needs to continue into ``path``, atomically.

    Whenever the process or the machine stops, the file is either the old one or the new one: the new content
    goes to a temporary file beside it, to the disk, and only then takes the old one's name.

    Parameters
    ----------
    path : path
        Where to write; missing folders are made.
    modules, optimizers : mapping of name to Module / Optimizer
        Their whole state is written.
    meta : mapping, optional
        Anything JSON can hold: the step, the losses so far, settings.
    rng : mapping of name to torch.Generator, optional
        Random generators whose state belongs to the run.

    Raises
    ------
    CheckpointError
        If ``meta`` or an optimiser's setting cannot be written as JSON, or the file cannot be written.
    """
    path = Path(path)
    tensors: dict[str, Tensor] = {}
    header: dict[str, Any] = {"format": FORMAT, "meta": dict(meta or {}), "modules": [*modules], "optimizers": {}}
    for name, module in modules.items():
        tensors |= {f"module/{name}/{key}": value for key, value in module.state_dict().items()}
    for name, optimizer in (optimizers or {}).items():
        state = optimizer.state_dict()
        header["optimizers"][name] = {"class": type(optimizer).__name__, "groups": state["param_groups"]}
        for index, values in state["state"].items():
            tensors |= {f"optimizer/{name}/{index}/{key}": torch.as_tensor(value) for key, value in values.items()}
    for name, generator in (rng or {}).items():
        tensors[f"rng/{name}"] = generator.get_state()
    try:
        text = json.dumps(header, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path.name}: meta and optimiser settings must be plain JSON, but {error}") from error
    # One contiguous copy each: channels_last and shared tensors are written like any other.
    plain = {key: value.detach().cpu().clone(memory_format=torch.contiguous_format) for key, value in tensors.items()}
    _replace(path, save(plain, metadata={"ganlab": text, "sha256": _digest(text, plain)}))
    return path


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything a checkpoint says."""
    digest = hashlib.sha256(text.encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _replace(path: Path, content: bytes | None) -> None:
    """Give ``path`` its new content in one indivisible step; with None only try whether that is possible."""
    prefix = f".{path.name}."
    try:
        temporary = path.with_name(f"{prefix}{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                file.write(content or b"")
                file.flush()
                # The name must not change hands before the bytes are on the disk.
                os.fsync(file.fileno())
            if content is not None:
                os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        # What runs left that were killed while they wrote.
        for left_over in path.parent.glob(f"{glob.escape(prefix)}*.tmp"):
            left_over.unlink(missing_ok=True)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                # The new name itself, too, survives a power cut.
                os.fsync(folder)
            finally:
                os.close(folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(
            f"{path}: could not be written ({reason}); choose a folder with space to write to"
        ) from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Try whether a checkpoint can be written to ``path``, before a run that is to end there.

    Raises
    ------
    CheckpointError
        If the path is empty or a folder, or nothing can be written beside it.
    """
    if not os.fspath(path):
        raise CheckpointError("checkpoint: expected the path of a file to write, got an empty one")
    if os.path.isdir(path):
        example = os.path.join(path, "run.safetensors")
        raise CheckpointError(f"{os.fspath(path)}: expected the path of a file to write, got a folder; use {example}")
    _replace(Path(path), None)


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the JSON header of a checkpoint, on the CPU; :func:`load_checkpoint` puts them to use.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, or no ganlab checkpoint.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        near = sorted(found.name for found in path.parent.glob("*.safetensors"))
        there = f"; in that folder there is {', '.join(near)}" if near else ""
        raise CheckpointError(f"{path}: there is no such file{there}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(f"{path}: expected {LOADABLE}, cannot read it ({reason})") from error
    try:
        tensors = load(content)
        header_size = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + header_size]).get("__metadata__", {})
    # Whatever the library makes of a header that nobody wrote: it raises KeyError for a type it has no name for.
    except Exception as error:
        if content.startswith(PICKLES):
            raise CheckpointError(
                f"{path.name}: expected {LOADABLE}, got a pickle as torch.save writes it; "
                "those can run any code when opened, so ganlab does not open them"
            ) from error
        raise CheckpointError(
            f"{path.name}: the file is truncated, damaged or of another kind ({len(content)} bytes, "
            f"{tame(error, 200)}); use another checkpoint or start anew"
        ) from error
    return tensors, _header(path.name, metadata, tensors)


def _header(where: str, metadata: Any, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """The JSON that :func:`save_checkpoint` wrote, with every part of the type that it has there."""
    other = f"{where}: expected {LOADABLE}, got a safetensors file of another kind"
    try:
        text = metadata["ganlab"]
        header: dict[str, Any] = json.loads(text)
        version = header["format"]
    # ValueError: no JSON, or a number of thousands of digits; RecursionError: brackets in brackets in brackets.
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(other) from error
    if version != FORMAT:
        raise CheckpointError(f"{where}: expected format {FORMAT!r}, got {tame(version)!r}; update ganlab")
    if metadata.get("sha256", "") not in ("", _digest(text, tensors)):
        raise CheckpointError(f"{where}: the file was changed or damaged after it was written; start anew")
    names, optimizers = header.get("modules"), header.get("optimizers")
    whole = (
        isinstance(header.get("meta"), dict)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(optimizers, dict)
        and all(isinstance(saved, dict) and isinstance(saved.get("class"), str) for saved in optimizers.values())
        and all(isinstance(saved.get("groups"), list) for saved in optimizers.values())
        and all(isinstance(group, dict) for saved in optimizers.values() for group in saved["groups"])
    )
    if not whole:
        raise CheckpointError(other)
    return header


def load_checkpoint(
    path: str | os.PathLike[str],
    *,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer] | None = None,
    rng: Mapping[str, torch.Generator] | None = None,
) -> dict[str, Any]:
    """Bring modules, optimisers and random generators into the state that ``path`` holds; return its ``meta``.

    Everything is checked before anything is changed. A file may hold more than is asked for: to look at samples,
    load the generator alone.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated or of another kind, lacks something that is asked for, or belongs to
        another architecture.
    """
    tensors, header = read_checkpoint(path)
    where = Path(path).name
    for name, module in modules.items():
        _check_module(where, name, module, tensors, header)
    states = {
        name: _optimizer_state(where, name, optimizer, tensors, header)
        for name, optimizer in (optimizers or {}).items()
    }
    for name, generator in (rng or {}).items():
        _check_generator(where, name, generator, tensors)
    for name, module in modules.items():
        module.load_state_dict(_below(f"module/{name}/", tensors))
    for name, optimizer in (optimizers or {}).items():
        optimizer.load_state_dict(states[name])
    for name, generator in (rng or {}).items():
        generator.set_state(tensors[f"rng/{name}"])
    meta: dict[str, Any] = header["meta"]
    return meta


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _check_module(
    where: str, name: str, module: nn.Module, tensors: Mapping[str, Tensor], header: Mapping[str, Any]
) -> None:
    """Compare what the file has for ``module`` with what the module wants, by name, shape and type."""
    if name not in header["modules"]:
        there = tame(", ".join(header["modules"]), 200) or "nothing"
        raise CheckpointError(f"{where}: expected a module called {name!r}, but the file holds {there}")
    found, wanted = _below(f"module/{name}/", tensors), module.state_dict()
    advice = "build the model with the settings it was saved with"
    for key, value in wanted.items():
        if key not in found:
            raise CheckpointError(f"{where}: {name}.{key} is missing from the file; {advice}")
        if found[key].shape != value.shape or found[key].dtype != value.dtype:
            raise CheckpointError(
                f"{where}: {name}.{key} is {_describe(found[key])} in the file, but {_describe(value)} in the model; "
                + advice
            )
    extra = sorted(set(found) - set(wanted))
    if extra:
        raise CheckpointError(f"{where}: the file has {name}.{tame(extra[0])}, which the model lacks; {advice}")


def _check_generator(where: str, name: str, generator: torch.Generator, tensors: Mapping[str, Tensor]) -> None:
    """Try the saved state on another generator of the same device."""
    if f"rng/{name}" not in tensors:
        raise CheckpointError(f"{where}: the state of the random generator {name!r} is missing; start anew")
    try:
        torch.Generator(generator.device).set_state(tensors[f"rng/{name}"])
    except (RuntimeError, TypeError) as error:
        raise CheckpointError(
            f"{where}: what it has for the random generator {name!r} is no state; start anew"
        ) from error


def _describe(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _optimizer_state(
    where: str, name: str, optimizer: Optimizer, tensors: Mapping[str, Tensor], header: Mapping[str, Any]
) -> dict[str, Any]:
    """The ``state_dict`` of one optimiser, checked against the parameters it is to steer."""
    if name not in header["optimizers"]:
        there = tame(", ".join(header["optimizers"]), 200) or "none"
        raise CheckpointError(f"{where}: expected an optimiser called {name!r}, but the file holds {there}")
    saved, advice = header["optimizers"][name], "build the model with the settings it was saved with"
    orders = [group.get("params") for group in saved["groups"]]
    sizes = [len(order) if isinstance(order, list) else 0 for order in orders]
    wanted = [len(group["params"]) for group in optimizer.param_groups]
    if saved["class"] != type(optimizer).__name__ or sizes != wanted:
        raise CheckpointError(
            f"{where}: optimiser {name!r} was {tame(saved['class'])} of {sum(sizes)} parameters when saved, "
            f"but is {type(optimizer).__name__} of {sum(wanted)} now; build it as it was"
        )
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if [index for order in orders for index in order] != list(range(len(parameters))):
        raise CheckpointError(f"{where}: optimiser {name!r} does not count its parameters from 0 on; start anew")
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in _below(f"optimizer/{name}/", tensors).items():
        number, _, field = key.partition("/")
        if not (number.isdecimal() and number.isascii() and len(number) < 10 and int(number) < len(parameters)):
            raise CheckpointError(f"{where}: optimiser {name!r} has no parameter {tame(number)}; {advice}")
        parameter = parameters[int(number)]
        if value.shape == parameter.shape:
            # In the parameter's own memory layout: fused optimisers walk both in memory order.
            value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        elif value.dim() > 0:
            raise CheckpointError(
                f"{where}: optimiser {name!r} keeps {tame(field)} of shape {tuple(value.shape)} for a parameter of "
                f"shape {tuple(parameter.shape)}; {advice}"
            )
        state.setdefault(int(number), {})[field] = value.detach()
    groups = []
    for group, now in zip(saved["groups"], optimizer.param_groups, strict=True):
        known = {key: _as_now(where, name, key, group.get(key, value), value) for key, value in now.items()}
        groups.append({**group, **known, "params": group["params"]})
    found = {"state": state, "param_groups": groups}
    try:
        # A copy that shares the parameters and nothing else: the optimiser's own class says what it misses.
        copy.copy(optimizer).load_state_dict(found)
    except Exception as error:
        raise CheckpointError(
            f"{where}: {type(optimizer).__name__} cannot take up what optimiser {name!r} was saved with "
            f"({type(error).__name__}: {tame(error)}); start anew"
        ) from error
    return found


def _as_now(where: str, name: str, key: str, value: Any, now: Any) -> Any:
    """One setting of an optimiser's group, of the type that the optimiser itself has there."""
    # JSON knows no tuples; Adam's betas are one.
    if isinstance(now, tuple) and isinstance(value, list) and len(value) == len(now):
        return tuple(_as_now(where, name, key, saved, own) for saved, own in zip(value, now, strict=True))
    # None: PyTorch is to choose, as with `fused`. A bool is an int in Python, and no learning rate.
    flag = now is None or isinstance(now, bool)
    fits = value is None or isinstance(value, bool) if flag else type(value) is type(now)
    if fits or (type(value) in (int, float) and type(now) in (int, float)):
        return value
    raise CheckpointError(
        f"{where}: optimiser {name!r} has {tame(key)}={tame(value)}, of another type than now; start anew"
    )
