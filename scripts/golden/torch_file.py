#!/usr/bin/env python3
"""Write fixtures/golden/torch_{zip,row,checkpoint}.pt and torch_file.safetensors: files of PyTorch and what they hold.

torch_zip.pt is a state dict with what other people's have: every floating type, a parameter, a transposed view, a view from the
middle of a storage that another tensor shares, a scalar, an empty tensor and a counter (int64). torch_row.pt is the same as
PyTorch before 1.6 wrote it; torch_checkpoint.pt holds it under `state_dict` beside an epoch's number and the state of an
optimiser. torch_file.safetensors is the truth: the floating tensors as f32, row by row, by the same names.

Usage: python scripts/golden/torch_file.py [--out DIR]
"""
import argparse
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.manual_seed(31)
    whole = torch.randn(4, 6)
    state = OrderedDict({
        "plain.weight": whole,
        "turned.weight": whole.t(),
        "middle.weight": whole[1:3, 2:5],
        "parameter.bias": nn.Parameter(torch.randn(5)),
        "half.bias": torch.randn(3).half(),
        "brain.bias": torch.randn(3).bfloat16(),
        "double.bias": torch.randn(3).double(),
        "scalar": torch.tensor(0.25),
        "empty": torch.zeros(0, 7),
        "norm.num_batches_tracked": torch.tensor(12345),
    })
    torch.save(state, arguments.out / "torch_zip.pt")
    torch.save(state, arguments.out / "torch_row.pt", _use_new_zipfile_serialization=False)
    network = nn.Linear(2, 2)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    network(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    checkpoint = {"epoch": 3, "best": 0.5, "optimizer": optimiser.state_dict(), "state_dict": state}
    torch.save(checkpoint, arguments.out / "torch_checkpoint.pt")
    truth = {name: tensor.detach().float().contiguous().clone()
             for name, tensor in state.items() if tensor.is_floating_point()}
    save_file(truth, arguments.out / "torch_file.safetensors", metadata={"torch": torch.__version__})
    for path in sorted(arguments.out.glob("torch_*")):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
