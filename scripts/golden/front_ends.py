#!/usr/bin/env python3
"""Write fixtures/golden/front_ends.safetensors: test signals, reference log-mels and mel filterbanks of three front ends.

  ast      torchaudio.compliance.kaldi.fbank as AST's own data loader calls it (mean of the recording taken away first), with
           AudioSet's mean and spread; and transformers' ASTFeatureExtractor, which pads a short recording. [128, frames].
  musicnn  torchaudio MelSpectrogram and AmplitudeToDB as minzwon/sota-music-tagging-models builds them. [96, frames], dB.
  librosa  librosa.feature.melspectrogram with its defaults, power_to_db against the loudest. [128, frames], dB.

Signals are 16-bit, as a WAV file holds them: divide by 32768. Filterbanks are stored as what is not zero in them: `places`
[weights, 2] of band and bin, `weights` [weights].

Usage: python scripts/golden/front_ends.py [--out FILE]
"""
import argparse
import sys
from pathlib import Path

import librosa
import numpy as np
import torch
import torchaudio
import transformers
from safetensors.torch import save_file
from torchaudio.compliance import kaldi

sys.path.insert(0, str(Path(__file__).resolve().parent))
from log_mel import test_signal
from provenance import provenance

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden/front_ends.safetensors"
AST_MEAN, AST_SPREAD = -4.2677393, 4.5689974
# Samples of the short signals: a little more than one frame of AST, less than one of librosa.
SHORT = 600
# Rows that the extractor pads the short signal to.
SHORT_ROWS = 16


def sixteen_bits(rate: int, seed: int) -> torch.Tensor:
    return (test_signal(rate, seed) * 32767).round().to(torch.int16)


def as_float(signal: torch.Tensor) -> torch.Tensor:
    return signal.to(torch.float32) / 32768


def ast_log_mel(signal: torch.Tensor) -> torch.Tensor:
    waveform = (signal - signal.mean()).unsqueeze(0)
    bank = kaldi.fbank(
        waveform, htk_compat=True, sample_frequency=16_000, use_energy=False, window_type="hanning", num_mel_bins=128,
        dither=0.0, frame_shift=10,
    )
    return ((bank - AST_MEAN) / (AST_SPREAD * 2)).T


def ast_extracted(signal: torch.Tensor, rows: int) -> torch.Tensor:
    extractor = transformers.ASTFeatureExtractor(max_length=rows)
    return extractor(signal.numpy(), sampling_rate=16_000, return_tensors="pt").input_values[0].T


def librosa_log_mel(signal: torch.Tensor) -> torch.Tensor:
    power = librosa.feature.melspectrogram(y=signal.numpy(), sr=22_050, n_fft=2048, hop_length=512, n_mels=128)
    return torch.from_numpy(librosa.power_to_db(power, ref=np.max))


def sparse(bank: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    places = bank.nonzero()
    return places.to(torch.int16), bank[places[:, 0], places[:, 1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    mel = torchaudio.transforms.MelSpectrogram(16_000, n_fft=512, hop_length=256, f_min=0.0, f_max=8000.0, n_mels=96)
    decibels = torchaudio.transforms.AmplitudeToDB()
    banks = {
        "ast": torch.nn.functional.pad(kaldi.get_mel_banks(128, 512, 16_000.0, 20.0, 0.0, 100.0, -500.0, 1.0)[0], (0, 1)),
        "musicnn": mel.mel_scale.fb.T,
        "librosa": torch.from_numpy(librosa.filters.mel(sr=22_050, n_fft=2048, n_mels=128)),
    }
    tensors = {}
    for name, bank in banks.items():
        tensors[f"{name}.filterbank.places"], tensors[f"{name}.filterbank.weights"] = sparse(bank)
    for rate, seed in [(16_000, 6), (22_050, 7)]:
        long, short = sixteen_bits(rate, seed), sixteen_bits(rate, seed + 2)[:SHORT]
        tensors |= {f"{rate}.signal": long, f"{rate}.short_signal": short}
        for prefix, signal in [("", as_float(long)), ("short_", as_float(short))]:
            if rate == 16_000:
                tensors[f"ast.{prefix}log_mel"] = ast_log_mel(signal)
                tensors[f"musicnn.{prefix}log_mel"] = decibels(mel(signal))
            else:
                tensors[f"librosa.{prefix}log_mel"] = librosa_log_mel(signal)
    tensors["ast.short_extracted"] = ast_extracted(as_float(tensors["16000.short_signal"]), SHORT_ROWS)
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    versions = {"librosa": librosa.__version__, "transformers": transformers.__version__}
    save_file(tensors, arguments.out, metadata=provenance() | versions)
    for name, tensor in tensors.items():
        print(f"{name:28} {str(list(tensor.shape)):12} {tensor.min().item():.6g} .. {tensor.max().item():.6g}")
    print(f"{arguments.out.name}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
