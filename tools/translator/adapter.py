"""LoRA adapters between their two homes: a PEFT state dict, and the GGUF file that llama.cpp loads.

llama.cpp interleaves the two halves of each attention head of a Llama model (its rotary embedding rotates neighbours,
that of transformers rotates halves), so that the rows of B of the query and key projections change places.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[np.float32]]

# Name in llama.cpp -> name in transformers, of the layers that are adapted.
_PROJECTIONS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TARGET_MODULES = [name.split(".")[1] for name in _PROJECTIONS.values()]
_HEADS = {"attn_q": 9, "attn_k": 3}  # of SmolLM2-135M


def _interleaved(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    halves = rows.reshape(heads, 2, -1, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def _in_halves(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    pairs = rows.reshape(heads, -1, 2, rows.shape[1])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def peft_name(layer: int, projection: str, side: str) -> str:
    """The name of a tensor in PEFT; `projection` is llama.cpp's name, `side` is A or B."""
    return f"base_model.model.model.layers.{layer}.{_PROJECTIONS[projection]}.lora_{side}.weight"


def read_gguf(path: Path) -> tuple[Tensors, float]:
    """The tensors of a GGUF adapter under their PEFT names, and its alpha."""
    reader = gguf.GGUFReader(path)
    tensors: Tensors = {}
    for tensor in reader.tensors:
        _, layer, projection, _, side = tensor.name.split(".")  # blk.7.attn_q.weight.lora_b
        values = tensor.data.astype(np.float32)
        if side == "lora_b" and projection in _HEADS:
            values = _in_halves(values, _HEADS[projection])
        tensors[peft_name(int(layer), projection, side[-1].upper())] = values
    return tensors, float(reader.fields["adapter.lora.alpha"].contents())


def write_gguf(path: Path, tensors: Mapping[str, NDArray[np.float32]], alpha: float) -> None:
    """Write the tensors of a PEFT adapter for llama.cpp, in half precision."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    layers = 1 + max(int(name.split(".layers.")[1].split(".")[0]) for name in tensors)
    for layer in range(layers):
        for projection in _PROJECTIONS:
            for side in "AB":
                values = np.asarray(tensors[peft_name(layer, projection, side)], np.float32)
                if side == "B" and projection in _HEADS:
                    values = _interleaved(values, _HEADS[projection])
                writer.add_tensor(f"blk.{layer}.{projection}.weight.lora_{side.lower()}", values.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
