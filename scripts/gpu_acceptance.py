#!/usr/bin/env python3
"""The acceptance on a GPU: our networks beside the CPU, PyTorch eager, and what the matrix units can give; then a whole
training beside a known ceiling.

Takes the folder that `gpu_acceptance.sh build` filled and runs its programs with the libtorch inside this Python's
torch. In turn, each with a time limit of its own and all under BUDGET seconds:
  check    outputs and three training steps beside the CPU in single precision, same weights, same windows, in f32 (TF32
           off) and in PRECISION
  peak     a large square matrix product in PRECISION on random numbers, TFLOP/s
  step     inference and training step of NETWORKS at BATCH, ours and PyTorch's (scripts/peer/networks.py), and the peak
           memory of each
  loader   windows a second that the input pipeline makes on all cores, as they are and with the augmentation of the
           network's preset; `ratio` by those that the training step takes
  world    a simulated editorial world of LISTS lists and TRACKS tracks, made here from the carried lists
  training all of `playlist-fit train` on it: TRAINED from random weights for EPOCHS epochs, its top-k beside the
           world's known ceiling, and the peak memory of the whole
For the transformers the share of the peak follows: operations that a step needs (three times those of the forward
pass, of which the last layer's are counted for the two tokens alone), by seconds, by the peak. A line of JSON each, the
last is the verdict. Exit 1 where an output is wrong or a stage failed, or, on CUDA, where AST-base is under 45 % of the
peak or slower than PyTorch's eager step, where the loader is slower than the step, or where the training does not beat
the largest lists.

By environment: DEVICE (cuda), PRECISION (bf16), NETWORKS (ast), BATCH (32), ROUNDS (5), STEPS (10), WINDOW_SECONDS (of
a window; the front end's own), PEAK (8192, side of the matrices), LISTS (20), TRACKS (3000), SECONDS_EACH (12, of a
clip), TRAINED (ast-small), EPOCHS (20), BUDGET (540).

Usage: python scripts/gpu_acceptance.py FOLDER
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

LEAST_SHARE, LEAST_RATIO, LEAST_LOADER = 0.45, 1.0, 1.0
DEFAULTS = {"DEVICE": "cuda", "PRECISION": "bf16", "NETWORKS": "ast", "BATCH": "32", "ROUNDS": "5", "STEPS": "10"}
# Seconds that a stage may take; all together may take BUDGET.
LIMITS = {"check": 120, "step": 120, "peer": 120, "loader": 60, "world": 120, "training": 240}
PEER = Path(__file__).resolve().parent / "peer/networks.py"
# Layers, width, inner units; as in src/model/ast.rs.
SIZES = {"ast": (12, 768, 3072), "ast-small": (6, 192, 768)}
# Of the simulated clips: what the transformers' front end hears.
SAMPLE_RATE = 16_000
# As the program's own presets; the windows of a song are its whole clip.
PRESET = """
name = "acceptance"
architecture = "{network}"
window_seconds = {window}
seed = 1
dropout = 0.1
rotations = 1

[head]
epochs = 0
batch = 1
learning_rate = 0.0
weight_decay = 0.0

[network]
epochs = {epochs}
batch = {batch}
windows_per_track = 2
learning_rate = 5e-4
head_learning_rate = 5e-4
weight_decay = 0.05
warm_up = 0.1
mixup = 0.0
class_weight = 0.5
average = 0.0
patience = {epochs}
precision = "{precision}"

[augment]
gain = {{ probability = 0.5, least = -6.0, most = 6.0 }}
"""


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


class Memory(threading.Thread):
    """The most memory that another process took while it ran: on the GPU above what was taken before, and of its own on
    the host, without the files that it maps."""

    def __init__(self, device: str):
        super().__init__(daemon=True)
        self.ended, self.device, self.process = threading.Event(), device, None
        self.before, self.on_device, self.on_host = self.taken(), 0, 0

    def taken(self) -> int:
        if self.device != "cuda":
            return 0
        free, total = torch.cuda.mem_get_info()
        return total - free

    def own(self) -> int:
        try:
            status = Path(f"/proc/{self.process}/status").read_text()
        except OSError:
            return 0
        lines = (line.split() for line in status.splitlines())
        return sum(int(line[1]) * 1024 for line in lines if line[0] == "RssAnon:")

    def run(self) -> None:
        while not self.ended.wait(0.01):
            self.on_device = max(self.on_device, self.taken() - self.before)
            self.on_host = max(self.on_host, self.own())

    def end(self) -> dict:
        self.ended.set()
        self.join()
        on_device = self.on_device if self.device == "cuda" else None
        return {"peak_device_bytes": on_device, "peak_own_host_bytes": self.on_host}


class Acceptance:
    """The stages, and what is left of their time."""

    def __init__(self, folder: Path):
        settings = {name: os.environ.get(name, default) for name, default in DEFAULTS.items()}
        settings["LD_LIBRARY_PATH"] = str(Path(torch.__file__).parent / "lib")
        self.settings, self.folder = settings, folder
        self.networks, self.program = str(folder / "networks"), str(folder / "playlist-fit-train")
        self.on_cuda = settings["DEVICE"].startswith("cuda")
        self.device = "cuda" if self.on_cuda else "cpu"
        self.start, self.right, self.reached = time.perf_counter(), True, True

    def said(self, stage: str, command: list[str], environment: dict[str, str]) -> tuple[str, dict]:
        """What a program printed, and its memory; a failure, or too long a run, is a line of its own and not right."""
        left = float(os.environ.get("BUDGET", "540")) - (time.perf_counter() - self.start)
        limit = min(LIMITS[stage], left)
        memory, start, told = Memory(self.device), time.perf_counter(), ""
        if limit > 0:
            process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
            memory.process = process.pid
            memory.start()
            try:
                told, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                process.kill()
                told, _ = process.communicate()
            taken, status = memory.end(), process.returncode
        else:
            taken, status = {}, None
        if status != 0:
            self.right = False
            say({"stage": stage, "failed": True, "status": status, "limit": limit})
        return told, taken | {"stage_seconds": time.perf_counter() - start}

    def lines(self, stage: str, command: list[str], environment: dict[str, str]) -> list[dict]:
        told, taken = self.said(stage, command, environment)
        lines = [json.loads(line) | taken for line in told.splitlines() if line.endswith("}")]
        self.right = self.right and bool(lines)
        return lines

    def check(self) -> None:
        for precision in dict.fromkeys(["f32", self.settings["PRECISION"]]):
            # Two windows are enough, and the CPU's half takes its time.
            asked = self.settings | {"PRECISION": precision, "BATCH": "2", "NVIDIA_TF32_OVERRIDE": "0"}
            lines = self.lines("check", [self.networks, "--check"], asked)
            for line in lines:
                say(line)
            self.right = self.right and len(lines) == len(self.settings["NETWORKS"].split(","))

    def steps(self, peak: float) -> dict[str, float]:
        """Answers how many windows a second the training step of each network takes."""
        ours, speed = self.lines("step", [self.networks], self.settings), {}
        for line in ours:
            if line["stage"] == "step":
                speed[line["network"]] = line["windows_per_second"]
                if needed := operations(line):
                    line["tflops"] = needed / line["seconds"] / 1e12
                    line["share_of_peak"] = line["tflops"] / peak
                    self.reached = self.reached and (line["network"] != "ast" or line["share_of_peak"] >= LEAST_SHARE)
            say(line)
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("\n".join(map(json.dumps, ours)))
            file.flush()
            theirs = self.lines("peer", [sys.executable, str(PEER), file.name], {})
        for line in theirs:
            say(line)
            asked = line["network"] == "ast" and line["stage"] == "step" and line["peer"] == "eager"
            self.reached = self.reached and (not asked or line["ratio"] >= LEAST_RATIO)
        return speed

    def loader(self, speed: dict[str, float]) -> None:
        """The network must not wait for its windows."""
        for line in self.lines("loader", [self.networks, "--loader"], self.settings):
            if line["network"] in speed:
                line["ratio"] = line["windows_per_second"] / speed[line["network"]]
                self.reached = self.reached and line["ratio"] >= LEAST_LOADER
            say(line)

    def world(self, world: Path) -> dict | None:
        """The known ceiling of a world that is made there."""
        size = {"--lists": "20", "--tracks": "3000", "--seconds": "12"}
        size = dict(zip(size, map(os.environ.get, ["LISTS", "TRACKS", "SECONDS_EACH"], size.values())))
        size["--sample-rate"] = str(SAMPLE_RATE)
        flags = [word for flag in size.items() for word in flag]
        lists = ["--playlists", str(self.folder / "catalogue"), "--out", str(world)]
        lines = self.lines("world", [self.program, "simulate", "--json", *lists, *flags], self.settings)
        if not lines:
            return None
        facts = {key: lines[0][key] for key in ("simulated", "lists", "tracks", "artists", "stage_seconds")}
        say({"stage": "world"} | facts)
        return lines[0]["ceiling"]

    def training(self, world: Path, ceiling: dict) -> None:
        epochs, network = os.environ.get("EPOCHS", "20"), os.environ.get("TRAINED", "ast-small")
        window = os.environ.get("WINDOW_SECONDS") or "5.0"
        precision, batch = self.settings["PRECISION"], self.settings["BATCH"]
        preset, bundle = world / "preset.toml", world / "bundle"
        preset.write_text(
            PRESET.format(network=network, window=float(window), epochs=epochs, batch=batch, precision=precision)
        )
        command = [self.program, "train", "--playlists", str(world), "--preset", str(preset), "--out", str(bundle)]
        _, taken = self.said("training", [*command, "--device", self.settings["DEVICE"]], self.settings)
        if not (bundle / "bundle.json").is_file():
            return
        judged = json.loads((bundle / "bundle.json").read_text())["evaluation"]
        top = ("top_1", "top_3", "top_5")
        line = {"stage": "training", "simulated": True, "network": network, "epochs": int(epochs)} | taken
        line |= {key: judged[key]["value"] for key in top} | {"tested": judged["tracks"]}
        for judge in ("best", "learned", "popularity", "chance"):
            line |= {f"{judge}_{key}": ceiling[judge][key] for key in top}
        # 1 is an ear without a flaw that learns from the same tracks, 0 is chance.
        chance = ceiling["chance"]["top_1"]
        line["share_of_learnable"] = (line["top_1"] - chance) / (ceiling["learned"]["top_1"] - chance)
        self.reached = self.reached and line["top_1"] > ceiling["popularity"]["top_1"]
        say(line)

    def run(self) -> int:
        precision = self.settings["PRECISION"]
        self.check()
        peak = matrix_peak(int(os.environ.get("PEAK", "8192")), self.device, precision)
        name = torch.cuda.get_device_name() if self.on_cuda else self.device
        say({"stage": "peak", "device": name, "precision": precision, "tflops": peak, "torch": torch.__version__})
        self.loader(self.steps(peak))
        with tempfile.TemporaryDirectory() as folder:
            if ceiling := self.world(Path(folder) / "world"):
                self.training(Path(folder) / "world", ceiling)
        took = time.perf_counter() - self.start
        reached = self.reached if self.on_cuda else None
        say({"stage": "verdict", "right": self.right, "reached": reached, "seconds": took})
        return 0 if self.right and (self.reached or not self.on_cuda) else 1


def say(line: dict) -> None:
    short = {key: round(value, 4) if isinstance(value, float) else value for key, value in line.items()}
    print(json.dumps(short), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what gpu_acceptance.sh build filled")
    sys.exit(Acceptance(parser.parse_args().folder.resolve()).run())


if __name__ == "__main__":
    main()
