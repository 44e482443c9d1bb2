#!/usr/bin/env python3
"""Stamps per second from survey frames: galatea-cli import --detect beside astropy, numpy, scipy and sep doing the same.

    frames_vs_astropy.py GALATEA_CLI FOLDER...

Each FOLDER holds the frames of one field, all bands with sky coordinates. Both read the frames, subtract a 64-pixel mesh,
detect on r, measure isophotal, Kron and aperture fluxes in every band and cut 64 × 64 stamps, centred between pixels and
registered through the sky, into an HDF5 file. The Python side resamples with cubic splines (scipy.ndimage), maps each stamp's
pixels through astropy.wcs at its four corners (an affine map), and measures in whole arrays with sep: what a careful script does.
"""
import json
import pathlib
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

SIZE, HALF = 64, 31.5
KERNEL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], "f4")


def read(path):
    with fits.open(path) as file:
        for hdu in file:
            if hdu.data is not None and getattr(hdu.data, "ndim", 0) == 2:
                return hdu.data.astype("f4"), WCS(hdu.header), str(hdu.header.get("FILTER", path.stem)).strip()
    raise SystemExit(f"{path} holds no image")


def subtracted(data, mask=None):
    sky = sep.Background(data, mask=mask, bw=64, bh=64)
    return data - sky.back(), sky


def python_import(folder, output):
    frames = {band: (data, wcs) for data, wcs, band in map(read, sorted(folder.glob("*.fits*")))}
    reference, wcs = frames["r"]
    first, sky = subtracted(reference)
    _, segments = sep.extract(first, 1.5, err=sky.rms(), filter_kernel=KERNEL, filter_type="conv",
                              segmentation_map=True)
    mask = ndimage.binary_dilation(segments > 0, np.ones((3, 3)))
    planes, stamps = {}, {}
    for band, (data, band_wcs) in frames.items():
        planes[band] = subtracted(data, mask)
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
    corners = np.array([[-HALF, -HALF], [HALF, -HALF], [-HALF, HALF]])
    row, column = np.mgrid[:SIZE, :SIZE] / (SIZE - 1)
    for index, (band, (pixels, noise)) in enumerate(planes.items()):
        band_wcs = frames[band][1]
        px, py = band_wcs.all_world2pix(*wcs.all_pix2world(x, y, 0), 0)
        catalog["auto_" + band], _, _ = sep.sum_ellipse(pixels, px, py, a, b, theta, 2.5 * kron, subpix=5)
        catalog["aper_" + band], _, _ = sep.sum_circle(pixels, px, py, 3.8, subpix=5)
        catalog["half_" + band], _ = sep.flux_radius(pixels, px, py, 6 * a, 0.5, subpix=5)
        coefficients = ndimage.spline_filter(pixels, 3, output="f4")
        at = np.array([x, y]).T[:, None, :] + corners[None]
        sky_at = wcs.all_pix2world(at.reshape(-1, 2), 0)
        places = band_wcs.all_world2pix(sky_at, 0).reshape(-1, 3, 2)
        for i, (origin, right, up) in enumerate(places):
            grid = origin[:, None, None] + (right - origin)[:, None, None] * column + (up - origin)[:, None, None] * row
            images[i, index] = ndimage.map_coordinates(coefficients, grid[::-1], order=3, prefilter=False)
    with h5py.File(output, "w") as file:
        file["images"] = images
        for name, values in catalog.items():
            file["catalog/" + name] = values
    return len(found)


def main():
    warnings.simplefilter("ignore")
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    program, folders = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as place:
        for turn in range(2):  # twice, in turn: the first warms the disk's cache for both
            began = time.perf_counter()
            count = sum(python_import(folder, f"{place}/python.h5") for folder in folders)
            python_seconds = time.perf_counter() - began
            began = time.perf_counter()
            said = subprocess.run([program, "import", *map(str, folders), "--detect", "--json", "--quiet", "-o",
                                   f"{place}/galatea.h5"], check=True, capture_output=True, text=True).stdout
            seconds = time.perf_counter() - began
            images = json.loads(said)["images"]
    print(json.dumps({"python": {"stamps": count, "seconds": python_seconds, "per_second": count / python_seconds},
                      "galatea": {"stamps": images, "seconds": seconds, "per_second": images / seconds},
                      "ratio": images / seconds / (count / python_seconds)}, indent=2))


main()
