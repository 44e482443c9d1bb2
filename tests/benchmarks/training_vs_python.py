#!/usr/bin/python3
"""galatea-cli's training beside the same networks in Python's torch: images per second, in turn, in one go.

    training_vs_python.py [--cli PROGRAM] [--threads N] [--families astrovader,casvae,...] [--rounds 3] [--seconds 4]

Each family's networks, losses, spectral and batch normalisation, optimiser, gradient clipping and augmentation are written
here once more, with PyTorch's own parts where it has them, and train on random images in memory with the batch and the
options `galatea-cli train` takes by itself. Every loss term is read once a step, as a log needs. In every round each case
is measured once on either side, the other side first in the next round, so that a machine that slows down slows down
both. A round's figure is the median over its steps; the ratio is ours to Python's within a round; printed are the median
over the rounds and the smallest and largest, and the most memory either side held. Nothing is judged here: the numbers
are for people.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from astrovader_network import Decoder, Encoder

BATCHES_OF_EPOCH = 8


def kl_to_unit(mean, logvar):
    return -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1)


def drawn(mean, logvar):
    return mean + torch.randn_like(mean) * (0.5 * logvar).exp()


def flipped(images, quarter_turns=False):
    for axis in (2, 3):
        images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(axis), images)
    if quarter_turns:
        turn, turned = (torch.rand(len(images), 1, 1, 1) * 4).floor(), images
        for quarters in (1, 2, 3):
            turned = torch.where(turn == quarters, images.rot90(quarters, (2, 3)), turned)
        images = turned
    return images


class Training:
    """One phase of one family. `updates`: pairs of an optimiser and a function images → (loss, logged terms)."""

    shape, batch, clip, quarter_turns = (1, 64, 64), 100, 0, False

    def __init__(self):
        self.images = torch.rand(self.batch * BATCHES_OF_EPOCH, *self.shape)
        self.prepare()
        self.updates = self.make_updates()

    def prepare(self):
        pass

    def epoch(self):
        for rows in torch.randperm(len(self.images)).split(self.batch):
            images = flipped(self.images[rows], self.quarter_turns)
            for optimiser, loss_of in self.updates:
                optimiser.zero_grad(set_to_none=True)
                loss, terms = loss_of(images)
                if not math.isfinite(loss.item()):
                    raise SystemExit("the loss is not finite")
                loss.backward()
                if self.clip:
                    nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], self.clip)
                optimiser.step()
                for term in terms:
                    term.item()
            yield


# ---- AstroVaDEr


class AstroVaDEr(Training):
    shape, batch, clip = (1, 128, 128), 100, 1.0

    def make_updates(self):
        self.encoder, self.decoder = Encoder(), Decoder()
        self.network = nn.ModuleList([self.encoder, self.decoder])
        self.logits = nn.Parameter(torch.zeros(12))
        self.means = nn.Parameter(torch.randn(12, 20))
        self.log_variances = nn.Parameter(torch.zeros(12, 20))
        parameters = [*self.network.parameters(), self.logits, self.means, self.log_variances]
        return [(torch.optim.Adam(parameters, lr=3e-4, eps=1e-7), self.loss)]

    def divergence(self, mean, logvar, z):
        return 0.01 * kl_to_unit(mean, logvar).mean(), []

    def loss(self, images):
        mean, logvar = self.encoder(images)
        z = drawn(mean, logvar)
        squared_error = F.mse_loss(self.decoder(z), images)
        reconstruction = squared_error * images[0].numel()
        weights = 0.01 * sum(p.square().sum() for p in self.network.parameters())
        unit = kl_to_unit(mean, logvar).mean()
        divergence, terms = self.divergence(mean, logvar, z)
        total = reconstruction + divergence + weights
        return total, [reconstruction, squared_error, unit, weights, total, *terms]


class AstroVaDErMixture(AstroVaDEr):
    def divergence(self, mean, logvar, z):
        log_weights, variances = self.logits.log_softmax(0), 1e-3 + self.log_variances.exp()
        constant = math.log(2 * math.pi) + variances.log()
        squared = (z[:, None] - self.means).square() / variances
        joint = log_weights - 0.5 * (constant + squared).sum(2)
        scaled = (joint - joint.min()) / (joint.max() - joint.min()).clamp_min(1e-12)
        gamma = (50 * (scaled - 1)).softmax(1)
        cross = 0.5 * (constant + (logvar.exp()[:, None] + (mean[:, None] - self.means).square()) / variances).sum(2)
        kl = (gamma * (cross - log_weights + gamma.clamp_min(1e-30).log())).sum(1)
        kl = (kl - 0.5 * (1 + math.log(2 * math.pi) + logvar).sum(1)).mean()
        return 0.3 * 0.5 * kl, [kl]


# ---- CasVAE


class CasVae(Training):
    shape, batch, quarter_turns = (5, 64, 64), 32, True

    def prepare(self):
        median = self.images.median()
        self.offset, self.scale = median, 1.4826 * (self.images - median).abs().median()
        axis = -0.5 * ((torch.arange(64) - 31.5) / 6).square()
        self.window = axis.exp()[:, None] * axis.exp()[None]

    def make_updates(self):
        pixels = 5 * 64 * 64
        self.narrow, self.norm = nn.Linear(pixels, 30), nn.BatchNorm1d(30, affine=False)
        self.output = nn.Linear(30, pixels)
        self.autoencoder = nn.ModuleList([self.narrow, self.norm, self.output])
        self.brightness = torch.zeros(2)
        return [(torch.optim.Adam(self.autoencoder.parameters(), lr=1e-3, eps=1e-7), self.loss)]

    def prepared(self, images):
        light = images.mean(1)
        peak = light[:, 28:36, 28:36].amax((1, 2)).clamp_min(3)
        extent = ((light * self.window).sum((1, 2)) / peak).clamp_min(0).log1p()
        stretched = (images / peak[:, None, None, None] / 0.3).asinh() / math.asinh(1 / 0.3)
        return (stretched * self.window).flatten(1), peak, extent

    def loss(self, images):
        pixels, peak, _ = self.prepared((images - self.offset) / self.scale)
        drawn_pixels = self.output(self.norm(self.narrow(pixels)))
        total = (drawn_pixels - pixels).square().sum(1).mean()
        with torch.no_grad():
            self.brightness += torch.stack([peak.log().sum(), torch.tensor(float(len(peak)))])
        return total, [total, total]


class CasVaeClassifier(CasVae):
    """The 25 candidates that the program trains beside each other, with its one look at the pixels for all of them."""

    candidates = 25

    def make_updates(self):
        super().make_updates()
        self.autoencoder.requires_grad_(False).eval()
        self.classifiers = nn.ModuleList(nn.ModuleList([
            nn.Sequential(nn.Linear(30, 16), nn.Tanh(), nn.Linear(16, 4)),
            nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 30))]) for _ in range(self.candidates))
        self.concordances = torch.zeros(self.candidates + 1, self.candidates + 1)
        return [(torch.optim.Adam(self.classifiers.parameters(), lr=1e-3, eps=1e-7), self.loss)]

    def double_peak(self, m, logvar, peak=2.0, deviation=0.5):
        variance, s = deviation**2, (0.5 * logvar).exp()
        u = m / (math.sqrt(2) * s)
        beyond = s * (-u.square()).exp() / math.sqrt(2 * math.pi) - 0.5 * m * (1 - (1.19 * u).tanh())
        square = ((m - peak).square() + logvar.exp() - variance) / (2 * variance)
        return math.log(2 * deviation) - 0.5 * logvar + square - 2 * peak / variance * beyond

    def follow(self, columns):
        signs = (columns[:, None] - columns).sign().flatten(0, 1)
        count = len(columns)
        self.concordances.lerp_(signs.T @ signs / (count * (count - 1)), 0.05)

    def loss(self, images):
        pixels, _, extent = self.prepared((images - self.offset) / self.scale)
        with torch.no_grad():
            features = self.norm(self.narrow(pixels))
            rest = pixels - self.output.bias
            square = self.output.weight.T @ self.output.weight
            along, all_of_it = rest @ self.output.weight, rest.square().sum(1).mean()
        noise, chance = torch.randn(len(features), self.candidates, 2), torch.rand(len(features), self.candidates, 1)
        reproduction, unit, peaks, scores = 0, 0, 0, []
        for k, (encode, decode) in enumerate(self.classifiers):
            mean, logvar = encode(features).split(2, 1)
            z = mean + noise[:, k] * (0.5 * logvar).exp()
            kept = (chance[:, k] >= 0.5).to(z.dtype)
            decoded = decode(z * torch.cat([kept, torch.ones_like(kept)], 1))
            # drawing is linear: |W d + b - x|^2 = d W'W d - 2 d W'(x - b) + |x - b|^2
            error = ((decoded @ square - 2 * along) * decoded).sum(1).mean() + all_of_it
            reproduction = reproduction + error / self.candidates
            unit = unit + kl_to_unit(mean[:, :1], logvar[:, :1]).mean() / self.candidates
            peaks = peaks + self.double_peak(mean[:, 1], logvar[:, 1]).mean() / self.candidates
            scores.append(mean[:, 1].detach())
        self.follow(torch.stack([*scores, extent], 1))
        total = reproduction + unit + peaks
        return total, [reproduction, unit, peaks, total]


# ---- Regier VAE


class RegierVae(Training):
    shape, batch, clip, mean_first = (1, 69, 69), 100, 1.0, True

    def make_updates(self):
        pixels = 69 * 69
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
        self.mean, self.logvar = nn.Linear(128, 8), nn.Linear(128, 8)
        self.decoder = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
        self.pixel_mean, self.pixel_logvar = nn.Linear(128, pixels), nn.Linear(128, pixels)
        self.network = nn.ModuleList(
            [self.encoder, self.mean, self.logvar, self.decoder, self.pixel_mean, self.pixel_logvar])
        return [(torch.optim.Adam(self.network.parameters(), lr=1e-3, eps=1e-7), self.loss)]

    def loss(self, images):
        features = self.encoder(images)
        mean, logvar = self.mean(features), self.logvar(features).clamp(-30, 30)
        h = self.decoder(drawn(mean, logvar))
        pixels, decoded = images.flatten(1), self.pixel_mean(h)
        variance = 1e-5 + self.pixel_logvar(h).clamp(-30, 30).exp()

        def nll(at, of):
            return 0.5 * (math.log(2 * math.pi) + of.log() + (pixels - at).square() / of).sum(1)

        reconstruction, kl = nll(decoded, variance).mean(), kl_to_unit(mean, logvar).mean()
        if self.mean_first:
            total = kl + (nll(decoded, torch.full_like(variance, 1e-3)) + nll(decoded.detach(), variance)).mean()
        else:
            total = kl + reconstruction
        return total, [total, reconstruction, kl, (decoded - pixels).square().mean(), variance.mean()]


class RegierVaeBound(RegierVae):
    mean_first = False


# ---- LSGAN with embedder


class Generator(nn.Module):
    def __init__(self):
        super().__init__()

        def doubling(a, b):
            return nn.ConvTranspose2d(a, b, 4, 2, 1)

        self.first = nn.Linear(64, 4096)
        self.main = nn.ModuleList([doubling(1024 >> i, 512 >> i) for i in range(3)])
        self.skip = nn.ModuleList([doubling(1024 >> i, 512 >> i) for i in range(3)])
        self.last = doubling(128, 5)

    def forward(self, z):
        h = self.first(z).view(-1, 1024, 2, 2)
        for main, skip in zip(self.main, self.skip):
            h = main(h).relu() + skip(h)
        return self.last(h)


class Tower(nn.Module):
    def __init__(self, outputs):
        super().__init__()

        def halving(a, b):
            return nn.Sequential(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)), nn.GroupNorm(4, b))

        self.first = halving(5, 128)
        self.main = nn.ModuleList([halving(128 << i, 256 << i) for i in range(3)])
        self.skip = nn.ModuleList([halving(128 << i, 256 << i) for i in range(3)])
        self.last = spectral_norm(nn.Linear(4096, outputs))

    def forward(self, x):
        h = F.leaky_relu(self.first(x), 0.2)
        for main, skip in zip(self.main, self.skip):
            h = F.leaky_relu(main(h), 0.2) + skip(h)
        return self.last(h.flatten(1))


class Lsgan(Training):
    shape, batch = (5, 32, 32), 64

    def prepare(self):
        self.offset = self.images.mean((0, 2, 3), keepdim=True)
        self.scale = self.images.std((0, 2, 3), keepdim=True)

    def make_updates(self):
        self.generator, self.discriminator, self.embedder = Generator(), Tower(1), Tower(64)

        def adam(network):
            return torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-8)

        return [(adam(self.discriminator), self.of_discriminator), (adam(self.generator), self.of_generator),
                (adam(self.embedder), self.of_embedder)]

    def made(self, z):
        with torch.no_grad():
            return self.generator(z)

    def of_discriminator(self, images):
        self.discriminator.requires_grad_(True).train()
        real = (images - self.offset) / self.scale
        output = self.discriminator(torch.cat([real, self.made(torch.randn(len(images), 64))]))
        real, fake = output.chunk(2)
        loss = 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()
        return loss, [loss, real.mean(), fake.mean()]

    def of_generator(self, images):
        self.discriminator.requires_grad_(False).eval()  # only looked through: no gradient of its weights
        loss = 0.5 * (self.discriminator(self.generator(torch.randn(len(images), 64))) - 1).square().mean()
        return loss, [loss]

    def of_embedder(self, images):
        z = torch.randn(len(images), 64)
        loss = (z - self.embedder(self.made(z))).square().sum(1).mean()
        return loss, [loss]


class LsganEmbedder(Lsgan):
    def make_updates(self):
        return super().make_updates()[2:]


# ---- Deep SVDD


class DeepSvdd(Training):
    shape, batch = (1, 256, 256), 200

    def make_updates(self):
        def convolution(a, b):
            return nn.Conv2d(a, b, 5, padding=2, bias=False)

        def normalisation(channels):
            return nn.BatchNorm2d(channels, eps=1e-4, affine=False)

        encoder, decoder, channels = [], [], 1
        for filters in (2, 4, 8, 16, 32, 64):
            encoder += [convolution(channels, filters), normalisation(filters), nn.LeakyReLU(0.01), nn.MaxPool2d(2)]
            channels = filters
        self.encoder = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(1024, 256, bias=False), nn.LeakyReLU(0.01),
                                     nn.Linear(256, 64, bias=False))
        channels = 4
        for filters in (64, 32, 16, 8, 4, 2):
            decoder += [convolution(channels, filters), normalisation(filters), nn.LeakyReLU(0.01),
                        nn.UpsamplingNearest2d(scale_factor=2)]
            channels = filters
        self.decoder = nn.Sequential(nn.Unflatten(1, (4, 4, 4)), nn.LeakyReLU(0.01), *decoder, convolution(2, 1),
                                     nn.Sigmoid())
        return [(torch.optim.Adam(self.parameters(), lr=1e-4, eps=1e-8, weight_decay=0.5e-6), self.loss)]

    def parameters(self):
        return [*self.encoder.parameters(), *self.decoder.parameters()]

    def prepared(self, images):
        flat = images.flatten(1)
        centred = flat - flat.mean(1, keepdim=True)
        normalised = centred / centred.square().mean(1, keepdim=True).sqrt().clamp_min(1e-8)
        return (normalised.view_as(images) + 2) / 4

    def loss(self, images):
        seen = self.prepared(images)
        embedding = self.encoder(seen)
        total = (self.decoder(embedding) - seen).square().flatten(1).sum(1).mean()
        return total, [total, embedding.detach().var(0, False).mean(), total]


class DeepSvddSphere(DeepSvdd):
    def parameters(self):
        return self.encoder.parameters()

    def loss(self, images):
        embedding = self.encoder(self.prepared(images))
        distance = (embedding - 0.1).square().sum(1)
        total = distance.mean()
        return total, [distance.mean(), embedding.detach().var(0, False).mean(), total]


CASES = {
    "astrovader": {"gamma-training": AstroVaDEr, "annealing": AstroVaDErMixture},
    "casvae": {"autoencoder": CasVae, "classifier": CasVaeClassifier},
    "regier-vae": {"mean": RegierVae, "lower bound": RegierVaeBound},
    "lsgan": {"adversarial": Lsgan, "embedder": LsganEmbedder},
    "deep-svdd": {"autoencoder": DeepSvdd, "one-class": DeepSvddSphere},
}


def measured_here(family, arguments):
    """Rates of every phase of a family in this process, and its most memory: what a child prints."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    result = {}
    for phase, make in CASES[family].items():
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak of memory counts anew
        training, rates, last, began, skipped = make(), [], None, None, 0
        while began is None or len(rates) < arguments.repeats or time.perf_counter() - began < arguments.seconds:
            for _ in training.epoch():
                now = time.perf_counter()
                skipped += 1
                if skipped == 2:
                    began = now
                if skipped > 2:
                    rates.append(training.batch / (now - last))
                last = now
                if began is not None and len(rates) >= arguments.repeats and now - began >= arguments.seconds:
                    break
        with open("/proc/self/status") as file:
            peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
        result[phase] = {"rate": statistics.median(rates), "memory": peak}
    return result


def python_rates(family, arguments):
    command = [sys.executable, os.path.abspath(__file__), "--child", family, "--threads", str(arguments.threads),
               "--repeats", str(arguments.repeats), "--seconds", str(arguments.seconds)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def our_rates(family, arguments):
    command = [arguments.cli, "bench", "--suite", "training", "--json", "--quiet", "--families", family, "--threads",
               str(arguments.threads), "--repeats", str(arguments.repeats), "--seconds", str(arguments.seconds)]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert answer["threads"] == arguments.threads, answer
    return {case["phase"]: {"rate": case["images_per_second"], "memory": case["peak_memory_bytes"]}
            for case in answer["results"]}


def spread(values):
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cli", default=os.path.join(here, "../../build/release/bin/galatea-cli"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--families", default=",".join(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="steps per round and case, at least")
    parser.add_argument("--seconds", type=float, default=4, help="time per round and case, at least")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measured_here(arguments.child, arguments)))
        return
    print(f"torch {torch.__version__}, {arguments.threads} threads, {arguments.rounds} rounds; images per second, "
          "median (lowest to highest); most memory, MB")
    for family in arguments.families.split(","):
        ours, pythons = [], []
        for turn in range(arguments.rounds):
            for side in (0, 1) if turn % 2 == 0 else (1, 0):
                (ours if side == 0 else pythons).append((our_rates, python_rates)[side](family, arguments))
        for phase in CASES[family]:
            our, their = [[round_[phase]["rate"] for round_ in side] for side in (ours, pythons)]
            ratios = [a / b for a, b in zip(our, their)]
            memory = [max(round_[phase]["memory"] for round_ in side) / 1e6 for side in (ours, pythons)]
            print(f"{family:10} {phase:14} galatea-cli {spread(our)}   Python {spread(their)}   ratio {spread(ratios)}"
                  f"   {memory[0]:.0f} and {memory[1]:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
