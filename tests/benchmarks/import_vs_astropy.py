#!/usr/bin/env python3
"""import_vs_astropy.py BIN [--images 100000] [--side 64] [--formats fits,npy]

Small images on disk into one HDF5 data set: galatea-cli import, and astropy + numpy + h5py doing the same on the same
files in the same run. Prints images per second of both and their ratio. BIN: folder of galatea-cli."""
import argparse
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from astropy.io import fits


def header(side):
    def card(key, value):
        return f'{key:<8}= {value:>20}'.ljust(80)
    text = ''.join([card('SIMPLE', 'T'), card('BITPIX', -32), card('NAXIS', 2), card('NAXIS1', side),
                    card('NAXIS2', side), 'END'.ljust(80)])
    return text.ljust(2880).encode()


def make(folder, form, images, side):
    rng = np.random.default_rng(1)
    pixels = rng.random((64, side, side), dtype=np.float32)
    head = header(side)
    for i in range(images):
        image = pixels[i % 64]
        if form == 'fits':
            data = image.astype('>f4').tobytes()
            with open(f'{folder}/{i}.fits', 'wb') as file:
                file.write(head + data + b'\0' * (-len(data) % 2880))
        else:
            np.save(f'{folder}/{i}.npy', image)


def by_astropy(folder, form, output, images, side):
    names = sorted(os.listdir(folder), key=lambda name: int(name.split('.')[0]))
    with h5py.File(output, 'w') as file:
        out = file.create_dataset('images', (len(names), 1, side, side), 'f4', chunks=(1, 1, side, side))
        batch = []
        start = 0
        for name in names:
            path = os.path.join(folder, name)
            image = fits.getdata(path) if form == 'fits' else np.load(path)
            image = np.asarray(image, dtype=np.float32)
            if not np.isfinite(image).all():
                print('not finite:', name)
            batch.append(image)
            if len(batch) == 256:
                out[start:start + len(batch), 0] = np.stack(batch)
                start += len(batch)
                batch = []
        if batch:
            out[start:start + len(batch), 0] = np.stack(batch)
        file['catalog/file'] = [name.encode() for name in names]
        file.flush()
        os.fsync(file.id.get_vfd_handle())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('bin')
    parser.add_argument('--images', type=int, default=100000)
    parser.add_argument('--side', type=int, default=64)
    parser.add_argument('--formats', default='fits,npy')
    options = parser.parse_args()
    for form in options.formats.split(','):
        with tempfile.TemporaryDirectory() as work:
            folder = os.path.join(work, 'images')
            os.mkdir(folder)
            make(folder, form, options.images, options.side)
            ours, theirs = os.path.join(work, 'ours.h5'), os.path.join(work, 'theirs.h5')
            began = time.monotonic()
            subprocess.run([os.path.join(options.bin, 'galatea-cli'), 'import', folder, '-o', ours, '--quiet'],
                           check=True, stdout=subprocess.DEVNULL)
            our_seconds = time.monotonic() - began
            began = time.monotonic()
            by_astropy(folder, form, theirs, options.images, options.side)
            their_seconds = time.monotonic() - began
            with h5py.File(ours) as a, h5py.File(theirs) as b:
                same = all(np.array_equal(a['images'][i], b['images'][i]) for i in range(0, options.images, 997))
            print(f'{form}: galatea-cli {options.images / our_seconds:.0f} images/s (start included), '
                  f'{"astropy" if form == "fits" else "numpy"} {options.images / their_seconds:.0f} images/s, '
                  f'ratio {their_seconds / our_seconds:.1f}, pixels {"equal" if same else "DIFFER"}')
            if not same:
                sys.exit(1)


main()
