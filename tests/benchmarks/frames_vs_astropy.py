#!/usr/bin/env python3
"""Stamps per second from survey frames: galatea-cli import beside Python doing the same, in one run, turn by turn.

    frames_vs_astropy.py GALATEA_CLI FOLDER... [--turns 3] [--peers numpy,sep]

Each FOLDER holds the frames of one field, all bands with sky coordinates. Two comparisons:

numpy   `--positions` beside astropy, numpy and scipy. Both get the same catalogue of positions (what --detect finds), read
        the frames, subtract a sky measured in 64-pixel meshes (clipped medians, 3 x 3 median filter, interpolated), cut
        64 x 64 stamps centred between pixels and registered through the sky in every band, measure an aperture flux of
        each, and write an HDF5 file. galatea-cli also masks sources, divides blends and measures shapes, Kron fluxes and
        isophotal magnitudes meanwhile, which numpy has no means for.
sep     `--detect` beside astropy, numpy, scipy and sep. Both also detect on r and measure isophotal, Kron and aperture
        fluxes in every band.

Python resamples with cubic splines (scipy.ndimage), maps each stamp's pixels through astropy.wcs at three of its corners (an
affine map), and measures in whole arrays: what a careful script does. Prints medians, quartiles and ratios as JSON, with
both programs' starts (loading their libraries, measured by themselves) left out of the rates, and counted.
"""
import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import h5py
import numpy as np
from astropy.io import fits
from astropy.stats import sigma_clipped_stats
from astropy.wcs import WCS
from scipy import ndimage

SIZE, HALF, MESH, APERTURE = 64, 31.5, 64, 3.8
KERNEL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], "f4")


def read(path):
    with fits.open(path) as file:
        for hdu in file:
            if hdu.data is not None and getattr(hdu.data, "ndim", 0) == 2:
                return hdu.data.astype("f4"), WCS(hdu.header), str(hdu.header.get("FILTER", path.stem)).strip()
    raise SystemExit(f"{path} holds no image")


def frames_of(folder):
    return {band: (data, wcs) for data, wcs, band in map(read, sorted(folder.glob("*.fits*")))}


def places_in(wcs, band_wcs, x, y):
    """Per stamp where its first pixel, the last of its first row and the first of its last row lie in a band's frame."""
    corners = np.array([[-HALF, -HALF], [HALF, -HALF], [-HALF, HALF]])
    at = np.array([x, y]).T[:, None, :] + corners[None]
    return band_wcs.all_world2pix(wcs.all_pix2world(at.reshape(-1, 2), 0), 0).reshape(-1, 3, 2)


def cut(pixels, places, out):
    """Stamps out of one band's frame, resampled with cubic splines."""
    row, column = np.mgrid[:SIZE, :SIZE] / (SIZE - 1)
    coefficients = ndimage.spline_filter(pixels, 3, output="f4")
    for i, (origin, right, up) in enumerate(places):
        grid = origin[:, None, None] + (right - origin)[:, None, None] * column + (up - origin)[:, None, None] * row
        out[i] = ndimage.map_coordinates(coefficients, grid[::-1], order=3, prefilter=False)


def write(output, images, catalog):
    with h5py.File(output, "w") as file:
        file["images"] = images
        for name, values in catalog.items():
            file["catalog/" + name] = values


def without_sky(data):
    """Sky level in meshes, as an image, taken away."""
    height, width = data.shape
    padded = np.pad(data, ((0, -height % MESH), (0, -width % MESH)), mode="reflect")
    boxes = padded.reshape(padded.shape[0] // MESH, MESH, padded.shape[1] // MESH, MESH).transpose(0, 2, 1, 3)
    _, level, noise = sigma_clipped_stats(boxes.reshape(*boxes.shape[:2], -1), axis=2, sigma=3)
    level = ndimage.median_filter(level, 3, mode="nearest")
    y = (np.arange(height) - (MESH - 1) / 2) / MESH
    x = (np.arange(width) - (MESH - 1) / 2) / MESH
    low_y = np.clip(np.floor(y).astype(int), 0, level.shape[0] - 2)
    low_x = np.clip(np.floor(x).astype(int), 0, level.shape[1] - 2)
    part_y, part_x = np.clip(y - low_y, 0, 1)[:, None], np.clip(x - low_x, 0, 1)[None]
    rows = level[low_y] * (1 - part_y) + level[low_y + 1] * part_y
    sky = rows[:, low_x] * (1 - part_x) + rows[:, low_x + 1] * part_x
    return (data - sky).astype("f4"), float(np.median(noise))


def by_numpy(folder, output, positions):
    frames = frames_of(folder)
    _, wcs = frames["r"]
    x, y = positions
    images = np.empty((len(x), len(frames), SIZE, SIZE), "f4")
    catalog = {"x": x, "y": y}
    fine = (np.arange(SIZE * 5) + 0.5) / 5 - SIZE / 2
    circle = (fine[:, None] ** 2 + fine[None] ** 2 < APERTURE ** 2).reshape(SIZE, 5, SIZE, 5).mean((1, 3))
    for index, (band, (data, band_wcs)) in enumerate(frames.items()):
        pixels, catalog["noise_" + band] = without_sky(data)
        cut(pixels, places_in(wcs, band_wcs, x, y), images[:, index])
        catalog["aper_" + band] = np.einsum("nij,ij->n", images[:, index], circle)
    write(output, images, catalog)
    return len(x)


def by_sep(folder, output, _):
    import sep

    def subtracted(data, mask=None):
        sky = sep.Background(data, mask=mask, bw=MESH, bh=MESH)
        return data - sky.back(), sky

    frames = frames_of(folder)
    reference, wcs = frames["r"]
    first, sky = subtracted(reference)
    _, segments = sep.extract(first, 1.5, err=sky.rms(), filter_kernel=KERNEL, filter_type="conv",
                              segmentation_map=True)
    mask = ndimage.binary_dilation(segments > 0, np.ones((3, 3)))
    planes = {band: subtracted(data, mask) for band, (data, _) in frames.items()}
    data, sky = planes["r"]
    found, segments = sep.extract(data, 1.5, err=sky.rms(), filter_kernel=KERNEL, filter_type="conv",
                                  segmentation_map=True)
    found = found[found["cpeak"] >= 5 * 0.375 * sky.rms()[found["ycpeak"], found["xcpeak"]]]
    height, width = data.shape
    keep = ((found["x"] > 28) & (found["x"] < width - 29) & (found["y"] > 28) & (found["y"] < height - 29))
    found = found[keep]
    x, y, a, b, theta = (found[name] for name in ("x", "y", "a", "b", "theta"))
    kron, _ = sep.kron_radius(data, x, y, a, b, theta, 6.0)
    kron = np.clip(kron, 0.1, 6)
    images = np.empty((len(found), len(frames), SIZE, SIZE), "f4")
    catalog = {"x": x, "y": y}
    for index, (band, (pixels, _)) in enumerate(planes.items()):
        band_wcs = frames[band][1]
        px, py = band_wcs.all_world2pix(*wcs.all_pix2world(x, y, 0), 0)
        catalog["auto_" + band], _, _ = sep.sum_ellipse(pixels, px, py, a, b, theta, 2.5 * kron, subpix=5)
        catalog["aper_" + band], _, _ = sep.sum_circle(pixels, px, py, APERTURE, subpix=5)
        catalog["half_" + band], _ = sep.flux_radius(pixels, px, py, 6 * a, 0.5, subpix=5)
        cut(pixels, places_in(wcs, band_wcs, x, y), images[:, index])
    write(output, images, catalog)
    return len(found)


def by_galatea(program, folders, output, options):
    said = subprocess.run([program, "import", *map(str, folders), *options, "--json", "--quiet", "-o", output],
                          check=True, capture_output=True, text=True).stdout
    return json.loads(said)["images"]


def write_positions(output, catalog_file):
    """What --detect found, as a catalogue for both; returns x and y of each field."""
    with h5py.File(output) as file:
        x, y = file["catalog/x"][:], file["catalog/y"][:]
        fields = [str(name, "utf-8") for name in file["catalog/field"][:]] if "field" in file["catalog"] else None
    with open(catalog_file, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["x", "y"] + (["field"] if fields else []))
        for i in range(len(x)):
            rows.writerow([x[i], y[i]] + ([fields[i]] if fields else []))
    return x, y, fields


def seconds_of(command):
    """Median of five runs."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def spread(rates):
    rates = sorted(rates)
    quartiles = statistics.quantiles(rates, n=4, method="inclusive") if len(rates) > 1 else rates * 3
    return {"median": quartiles[1], "lower_quartile": quartiles[0], "upper_quartile": quartiles[2]}


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--peers", default="numpy,sep")
    options = parser.parse_args()
    imports = "import h5py, numpy, astropy.io.fits, astropy.stats, astropy.wcs, scipy.ndimage"
    start = {"python": seconds_of([sys.executable, "-c", imports]),
             "galatea": seconds_of([options.program, "--version"])}
    result = {"start_seconds": start}
    with tempfile.TemporaryDirectory() as place:
        ours, theirs, catalog = f"{place}/galatea.h5", f"{place}/python.h5", f"{place}/positions.csv"
        by_galatea(options.program, options.folders, ours, ["--detect"])  # also warms the disk's cache for both
        x, y, fields = write_positions(ours, catalog)
        names = list(dict.fromkeys(fields)) if fields else [None]
        if len(names) != len(options.folders):
            raise SystemExit("every folder must hold one field")
        chosen = {folder: [i for i in range(len(x)) if fields is None or fields[i] == name]
                  for folder, name in zip(sorted(options.folders), sorted(names, key=str))}
        for peer in options.peers.split(","):
            work = {"numpy": by_numpy, "sep": by_sep}[peer]
            how = ["--positions", catalog] if peer == "numpy" else ["--detect"]
            seconds = {"python": [], "galatea": []}
            for _ in range(options.turns):
                began = time.perf_counter()
                count = sum(work(folder, theirs, (x[rows], y[rows])) for folder, rows in chosen.items())
                seconds["python"].append(time.perf_counter() - began)
                began = time.perf_counter()
                images = by_galatea(options.program, options.folders, ours, how)
                seconds["galatea"].append(time.perf_counter() - began - start["galatea"])
            stamps = {"python": count, "galatea": images}
            rates = {name: spread([stamps[name] / spent for spent in list_]) for name, list_ in seconds.items()}
            whole = {name: stamps[name] / (statistics.median(list_) + start[name]) for name, list_ in seconds.items()}
            result[peer] = {"stamps": stamps, "per_second": rates, "per_second_with_start": whole,
                            "ratio": rates["galatea"]["median"] / rates["python"]["median"],
                            "ratio_with_start": whole["galatea"] / whole["python"]}
    print(json.dumps(result, indent=2))


main()
