#!/usr/bin/env python3
"""Stamps per second from survey frames: galatea-cli import beside Python doing the same work, in one run, turn by turn.

    frames_vs_astropy.py GALATEA_CLI FOLDER... [--turns 3] [--cases positions,detect] [--unpacked]

Each FOLDER holds the frames of one field, all bands with sky coordinates. Two cases:

positions   `--positions`: both get the same catalogue of positions (what --detect finds); each place takes the shape of
            the detection it lies on.
detect      `--detect`: what is found is cut out.

In both cases both sides read the frames, measure the sky in 64-pixel meshes twice (the second time without what was
detected), detect on r before and after, correct the bands' registration by the windowed centres of compact bright sources,
cut 64 x 64 stamps centred between pixels and registered through the sky in every band, measure isophotal, Kron and
aperture fluxes with their errors in every band without the neighbours' pixels, Kron and half-light radii on r, and write
images and catalogue to an HDF5 file. Python does this with astropy, numpy, scipy, sep and h5py in whole arrays, as a
careful script does: it resamples with cubic splines (scipy.ndimage; Lanczos is not to be had), maps each stamp's pixels
through astropy.wcs at three of its corners (an affine map), and moves masks between bands by whole pixels. galatea-cli
also mends seams, tells flags and coverage, and decodes packed files behind walls meanwhile.

With --unpacked the frames are unpacked beforehand: then nothing of the figures is bzip2 or gzip. Prints medians, quartiles
and ratios as JSON, with both programs' starts (loading their libraries, measured by themselves) left out of the rates, and
counted. Both run with as many threads as they take by themselves.
"""
import argparse
import bz2
import csv
import gzip
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
import sep
from astropy.io import fits
from astropy.wcs import WCS
from scipy import ndimage

SIZE, HALF, MESH, EDGE = 64, 31.5, 64, 28
KERNEL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], "f4")
KERNEL_NOISE = 0.375  # deviation of white noise convolved with KERNEL


def read(path):
    with fits.open(path) as file:
        for hdu in file:
            if hdu.data is not None and getattr(hdu.data, "ndim", 0) == 2:
                return hdu.data.astype("f4"), WCS(hdu.header), str(hdu.header.get("FILTER", path.stem)).strip()
    raise SystemExit(f"{path} holds no image")


def frames_of(folder):
    return {band: (data, wcs) for data, wcs, band in map(read, sorted(folder.glob("*.fits*")))}


def places_in(wcs, band_wcs, x, y, moved):
    """Per stamp where its first pixel, the last of its first row and the first of its last row lie in a band's frame."""
    corners = np.array([[-HALF, -HALF], [HALF, -HALF], [-HALF, HALF]])
    at = np.array([x, y]).T[:, None, :] + corners[None]
    return band_wcs.all_world2pix(wcs.all_pix2world(at.reshape(-1, 2), 0), 0).reshape(-1, 3, 2) + moved


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


class Band:
    """One band's frame and how it lies on the reference's."""

    def __init__(self, data, wcs, reference_wcs):
        self.data, self.wcs, self.reference_wcs = data, wcs, reference_wcs
        self.moved = np.zeros(2)

    def subtract(self, mask=None):
        self.sky = sep.Background(self.data, mask=mask, bw=MESH, bh=MESH)
        self.pixels = self.data - self.sky.back()
        self.noise = self.sky.rms()

    def detect(self):
        found, segments = sep.extract(self.pixels, 1.5, err=self.noise, filter_kernel=KERNEL, filter_type="conv",
                                      segmentation_map=True)
        # Faint parts are dropped, and the labels of what stays are its places in the list.
        bright = found["cpeak"] >= 5 * KERNEL_NOISE * self.noise[found["ycpeak"], found["xcpeak"]]
        labels = np.zeros(len(found) + 1, "i4")
        labels[1:][bright] = np.arange(1, bright.sum() + 1)
        return found[bright], labels[segments]

    def at(self, x, y):
        if self.wcs is self.reference_wcs:
            return x, y
        px, py = self.wcs.all_world2pix(*self.reference_wcs.all_pix2world(x, y, 0), 0)
        return px + self.moved[0], py + self.moved[1]

    def register(self, reference, stars):
        """Follows the windowed centres of stars where they agree on an offset."""
        if self.wcs is self.reference_wcs:
            return
        x, y, bad = sep.winpos(reference.pixels, stars["x"], stars["y"], 2.0, subpix=5)
        expected = np.array(self.at(x, y))
        px, py, bad_here = sep.winpos(self.pixels, *expected, 2.0, subpix=5)
        offsets = np.array([px, py]) - expected
        column, row = np.rint([px, py]).astype(int)
        inside = (column >= 0) & (row >= 0) & (column < self.data.shape[1]) & (row < self.data.shape[0])
        good = (bad == 0) & (bad_here == 0) & inside & (np.hypot(*offsets) < 2.5)
        good[good] = self.pixels[row[good], column[good]] > 10 * self.noise[row[good], column[good]]
        if good.sum() < 8:
            return
        middle = np.median(offsets[:, good], axis=1)
        error = 1.86 * np.median(np.abs(offsets[:, good] - middle[:, None]), axis=1) / np.sqrt(good.sum())
        if 3 * np.hypot(*error) < np.hypot(*middle) < 2:
            self.moved = middle

    def on_this_grid(self, segments):
        """The reference's labels, moved by whole pixels."""
        height, width = segments.shape
        px, py = self.at(np.array([width / 2]), np.array([height / 2]))
        dx, dy = round(float(px[0]) - width / 2), round(float(py[0]) - height / 2)
        moved = np.zeros(self.data.shape, segments.dtype)
        to_y, to_x = slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0))
        moved[to_y, to_x] = segments[max(-dy, 0):height - max(dy, 0), max(-dx, 0):width - max(dx, 0)]
        return moved


def isophotal(band, labelled, labels, count):
    """Sums of a band within the reference's isophotes: its pixels at their places, by label."""
    row, column = labelled
    px, py = band.at(column.astype(float), row.astype(float))
    values = ndimage.map_coordinates(band.pixels, [py, px], order=1)
    return np.bincount(labels, values, count + 1)[1:], np.sqrt(np.bincount(labels, minlength=count + 1)[1:])


def measure(bands, found, segments, x, y, of):
    """The catalogue of places x, y; `of`: the detection each lies on, -1 for none."""
    reference = bands["r"]
    shape = {name: np.where(of >= 0, found[name][of], 1.0) for name in ("a", "b", "theta")}
    a, b, theta = shape["a"], shape["b"], shape["theta"]
    label = np.where(of >= 0, of + 1, 0).astype("i4")
    ra, dec = reference.wcs.all_pix2world(x, y, 0)
    kron, flags = sep.kron_radius(reference.pixels, x, y, a, b, theta, 6.0, seg_id=label, segmap=segments)
    kron = 2.5 * np.clip(kron, 0.1, 6)
    circle = kron * np.sqrt(a * b) < 1.75
    scale = np.sqrt(np.abs(np.linalg.det(reference.wcs.pixel_scale_matrix))) * 3600
    aperture = 1.5 / scale
    catalog = {"x": x, "y": y, "ra": ra, "dec": dec, "kron_radius": kron * a, "flags": flags, "id": label, **shape}
    labelled = np.nonzero(segments)
    labels = segments[labelled]
    for name, band in bands.items():
        px, py = band.at(x, y)
        column = np.clip(np.rint(px), 0, band.data.shape[1] - 1).astype(int)
        row = np.clip(np.rint(py), 0, band.data.shape[0] - 1).astype(int)
        noise = band.noise[row, column]
        here = dict(seg_id=label, segmap=band.on_this_grid(segments) if band is not reference else segments)
        flux, _, _ = sep.sum_ellipse(band.pixels, px, py, a, b, theta, kron, subpix=5, **here)
        if circle.any():
            small = dict(here, seg_id=label[circle])
            flux[circle], _, _ = sep.sum_circle(band.pixels, px[circle], py[circle], 1.75, subpix=5, **small)
        catalog["flux_auto_" + name] = flux
        catalog["flux_auto_err_" + name] = noise * np.sqrt(np.where(circle, np.pi * 1.75**2, np.pi * a * b * kron**2))
        catalog["flux_aper_" + name], _, _ = sep.sum_circle(band.pixels, px, py, aperture, subpix=5, **here)
        catalog["flux_aper_err_" + name] = noise * np.sqrt(np.pi) * aperture
        sums, roots = isophotal(band, labelled, labels, len(found))
        catalog["flux_iso_" + name] = np.where(of >= 0, sums[of], np.nan)
        catalog["flux_iso_err_" + name] = np.where(of >= 0, noise * roots[of], np.nan)
        for kind in ("auto", "aper", "iso"):
            catalog[f"mag_{kind}_{name}"] = 22.5 - 2.5 * np.log10(catalog[f"flux_{kind}_{name}"])
    catalog["half_light_radius"], _ = sep.flux_radius(reference.pixels, x, y, 6 * a, 0.5, subpix=5, seg_id=label,
                                                      segmap=segments, normflux=catalog["flux_auto_r"])
    return catalog


def by_python(folder, output, positions):
    frames = frames_of(folder)
    wcs = frames["r"][1]
    bands = {band: Band(data, band_wcs, wcs) for band, (data, band_wcs) in frames.items()}
    reference = bands["r"]
    reference.subtract()
    _, segments = reference.detect()
    for band in bands.values():
        band.subtract(ndimage.binary_dilation(band.on_this_grid(segments) > 0, np.ones((3, 3))))
    found, segments = reference.detect()
    stars = found[(found["flag"] == 0) & (found["b"] > 0.7 * found["a"]) & (found["a"] < 4)]
    stars = stars[stars["peak"] > 20 * reference.noise[stars["ycpeak"], stars["xcpeak"]]][:300]
    for band in bands.values():
        band.register(reference, stars)
    if positions is None:
        x, y, of = found["x"], found["y"], np.arange(len(found))
    else:
        x, y = positions
        distance = np.hypot(x[:, None] - found["x"][None], y[:, None] - found["y"][None])
        nearest = distance.argmin(1)
        below = segments[np.rint(y).astype(int), np.rint(x).astype(int)] - 1
        of = np.where(distance.min(1) < 2.5, nearest, below)
    height, width = reference.data.shape
    keep = (x > EDGE) & (x < width - EDGE - 1) & (y > EDGE) & (y < height - EDGE - 1)
    x, y, of = x[keep], y[keep], of[keep]
    images = np.empty((len(x), len(bands), SIZE, SIZE), "f4")
    for index, band in enumerate(bands.values()):
        cut(band.pixels, places_in(wcs, band.wcs, x, y, band.moved), images[:, index])
    write(output, images, measure(bands, found, segments, x, y, of))
    return len(x)


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


def unpack(folders, place):
    """The frames without their packing, each folder under its own name."""
    made = []
    for folder in folders:
        made.append(pathlib.Path(place) / folder.resolve().name)
        made[-1].mkdir()
        for path in folder.glob("*.fits*"):
            opened = {".bz2": bz2.open, ".gz": gzip.open}.get(path.suffix, open)
            name = path.stem if path.suffix in (".bz2", ".gz") else path.name
            with opened(path, "rb") as file:
                (made[-1] / name).write_bytes(file.read())
    return made


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
    parser.add_argument("--cases", default="positions,detect")
    parser.add_argument("--unpacked", action="store_true")
    options = parser.parse_args()
    imports = "import h5py, numpy, sep, astropy.io.fits, astropy.wcs, scipy.ndimage"
    start = {"python": seconds_of([sys.executable, "-c", imports]),
             "galatea": seconds_of([options.program, "--version"])}
    result = {"start_seconds": start, "unpacked": options.unpacked}
    with tempfile.TemporaryDirectory() as place:
        ours, theirs, catalog = f"{place}/galatea.h5", f"{place}/python.h5", f"{place}/positions.csv"
        folders = unpack(options.folders, place) if options.unpacked else options.folders
        by_galatea(options.program, folders, ours, ["--detect"])  # also warms the disk's cache for both
        x, y, fields = write_positions(ours, catalog)
        names = list(dict.fromkeys(fields)) if fields else [None]
        if len(names) != len(folders):
            raise SystemExit("every folder must hold one field")
        chosen = {folder: [i for i in range(len(x)) if fields is None or fields[i] == name]
                  for folder, name in zip(sorted(folders), sorted(names, key=str))}
        for case in options.cases.split(","):
            given = case == "positions"
            how = ["--positions", catalog] if given else ["--detect"]
            seconds = {"python": [], "galatea": []}
            ratios = []
            for _ in range(options.turns):
                began = time.perf_counter()
                count = sum(by_python(folder, theirs, (x[rows], y[rows]) if given else None)
                            for folder, rows in chosen.items())
                seconds["python"].append(time.perf_counter() - began)
                began = time.perf_counter()
                images = by_galatea(options.program, folders, ours, how)
                seconds["galatea"].append(time.perf_counter() - began - start["galatea"])
                ratios.append(seconds["python"][-1] / count / (seconds["galatea"][-1] / images))
            stamps = {"python": count, "galatea": images}
            rates = {name: spread([stamps[name] / spent for spent in list_]) for name, list_ in seconds.items()}
            whole = {name: stamps[name] / (statistics.median(list_) + start[name]) for name, list_ in seconds.items()}
            result[case] = {"stamps": stamps, "per_second": rates, "per_second_with_start": whole,
                            "ratio": spread(ratios), "ratio_with_start": whole["galatea"] / whole["python"]}
    print(json.dumps(result, indent=2))


main()
