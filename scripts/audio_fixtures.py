#!/usr/bin/env python3
"""Writes fixtures/audio: the same 1.2 s stereo chord with tags in several containers and codecs (Ogg Vorbis: fixtures/demo-song).

    python3 -m venv v && v/bin/pip install av numpy && v/bin/python scripts/audio_fixtures.py
"""

import pathlib

import av
import numpy as np

RATE = 16_000
FOLDER = pathlib.Path(__file__).parents[1] / "fixtures/audio"
FORMATS = {
    "chord.wav": "pcm_s16le",
    "chord.flac": "flac",
    "chord.mp3": "libmp3lame",
    "chord-aac.m4a": "aac",
    "chord-alac.m4a": "alac",
}


def samples():
    time = np.arange(int(1.2 * RATE)) / RATE
    left, right = (sum(np.sin(2 * np.pi * hz * time) for hz in chord) for chord in [(220, 277.2, 329.6), (220, 330, 440)])
    return (np.stack([left, right]) * 0.2).astype(np.float32)


def write(path, codec):
    with av.open(str(path), "w") as out:
        out.metadata.update(title="Chord", artist="playlist-fit", album="Fixtures")
        stream = out.add_stream(codec, rate=RATE, layout="stereo")
        if codec in ("libmp3lame", "aac"):
            stream.bit_rate = 48_000
        frame = av.AudioFrame.from_ndarray(samples(), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format, layout="stereo", rate=RATE, frame_size=stream.frame_size or 1024)
        for piece in resampler.resample(frame) + resampler.resample(None):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


FOLDER.mkdir(exist_ok=True)
for name, codec in FORMATS.items():
    write(FOLDER / name, codec)
