#!/usr/bin/env python3
"""Deep SVDD on scikit-learn's handwritten digits, beside an independent implementation in PyTorch.

    deep_svdd_digits.py GALATEA_CLI [--epochs 60] [--classes 0,1,...]

Each digit in turn is the normal class: half of its images train, all others are scored. Both programs get the same
images (8x8, enlarged to 16x16), network sizes, epochs, batch and rate; they share no code and no random numbers.
Prints the area under the ROC curve of each and their means. A collapsed network would give 0.5.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

FILTERS, HIDDEN, LATENT, KERNEL = (8, 4), 0, 32, 5


def digits():
    data = load_digits()
    images = (data.images / 16).astype(np.float32)
    return images.repeat(2, 1).repeat(2, 2)[:, None], data.target


def normalised(x):
    flat = x.reshape(len(x), -1)
    return ((flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True).clip(1e-8)).reshape(x.shape)


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        sizes = (1,) + FILTERS
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv2d(a, b, KERNEL, padding=KERNEL // 2, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm2d(f, eps=1e-4, affine=False) for f in FILTERS)
        self.out = torch.nn.Linear(FILTERS[-1] * 16, LATENT, bias=False)

    def forward(self, x):
        for convolution, norm in zip(self.convolutions, self.norms):
            x = F.max_pool2d(F.leaky_relu(norm(convolution(x))), 2)
        return self.out(x.flatten(1))


class Decoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        sizes = (LATENT // 16,) + FILTERS[::-1]
        self.convolutions = torch.nn.ModuleList(
            torch.nn.ConvTranspose2d(a, b, KERNEL, padding=KERNEL // 2, bias=False)
            for a, b in zip(sizes, sizes[1:]))
        self.norms = torch.nn.ModuleList(
            torch.nn.BatchNorm2d(f, eps=1e-4, affine=False) for f in FILTERS[::-1])
        self.last = torch.nn.ConvTranspose2d(FILTERS[0], 1, KERNEL, padding=KERNEL // 2, bias=False)

    def forward(self, z):
        x = F.leaky_relu(z.reshape(len(z), -1, 4, 4))
        for convolution, norm in zip(self.convolutions, self.norms):
            x = F.interpolate(F.leaky_relu(norm(convolution(x))), scale_factor=2)
        return torch.sigmoid(self.last(x))


def batches(x, size, generator):
    order = torch.randperm(len(x), generator=generator)
    for begin in range(0, len(x), size):
        yield x[order[begin:begin + size]]


def reference(train, test, epochs, seed):
    """Scores of the test images by the other implementation."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    train, test = normalised(train), normalised(test)
    low, high = train.min(), train.max()
    train, test = (torch.from_numpy((v - low) / (high - low)) for v in (train, test))
    encoder, decoder = Encoder(), Decoder()
    for parameter in list(encoder.parameters()) + list(decoder.parameters()):
        torch.nn.init.xavier_uniform_(parameter)
    for stage in ("autoencoder", "sphere"):
        parameters = list(encoder.parameters()) + (list(decoder.parameters()) if stage == "autoencoder" else [])
        optimiser = torch.optim.Adam(parameters, lr=1e-3)
        if stage == "sphere":
            encoder.eval()
            with torch.no_grad():
                centre = encoder(train).mean(0)
            centre = torch.where(centre.abs() < 0.1, torch.where(centre < 0, -0.1, 0.1), centre)
        encoder.train()
        for epoch in range(epochs):
            for group in optimiser.param_groups:
                group["lr"] = 1e-3 * 0.1 ** (epoch / max(epochs - 1, 1))
            for x in batches(train, 64, generator):
                z = encoder(x)
                loss = ((decoder(z) - x) ** 2).sum((1, 2, 3)).mean() if stage == "autoencoder" else (
                    (z - centre) ** 2).sum(1).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    encoder.eval()
    with torch.no_grad():
        return ((encoder(test) - centre) ** 2).sum(1).numpy()


def write(path, images, labels):
    with h5py.File(path, "w") as file:
        file["images"] = images
        file["catalog/id"] = np.arange(len(images))
        file["catalog/label"] = np.asarray(labels, np.int64)


def ours(cli, folder, train, test, labels, normal, epochs, seed):
    write(folder / "train.h5", train, np.zeros(len(train)))
    write(folder / "test.h5", test, labels)
    common = ["--quiet", "--threads", "1"]
    settings = [f"filters={','.join(map(str, FILTERS))}", f"hidden={HIDDEN}", f"latent={LATENT}", f"kernel={KERNEL}",
                f"autoencoder_epochs={epochs}", f"model.epochs={epochs}", "batch=64", "learning_rate=0.001",
                "final_learning_rate=0.0001", "schedule=exponential", "schedule_scope=phase", "weight_decay=0",
                "flips=false", "validation_fraction=0", "gradient_clip=0"]
    subprocess.run([cli, "train", "deep-svdd", folder / "train.h5", "-o", folder / "m.safetensors", "--seed", str(seed)]
                   + common + [word for s in settings for word in ("--set", s)], check=True, stdout=subprocess.DEVNULL)
    said = subprocess.run([cli, "evaluate", "anomaly", folder / "m.safetensors", folder / "test.h5", "--normal",
                           str(normal), "--json"] + common, check=True, stdout=subprocess.PIPE)
    return json.loads(said.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--classes", default="0,1,2,3,4,5,6,7,8,9")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images, labels = digits()
    found = []
    for normal in map(int, arguments.classes.split(",")):
        rows = np.flatnonzero(labels == normal)
        train, rest = rows[::2], np.setdiff1d(np.arange(len(labels)), rows[::2])
        with tempfile.TemporaryDirectory() as folder:
            report = ours(arguments.cli, pathlib.Path(folder), images[train], images[rest], labels[rest], normal,
                          arguments.epochs, 1)
        scores = reference(images[train], images[rest], arguments.epochs, 1)
        other = roc_auc_score(labels[rest] != normal, scores)
        found.append((report["auc"], other))
        print(f"{normal}: galatea {report['auc']:.4f}, PyTorch {other:.4f}, relative variance of the embedding "
              f"{report['embedding']['relative_variance']:.3g}", flush=True)
    print("mean: galatea %.4f, PyTorch %.4f" % tuple(np.mean(found, 0)))


main()
