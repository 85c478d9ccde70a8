#!/usr/bin/env python3
"""Write fixtures/golden/ast.safetensors: the Audio Spectrogram Transformer of `transformers` at a small size.

Two layers, width 48, three heads, 192 inner units, five outputs, evaluation mode, on two windows of 128 bands and 64
frames: 12 x 5 patches. Weights follow the integer rule at the top of networks.py, over the names that
`save_pretrained` writes; those are the names in the official file `MIT/ast-finetuned-audioset-10-10-0.4593`. The
network reads them back with `from_pretrained`, so the mapping of names is that of `transformers`.

  windows          [2, 1, 128, 64]   as our networks take them; `transformers` takes [2, 64, 128]
  targets          [2, 5]
  embedded         [2, 62, 48]       tokens and patches with their positions, before the first layer
  layer.N          [2, 62, 48]       after layer N
  pooled           [2, 48]           mean of both tokens after the last normalisation
  hidden           [2, 48]           after the head's normalisation
  logits           [2, 5]
  gradient_norms   [names]           of binary cross-entropy's mean, by parameter, in the order of the metadata's `names`
  positions.5      [1, 62, 48]       stored for 5 columns of patches
  positions.3, .8  [1, 38, 48], [1, 98, 48]   cut and interpolated as `ASTModel.__init__` of the paper's own code does

Usage: python scripts/golden/spectrogram_transformer.py [--out DIR], with transformers 5.23. (A file named ast.py here
would hide the ast of the standard library.)
"""
import argparse
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import ASTConfig, ASTForAudioClassification

sys.path.insert(0, str(Path(__file__).resolve().parent))
from networks import DEFAULT_OUT, rule_tensor, rule_weights, save
from provenance import provenance

BANDS, FRAMES, ROWS, COLUMNS, LABELS = 128, 64, 12, 5, 5


def network() -> tuple[ASTForAudioClassification, dict[str, torch.Tensor]]:
    """The network with the rule's weights, and these by their names in a file."""
    config = ASTConfig(
        hidden_size=48, num_hidden_layers=2, num_attention_heads=3, intermediate_size=192, num_mel_bins=BANDS,
        max_length=FRAMES, num_labels=LABELS,
    )
    with tempfile.TemporaryDirectory() as folder:
        ASTForAudioClassification(config).save_pretrained(folder)
        file = Path(folder, "model.safetensors")
        weights = rule_weights(load_file(file))
        save_file(weights, file, metadata={"format": "pt"})
        return ASTForAudioClassification.from_pretrained(folder, attn_implementation="eager").eval(), weights


def file_names(ast: nn.Module, weights: dict[str, torch.Tensor]) -> dict[str, nn.Parameter]:
    """The parameters by their names in a file, found by their values: no two of the rule's tensors are equal."""
    parameters = list(ast.parameters())
    found = {name: [p for p in parameters if p.shape == w.shape and torch.equal(p, w)] for name, w in weights.items()}
    assert len(parameters) == len(weights) and all(len(same) == 1 for same in found.values())
    return {name: same[0] for name, same in found.items()}


def stretched(positions: torch.Tensor, columns: int) -> torch.Tensor:
    """The lines of `ASTModel.__init__` (github.com/YuanGongND/ast, src/models/ast_models.py), for any stored length."""
    width, stored = positions.shape[2], (positions.shape[1] - 2) // ROWS
    grid = positions[:, 2:, :].reshape(1, ROWS * stored, width).transpose(1, 2).reshape(1, width, ROWS, stored)
    if columns <= stored:
        start = stored // 2 - columns // 2
        grid = grid[:, :, :, start : start + columns]
    else:
        grid = nn.functional.interpolate(grid, size=(ROWS, columns), mode="bilinear")
    grid = grid.reshape(1, width, ROWS * columns).transpose(1, 2)
    return torch.cat([positions[:, :2, :], grid], dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ast, weights = network()
    parameters = file_names(ast, weights)
    windows = rule_tensor(1000, "windows", torch.Size([2, 1, BANDS, FRAMES])) * 10
    targets = torch.tensor([[1, 0, 0, 1, 0], [0, 0, 1, 0, 0]], dtype=torch.float32)
    tensors = {"windows": windows, "targets": targets}

    def keep(name: str):
        def hook(_module, _inputs, output):
            tensors[name] = output.detach().clone()

        return hook

    trunk = ast.audio_spectrogram_transformer
    trunk.embeddings.register_forward_hook(keep("embedded"))
    for n, layer in enumerate(trunk.layers):
        layer.register_forward_hook(keep(f"layer.{n}"))
    ast.classifier.layernorm.register_forward_pre_hook(lambda _, inputs: keep("pooled")(None, None, inputs[0]))
    ast.classifier.layernorm.register_forward_hook(keep("hidden"))
    logits = ast(windows.squeeze(1).transpose(1, 2)).logits
    nn.functional.binary_cross_entropy_with_logits(logits, targets).backward()
    tensors["logits"] = logits.detach()
    tensors["gradient_norms"] = torch.stack([parameters[name].grad.norm() for name in sorted(parameters)])
    positions = weights["audio_spectrogram_transformer.embeddings.position_embeddings"]
    tensors |= {f"positions.{columns}": stretched(positions, columns) for columns in (3, 5, 8)}
    for name, tensor in tensors.items():
        print(f"{name:15} {str(list(tensor.shape)):18} mean {tensor.mean():9.4f} std {tensor.std():9.4f}")
    for name, norm in zip(sorted(parameters), tensors["gradient_norms"]):
        print(f"{norm:12.6f} {name}")
    metadata = provenance() | {"transformers": transformers.__version__, "names": " ".join(sorted(parameters))}
    save(tensors, arguments.out / "ast.safetensors", metadata)


if __name__ == "__main__":
    main()
