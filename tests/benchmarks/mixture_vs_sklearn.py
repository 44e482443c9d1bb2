#!/usr/bin/env python3
"""Times galatea-cli's mixture fit beside scikit-learn's on the same latents, components and threads.

    mixture_vs_sklearn.py LATENTS.(h5|npy) [-k 12] [--repeats 5] [--threads 2] [--cli build/release/bin/galatea-cli]

Needs numpy, h5py and scikit-learn. Each repeat uses another seed, taken in turns; scikit-learn's time is that
of the fit alone, galatea-cli's that of the whole program: start, reading, fit, writing.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("latents")
parser.add_argument("-k", type=int, default=12)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--threads", type=int, default=os.cpu_count())
root = pathlib.Path(__file__).resolve().parents[2]
parser.add_argument("--cli", default=str(root / "build/release/bin/galatea-cli"))
options = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(options.threads)

import h5py  # noqa: E402 (after the number of threads is set)
import numpy as np  # noqa: E402
from sklearn.mixture import GaussianMixture  # noqa: E402


def load(path):
    if path.endswith(".npy"):
        return np.load(path)
    with h5py.File(path) as file:
        return file["mean"][:]


def ours(path, seed, out, z):
    begin = time.perf_counter()
    command = [options.cli, "mixture", path, "-k", str(options.k), "-o", out, "--json", "--quiet"]
    command += ["--seed", str(seed), "--threads", str(options.threads)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    json.loads(run.stdout)
    fit = GaussianMixture(options.k, covariance_type="diag")
    with h5py.File(out) as file:  # judged by the same yardstick
        fit.weights_, fit.means_, fit.covariances_ = (file[n][:] for n in ("weights", "means", "variances"))
    fit.precisions_cholesky_ = 1 / np.sqrt(fit.covariances_)
    return seconds, fit.score(z)


def theirs(seed, z):
    begin = time.perf_counter()
    fit = GaussianMixture(options.k, covariance_type="diag", n_init=1, random_state=seed).fit(z)
    return time.perf_counter() - begin, fit.score(z)


z = load(options.latents).astype(np.float64)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "latents.h5")
    with h5py.File(path, "w") as file:
        file["mean"] = z.astype(np.float32)
        file["id"] = np.array([str(i) for i in range(len(z))], dtype="S")
    results = {"galatea": [], "scikit-learn": []}
    for seed in range(1, options.repeats + 1):
        results["galatea"].append(ours(path, seed, os.path.join(folder, "mixture.h5"), z))
        results["scikit-learn"].append(theirs(seed, z))
print(f"{z.shape[0]} x {z.shape[1]}, {options.k} components, {options.threads} threads, {options.repeats} seeds")
for name, runs in results.items():
    seconds, scores = np.array(runs).T
    print(f"{name:13s} median {np.median(seconds):.3f} s  mean log-likelihood: median {np.median(scores):.3f}, "
          f"best {scores.max():.3f}, worst {scores.min():.3f}")
