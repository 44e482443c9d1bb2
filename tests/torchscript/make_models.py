"""make_models.py FOLDER: TorchScript models, good and bad, as strangers make them; and what the good ones answer."""
import json
import os
import sys
import zipfile
from typing import Tuple

import torch
from torch import Tensor, nn

out = sys.argv[1]
torch.manual_seed(1)


class Good(nn.Module):
    """1×32×32 images, 4 latent variables; the encoder takes images of any size."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)
        self.mean = nn.Linear(48, 4)
        self.logvar = nn.Linear(48, 4)
        self.grow = nn.Linear(4, 1024)

    def features(self, x: Tensor) -> Tensor:
        return torch.flatten(nn.functional.adaptive_avg_pool2d(torch.relu(self.conv(x)), 4), 1)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        h = self.features(x)
        return self.mean(h), self.logvar(h)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.grow(z)).reshape(-1, 1, 32, 32)

    @torch.jit.export
    def score(self, x: Tensor) -> Tensor:
        return self.mean(self.features(x)).pow(2).sum(1)


class WithVariance(Good):
    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        return self.mean(self.features(x))

    @torch.jit.export
    def decode(self, z: Tensor) -> Tuple[Tensor, Tensor]:
        h = self.grow(z).reshape(-1, 1, 32, 32)
        return h, h * h + 1


class Flat(nn.Module):
    """Linear layers only, 3×28×28: the sizes follow from the weights."""

    def __init__(self):
        super().__init__()
        self.down = nn.Linear(3 * 28 * 28, 7)
        self.up = nn.Linear(7, 3 * 28 * 28)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        return self.down(torch.flatten(x, 1))

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return self.up(z).reshape(-1, 3, 28, 28)


class DecodeOnly(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(11, 2 * 48 * 48)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return self.up(z).reshape(-1, 2, 48, 48)


class ForwardEncodes(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5, stride=4)
        self.mean = nn.Linear(4 * 17 * 17, 9)

    def forward(self, x: Tensor) -> Tensor:
        return self.mean(torch.flatten(self.conv(x), 1))


class ForwardDecodes(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(6, 64 * 64)

    def forward(self, z: Tensor) -> Tensor:
        return self.up(z).reshape(-1, 1, 64, 64)


class ForwardRebuilds(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class ForwardLoops(ForwardRebuilds):
    def forward(self, x: Tensor) -> Tensor:
        while x.size(0) > 0:
            x = x + 1
        return x


class Useless(ForwardRebuilds):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


def broken(name, body, returns='Tensor', method='decode'):
    """A Good model one method of which is replaced."""
    source = 'import torch\nfrom torch import Tensor\nfrom typing import Tuple, Dict\nfrom __main__ import Good\n' \
        'class Broken(Good):\n    @torch.jit.export\n    def %s(self, z: Tensor) -> %s:\n' % (method, returns)
    source += ''.join('        %s\n' % line for line in body.split('\n'))
    path = os.path.join(out, name + '_model.py')
    with open(path, 'w') as f:
        f.write(source)
    module = __import__(name + '_model')
    torch.manual_seed(1)  # the weights of the good one
    save(name, module.Broken(), card)


card = {'format': 1, 'family': 'custom', 'name': 'test net',
        'input': {'channels': 1, 'height': 32, 'width': 32, 'bands': ['r'], 'offset': [], 'scale': [], 'stretch': ''},
        'latent': 4, 'methods': ['encode', 'decode', 'score']}


def save(name, module, with_card=None):
    module.eval()
    extra = {'galatea.json': json.dumps(with_card)} if with_card is not None else {}
    scripted = torch.jit.script(module)
    torch.jit.save(scripted, os.path.join(out, name + '.pt'), _extra_files=extra)
    return scripted


def floats(name, tensor):
    tensor.detach().contiguous().numpy().astype('<f4').tofile(os.path.join(out, name + '.f32'))


if __name__ == '__main__':
    sys.path.insert(0, out)
    good = Good()
    # More rows than one call takes, so that calls are put together.
    x, z = torch.rand(70, 1, 32, 32), torch.randn(70, 4)
    save('good', good)
    save('good_card', good, card)
    scaled = json.loads(json.dumps(card))
    scaled['input']['offset'], scaled['input']['scale'] = [0.25], [-2.0]
    save('scaled_card', good, scaled)
    no_latent = json.loads(json.dumps(card))
    del no_latent['latent']
    save('no_latent', good, no_latent)
    claims = dict(card, family='astrovader', methods=['encode', 'decode', 'dream'], options={'filters': [10 ** 9]})
    save('claims', good, claims)
    save('bad_card', good, dict(card, latent=0))
    save('mismatch', good, dict(card, latent=7))
    with torch.no_grad():
        floats('x', x), floats('z', z)
        floats('mean', good.encode(x)[0]), floats('logvar', good.encode(x)[1])
        floats('decoded', good.decode(z)), floats('score', good.score(x))
    save('variance', WithVariance())
    save('flat', Flat())
    save('decode_only', DecodeOnly())
    save('forward_encodes', ForwardEncodes())
    save('forward_decodes', ForwardDecodes())
    save('forward_rebuilds', ForwardRebuilds())
    save('forward_loops', ForwardLoops())
    save('useless', Useless())
    save('promises', DecodeOnly(), dict(card, latent=11, input=dict(card['input'], channels=2, height=48, width=48,
                                                                    bands=[])))

    broken('loops', 'while z.size(0) > 0:\n    z = z + 1\nreturn z')
    broken('long_kernel', 'a = torch.ones([6000, 6000])\nfor i in range(1000000):\n    a = torch.mm(a, a)\nreturn a')
    broken('huge', 'return torch.empty([50000000000])')
    broken('grows', 'parts = [z]\nwhile z.size(0) > 0:\n    parts.append(torch.ones([5000000]))\nreturn torch.cat(parts)')
    broken('exits', 'return torch.ones([5 % (z.size(0) - z.size(0))])')
    broken('raises', 'raise RuntimeError("no\\ngalatea-cli: error: \\x1b[31mfalse")')
    broken('out_of_range', 'return z[:, 100]')
    broken('shape', 'return self.grow(z).reshape(-1, 1, 16, 64)')
    broken('rows', 'return torch.ones([5, 1, 32, 32])')
    broken('scalar', 'return z.sum()')
    broken('nan', 'return torch.full([z.size(0), 1, 32, 32], float("nan"))')
    broken('some_nan', 'h = torch.ones([z.size(0), 1, 32, 32])\nh[0, 0, 0, 0] = float("inf")\nreturn h')
    broken('integers', 'return torch.ones([z.size(0), 1, 32, 32], dtype=torch.int64)')
    broken('complex', 'return torch.ones([z.size(0), 1, 32, 32], dtype=torch.complex64)')
    broken('doubles', 'return torch.sigmoid(self.grow(z)).reshape(-1, 1, 32, 32).double()')
    broken('meta', 'return torch.ones([z.size(0), 1, 32, 32], device="meta")')
    broken('sparse', 'return torch.ones([z.size(0), 32]).to_sparse()')
    broken('expanded', 'return torch.ones([1, 1, 1, 1]).expand(z.size(0), 1, 1000000, 1000000)')
    broken('expanded_fits', 'return torch.ones([1, 1, 1, 1]).expand(z.size(0), 1, 32, 32)')
    broken('string', 'return "galaxy"', 'str')
    broken('nested', 'return self.grow(z), {"a": z}', 'Tuple[Tensor, Dict[str, Tensor]]')
    broken('three', 'return z, z, z', 'Tuple[Tensor, Tensor, Tensor]')
    broken('negative_variance', 'h = torch.ones([z.size(0), 1, 32, 32])\nreturn h, -h', 'Tuple[Tensor, Tensor]')
    broken('prints', 'for i in range(100000):\n    print("galaxy galaxy galaxy galaxy galaxy galaxy galaxy")\nreturn torch.ones([z.size(0), 1, 32, 32])')
    broken('writes', 'h = torch.from_file("%s", True, 64).fill_(1)\nreturn torch.ones([z.size(0), 1, 32, 32]) * h[0]'
           % os.path.join(out, 'written'))
    broken('reads', 'return torch.from_file("/etc/passwd", False, 64, dtype=torch.uint8).float()')
    broken('encode_nan', 'return torch.full([z.size(0), 4], float("nan"))', method='encode')
    broken('encode_wide', 'return torch.ones([z.size(0), 5])', method='encode')

    torch.save(good.state_dict(), os.path.join(out, 'checkpoint.pt'))
    torch.save({'a': 1}, os.path.join(out, 'legacy.pt'), _use_new_zipfile_serialization=False)
    whole = open(os.path.join(out, 'good_card.pt'), 'rb').read()
    open(os.path.join(out, 'cut.pt'), 'wb').write(whole[:len(whole) // 2])
    open(os.path.join(out, 'renamed.safetensors'), 'wb').write(whole)
    open(os.path.join(out, 'text.pt'), 'w').write('not a model\n')
    open(os.path.join(out, 'empty.pt'), 'w').close()

    def repack(name, change):
        source = zipfile.ZipFile(os.path.join(out, 'good_card.pt'))
        with zipfile.ZipFile(os.path.join(out, name + '.pt'), 'w', zipfile.ZIP_DEFLATED) as target:
            for entry in source.namelist():
                for new_name, data in change(entry, source.read(entry)):
                    target.writestr(zipfile.ZipInfo(new_name), data, zipfile.ZIP_DEFLATED)

    def is_card(n):
        return n.endswith('extra/galatea.json')
    repack('deflated', lambda n, d: [(n, d)])
    repack('bomb', lambda n, d: [(n, b' ' * (300 << 20) if n.endswith('data/0') else d)])
    repack('card_bomb', lambda n, d: [(n, b' ' * (2 << 20) if is_card(n) else d)])
    repack('twice', lambda n, d: [(n, d), (n, d)] if n.endswith('data/0') else [(n, d)])
    repack('outside', lambda n, d: [(n, d)] + ([('../../evil', b'x'), ('/tmp/evil', b'x')] if is_card(n) else []))
    repack('short_weight', lambda n, d: [(n, d[:8] if n.endswith('data/0') else d)])
    repack('no_weight', lambda n, d: [] if n.endswith('data/0') else [(n, d)])
    repack('no_code', lambda n, d: [] if '/code/' in n else [(n, d)])
