"""Save a training run to one file, and load it again without executing anything.

The file is in the safetensors format: the tensors of every module and optimiser and the states of the random
generators, with everything that is no tensor as JSON in the file's metadata. Nothing in it is ever executed, unlike
the pickles of ``torch.save``, which can run any code they contain when they are opened.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.optim import Optimizer

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
    _write_atomically(path, save(plain, metadata={"ganlab": text, "sha256": _digest(text, plain)}))
    return path


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything a checkpoint says."""
    digest = hashlib.sha256(text.encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _write_atomically(path: Path, content: bytes) -> None:
    """Give ``path`` its new content in one indivisible step."""
    prefix = f".{path.name}."
    temporary = path.with_name(f"{prefix}{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # the name must not change hands before the bytes are on the disk
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        for left_over in path.parent.glob(f"{glob.escape(prefix)}*.tmp"):  # of runs that were killed while they wrote
            left_over.unlink(missing_ok=True)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the new name itself, too, survives a power cut
            finally:
                os.close(folder)
    except OSError as error:
        raise CheckpointError(
            f"{path}: could not be written ({error.strerror or error}); choose a folder with space to write to"
        ) from error


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
    except OSError as error:
        raise CheckpointError(f"{path}: expected {LOADABLE}, cannot read it ({error.strerror or error})") from error
    try:
        tensors = load(content)
        header_size = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + header_size]).get("__metadata__", {})
    except SafetensorError as error:
        if content.startswith(PICKLES):
            raise CheckpointError(
                f"{path.name}: expected {LOADABLE}, got a pickle as torch.save writes it; "
                "those can run any code when opened, so ganlab does not open them"
            ) from error
        raise CheckpointError(
            f"{path.name}: the file is truncated, damaged or of another kind ({len(content)} bytes, {error}); "
            "use another checkpoint or start anew"
        ) from error
    try:
        text = metadata["ganlab"]
        header: dict[str, Any] = json.loads(text)
        if header["format"] != FORMAT:
            raise CheckpointError(f"{path.name}: expected format {FORMAT!r}, got {header['format']!r}; update ganlab")
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path.name}: expected {LOADABLE}, got a safetensors file of another kind") from error
    if metadata.get("sha256", "") not in ("", _digest(text, tensors)):
        raise CheckpointError(f"{path.name}: the file was changed or damaged after it was written; start anew")
    return tensors, header


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
    for name in rng or {}:
        if f"rng/{name}" not in tensors:
            raise CheckpointError(f"{where}: the state of the random generator {name!r} is missing; start anew")
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


def _check_module(where: str, name: str, module: nn.Module, tensors: Mapping[str, Tensor], header: Mapping) -> None:
    """Compare what the file has for ``module`` with what the module wants, by name, shape and type."""
    if name not in header["modules"]:
        there = ", ".join(header["modules"]) or "nothing"
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
        raise CheckpointError(f"{where}: the file has {name}.{extra[0]}, which the model lacks; {advice}")


def _describe(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _optimizer_state(
    where: str, name: str, optimizer: Optimizer, tensors: Mapping[str, Tensor], header: Mapping
) -> dict[str, Any]:
    """The ``state_dict`` of one optimiser, checked against the parameters it is to steer."""
    if name not in header["optimizers"]:
        there = ", ".join(header["optimizers"]) or "none"
        raise CheckpointError(f"{where}: expected an optimiser called {name!r}, but the file holds {there}")
    saved = header["optimizers"][name]
    sizes = [len(group["params"]) for group in saved["groups"]]
    wanted = [len(group["params"]) for group in optimizer.param_groups]
    if saved["class"] != type(optimizer).__name__ or sizes != wanted:
        raise CheckpointError(
            f"{where}: optimiser {name!r} was {saved['class']} of {sum(sizes)} parameters when saved, "
            f"but is {type(optimizer).__name__} of {sum(wanted)} now; build it as it was"
        )
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in _below(f"optimizer/{name}/", tensors).items():
        index, _, field = key.partition("/")
        parameter = parameters[int(index)]
        if value.shape == parameter.shape:
            # In the parameter's own memory layout: fused optimisers walk both in memory order.
            value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        elif value.dim() > 0:
            raise CheckpointError(
                f"{where}: optimiser {name!r} keeps {field} of shape {tuple(value.shape)} for a parameter of shape "
                f"{tuple(parameter.shape)}; build the model with the settings it was saved with"
            )
        state.setdefault(int(index), {})[field] = value.detach()
    groups = [
        # JSON knows no tuples; Adam's betas are one.
        {key: tuple(value) if isinstance(now.get(key), tuple) else value for key, value in group.items()}
        for group, now in zip(saved["groups"], optimizer.param_groups, strict=True)
    ]
    return {"state": state, "param_groups": groups}
