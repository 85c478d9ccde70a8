#!/usr/bin/env python3
"""CPU seconds (user + system, one thread) that Python peers need for our front end: decode, resample, log-mel.

Peers: `librosa` (load, soxr_hq resampling, melspectrogram) and `torchaudio` (soundfile, functional.resample, torch.stft with
Kaldi mel banks). Both end at a mono 32 kHz log-mel of the sizes of the `efficientat` preset (window 800, hop 320, FFT 1024,
128 bands); librosa's bands are Slaney's and its window is periodic, so its numbers differ, its work does not.
Prints one line of JSON for each peer: medians over the runs, after one run that warms the caches. Then one line for the
log-mel alone of each other preset, by the library that it comes from.

Usage: python scripts/peer/front_end.py SONG.mp3 [--runs 7]
"""
import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import statistics
import time
from collections.abc import Callable

import librosa
import numpy as np
import soundfile
import torch
import torchaudio

RATE, WINDOW, HOP, FFT, MELS, TOP_HZ = 32_000, 800, 320, 1024, 128, 15_000.0
torch.set_num_threads(1)


def librosa_decode(path: str) -> tuple[np.ndarray, int]:
    return librosa.load(path, sr=None, mono=True)


def librosa_resample(signal: np.ndarray, rate: int) -> np.ndarray:
    return librosa.resample(signal, orig_sr=rate, target_sr=RATE)


def librosa_log_mel(signal: np.ndarray) -> np.ndarray:
    emphasised = signal[1:] - 0.97 * signal[:-1]
    power = librosa.feature.melspectrogram(
        y=emphasised, sr=RATE, n_fft=FFT, win_length=WINDOW, hop_length=HOP, n_mels=MELS, fmax=TOP_HZ, pad_mode="reflect"
    )
    return (np.log(power + 1e-5) + 4.5) / 5


def torchaudio_decode(path: str) -> tuple[torch.Tensor, int]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples).mean(dim=1), rate


def torchaudio_resample(signal: torch.Tensor, rate: int) -> torch.Tensor:
    return torchaudio.functional.resample(signal, rate, RATE)


def torchaudio_log_mel(signal: torch.Tensor) -> torch.Tensor:
    emphasised = signal[1:] - 0.97 * signal[:-1]
    window = torch.hann_window(WINDOW, periodic=False)
    spectrum = torch.stft(emphasised, FFT, HOP, WINDOW, window, center=True, return_complex=True)
    banks, _ = torchaudio.compliance.kaldi.get_mel_banks(MELS, FFT, float(RATE), 0.0, TOP_HZ, 100.0, -500.0, 1.0)
    power = torch.view_as_real(spectrum).square().sum(dim=-1)
    return ((torch.nn.functional.pad(banks, (0, 1)) @ power + 1e-5).log() + 4.5) / 5


PEERS = {
    "librosa": (librosa_decode, librosa_resample, librosa_log_mel, librosa.__version__),
    "torchaudio": (torchaudio_decode, torchaudio_resample, torchaudio_log_mel, torchaudio.__version__),
}


MUSICNN = torch.nn.Sequential(
    torchaudio.transforms.MelSpectrogram(16_000, n_fft=512, hop_length=256, f_min=0.0, f_max=8000.0, n_mels=96),
    torchaudio.transforms.AmplitudeToDB(),
)
PRESETS = {
    "ast": (16_000, lambda clip: torchaudio.compliance.kaldi.fbank(clip[None], window_type="hanning", num_mel_bins=128)),
    "musicnn": (16_000, MUSICNN),
    "librosa": (22_050, lambda clip: librosa.power_to_db(librosa.feature.melspectrogram(y=clip.numpy()), ref=np.max)),
}


def timed(work: Callable, *arguments):
    start = time.process_time()
    result = work(*arguments)
    return result, time.process_time() - start


def one_run(path: str, decode: Callable, resample: Callable, log_mel: Callable) -> tuple[dict[str, float], tuple, float]:
    (signal, rate), decoding = timed(decode, path)
    resampled, resampling = timed(resample, signal, rate)
    image, transforming = timed(log_mel, resampled)
    parts = {"decode_s": decoding, "resample_s": resampling, "log_mel_s": transforming}
    return parts | {"total_s": decoding + resampling + transforming}, image.shape, len(signal) / rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("song")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    for name, (*stages, version) in PEERS.items():
        one_run(arguments.song, *stages)
        runs = [one_run(arguments.song, *stages) for _ in range(arguments.runs)]
        medians = {part: round(statistics.median(run[0][part] for run in runs), 4) for part in runs[0][0]}
        facts = {"peer": name, "version": version, "song_s": round(runs[0][2], 2), "frames": runs[0][1][-1], "runs": len(runs)}
        print(json.dumps(facts | medians), flush=True)
    signal, rate = torchaudio_decode(arguments.song)
    for name, (preset_rate, log_mel) in PRESETS.items():
        clip = torchaudio.functional.resample(signal, rate, preset_rate)
        log_mel(clip)
        seconds = statistics.median(timed(log_mel, clip)[1] for _ in range(arguments.runs))
        print(json.dumps({"preset": name, "log_mel_s": round(seconds, 4), "runs": arguments.runs}), flush=True)


if __name__ == "__main__":
    main()
