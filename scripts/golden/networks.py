#!/usr/bin/env python3
"""Write fixtures/golden/{mn04,mn05,stern_cnn}.safetensors: inputs and outputs of the networks.

mn04: EfficientAT's MobileNetV3 of width 0.4 (MIT), evaluation mode, on one log-mel [1, 1, 128, 200]. Twice:
  real.*  with the AudioSet weights mn04_as (a file of EfficientAT's release as safetensors; not stored here)
  rule.*  with weights that both sides compute by the rule below, so that a test needs no weights
For each, `features.N.head` (the first 64 values of block N's output in memory order) and `features.N.mean_std` (mean and
biased standard deviation of all its values); the last block also in full; `pooled` (mean over frequency and time), `hidden`
(after classifier.3, hard swish) and `logits`.

mn05: the same of width 0.5, `rule.*` alone, on the log-mel of mn04. Besides, of every width that has published weights, the
state dict as mnNN must have it: `sizes.mnNN` [tensors, 4], a row a tensor (its axes, then zeros), and their names in the
metadata's `names`; all without `num_batches_tracked`, sorted as ASCII.

stern_cnn: the network of the study; weights, input and output are all stored.

The rule. Take the state dict's names without `num_batches_tracked`, sorted as ASCII. The tensor at place t of that list
(from 0) has at flat index i (from 0, row-major)
    z = (t << 32 | i) + 0x9E3779B97F4A7C15
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9
    z = (z ^ z >> 27) * 0x94D049BB133111EB                  all modulo 2^64: one step of SplitMix64
    u = ((z ^ z >> 31) >> 40) / 2^23 - 1                    uniform on [-1, 1), exact in f32
and the value, computed in f64 and rounded to f32 at the end, is
    two or more axes    u * sqrt(5 / fan_in), fan_in = product of the axes but the first
    *.running_var       1 + 0.5 u
    *.weight, one axis  1 + 0.2 u          (batch normalisation's scale)
    any other, one axis 0.2 u              (biases, running means)
`rule.first_weights` [tensors, 4] holds the first four values of each tensor in that order, to find a slip quickly.

Usage: python scripts/golden/networks.py --efficientat DIR --weights efficientat-mn04-as.safetensors [--out DIR]
"""
import argparse
import contextlib
import io
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent))
from log_mel import test_signal
from provenance import provenance

WIDTHS = {"mn04": 0.4, "mn05": 0.5, "mn10": 1.0, "mn20": 2.0, "mn30": 3.0, "mn40": 4.0}
DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden"


def uniform(place: int, shape: torch.Size) -> np.ndarray:
    """The rule's u, flat; see the top of this file."""
    index = np.arange(shape.numel(), dtype=np.uint64)
    z = (np.uint64(place << 32) | index) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def rule_tensor(place: int, name: str, shape: torch.Size) -> torch.Tensor:
    """The tensor that the rule gives."""
    u = uniform(place, shape)
    if len(shape) > 1:
        values = u * np.sqrt(5 / shape[1:].numel())
    elif name.endswith("running_var"):
        values = 1 + 0.5 * u
    elif name.endswith("weight"):
        values = 1 + 0.2 * u
    else:
        values = 0.2 * u
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def rule_weights(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = sorted(name for name in state if not name.endswith("num_batches_tracked"))
    return {name: rule_tensor(place, name, state[name].shape) for place, name in enumerate(names)}


def load(network: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Load every tensor but the batch counters, which evaluation never reads."""
    weights = {name: tensor for name, tensor in weights.items() if not name.endswith("num_batches_tracked")}
    missing, unexpected = network.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)


def mn_outputs(network: nn.Module, prefix: str, log_mel: torch.Tensor) -> dict[str, torch.Tensor]:
    outputs, x = {}, log_mel
    for n, block in enumerate(network.features):
        x = block(x)
        outputs[f"{prefix}.features.{n}.head"] = x.flatten()[:64].clone()
        outputs[f"{prefix}.features.{n}.mean_std"] = torch.stack([x.mean(), x.std(correction=0)])
        print(f"{prefix} features.{n:<2} {str(list(x.shape)):18} mean {x.mean():9.4f} std {x.std():9.4f}")
    outputs[f"{prefix}.features.{len(network.features) - 1}"] = x
    outputs[f"{prefix}.pooled"] = x.mean(dim=(2, 3))
    outputs[f"{prefix}.hidden"] = network.classifier[:4](x)
    outputs[f"{prefix}.logits"] = network.classifier(x)
    for name in ("pooled", "hidden", "logits"):
        y = outputs[f"{prefix}.{name}"]
        print(f"{prefix} {name:11} {str(list(y.shape)):18} mean {y.mean():9.4f} std {y.std():9.4f}")
    return outputs


def efficientat_network(efficientat: str, width: float) -> nn.Module:
    # The checkout reads its metadata from the current directory on import, and prints the network it builds.
    with contextlib.chdir(efficientat), contextlib.redirect_stdout(io.StringIO()):
        from models.mn.model import get_model

        return get_model(width_mult=width, pretrained_name=None).eval()


def mn04(efficientat: str, weights: Path) -> dict[str, torch.Tensor]:
    network = efficientat_network(efficientat, WIDTHS["mn04"])
    with contextlib.chdir(efficientat):
        from models.preprocess import AugmentMelSTFT

        front_end = AugmentMelSTFT(freqm=0, timem=0).eval()
    log_mel = front_end(torch.cat([test_signal(32_000, 1), test_signal(32_000, 5)]).unsqueeze(0)).unsqueeze(0)
    tensors = {"log_mel": log_mel}
    load(network, load_file(weights))
    tensors |= mn_outputs(network, "real", log_mel)
    rule = rule_weights(network.state_dict())
    load(network, rule)
    tensors["rule.first_weights"] = torch.stack([tensor.flatten()[:4] for tensor in rule.values()])
    return tensors | mn_outputs(network, "rule", log_mel)


def mn05(efficientat: str, log_mel: torch.Tensor) -> tuple[dict[str, torch.Tensor], str]:
    """The tensors, and the names of all widths' state dicts."""
    network = efficientat_network(efficientat, WIDTHS["mn05"])
    load(network, rule_weights(network.state_dict()))
    tensors, names = mn_outputs(network, "rule", log_mel), set()
    for name, width in WIDTHS.items():
        state = efficientat_network(efficientat, width).state_dict()
        state = sorted((key, tensor.shape) for key, tensor in state.items() if not key.endswith("num_batches_tracked"))
        sizes = [list(shape) + [0] * (4 - len(shape)) for _, shape in state]
        # As the other tensors, which the tests read as f32: exact up to 16 million.
        tensors[f"sizes.{name}"] = torch.tensor(sizes, dtype=torch.float32)
        names.add(" ".join(key for key, _ in state))
    (names,) = names
    return tensors, names


class SternCnn(nn.Module):
    """Four blocks of convolution (16 channels, kernel 3, padding 2), ReLU and pooling by 2; flatten; linear to K logits."""

    def __init__(self, playlists: int, mels: int, frames: int):
        super().__init__()
        for n, channels in enumerate([1, 16, 16, 16], start=1):
            block = nn.Sequential(nn.Conv2d(channels, 16, 3, stride=1, padding=2), nn.ReLU(), nn.MaxPool2d(2))
            self.add_module(f"conv{n}", block)
            mels, frames = (mels + 2) // 2, (frames + 2) // 2
        self.linear = nn.Linear(16 * mels * frames, playlists)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = self.conv4(self.conv3(self.conv2(self.conv1(mel))))
        return self.linear(x.flatten(1))


def stern_cnn() -> dict[str, torch.Tensor]:
    torch.manual_seed(11)
    network = SternCnn(playlists=5, mels=64, frames=87).eval()
    mel = torch.randn(2, 1, 64, 87)
    x = mel
    for n in range(1, 5):
        x = getattr(network, f"conv{n}")(x)
        print(f"stern conv{n} {list(x.shape)} mean {x.mean():.4f} std {x.std():.4f}")
    return {"mel": mel, "conv4": x, "logits": network(mel)} | network.state_dict()


def save(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=metadata)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--efficientat", required=True, help="directory of an EfficientAT checkout")
    parser.add_argument("--weights", type=Path, required=True, help="EfficientAT's mn04_as as safetensors")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sys.path.insert(0, arguments.efficientat)
    with torch.no_grad():
        metadata = provenance(arguments.efficientat)
        narrowest = mn04(arguments.efficientat, arguments.weights.resolve())
        save(narrowest, arguments.out / "mn04.safetensors", metadata)
        wider, names = mn05(arguments.efficientat, narrowest["log_mel"])
        save(wider, arguments.out / "mn05.safetensors", metadata | {"names": names})
        save(stern_cnn(), arguments.out / "stern_cnn.safetensors", provenance())


if __name__ == "__main__":
    main()
