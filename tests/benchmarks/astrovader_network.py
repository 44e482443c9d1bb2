"""AstroVaDEr's encoder and decoder at their published size in Python's torch, with random weights."""
import torch
from torch import nn


def block(inputs, outputs, side):
    def convolution(a):
        return [nn.Conv2d(a, outputs, side, padding=side // 2), nn.LeakyReLU(0.1, inplace=True)]

    return convolution(inputs) + convolution(outputs)


class TwiceBilinear(nn.Module):
    """Old TensorFlow's bilinear upsampling: output i reads input i/2, the edge repeated."""

    def forward(self, x):
        for axis in (2, 3):
            size = x.shape[axis]
            following = torch.cat([x.narrow(axis, 1, size - 1), x.narrow(axis, size - 1, 1)], axis)
            x = torch.stack([x, (x + following) / 2], axis + 1).flatten(axis, axis + 1)
        return x


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            *block(1, 64, 3), nn.MaxPool2d(2), *block(64, 64, 5), nn.MaxPool2d(2), *block(64, 16, 5), nn.MaxPool2d(2)
        )
        self.mean, self.logvar = nn.Linear(4096, 20), nn.Linear(4096, 20)

    def forward(self, x):
        features = self.blocks(x).flatten(1)
        return self.mean(features), self.logvar(features)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(20, 4096), nn.LeakyReLU(0.1, inplace=True))
        self.blocks = nn.Sequential(
            *block(16, 16, 5), TwiceBilinear(), *block(16, 64, 5), TwiceBilinear(), *block(64, 64, 5), TwiceBilinear(),
            nn.Conv2d(64, 1, 3, padding=1), nn.ReLU(),
        )

    def forward(self, z):
        return self.blocks(self.first(z).view(-1, 16, 16, 16))
