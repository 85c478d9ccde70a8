#!/usr/bin/env python3
"""Write fixtures/golden/architectures.safetensors: what the reference networks say of windows made by a rule.

No weights and no inputs are stored. Weights follow the rule of networks.py; an input is the rule's `uniform` at place
2^20 (the first number of the rule, before any scaling), for `real.*` times 20 minus 40, as decibels. resnet18 is
torchvision's with a first layer of one channel; the others are written here after their publications:

  short-chunk-cnn  ShortChunkCNN_Res of github.com/minzwon/sota-music-tagging-models (Won et al. 2020)
  musicnn, fcn     Musicnn (Pons et al. 2018) and FCN (Choi et al. 2016) there; spectrogram and sigmoid left out
  conv-encoder     the study's seven convolutions, predictor and decoder; widths are those of src/model/conv_encoder.rs

For each, with 5 outputs and no dropout:
  NAME.logits, NAME.embedding   evaluation mode
  NAME.gradient_norm [1]        of all parameters' gradients in training mode, of binary cross-entropy against targets
                                that are 1 where (row + column) is even; conv-encoder adds the reconstruction's mean
                                square error
  NAME.running [2]              mean of all running means and of all running variances after that step
  conv-encoder.reconstruction   of the first window, evaluation mode
and with published weights (50 outputs, evaluation mode): real.FILE.logits, real.FILE.embedding.

Usage: python scripts/golden/architectures.py --weights DIR [--out DIR]
"""
import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from networks import DEFAULT_OUT, load, rule_weights, save, uniform
from provenance import provenance
from safetensors.torch import load_file
from torch import nn

INPUT_PLACE = 1 << 20
PLAYLISTS = 5
REAL = {"musicnn": (["jamendo-musicnn"], (2, 1, 96, 188)), "fcn": (["jamendo-fcn", "msd-fcn"], (2, 1, 96, 1813))}


def windows(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.from_numpy(uniform(INPUT_PLACE, torch.Size(shape))).reshape(shape)


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv_1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn_1 = nn.BatchNorm2d(outputs)
        self.conv_2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.bn_2 = nn.BatchNorm2d(outputs)
        self.conv_3 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn_3 = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.bn_2(self.conv_2(F.relu(self.bn_1(self.conv_1(x)))))
        return F.relu(self.bn_3(self.conv_3(x)) + inner)


class ShortChunk(nn.Module):
    CHANNELS = [1, 128, 128, 256, 256, 256, 256, 512]

    def __init__(self):
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        for n in range(1, 8):
            self.add_module(f"layer{n}", Residual(self.CHANNELS[n - 1], self.CHANNELS[n]))
        self.dense1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.dense2 = nn.Linear(512, PLAYLISTS)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.spec_bn(x)
        for n in range(1, 8):
            x = getattr(self, f"layer{n}")(x)
        x = x.squeeze(2)
        if x.size(-1) != 1:
            x = F.max_pool1d(x, x.size(-1))
        hidden = F.relu(self.bn(self.dense1(x.squeeze(2))))
        return self.dense2(hidden), hidden


class ResNet18(torchvision.models.ResNet):
    def __init__(self):
        super().__init__(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2], num_classes=PLAYLISTS)
        self.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = []
        hook = self.avgpool.register_forward_hook(lambda *call: seen.append(call[2].flatten(1)))
        logits = super().forward(x)
        hook.remove()
        return logits, seen[0]


class ConvPool(nn.Module):
    def __init__(self, inputs: int, outputs: int, pool: tuple[int, int]):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.bn = nn.BatchNorm2d(outputs)
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(F.relu(self.bn(self.conv(x))), self.pool)


class Fcn(nn.Module):
    def __init__(self, playlists: int = PLAYLISTS):
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layer1 = ConvPool(1, 64, (2, 4))
        self.layer2 = ConvPool(64, 128, (2, 4))
        self.layer3 = ConvPool(128, 128, (2, 4))
        self.layer4 = ConvPool(128, 128, (3, 5))
        self.layer5 = ConvPool(128, 64, (4, 4))
        self.dense = nn.Linear(64, playlists)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = self.layer5(self.layer4(self.layer3(self.layer2(self.layer1(self.spec_bn(x)))))).flatten(1)
        return self.dense(hidden), hidden


class Tall(nn.Module):
    def __init__(self, bands: int):
        super().__init__()
        self.conv = nn.Conv2d(1, 204, (bands, 7), padding=(0, 3))
        self.bn = nn.BatchNorm2d(204)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn(self.conv(x)))
        return F.max_pool2d(x, (x.size(2), 1)).squeeze(2)


class OverTime(nn.Module):
    def __init__(self, inputs: int, outputs: int, frames: int):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, frames, padding=frames // 2)
        self.bn = nn.BatchNorm1d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dim() == 4:
            x = F.avg_pool2d(x, (x.size(2), 1)).squeeze(2)
        return F.relu(self.bn(self.conv(x)))


class Musicnn(nn.Module):
    def __init__(self, playlists: int = PLAYLISTS):
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        long = [OverTime(1, 51, frames) for frames in (129, 65, 33)]
        self.layers = nn.ModuleList([Tall(int(0.7 * 96)), Tall(int(0.4 * 96)), *long])
        self.layer1 = OverTime(561, 64, 7)
        self.layer2 = OverTime(64, 64, 7)
        self.layer3 = OverTime(64, 64, 7)
        self.dense1 = nn.Linear((561 + 3 * 64) * 2, 200)
        self.bn = nn.BatchNorm1d(200)
        self.dense2 = nn.Linear(200, playlists)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.spec_bn(x)
        front = torch.cat([layer(x) for layer in self.layers], dim=1)
        first = self.layer1(front)
        second = self.layer2(first) + first
        third = self.layer3(second) + second
        x = torch.cat([front, first, second, third], dim=1)
        length = x.size(2)
        x = torch.cat([F.max_pool1d(x, length), F.avg_pool1d(x, length)], dim=1).squeeze(2)
        hidden = F.relu(self.bn(self.dense1(x)))
        return self.dense2(hidden), hidden


class ConvEncoder(nn.Module):
    CHANNELS = [1, 16, 32, 64, 64, 128, 128]
    LATENT = 32
    PREDICTOR = [32, 128, 128, 64, 64, PLAYLISTS]

    def __init__(self, bands: int, frames: int):
        super().__init__()
        sizes = [(bands, frames)]
        for _ in range(6):
            sizes.append(tuple((side + 1) // 2 for side in sizes[-1]))
        pairs = list(zip(self.CHANNELS, self.CHANNELS[1:]))

        def layer(convolution: nn.Module, norm: bool) -> nn.ModuleDict:
            parts = {"conv": convolution}
            return nn.ModuleDict(parts | {"norm": nn.BatchNorm2d(convolution.out_channels)} if norm else parts)

        encoder = [layer(nn.Conv2d(*pair, 3, stride=2, padding=1), True) for pair in pairs]
        self.encoder = nn.ModuleList([*encoder, layer(nn.Conv2d(128, self.LATENT, sizes[-1]), False)])
        self.input_norm = nn.BatchNorm2d(1)
        self.predictor = nn.ModuleList([nn.Linear(*pair) for pair in zip(self.PREDICTOR, self.PREDICTOR[1:])])
        decoder = [layer(nn.ConvTranspose2d(self.LATENT, 128, sizes[-1]), True)]
        for n in range(6, 0, -1):
            extra = tuple(to - (2 * left - 1) for left, to in zip(sizes[n], sizes[n - 1]))
            up = nn.ConvTranspose2d(self.CHANNELS[n], self.CHANNELS[n - 1], 3, stride=2, padding=1, output_padding=extra)
            decoder.append(layer(up, n > 1))
        self.decoder = nn.ModuleList(decoder)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.input_norm(x)
        for layer in self.encoder[:-1]:
            x = F.relu(layer["norm"](layer["conv"](x)))
        latent = self.encoder[-1]["conv"](x).flatten(1)
        hidden = latent
        for layer in self.predictor[:-1]:
            hidden = F.relu(layer(hidden))
        return self.predictor[-1](hidden), latent

    def reconstruct(self, latent: torch.Tensor) -> torch.Tensor:
        x = latent[:, :, None, None]
        for layer in self.decoder:
            x = layer["conv"](x)
            if "norm" in layer:
                x = F.relu(layer["norm"](x))
        return x * (self.input_norm.running_var + self.input_norm.eps).sqrt() + self.input_norm.running_mean


def outputs(name: str, network: nn.Module, shape: tuple[int, ...]) -> dict[str, torch.Tensor]:
    load(network, rule_weights(network.state_dict()))
    x = windows(shape).float()
    tensors = {}
    network.eval()
    with torch.no_grad():
        tensors[f"{name}.logits"], tensors[f"{name}.embedding"] = network(x)
        if name == "conv-encoder":
            tensors[f"{name}.reconstruction"] = network.reconstruct(tensors[f"{name}.embedding"])[:1]
    network.train()
    logits, embedding = network(x)
    rows, columns = torch.arange(shape[0])[:, None], torch.arange(PLAYLISTS)
    loss = F.binary_cross_entropy_with_logits(logits, ((rows + columns) % 2 == 0).float())
    if name == "conv-encoder":
        loss = loss + F.mse_loss(network.reconstruct(embedding), x)
    loss.backward()
    squares = [parameter.grad.double().square().sum() for parameter in network.parameters()]
    buffers = dict(network.named_buffers())
    running = [
        torch.cat([value for key, value in buffers.items() if key.endswith(end)]).double().mean()
        for end in ("running_mean", "running_var")
    ]
    tensors[f"{name}.gradient_norm"] = torch.stack(squares).sum().sqrt().float()[None]
    tensors[f"{name}.running"] = torch.stack(running).float()
    return tensors


def real(network: nn.Module, weights: Path, name: str, shape: tuple[int, ...]) -> dict[str, torch.Tensor]:
    stored = load_file(weights / f"minzwon-sota-{name}.safetensors")
    load(network.eval(), {key: value for key, value in stored.items() if not key.startswith("spec.")})
    with torch.no_grad():
        logits, embedding = network((windows(shape) * 20 - 40).float())
    return {f"real.{name}.logits": logits, f"real.{name}.embedding": embedding}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder of minzwon-sota-*.safetensors")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tensors = {}
    tensors |= outputs("short-chunk-cnn", ShortChunk(), (4, 1, 128, 231))
    tensors |= outputs("resnet18", ResNet18(), (4, 1, 64, 87))
    tensors |= outputs("conv-encoder", ConvEncoder(70, 200), (4, 1, 70, 200))
    tensors |= outputs("musicnn", Musicnn(), (4, 1, 96, 50))
    tensors |= outputs("fcn", Fcn(), (4, 1, 96, 1300))
    for network, (names, shape) in REAL.items():
        for name in names:
            tensors |= real({"musicnn": Musicnn, "fcn": Fcn}[network](50), arguments.weights, name, shape)
    for name, value in tensors.items():
        spread = value.std(0).mean().item() if value.dim() > 1 and len(value) > 1 else 0.0
        print(f"{name:32} {str(list(value.shape)):18} largest {value.abs().max():10.4f} between rows {spread:.2e}")
    metadata = provenance() | {"torchvision": torchvision.__version__}
    save(tensors, arguments.out / "architectures.safetensors", metadata)


if __name__ == "__main__":
    main()
