#!/usr/bin/env python3
"""Times galatea-cli's mixtures beside scikit-learn's on the same latents, components, starts and threads.

    mixture_vs_sklearn.py LATENTS.(h5|npy) [--kinds diag full dp] [-k 12] [--starts 1] [--max 30] [--repeats 5]
                          [--threads 2] [--pairs] [--cli build/release/bin/galatea-cli]

Needs numpy, h5py and scikit-learn. Each repeat uses another seed, taken in turns. Times are of the fits
alone, with their K-means; galatea-cli's whole run (start, reading behind walls, writing) is told besides. Both mixtures are judged
by scikit-learn's score(). `dp` is the Dirichlet process with full covariances and each program's own defaults;
its active components are those of weight above 0.01. --pairs prints every run as it ends.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time
import warnings

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("latents")
parser.add_argument("--kinds", nargs="+", choices=("diag", "full", "dp"), default=["diag", "full", "dp"])
parser.add_argument("-k", type=int, default=12)
parser.add_argument("--starts", type=int, default=1)
parser.add_argument("--max", type=int, default=30, help="components the Dirichlet process begins with")
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--pairs", action="store_true")
root = pathlib.Path(__file__).resolve().parents[2]
parser.add_argument("--cli", default=str(root / "build/release/bin/galatea-cli"))
options = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(options.threads)

import h5py  # noqa: E402 (after the number of threads is set)
import numpy as np  # noqa: E402
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture  # noqa: E402

warnings.simplefilter("ignore")  # the process does not settle in scikit-learn's 100 iterations


def load(path):
    if path.endswith(".npy"):
        return np.load(path)
    with h5py.File(path) as file:
        return file["mean"][:]


def judged(out, z):
    """scikit-learn's mixture with our numbers, judged by the same yardstick."""
    with h5py.File(out) as file:
        full = "covariances" in file
        fit = GaussianMixture(len(file["weights"]), covariance_type="full" if full else "diag")
        fit.weights_, fit.means_ = file["weights"][:], file["means"][:]
        fit.covariances_ = file["covariances" if full else "variances"][:]
    fit.precisions_cholesky_ = (np.linalg.inv(np.linalg.cholesky(fit.covariances_)).transpose(0, 2, 1) if full
                                else 1 / np.sqrt(fit.covariances_))
    return fit.score(z)


def ours(kind, path, seed, out, z):
    begin = time.perf_counter()
    command = [options.cli, "mixture", path, "-o", out, "--json", "--quiet", "--seed", str(seed)]
    command += ["--threads", str(options.threads), "--starts", str(options.starts)]
    command += (["--dirichlet-process", str(options.max)] if kind == "dp"
                else ["-k", str(options.k), "--covariance", kind])
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - begin
    told = json.loads(run.stdout)
    return told["fit_seconds"], judged(out, z), told["components"], whole


def theirs(kind, seed, z):
    begin = time.perf_counter()
    if kind == "dp":
        fit = BayesianGaussianMixture(n_components=options.max, n_init=options.starts, random_state=seed).fit(z)
    else:
        fit = GaussianMixture(options.k, covariance_type=kind, n_init=options.starts, random_state=seed).fit(z)
    seconds = time.perf_counter() - begin
    return seconds, fit.score(z), int((fit.weights_ > 0.01).sum()), seconds


def report(kind, results):
    wish = f"Dirichlet process, at most {options.max}, full" if kind == "dp" else f"{options.k} components, {kind}"
    print(f"{wish}, {options.starts} starts, {options.repeats} seeds")
    for name, runs in results.items():
        seconds, scores, active, whole = np.array(runs).T
        print(f"  {name:13s} median {np.median(seconds):.3f} s ({seconds.min():.3f} to {seconds.max():.3f})  "
              f"mean log-likelihood: median {np.median(scores):.4f}, best {scores.max():.4f}, "
              f"worst {scores.min():.4f}; components {int(active.min())} to {int(active.max())}"
              + (f"; whole program {np.median(whole):.3f} s" if name == "galatea" else ""))
    pairs = np.array(results["scikit-learn"])[:, 0] / np.array(results["galatea"])[:, 0]
    print(f"  scikit-learn's time over galatea's: median {np.median(pairs):.1f} "
          f"({pairs.min():.1f} to {pairs.max():.1f})", flush=True)


z = load(options.latents).astype(np.float64)
print(f"{z.shape[0]} x {z.shape[1]}, {options.threads} threads", flush=True)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "latents.h5")
    with h5py.File(path, "w") as file:
        file["mean"] = z.astype(np.float32)
        file["id"] = np.array([str(i) for i in range(len(z))], dtype="S")
    for kind in options.kinds:
        results = {"galatea": [], "scikit-learn": []}
        for seed in range(1, options.repeats + 1):
            results["galatea"].append(ours(kind, path, seed, os.path.join(folder, "mixture.h5"), z))
            results["scikit-learn"].append(theirs(kind, seed, z))
            if options.pairs:
                print("  ", seed, results["galatea"][-1], results["scikit-learn"][-1], flush=True)
        report(kind, results)
