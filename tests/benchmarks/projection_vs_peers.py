#!/usr/bin/python3
"""Maps by galatea-cli beside umap-learn, Rtsne and scikit-learn, in one run.

    projection_vs_peers.py LATENTS.(h5|npy) [--rounds 3] [--threads 2] [--objects N] [--peers umap-learn,Rtsne,...] [--cli PROGRAM]
    projection_vs_peers.py LATENTS.(h5|npy) --growth 10000,100000,1000000 --peers ''

Every program makes a two-dimensional map of the same latents: t-SNE with perplexity 30, UMAP with 15 neighbours, everything
else as each has it by itself. In every round each is run once, the order turned round in the next, so that a machine that slows down
slows down all. Seconds are of the map alone, without starting programs or reading files, as each tells them itself; galatea-cli's whole
run is given besides. numba compiles umap-learn's code in a first run on few objects that does not count. Printed are medians with
the smallest and largest, the most memory a program held, and how much each map keeps, judged by one measure for all: the share of an
object's 15 nearest neighbours in the latents that are among its 15 nearest on the map, of 5000 objects. With --growth only
galatea-cli runs unless peers are named, for each number of objects (rows are repeated with a little noise where there are too few).
Nothing is judged here: the numbers are for people.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

R_SCRIPT = """
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2]); columns <- as.integer(arguments[3])
z <- matrix(readBin(arguments[1], "double", rows * columns), rows, columns, byrow = TRUE)
began <- proc.time()[["elapsed"]]
map <- Rtsne::Rtsne(z, dims = 2, perplexity = 30, pca = FALSE, check_duplicates = FALSE, num_threads = as.integer(arguments[4]))$Y
cat(proc.time()[["elapsed"]] - began, "\\n")
writeBin(as.vector(t(map)), arguments[5])
"""


def by_umap_learn(z, threads):
    import numba
    numba.set_num_threads(threads)
    import umap
    umap.UMAP(n_neighbors=15, n_epochs=20).fit(z[:600])  # numba compiles
    umap.UMAP(n_neighbors=15, n_epochs=20).fit(np.vstack([z[:2500]] * 2) + 1e-3 * np.random.default_rng(1).normal(size=(5000, z.shape[1])))
    began = time.perf_counter()
    found = umap.UMAP(n_neighbors=15).fit_transform(z)
    return time.perf_counter() - began, found


def by_sklearn(z, threads):
    from sklearn.manifold import TSNE
    began = time.perf_counter()
    found = TSNE(perplexity=30, init="pca", learning_rate="auto", n_jobs=threads).fit_transform(z)
    return time.perf_counter() - began, found


def by_rtsne(z, threads):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        z.astype("f8").tofile(place / "z")
        (place / "run.R").write_text(R_SCRIPT)
        said = subprocess.run(["Rscript", place / "run.R", place / "z", str(len(z)), str(z.shape[1]), str(threads), place / "map"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(said.split()[-1]), np.fromfile(place / "map", "f8").reshape(len(z), 2)


PEERS = {"umap-learn": by_umap_learn, "Rtsne": by_rtsne, "scikit-learn": by_sklearn}


def in_child(name, latents, threads):
    """A peer in a process of its own: its threads and its memory are its own too."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "map.npy")
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), NUMBA_NUM_THREADS=str(threads))
        command = [sys.executable, os.path.abspath(__file__), latents, "--child", name, "--threads", str(threads), "--output", output]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
        told = json.loads(said.splitlines()[-1])
        return told["seconds"], told["memory"], np.load(output), None


def by_galatea(method, latents, threads, cli, folder):
    output = os.path.join(folder, "map.h5")
    began = time.perf_counter()
    child = subprocess.Popen([cli, "project", latents, "--method", method, "--threads", str(threads), "--quiet", "--json", "-o", output],
                             stdout=subprocess.PIPE, text=True)
    told = json.loads(child.stdout.read())
    _, status, used = os.wait4(child.pid, 0)
    whole = time.perf_counter() - began
    if status != 0:
        raise SystemExit("galatea-cli failed")
    seconds = told["neighbor_seconds"] + told["layout_seconds"] + told.get("start_seconds", 0)
    with h5py.File(output) as file:
        return seconds, used.ru_maxrss * 1024, file["xy"][:], whole


def preservation(z, found, k=15, sample=5000):
    from sklearn.neighbors import NearestNeighbors
    rows = np.random.default_rng(0).choice(len(z), min(sample, len(z)), replace=False)
    near = [NearestNeighbors(n_neighbors=k + 1, algorithm=how).fit(points).kneighbors(points[rows], return_distance=False)
            for points, how in ((z, "brute"), (found, "kd_tree"))]
    kept = [len((set(a) - {row}) & (set(b) - {row})) for row, a, b in zip(rows, *near)]
    return float(np.mean(kept)) / k


def read(path):
    if path.endswith(".npy"):
        return np.load(path).astype("f4")
    with h5py.File(path) as file:
        return file["mean"][:].astype("f4")


def write(z, path):
    with h5py.File(path, "w") as file:
        file["mean"] = z
        file["id"] = np.array([str(i) for i in range(len(z))], dtype=h5py.string_dtype())


def grown(z, objects):
    if objects <= len(z):
        return z[np.random.default_rng(0).permutation(len(z))[:objects]]
    random = np.random.default_rng(0)
    copies = z[random.integers(len(z), size=objects)]
    return (copies + 0.3 * z.std(0) * random.normal(size=copies.shape)).astype("f4")


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def compare(z, arguments):
    names = [name for name in arguments.peers.split(",") if name]
    with tempfile.TemporaryDirectory() as folder:
        latents = os.path.join(folder, "latents.h5")
        write(z, latents)
        runs = {f"galatea-cli {method}": (lambda method=method: by_galatea(method, latents, arguments.threads, arguments.cli, folder))
                for method in arguments.methods.split(",")}
        runs |= {name: (lambda name=name: in_child(name, latents, arguments.threads)) for name in names}
        seconds, memory, whole, kept = ({name: [] for name in runs} for _ in range(4))
        for turn in range(arguments.rounds):
            for name in list(runs) if turn % 2 == 0 else list(runs)[::-1]:
                took, held, found, all_of_it = runs[name]()
                seconds[name].append(took)
                memory[name].append(held / 1e6)
                whole[name].append(all_of_it)
                if len(kept[name]) < 2:
                    kept[name].append(preservation(z, found))
                print(f"    {name}: {took:.2f} s", file=sys.stderr, flush=True)
    for name in runs:
        total = f"   whole run {spread(whole[name])} s" if whole[name][0] is not None else ""
        print(f"{len(z):8} x {z.shape[1]}  {name:18} {spread(seconds[name])} s   preservation {spread(kept[name], 4)}   "
              f"{max(memory[name]):.0f} MB{total}", flush=True)
    ours = {name.split()[1]: seconds[name] for name in runs if name.startswith("galatea")}
    for name in names:
        method = "umap" if name == "umap-learn" else "tsne"
        if method in ours:
            print(f"    {name} / galatea-cli {method}: {spread([b / a for a, b in zip(ours[method], seconds[name])])}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("latents")
    parser.add_argument("--cli", default=os.path.join(here, "../../build/release/bin/galatea-cli"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, default=0, help="so many instead of all")
    parser.add_argument("--growth", default="", help="numbers of objects, by commas")
    parser.add_argument("--methods", default="tsne,umap", help="of galatea-cli")
    parser.add_argument("--peers", default="umap-learn,Rtsne", help=", ".join(PEERS))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--output", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    z = read(arguments.latents)
    if arguments.child:
        took, found = PEERS[arguments.child](z, arguments.threads)
        np.save(arguments.output, np.asarray(found, "f4"))
        held = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps({"seconds": took, "memory": held * 1024}))
        return
    print(f"{arguments.threads} threads, {arguments.rounds} rounds; seconds of the map alone, median (smallest to largest)")
    for objects in [int(float(n)) for n in arguments.growth.split(",") if n] or [arguments.objects or len(z)]:
        compare(grown(z, objects), arguments)


if __name__ == "__main__":
    main()
