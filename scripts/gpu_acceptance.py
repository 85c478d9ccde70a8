#!/usr/bin/env python3
"""The acceptance on a GPU: our networks beside the CPU, PyTorch eager, and what the matrix units can give.

Takes the program that `gpu_acceptance.sh build` made and runs it with the libtorch inside this Python's torch. In
turn:
  check  outputs and three training steps beside the CPU in single precision, same weights, same windows, in f32 (TF32
         off) and in PRECISION
  peak   a large square matrix product in PRECISION on random numbers, TFLOP/s
  step   inference and training step of NETWORKS at BATCH, ours and PyTorch's (scripts/peer/networks.py), and the peak
         memory of each
For the transformers the share of the peak follows: operations that a step needs (three times those of the forward
pass, of which the last layer's are counted for the two tokens alone), by seconds, by the peak. Exit 1 where an output
is wrong, or, on CUDA, where AST-base is under 45 % of the peak or slower than PyTorch's eager step.

By environment: DEVICE (cuda), PRECISION (bf16), NETWORKS (ast), BATCH (32), ROUNDS (5), STEPS (10), WINDOW_SECONDS (of
a window; the front end's own), PEAK (8192, side of the matrices).

Usage: python scripts/gpu_acceptance.py FOLDER/networks
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch

LEAST_SHARE, LEAST_RATIO = 0.45, 1.0
DEFAULTS = {"DEVICE": "cuda", "PRECISION": "bf16", "NETWORKS": "ast", "BATCH": "32", "ROUNDS": "5", "STEPS": "10"}
PEER = Path(__file__).resolve().parent / "peer/networks.py"
# Layers, width, inner units; as in src/model/ast.rs.
SIZES = {"ast": (12, 768, 3072), "ast-small": (6, 192, 768)}


def operations(line: dict) -> float | None:
    """Floating-point operations that a training step of a transformer needs; two a multiplication with its addition."""
    if line["network"] not in SIZES:
        return None
    layers, width, inner = SIZES[line["network"]]
    patches = ((line["bands"] - 16) // 10 + 1) * ((line["frames"] - 16) // 10 + 1)
    words, tokens = patches + 2, 2

    def layer(read: int) -> int:
        linear = 2 * words * 2 * width**2 + read * 2 * (2 * width**2 + 2 * width * inner)
        return linear + 2 * 2 * read * words * width

    forward = 2 * patches * 256 * width + (layers - 1) * layer(words) + layer(tokens)
    return 3.0 * line["batch"] * forward


def matrix_peak(side: int, device: str, precision: str) -> float:
    """TFLOP/s of the best of three rounds of products."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = (torch.randn(side, side, device=device).to(kind) for _ in range(2))
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    best = 0.0
    for count in (3, 10, 30):
        wait()
        start = time.perf_counter()
        for _ in range(count):
            left @ right
        wait()
        best = max(best, 2 * side**3 * count / (time.perf_counter() - start) / 1e12)
    return best


class DeviceMemory(threading.Thread):
    """The most memory that was taken on the GPU while another process ran, above what was taken before."""

    def __init__(self, device: str):
        super().__init__(daemon=True)
        self.asked, self.most, self.device = threading.Event(), 0, device
        self.before = self.taken()

    def taken(self) -> int:
        if self.device != "cuda":
            return 0
        free, total = torch.cuda.mem_get_info()
        return total - free

    def run(self) -> None:
        while not self.asked.wait(0.01):
            self.most = max(self.most, self.taken() - self.before)

    def end(self) -> int | None:
        self.asked.set()
        self.join()
        return self.most if self.device == "cuda" else None


def lines_of(command: list[str], environment: dict[str, str], device: str) -> tuple[list[dict], int]:
    """What a program printed as JSON, with the GPU's memory that it took, and its exit status."""
    memory = DeviceMemory(device)
    memory.start()
    done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False)
    taken = {"peak_device_bytes": memory.end()}
    return [json.loads(line) | taken for line in done.stdout.splitlines()], done.returncode


def say(line: dict) -> None:
    short = {key: round(value, 4) if isinstance(value, float) else value for key, value in line.items()}
    print(json.dumps(short), flush=True)


def check(program: str, settings: dict[str, str], device: str) -> bool:
    right = True
    for precision in dict.fromkeys(["f32", settings["PRECISION"]]):
        # Two windows are enough, and the CPU's half takes its time.
        asked = settings | {"PRECISION": precision, "BATCH": "2", "NVIDIA_TF32_OVERRIDE": "0"}
        lines, status = lines_of([program, "--check"], asked, device)
        for line in lines:
            say(line)
        right = right and status == 0 and len(lines) == len(settings["NETWORKS"].split(","))
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the carried benches/networks")
    program = parser.parse_args().program
    settings = {name: os.environ.get(name, default) for name, default in DEFAULTS.items()}
    settings["LD_LIBRARY_PATH"] = str(Path(torch.__file__).parent / "lib")
    on_cuda, precision, start = settings["DEVICE"].startswith("cuda"), settings["PRECISION"], time.perf_counter()
    device = "cuda" if on_cuda else "cpu"
    right = check(program, settings, device)
    peak = matrix_peak(int(os.environ.get("PEAK", "8192")), device, precision)
    name = torch.cuda.get_device_name() if on_cuda else device
    say({"stage": "peak", "device": name, "precision": precision, "tflops": peak, "torch": torch.__version__})
    ours, status = lines_of([program], settings, device)
    right = right and status == 0 and bool(ours)
    reached = True
    for line in ours:
        needed = operations(line) if line["stage"] == "step" else None
        if needed:
            line["tflops"] = needed / line["seconds"] / 1e12
            line["share_of_peak"] = line["tflops"] / peak
            reached = reached and (line["network"] != "ast" or line["share_of_peak"] >= LEAST_SHARE)
        say(line)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(map(json.dumps, ours)))
        file.flush()
        theirs, status = lines_of([sys.executable, str(PEER), file.name], {}, device)
    for line in theirs:
        say(line)
        asked = line["network"] == "ast" and line["stage"] == "step" and line["peer"] == "eager"
        reached = reached and (not asked or line["ratio"] >= LEAST_RATIO)
    right = right and status == 0
    took = time.perf_counter() - start
    say({"stage": "verdict", "right": right, "reached": reached if on_cuda else None, "seconds": took})
    sys.exit(0 if right and (reached or not on_cuda) else 1)


if __name__ == "__main__":
    main()
