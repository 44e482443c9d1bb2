#!/usr/bin/env python3
"""Scores of the CasVAE paper's baselines: latents of a VAE brought down to one dimension by manifold learning.

    manifold_scores.py METHOD FIT.h5 LATENTS.h5 SCORES.csv [SEED]

METHOD is isomap or tsne; FIT and LATENTS are what `galatea-cli embed` wrote. Isomap is fitted to FIT and applied to
LATENTS; t-SNE knows no new objects, so it is fitted to LATENTS alone. The sign of such a score is arbitrary: compare
the AUC of either sign. Needs h5py and scikit-learn.
"""
import csv
import sys

import h5py
import numpy as np
from sklearn.manifold import TSNE, Isomap


def read(path):
    with h5py.File(path) as file:
        latents = np.asarray(file["mean"], dtype=np.float64)
        ids = [i.decode() if isinstance(i, bytes) else str(i) for i in file["id"][:]]
    return ids, latents


def main():
    method, fit, path, output = sys.argv[1:5]
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    ids, latents = read(path)
    if method == "isomap":
        scores = Isomap(n_neighbors=10, n_components=1).fit(read(fit)[1]).transform(latents)
    elif method == "tsne":
        scores = TSNE(n_components=1, perplexity=30, init="random", learning_rate=200, random_state=seed).fit_transform(latents)
    else:
        sys.exit("the method is isomap or tsne")
    with open(output, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "score"])
        writer.writerows(zip(ids, (float(s) for s in scores[:, 0])))


if __name__ == "__main__":
    main()
