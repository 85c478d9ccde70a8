#!/usr/bin/env python3
"""Write fixtures/golden/log_mel.safetensors: test signals, mel filterbanks and the reference log-mels.

Two references:
  efficientat  AugmentMelSTFT of EfficientAT (MIT), evaluation mode: 32 kHz, window 800 (symmetric Hann), hop 320,
               FFT 1024, 128 Kaldi mel bands from 0 to 15 000 Hz, pre-emphasis 0.97, ln(x + 1e-5), (x + 4.5) / 5.
               Output [128, frames].
  stern        torchaudio.transforms.MelSpectrogram, defaults besides 44.1 kHz, FFT 1024, hop 512, 64 HTK mel bands.
               Output [64, frames], power, no logarithm.

Usage: python scripts/golden/log_mel.py --efficientat DIR_OF_THE_EFFICIENTAT_CHECKOUT [--out FILE]
"""
import argparse
import sys
from pathlib import Path

import torch
import torchaudio
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent))
from provenance import provenance

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "fixtures/golden/log_mel.safetensors"


def test_signal(rate: int, seed: int) -> torch.Tensor:
    """One second in five parts: chirp, chirp with clicks, noise, a quiet tone with noise, digital silence."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(rate, dtype=torch.float64) / rate
    chirp = 0.5 * torch.sin(2 * torch.pi * (50 * time + 0.5 * 20_000 * time**2))
    noise = torch.randn(rate, generator=generator, dtype=torch.float64)
    part = (time * 5).long()
    signal = torch.where(part <= 1, chirp, torch.zeros_like(chirp))
    signal = torch.where(part == 2, 0.2 * noise + 0.4 * torch.sin(2 * torch.pi * 440 * time), signal)
    quiet = 1e-3 * torch.sin(2 * torch.pi * 220 * time) + 1e-4 * noise
    signal = torch.where(part == 3, quiet, signal)
    clicks = torch.arange(rate // 5, 2 * rate // 5, rate // 25)
    signal[clicks] = 0.98
    return signal.clamp(-1, 1).to(torch.float32)


def efficientat_log_mel(front_end, signal: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return front_end(signal.unsqueeze(0))[0]


def efficientat_filterbank(front_end) -> torch.Tensor:
    """The filterbank as AugmentMelSTFT builds it: Kaldi's banks with a zero column for the Nyquist bin. [128, 513]."""
    banks, _ = torchaudio.compliance.kaldi.get_mel_banks(
        front_end.n_mels, front_end.n_fft, front_end.sr, front_end.fmin, front_end.fmax, 100.0, -500.0, 1.0
    )
    return torch.nn.functional.pad(banks, (0, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--efficientat", required=True, help="directory of an EfficientAT checkout")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.efficientat)
    from models.preprocess import AugmentMelSTFT

    torch.set_num_threads(1)
    front_end = AugmentMelSTFT(n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1024, freqm=0, timem=0).eval()
    stern = torchaudio.transforms.MelSpectrogram(sample_rate=44_100, n_fft=1024, hop_length=512, n_mels=64)
    signal, stern_signal = test_signal(32_000, 1), test_signal(44_100, 2)
    tensors = {
        "efficientat.signal": signal,
        "efficientat.log_mel": efficientat_log_mel(front_end, signal),
        "efficientat.filterbank": efficientat_filterbank(front_end),
        "stern.signal": stern_signal,
        "stern.mel": stern(stern_signal),
        "stern.filterbank": stern.mel_scale.fb.T,
    }
    # Reflection pads half an FFT, so neither reference takes 512 samples or fewer; 600 is near the shortest.
    short, stern_short = test_signal(32_000, 3)[:600], test_signal(44_100, 4)[:600]
    tensors |= {
        "efficientat.short_signal": short,
        "efficientat.short_log_mel": efficientat_log_mel(front_end, short),
        "stern.short_signal": stern_short,
        "stern.short_mel": stern(stern_short),
    }
    tensors = {name: tensor.contiguous().to(torch.float32) for name, tensor in tensors.items()}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, arguments.out, metadata=provenance(arguments.efficientat))
    for name, tensor in tensors.items():
        print(f"{name:26} {list(tensor.shape)} {tensor.min().item():.6g} .. {tensor.max().item():.6g}")


if __name__ == "__main__":
    main()
