#!/usr/bin/env python3
"""Times PyTorch eager at what benches/networks.rs timed, from its lines: same sizes, device, precision, threads.

Peers: `torchvision` (mobilenet_v3_large of the same width, which is mn04 to mn40 but for the gate of its
squeeze-and-excitation; resnet18), `transformers` (ASTForAudioClassification with scaled_dot_product_attention), and
the four convolutions of stern-cnn. One channel comes in everywhere; mn04 to mn40 keep their running statistics in
training, as ours do; short-chunk-cnn is the reference of `scripts/golden`. Weights are random. A training step is forward, binary cross-entropy, backward, AdamW; on CUDA,
AdamW is timed both as it comes and fused. Prints one line for each of ours: theirs, and `ratio`, their seconds by ours
(above 1: ours is faster).

Usage: OMP_NUM_THREADS=2 cargo bench --bench networks > ours.jsonl && python scripts/peer/networks.py ours.jsonl
"""
import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import nn

WIDTHS = {"mn04": 0.4, "mn05": 0.5, "mn10": 1.0, "mn20": 2.0, "mn30": 3.0, "mn40": 4.0}
AST = {
    "ast": {},
    "ast-small": {"hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 3, "intermediate_size": 768},
}


class Ast(nn.Module):
    """`transformers`' network for windows [batch, 1, bands, frames]."""

    def __init__(self, name: str, bands: int, frames: int, playlists: int):
        super().__init__()
        from transformers import ASTConfig, ASTForAudioClassification

        config = ASTConfig(num_mel_bins=bands, max_length=frames, num_labels=playlists, **AST[name])
        config._attn_implementation = "sdpa"
        self.ast = ASTForAudioClassification(config)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        return self.ast(windows.squeeze(1).transpose(1, 2)).logits


def stern_cnn(bands: int, frames: int, playlists: int) -> nn.Module:
    layers = []
    for channels in (1, 16, 16, 16):
        layers += [nn.Conv2d(channels, 16, 3, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
        bands, frames = (bands + 2) // 2, (frames + 2) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * bands * frames, playlists))


def mobilenet(width: float, playlists: int) -> nn.Module:
    from torchvision.models import mobilenet_v3_large

    network = mobilenet_v3_large(width_mult=width, num_classes=playlists)
    stem = network.features[0]
    stem[0] = nn.Conv2d(1, stem[0].out_channels, 3, stride=2, padding=1, bias=False)
    return network


def resnet18(playlists: int) -> nn.Module:
    from torchvision.models import resnet18 as build

    network = build(num_classes=playlists)
    network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return network


def short_chunk_cnn(playlists: int) -> nn.Module:
    # Before this folder, which has a file of the same name as one that it needs.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))
    from architectures import ShortChunk

    class Logits(ShortChunk):
        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            return super().forward(windows)[0]

    network = Logits()
    network.dense2 = nn.Linear(network.dense2.in_features, playlists)
    return network


def build(ours: dict) -> nn.Module:
    name, playlists = ours["network"], ours["playlists"]
    if name in AST:
        return Ast(name, ours["bands"], ours["frames"], playlists)
    if name == "stern-cnn":
        return stern_cnn(ours["bands"], ours["frames"], playlists)
    if name in WIDTHS:
        return mobilenet(WIDTHS[name], playlists)
    return {"resnet18": resnet18, "short-chunk-cnn": short_chunk_cnn}[name](playlists)


def keep_statistics(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def median(ours: dict, call: Callable[[], None]) -> float:
    """Seconds that one call takes, after a round that warms up: as `median` in benches/networks.rs."""
    wait = torch.cuda.synchronize if ours["device"] == "cuda" else lambda: None
    times = []
    for _ in range(ours["rounds"] + 1):
        wait()
        start = time.perf_counter()
        for _ in range(ours["steps"]):
            call()
        wait()
        times.append((time.perf_counter() - start) / ours["steps"])
    return statistics.median_high(times[1:])


def measure(ours: dict, fused: bool | None) -> float:
    torch.manual_seed(1)
    device = ours["device"]
    network = build(ours).to(device)
    windows = torch.randn(ours["batch"], 1, ours["bands"], ours["frames"], device=device)
    targets = (torch.rand(ours["batch"], ours["playlists"], device=device) < 0.05).float()
    bf16 = ours["precision"] == "bf16"

    def autocast():
        return torch.autocast(device, torch.bfloat16) if bf16 else nullcontext()

    if ours["stage"] == "inference":
        network.eval()

        def call() -> None:
            with torch.no_grad(), autocast():
                network(windows)
    else:
        network.train()
        if ours["network"] in WIDTHS:
            keep_statistics(network)
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=0.01, fused=fused)

        def call() -> None:
            optimiser.zero_grad()
            with autocast():
                logits = network(windows)
            nn.functional.binary_cross_entropy_with_logits(logits.float(), targets).backward()
            optimiser.step()

    return median(ours, call)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", type=Path, help="what benches/networks.rs printed")
    arguments = parser.parse_args()
    for line in arguments.ours.read_text().splitlines():
        ours = json.loads(line)
        torch.set_num_threads(ours["threads"])
        on_cuda = ours["device"] == "cuda"
        kinds = {"eager": None, "eager, fused AdamW": True} if on_cuda and ours["stage"] == "step" else {"eager": None}
        for peer, fused in kinds.items():
            if on_cuda:
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            seconds = measure(ours, fused)
            facts = {"peer": peer, "torch": torch.__version__, "seconds": round(seconds, 6)}
            facts |= {"windows_per_second": round(ours["batch"] / seconds, 3)}
            facts |= {"ours_seconds": round(ours["seconds"], 6), "ratio": round(seconds / ours["seconds"], 3)}
            facts |= {"peak_host_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
            facts |= {"peak_reserved_bytes": torch.cuda.max_memory_reserved()} if on_cuda else {}
            same = ("network", "stage", "device", "precision", "batch", "bands", "frames", "threads")
            print(json.dumps({key: ours[key] for key in same} | facts), flush=True)


if __name__ == "__main__":
    main()
