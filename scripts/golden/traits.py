#!/usr/bin/env python3
"""Write fixtures/golden/traits.json: tempo, brightness and onsets of three recordings, by librosa.

Each case has its `rate` and what librosa 0.11 makes of it: `tempo_bpm` (feature.tempo, before the refinement that we add),
`plain` (how far the mean tempogram at that lag stands above the median of the lags within a factor of 1.4), `brightness_hz`
(feature.spectral_centroid of the mean magnitudes), `onsets` (onset.onset_detect), and every 16th value of the
`strength` (onset.onset_strength). Frames: hop 512/22050 s, FFT the power of two at or below 2048/22050 s.

The signals: `beat`, 16 s of drums and a bass at 126 BPM that the test makes again from the same formula (`beat` below),
at two rates; and the first 30 s of the demo song, both channels averaged, at its own rate.

Usage: python scripts/golden/traits.py [--out DIR]
"""
import argparse
import json
from pathlib import Path

import librosa
import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 16
BEAT_SECONDS = 60 / 126


def beat(rate: int) -> np.ndarray:
    time = np.arange(SECONDS * rate) / rate
    in_beat = time % BEAT_SECONDS
    in_half = (time + BEAT_SECONDS / 2) % BEAT_SECONDS
    kick = np.exp(-in_beat * 18) * np.sin(2 * np.pi * 55 * in_beat)
    hat = np.exp(-in_half * 60) * np.sin(2 * np.pi * 6000 * in_half) * np.sin(2 * np.pi * 4321 * in_half)
    bass = 0.2 * np.sin(2 * np.pi * 110 * time)
    return (0.5 * kick + 0.3 * hat + bass).astype(np.float32)


def demo_song() -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(ROOT / "fixtures/demo-song/first-light.ogg", dtype="float32", always_2d=True)
    return samples[: 30 * rate].mean(axis=1), rate


def case(name: str, samples: np.ndarray, rate: int) -> dict:
    hop = round(512 * rate / 22050)
    n_fft = 1 << int(np.log2(2048 * rate / 22050))
    strength = librosa.onset.onset_strength(y=samples, sr=rate, hop_length=hop, n_fft=n_fft)
    lags = 8 * rate // hop
    likeness = librosa.feature.tempogram(onset_envelope=strength, sr=rate, hop_length=hop, win_length=lags).mean(axis=-1)
    tempo = librosa.feature.tempo(onset_envelope=strength, sr=rate, hop_length=hop).item()
    lag = round(60 * rate / hop / tempo)
    nearby = likeness[max(1, int(lag / 1.4)):int(lag * 1.4) + 1]
    magnitudes = np.abs(librosa.stft(samples, n_fft=n_fft, hop_length=hop)).mean(axis=1, keepdims=True)
    onsets = librosa.onset.onset_detect(onset_envelope=strength, sr=rate, hop_length=hop)
    return {
        "name": name,
        "rate": rate,
        "tempo_bpm": tempo,
        "plain": float(likeness[lag] - np.sort(nearby)[len(nearby) // 2]),
        "brightness_hz": librosa.feature.spectral_centroid(S=magnitudes, sr=rate, n_fft=n_fft).item(),
        "onsets": len(onsets),
        "strength": [round(float(value), 5) for value in strength[::16]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "fixtures/golden")
    out = parser.parse_args().out
    cases = [case("beat", beat(rate), rate) for rate in (22_050, 32_000)] + [case("demo", *demo_song())]
    versions = {"librosa": librosa.__version__, "numpy": np.__version__, "soundfile": soundfile.__version__}
    (out / "traits.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")
    for row in cases:
        print({key: value for key, value in row.items() if key != "strength"})


if __name__ == "__main__":
    main()
