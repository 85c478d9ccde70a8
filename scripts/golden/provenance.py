"""The versions that a golden file was made with, for its metadata."""
import hashlib
from pathlib import Path

import numpy
import torch
import torchaudio


def provenance(efficientat: str | None = None) -> dict[str, str]:
    """Metadata for safetensors: library versions, and the digest of EfficientAT's Python sources where they took part."""
    versions = {"torch": torch.__version__, "torchaudio": torchaudio.__version__, "numpy": numpy.__version__}
    if efficientat:
        digest = hashlib.sha256()
        for source in sorted(Path(efficientat).glob("models/**/*.py")):
            digest.update(source.read_bytes())
        versions["efficientat_models_sha256"] = digest.hexdigest()
        versions["efficientat"] = "github.com/fschmid56/EfficientAT (MIT)"
    return versions
