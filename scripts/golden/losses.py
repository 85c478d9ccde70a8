#!/usr/bin/env python3
"""Print the golden numbers that src/train/loss/tests.rs and src/train/adamw.rs hold: losses and optimiser by PyTorch.

Usage: python scripts/golden/losses.py
"""
import torch
from torch.nn import functional as F

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [-3.0, 0.0, 1.5]])
TARGETS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.25, 1.0]])
POSITIVE_WEIGHT = torch.tensor([3.0, 1.0, 1.0 / 3.0]).sqrt()  # of 4 tracks 1, 2 and 3 are on the lists; power 0.5
NEGATIVE_WEIGHT = 0.5 * torch.tensor([1 / 3, 2 / 3, 1.0])  # weight 0.5, power 1
EMBEDDINGS = torch.tensor([[1.0, 2.0], [-0.5, 1.0], [0.3, -0.2]])
PLAYLISTS = torch.tensor([[0.5, 1.0], [1.0, -1.0], [-2.0, 0.1]])
ON = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.25, 0.75], [0.0, 0.0, 0.0]])


def show(name: str, loss: torch.Tensor, variable: torch.Tensor) -> None:
    (gradient,) = torch.autograd.grad(loss, variable)
    print(f"{name:14} {loss.item():.6f} gradient {[round(value, 6) for value in gradient.flatten().tolist()]}")


def asymmetric(logits: torch.Tensor, gamma_negative: float, gamma_positive: float, margin: float) -> torch.Tensor:
    """Ridnik et al. 2021, equations 4 to 7; their code leaves the focusing factors out of the gradient by default."""
    p = logits.sigmoid()
    shifted = (p - margin).clamp(min=0)
    positive = (1 - p) ** gamma_positive * p.log()
    negative = shifted**gamma_negative * (1 - shifted).log()
    return -(TARGETS * positive + (1 - TARGETS) * negative).mean()


def adamw(norm: float | None) -> list[float]:
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    optimiser = torch.optim.AdamW([w], lr=0.1, weight_decay=0.01)
    for _ in range(3):
        optimiser.zero_grad()
        (w**3).sum().backward()
        if norm is not None:
            torch.nn.utils.clip_grad_norm_([w], norm)
        optimiser.step()
    return w.tolist()


def main() -> None:
    logits = LOGITS.clone().requires_grad_()
    bce = F.binary_cross_entropy_with_logits
    show("bce", bce(logits, TARGETS), logits)
    show("class weight", bce(logits, TARGETS, pos_weight=POSITIVE_WEIGHT), logits)
    show("smoothing", bce(logits, TARGETS + 0.1 * (1 - TARGETS)), logits)
    show("missing", bce(logits, TARGETS, weight=NEGATIVE_WEIGHT, pos_weight=1 / NEGATIVE_WEIGHT), logits)
    show("asymmetric", asymmetric(logits, 4, 1, 0.05), logits)
    show("focal", asymmetric(logits, 2, 2, 0), logits)
    playlists = PLAYLISTS.clone().requires_grad_()
    # Of the tracks that are on a list; soft where mixup mixed. The third is on none and counts as nought.
    similar = F.normalize(EMBEDDINGS, dim=1) @ F.normalize(playlists, dim=1).T / 0.2
    contrastive = F.cross_entropy(similar[:2], ON[:2] / ON[:2].sum(1, keepdim=True), reduction="sum") / 3
    show("contrastive", contrastive, playlists)
    print("adamw", adamw(None), "clipped", adamw(1e-7))


if __name__ == "__main__":
    main()
