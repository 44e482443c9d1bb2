#!/usr/bin/python3
"""galatea-cli beside the same network in Python's torch: images per second, alternately, in one go.

    tests/benchmarks/inference_vs_python.py [--threads N] [--batches 1,32,256] [--rounds 5] [--cli PROGRAM]

The network is AstroVaDEr at its published size with random weights. In every round each case is measured once on
either side, the other side first in the next round, so that a machine that slows down slows down both. A round's
figure is the median over its runs; the ratio is ours to Python's within a round; printed are the median over the
rounds and the smallest and largest. Nothing is judged here: the numbers are for people.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import torch

from astrovader_network import Decoder, Encoder


def python_rate(network, batch, arguments):
    given = torch.rand(batch, 1, 128, 128) if isinstance(network, Encoder) else torch.randn(batch, 20)
    if arguments.channels_last and given.dim() == 4:
        given = given.contiguous(memory_format=torch.channels_last)
    rates, began = [], None
    with torch.inference_mode():
        network(given)
        began = time.perf_counter()
        while len(rates) < arguments.repeats or time.perf_counter() - began < arguments.seconds:
            start = time.perf_counter()
            network(given)
            rates.append(batch / (time.perf_counter() - start))
    return statistics.median(rates)


def our_rate(method, batch, arguments):
    command = [arguments.cli, "bench", "--suite", "inference", "--json", "--quiet", "--methods", method,
               "--batches", str(batch), "--threads", str(arguments.threads), "--repeats", str(arguments.repeats),
               "--seconds", str(arguments.seconds)]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert answer["threads"] == arguments.threads, answer
    return answer["results"][0]["images_per_second"]


def spread(values):
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cli", default=os.path.join(here, "../../build/release/bin/galatea-cli"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batches", default="1,32,256")
    parser.add_argument("--methods", default="encode,decode")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1, help="runs per round and case, at least")
    parser.add_argument("--seconds", type=float, default=2, help="time per round and case, at least")
    parser.add_argument("--channels-last", action="store_true", help="give Python that memory layout as well")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    networks = {"encode": Encoder().eval(), "decode": Decoder().eval()}
    if arguments.channels_last:
        networks = {name: network.to(memory_format=torch.channels_last) for name, network in networks.items()}
    print(f"torch {torch.__version__}, {arguments.threads} threads, {arguments.rounds} rounds; images per second")
    print("method  batch   galatea-cli (lowest to highest)   Python (lowest to highest)   ratio (lowest to highest)")
    for method in arguments.methods.split(","):
        for batch in map(int, arguments.batches.split(",")):
            ours, pythons = [], []
            for turn in range(arguments.rounds):
                for side in (0, 1) if turn % 2 == 0 else (1, 0):
                    if side == 0:
                        ours.append(our_rate(method, batch, arguments))
                    else:
                        pythons.append(python_rate(networks[method], batch, arguments))
            ratios = [a / b for a, b in zip(ours, pythons)]
            print(f"{method:7} {batch:5}   {spread(ours)}   {spread(pythons)}   {spread(ratios)}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
