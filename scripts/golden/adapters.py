#!/usr/bin/env python3
"""Write fixtures/golden/adapters.safetensors: LoRA and DoRA on one linear layer, by Hugging Face's PEFT.

A layer of 12 inputs and 8 outputs with bias, rank 3, alpha 6. `input` [5, 12], `weight`, `bias`, `lora_a` [3, 12] and
`lora_b` [8, 3] (not zero) serve both; DoRA's `magnitude` [8] begins as PEFT sets it (`dora.first_magnitude`, rows' lengths of the
weight with lora_b = 0) and is then `magnitude`. The loss is sum(output * `cotangent`). For `lora` and `dora`: `output` [5, 8]
and the gradients `gradient.input`, `gradient.lora_a`, `gradient.lora_b`, `gradient.magnitude`; `merged`, the weight after
`merge_and_unload`.

Usage: python scripts/golden/adapters.py [--out DIR]
"""
import argparse
import sys
from importlib.metadata import version
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent))
from provenance import provenance

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden"
INPUTS, OUTPUTS, RANK, ALPHA = 12, 8, 3, 6


def run(kind: str, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    network = nn.Sequential(nn.Linear(INPUTS, OUTPUTS))
    with torch.no_grad():
        network[0].weight.copy_(given["weight"])
        network[0].bias.copy_(given["bias"])
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["0"], use_dora=kind == "dora", lora_dropout=0.0)
    network = get_peft_model(network, config)
    layer = network.base_model.model[0]
    down, up = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    learning = {"lora_a": down, "lora_b": up}
    out = {}
    if kind == "dora":
        learning["magnitude"] = layer.lora_magnitude_vector["default"].weight
        out["first_magnitude"] = learning["magnitude"].detach().clone()
    with torch.no_grad():
        for name, tensor in learning.items():
            tensor.copy_(given[name])
    x = given["input"].clone().requires_grad_()
    output = network(x)
    (output * given["cotangent"]).sum().backward()
    out |= {"output": output.detach().clone(), "gradient.input": x.grad}
    out |= {f"gradient.{name}": tensor.grad.clone() for name, tensor in learning.items()}
    assert not any(p.grad is not None for p in (layer.base_layer.weight, layer.base_layer.bias))
    out["merged"] = network.merge_and_unload()[0].weight.detach().clone()
    return {f"{kind}.{name}": tensor for name, tensor in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.manual_seed(29)
    given = {
        "input": torch.randn(5, INPUTS),
        "weight": torch.randn(OUTPUTS, INPUTS) * 0.4,
        "bias": torch.randn(OUTPUTS),
        "lora_a": torch.randn(RANK, INPUTS) * 0.3,
        "lora_b": torch.randn(OUTPUTS, RANK) * 0.3,
        "magnitude": torch.rand(OUTPUTS) + 0.5,
        "cotangent": torch.randn(5, OUTPUTS),
    }
    tensors = given | run("lora", given) | run("dora", given)
    path = arguments.out / "adapters.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path,
              metadata=provenance() | {"peft": version("peft")})
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
