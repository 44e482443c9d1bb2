"""Reads galatea-cli's files back with readers that share no code with it: h5py, astropy, torch, numpy.

    read_back.py fits FILE IMAGES          a cube of float32 images with finite pixels and its provenance
    read_back.py h5 FILE IMAGES            the same images as a data set; FITS and HDF5 hold the same numbers
    read_back.py safetensors FILE          the header and every tensor by the format's own definition
    read_back.py torchscript PT DATA LATENTS DECODED      torch.jit.load gives what galatea-cli gave
    read_back.py published LATENTS REFERENCE              components and errors of the published model
"""
import json
import struct
import sys

import numpy as np


def fits(path, images):
    from astropy.io import fits as pyfits

    with pyfits.open(path) as file:
        file.verify("exception")
        data, header = file[0].data, file[0].header
        assert data.shape[0] == int(images), data.shape
        assert data.dtype == ">f4", data.dtype
        assert np.isfinite(data).all()
        assert header["SEED"] == 5 and header["TEMPER"] == 0.5, repr(header)
        assert len(header["MODELSHA"]) == 64 and header["ORIGIN"].startswith("galatea-cli")
    return data


def h5(path, images, fits_path):
    import h5py

    with h5py.File(path) as file:
        pixels = file["images"][:]
        assert pixels.shape[0] == int(images), pixels.shape
        assert len(file["catalog/id"]) == int(images)
        assert len(file["catalog/component"]) == int(images)
    assert np.array_equal(pixels, fits(fits_path, images).astype("f4").reshape(pixels.shape))


def safetensors(path):
    with open(path, "rb") as file:
        raw = file.read()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    card = json.loads(header.pop("__metadata__")["galatea"])
    assert card["format"] == 1 and card["family"] == "astrovader", card
    body, end, count = raw[8 + length :], 0, 0
    for entry in sorted(header.values(), key=lambda e: e["data_offsets"]):
        begin, stop = entry["data_offsets"]
        assert begin == end and entry["dtype"] == "F32"
        values = np.frombuffer(body[begin:stop], "<f4")
        assert values.size == int(np.prod(entry["shape"])) and np.isfinite(values).all()
        end, count = stop, count + values.size
    assert end == len(body) and count > 0


def torchscript(path, data_path, latents_path, decoded_path):
    import h5py
    import torch

    extra = {"galatea.json": ""}
    module = torch.jit.load(path, _extra_files=extra)
    assert json.loads(extra["galatea.json"])["family"] == "astrovader"
    with h5py.File(data_path) as data, h5py.File(latents_path) as latents, h5py.File(decoded_path) as decoded:
        with torch.no_grad():
            mean, logvar = module.encode(torch.from_numpy(data["images"][:].astype("f4")))
            drawn = module.decode(torch.from_numpy(latents["mean"][:]))
        worst = max(
            np.abs(mean.numpy() - latents["mean"][:]).max(),
            np.abs(logvar.numpy() - latents["logvar"][:]).max(),
            np.abs(drawn.numpy() - decoded["images"][:]).max(),
        )
    print("largest difference", worst)
    assert worst <= 1e-5


def published(latents_path, reference_path):
    import h5py

    with h5py.File(latents_path) as ours, h5py.File(reference_path) as reference:
        ids = [int(text) if not isinstance(text, bytes) else int(text.decode().split("/")[-1].split(".")[0]) for text in ours["id"][:]]
        order = {int(identity): row for row, identity in enumerate(reference["id"][:])}
        rows = [order[identity] for identity in ids]
        assert len(set(rows)) == len(order) == 1400
        agree = np.mean(ours["component"][:] == reference["component"][:][rows])
        error, expected = ours["reconstruction_error"][:].mean(), reference["mse"][:].mean()
    print(f"component agreement {agree:.4f}, mean error {error:.6f} against {expected:.6f}")
    assert agree >= 0.99
    assert abs(error / expected - 1) <= 0.02


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
