#!/usr/bin/env python3
"""make_seeds.py FORMAT FOLDER: writes small well-formed files of a format into FOLDER/FORMAT, to start fuzzing from.
Needs nothing but Python, so that the seeds are independent of the readers they are for."""
import bz2
import gzip
import io
import json
import os
import struct
import sys
import zipfile
import zlib


def card(key, value=None, comment=''):
    if value is None:
        text = key
    elif isinstance(value, bool):
        text = f'{key:<8}= {"T" if value else "F":>20} / {comment}'
    elif isinstance(value, str):
        text = f"{key:<8}= '{value:<8}' / {comment}"
    else:
        text = f'{key:<8}= {value!r:>20} / {comment}'
    return text[:80].ljust(80).encode()


def unit(cards, data=b'', fill=b'\0'):
    header = b''.join(cards) + card('END')
    header += b' ' * (-len(header) % 2880)
    return header + data + fill * (-len(data) % 2880)


def image(bitpix, axes, data, more=(), extension=False):
    cards = [card('XTENSION', 'IMAGE') if extension else card('SIMPLE', True), card('BITPIX', bitpix),
             card('NAXIS', len(axes))]
    cards += [card(f'NAXIS{n + 1}', axis) for n, axis in enumerate(axes)]
    cards += [card('PCOUNT', 0), card('GCOUNT', 1)] if extension else [card('EXTEND', True)]
    return unit(cards + list(more), data)


def table(kind, columns, rows, row, extra=(), heap=b''):
    cards = [card('XTENSION', kind), card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', len(row)),
             card('NAXIS2', rows), card('PCOUNT', len(heap)), card('GCOUNT', 1), card('TFIELDS', len(columns))]
    for n, column in enumerate(columns, 1):
        cards += [card(f'{key}{n}', value) for key, value in column.items()]
    return unit(cards + list(extra), row * rows + heap, b' ' if kind == 'TABLE' else b'\0')


def fits():
    pixels = struct.pack('>16h', *range(-8, 8))
    floats = struct.pack('>16f', *[x / 3 for x in range(15)], float('nan'))
    yield 'int16', image(16, [4, 4], pixels, [card('BZERO', 32768), card('BSCALE', 1), card('BLANK', -8)])
    yield 'float32', image(-32, [4, 4], floats, [card('OBJECT', "O''Brien"), card('HISTORY made up'),
                                                 card('LONG', 'a long text that goes on &'),
                                                 card("CONTINUE  'and on'"), card('HIERARCH ESO X = 1')])
    yield 'float64', image(-64, [2, 2, 3], struct.pack('>12d', *range(12)), [card('BANDS', 'g,r,i')])
    yield 'int64', image(64, [2, 2], struct.pack('>4q', -1, 0, 1, 2**62), [card('BZERO', float(2**63))])
    yield 'bytes', image(8, [5, 3], bytes(range(15)))
    yield 'many', (image(8, [], b'') + image(-32, [4, 4], floats, [card('EXTNAME', 'SCI')], True) +
                   image(16, [4, 4], pixels, [card('EXTNAME', 'DQ')], True))
    columns = [{'TTYPE': 'id', 'TFORM': 'J'}, {'TTYPE': 'flag', 'TFORM': 'L'}, {'TTYPE': 'name', 'TFORM': '4A'},
               {'TTYPE': 'mag', 'TFORM': 'E', 'TUNIT': 'mag'}, {'TTYPE': 'n', 'TFORM': 'I', 'TZERO': 32768},
               {'TTYPE': 'scaled', 'TFORM': 'B', 'TSCAL': 0.5, 'TNULL': 7}, {'TTYPE': 'bits', 'TFORM': '11X'},
               {'TTYPE': 'pair', 'TFORM': '2D'}, {'TTYPE': 'list', 'TFORM': '1PE(3)'}, {'TTYPE': 'big', 'TFORM': 'K'},
               {'TTYPE': 'stamp', 'TFORM': '64E', 'TDIM': '(8,8)'}, {'TTYPE': 'c', 'TFORM': 'C'}]
    row = (struct.pack('>ic4sfhBH2dii', 5, b'T', b'ab  ', 1.5, 3, 7, 0xffe0, 1, 2, 3, 0) + struct.pack('>q', -9) +
           struct.pack('>64f', *range(64)) + struct.pack('>2f', 1, 2))
    yield 'bintable', image(8, [], b'') + table('BINTABLE', columns, 3, row, heap=struct.pack('>3f', 1, 2, 3))
    text = [{'TTYPE': 'a', 'TFORM': 'A4', 'TBCOL': 1}, {'TTYPE': 'i', 'TFORM': 'I4', 'TBCOL': 5},
            {'TTYPE': 'f', 'TFORM': 'F6.2', 'TBCOL': 10}, {'TTYPE': 'd', 'TFORM': 'D8.1', 'TBCOL': 16, 'TNULL': '---'}]
    yield 'asciitable', image(8, [], b'') + table('TABLE', text, 2, b'abcd  12   1.25 2.5D+01')
    tiles = struct.pack('>2i', 4, 0) + struct.pack('>2i', 4, 4)
    tiled = [card('ZIMAGE', True), card('ZBITPIX', 16), card('ZNAXIS', 2), card('ZNAXIS1', 2), card('ZNAXIS2', 2),
             card('ZTILE1', 2), card('ZTILE2', 1), card('ZCMPTYPE', 'RICE_1'), card('ZNAME1', 'BLOCKSIZE'),
             card('ZVAL1', 32)]
    yield 'tiled', image(8, [], b'') + table('BINTABLE', [{'TTYPE': 'COMPRESSED_DATA', 'TFORM': '1PB(4)'}], 2,
                                             tiles[:8], tiled, b'12345678')
    yield 'groups', unit([card('SIMPLE', True), card('BITPIX', -32), card('NAXIS', 3), card('NAXIS1', 0),
                          card('NAXIS2', 2), card('NAXIS3', 1), card('GROUPS', True), card('PCOUNT', 1),
                          card('GCOUNT', 2)], floats[:24])


def numpy_array(descr, shape, data, fortran=False, version=1):
    head = f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape!r}, }}"
    length = '<H' if version == 1 else '<I'
    head += ' ' * (-(8 + struct.calcsize(length) + len(head) + 1) % 64) + '\n'
    return b'\x93NUMPY' + bytes([version, 0]) + struct.pack(length, len(head)) + head.encode() + data


def npy():
    yield 'f4', numpy_array('<f4', (2, 3, 4), struct.pack('<24f', *range(24)))
    yield 'f8big', numpy_array('>f8', (2, 3), struct.pack('>6d', *range(6)), version=2)
    yield 'f2fortran', numpy_array('<f2', (4, 3, 2), struct.pack('<24e', *range(24)), True, 3)
    yield 'u1', numpy_array('|u1', (9,), bytes(range(9)))
    yield 'i8', numpy_array('<i8', (3,), struct.pack('<3q', -1, 2**62, 0))
    yield 'bool', numpy_array('|b1', (2, 2), b'\0\1\1\0')
    yield 'text', numpy_array('<U2', (2,), 'ab\u00e9\U0001f30c'.encode('utf-32-le'))
    yield 'bytes', numpy_array('|S3', (2,), b'abcd\0\0')
    yield 'scalar', numpy_array('<f8', (), struct.pack('<d', 1))
    yield 'empty', numpy_array('<f4', (0, 5), b'')


def npz():
    images = numpy_array('<f4', (2, 3, 4), struct.pack('<24f', *range(24)))
    names = numpy_array('<U2', (2,), 'ab\u00e9\U0001f30c'.encode('utf-32-le'))
    redshifts = numpy_array('<f8', (2,), struct.pack('<2d', 0.1, 0.2))

    def archive(entries, method):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, 'w', method) as file:
            for name, content in entries:
                file.writestr(zipfile.ZipInfo(name), content, method)
        return memory.getvalue()

    every = [('images.npy', images), ('name.npy', names), ('z.npy', redshifts)]
    yield 'stored', archive(every, zipfile.ZIP_STORED)
    yield 'deflated', archive(every, zipfile.ZIP_DEFLATED)
    yield 'mixed', archive([('README', b'no array'), ('images.npy', images)], zipfile.ZIP_DEFLATED)
    yield 'cut', archive([('images.npy', images[:-40])], zipfile.ZIP_STORED)
    yield 'none', archive([], zipfile.ZIP_STORED)


def tiff():
    def picture(tags, data, after=0):
        tags = sorted({256: (3, 8), 257: (3, 4), 258: (3, 8), 259: (3, 1), 262: (3, 1), 277: (3, 1), 273: (4, 8),
                       278: (3, 4), 279: (4, len(data)), **tags}.items())
        directory = struct.pack('<H', len(tags))
        for tag, (kind, value) in tags:
            directory += struct.pack('<HHI', tag, kind, 1) + struct.pack('<I', value)
        start = 8 + len(data) + len(data) % 2
        return b'II*\0' + struct.pack('<I', start) + data.ljust(start - 8, b'\0') + directory + struct.pack('<I', after)

    gray = bytes(range(32))
    yield 'gray', picture({}, gray)
    yield 'ring', picture({}, gray, 40)
    yield 'deflated', picture({259: (3, 8)}, zlib.compress(gray))
    yield 'packed', picture({259: (3, 32773)}, b'\x1f' + gray)
    yield 'floats', picture({258: (3, 32), 339: (3, 3)}, struct.pack('<32f', *range(32)))
    yield 'rgb', picture({262: (3, 2), 277: (3, 1)}, gray)
    yield 'bits', picture({258: (3, 1), 262: (3, 0)}, b'\xa5' * 4)
    yield 'tiles', picture({322: (3, 16), 323: (3, 16), 324: (4, 8), 325: (4, 256)}, bytes(range(256)))
    yield 'fax', picture({258: (3, 1), 259: (3, 4)}, b'\x00\x10\x01\x00\x10\x01')
    yield 'lzw', picture({259: (3, 5)}, b'\x80\x00\x00\x40\x30\x10\x0c\x04\x81')


def packed():
    text = b'SIMPLE  = T ' * 40
    yield 'gzip', gzip.compress(text, mtime=0)
    yield 'members', gzip.compress(text, mtime=0) + gzip.compress(b'', mtime=0) + gzip.compress(b'more', mtime=0) + bytes(9)
    yield 'bzip2', bz2.compress(text) + bz2.compress(b'again')
    yield 'zeros', bz2.compress(bytes(200000))
    yield 'gzipzeros', gzip.compress(bytes(200000), mtime=0)


def tiles():
    rows = [struct.pack('>4h', *range(n, n + 4)) for n in range(4)]

    def tiled(algorithm, streams, more=(), bitpix=16, form='1PB(80)'):
        descriptors, heap = b'', b''
        for stream in streams:
            descriptors += struct.pack('>2i', len(stream), len(heap))
            heap += stream
        cards = [card('ZIMAGE', True), card('ZBITPIX', bitpix), card('ZNAXIS', 2), card('ZNAXIS1', 4),
                 card('ZNAXIS2', 4), card('ZTILE1', 4), card('ZTILE2', 1), card('ZCMPTYPE', algorithm), *more]
        head = [card('XTENSION', 'BINTABLE'), card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', 8),
                card('NAXIS2', 4), card('PCOUNT', len(heap)), card('GCOUNT', 1), card('TFIELDS', 1),
                card('TTYPE1', 'COMPRESSED_DATA'), card('TFORM1', form)]
        return image(8, [], b'') + unit(head + cards, descriptors + heap)

    rice = [card('ZNAME1', 'BLOCKSIZE'), card('ZVAL1', 32), card('ZNAME2', 'BYTEPIX'), card('ZVAL2', 2)]
    yield 'gzip', tiled('GZIP_1', [gzip.compress(row, mtime=0) for row in rows])
    yield 'shuffled', tiled('GZIP_2', [gzip.compress(row[0::2] + row[1::2], mtime=0) for row in rows])
    yield 'rice', tiled('RICE_1', [row[:2] + b'\x10\x84\x21\x08' for row in rows], rice)
    yield 'floats', tiled('GZIP_1', [gzip.compress(struct.pack('>4f', 1, 2, n, 4), mtime=0) for n in range(4)],
                          bitpix=-32)
    yield 'hcompress', tiled('HCOMPRESS_1', [b'\xdd\x99' + struct.pack('>3i', 1, 4, 0) + bytes(8) + b'\4\4\4' + bytes(20)] * 4)
    yield 'plio', tiled('PLIO_1', [struct.pack('>9h', 0, 7, -100, 9, 0, 0, 0, 0x4002, 0x4002)] * 4, form='1PI(9)')


def a_card():
    return {'format': 1, 'family': 'custom', 'name': 'a model', 'latent': 2, 'methods': ['encode', 'decode', 'score'],
            'input': {'channels': 1, 'height': 8, 'width': 8, 'bands': ['r'], 'offset': [0.5], 'scale': [2.0],
                      'stretch': 'asinh', 'more': [1]},
            'mixture': {'weights': [0.25, 0.75], 'means': [[0, 1], [-1, 2.5]], 'variances': [[1, 1], [0.5, 2]]},
            'options': {'filters': [4, 4]}, 'training': {'seed': 1, 'data': 'made up'}, 'metrics': {'mse': 0.01},
            'unknown': {'deep': [[[[None, True, 'text \u202e \\ \n']]]]}}


def model_card():
    yield 'full', json.dumps(a_card()).encode()
    yield 'least', b'{"format":1,"family":"custom","input":{"channels":1,"height":8,"width":8},"latent":2,"methods":[]}'
    yield 'partial', b'{"format":1,"family":"custom","methods":["decode"]}'
    yield 'newer', json.dumps({**a_card(), 'format': 2}).encode()


def safetensors():
    def file(tensors, metadata=None):
        header, body = {}, b''
        if metadata is not None:
            header['__metadata__'] = {'galatea': metadata}
        for name, kind, shape, data in tensors:
            header[name] = {'dtype': kind, 'shape': shape, 'data_offsets': [len(body), len(body) + len(data)]}
            body += data
        text = json.dumps(header).encode()
        text += b' ' * (-len(text) % 8)
        return struct.pack('<Q', len(text)) + text + body

    yield 'two', file([('a.weight', 'F32', [2, 2], struct.pack('<4f', 1, 2, 3, 4)),
                       ('a.bias', 'F32', [2], struct.pack('<2f', 0, -1))], json.dumps(a_card()))
    yield 'kinds', file([('d', 'F64', [1], struct.pack('<d', 0.1)), ('h', 'F16', [2], struct.pack('<2e', 1, -2)),
                         ('b', 'BF16', [2], b'\x80\x3f\x00\xc0')])
    yield 'scalar', file([('s', 'F32', [], struct.pack('<f', 7))], '')
    yield 'nothing', file([], '{}')


def archive():
    for name, method in (('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED)):
        target = io.BytesIO()
        with zipfile.ZipFile(target, 'w', method) as file:
            for entry, content in (('model/data.pkl', b'\x80\x02}.'), ('model/code/__torch__.py', b'class Model(Module):\n'),
                                   ('model/data/0', bytes(16)), ('model/extra/galatea.json', b'{}'), ('model/version', b'3\n')):
                file.writestr(zipfile.ZipInfo(entry), content)
            file.comment = b'a comment'
        yield name, target.getvalue()


def csv():
    yield 'quotes', b'a,b\n1,"x, ""y"""\n2,=1\n'
    yield 'semicolons', b'\xef\xbb\xbfa;b\r\n1,5;t\r\n;"\n"\r\n'
    yield 'apostrophes', b"t\n'=1\n''=1\n\"\"\n"
    yield 'latin', b'a\tb\ncaf\xe9\t9007199254740993\n\t1\n'


def votable():
    head = "<?xml version='1.0'?><VOTABLE version='1.4'><RESOURCE>"
    tail = '</RESOURCE></VOTABLE>'
    yield 'tabledata', (head + "<INFO name='QUERY_STATUS' value='OK'/><TABLE name='t'><FIELD name='a' datatype='int' "
                        "arraysize='2'><DESCRIPTION>x y</DESCRIPTION><VALUES null='-9'/></FIELD><FIELD ID='b' "
                        "datatype='char' arraysize='*' unit='deg' ucd='pos.eq.ra'/><FIELD name='c' "
                        "datatype='floatComplex'/><FIELD name='d' datatype='boolean'/><DATA><TABLEDATA><TR><TD>1 2</TD>"
                        '<TD>x &amp; y</TD><TD>1 2</TD><TD>T</TD></TR></TABLEDATA></DATA></TABLE>' + tail).encode()
    yield 'binary', (head + "<TABLE><FIELD name='a' datatype='char' arraysize='*'/><FIELD name='b' datatype='short'/>"
                     "<FIELD name='e' datatype='bit' arraysize='3'/><DATA><BINARY2><STREAM encoding='base64'>"
                     "AAAAAAJhYgAHgA==</STREAM></BINARY2></DATA></TABLE><TABLE><FIELD name='u' "
                     "datatype='unicodeChar' arraysize='2'/><FIELD name='x' datatype='double'/><DATA><BINARY>"
                     "<STREAM encoding='base64'>AGEAYj/wAAAAAAAA</STREAM></BINARY></DATA></TABLE>" + tail).encode()
    yield 'entity', b"<!DOCTYPE VOTABLE [<!ENTITY a 'b'>]><VOTABLE>&a;</VOTABLE>"


if __name__ == '__main__':
    name, folder = sys.argv[1], os.path.join(sys.argv[2], sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    for seed, content in globals()[name]():
        with open(os.path.join(folder, seed), 'wb') as file:
            file.write(content)
