#!/usr/bin/env python3
"""Asks galatea-cli of every case of a corpus of hostile files and judges the answers.

    run_hostile.py --bin build/release/bin                    everything
    run_hostile.py --bin build/release/bin --only fits,csv    some kinds
    run_hostile.py --bin build/release/bin --file '*rice*'    some files
    run_hostile.py --bin BIN --corpus COPY                    a copy already complete (special and large files made)

Of every case: no death by signal, no internal error, an answer in time, no process above the memory limit, one error
line, no raw control or bidi character, no marker file, nothing written but the output, and that only with exit 0.
What else is expected stands in the corpus's MANIFEST.tsv; its README.md has the rules. Needs only Python.
"""
import argparse, concurrent.futures, fnmatch, glob, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
MARKERS = '/tmp/galatea_hostile_marker_*'
BIDI = {0x061c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a), 0x2028, 0x2029}
OUTPUT = {'import': '.h5', 'embed': '.h5', 'traverse': '.png', 'score': '.csv', 'convert': '.safetensors'}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', required=True, help='folder of galatea-cli')
    parser.add_argument('--source', default=os.path.join(HERE, '../../../shared/data/hostile'),
                        help='the corpus as it is distributed; copied and completed in a temporary folder')
    parser.add_argument('--corpus', help='a copy of the corpus that is complete already')
    parser.add_argument('--keep', help='make the complete copy here and leave it (use it with --corpus next time)')
    parser.add_argument('--only', default='', help='kinds, by commas')
    parser.add_argument('--not-kind', default='sqlite', help='kinds left out, by commas')
    parser.add_argument('--file', action='append', default=[], help='patterns of file names, e.g. "*rice*"')
    parser.add_argument('--command', default='', help='commands, by commas, e.g. info')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--seconds', type=float, default=30, help='limit per answer')
    parser.add_argument('--megabytes', type=float, default=1500, help='limit per process; 0: none')
    parser.add_argument('--table', help='write every outcome here, tab-separated')
    parser.add_argument('--json', action='store_true', help='ask with --json and judge the document as well')
    parser.add_argument('--verbose', action='store_true', help='show what was said, of passes too')
    return parser.parse_args()


def complete_copy(source, target):
    """Copies the corpus and makes what cannot be carried; returns the folder."""
    subprocess.run(['cp', '-r', source + '/.', target], check=True)
    subprocess.run(['chmod', '-R', 'u+rwX', target], check=True)
    subprocess.run(['bash', os.path.join(source, 'make_special.sh'), target], check=True)
    weights = os.path.join(source, '../astrovader-published/saved_weights.h5')
    subprocess.run([sys.executable, os.path.join(source, 'make_large.py'), target, '--weights', weights], check=True)
    return target


def file_name(text):
    """The manifest writes awkward bytes as \\n and \\xNN."""
    raw = text.encode().replace(b'\\n', b'\n')
    return re.sub(rb'\\x([0-9a-fA-F]{2})', lambda found: bytes([int(found[1], 16)]), raw)


def cases(corpus, options):
    chosen = [name for name in options.only.split(',') if name]
    left_out = options.not_kind.split(',')
    commands = [name for name in options.command.split(',') if name]
    with open(os.path.join(corpus, 'MANIFEST.tsv'), encoding='utf-8') as manifest:
        next(manifest)
        for line in manifest:
            name, kind, wrong, expected, checks = line.rstrip('\n').split('\t')
            if (chosen and kind not in chosen) or (not chosen and kind in left_out):
                continue
            if options.file and not any(fnmatch.fnmatch(name, pattern) for pattern in options.file):
                continue
            for check in checks.split():
                command, how = check.split('=')
                if not commands or command in commands:
                    yield {'name': name, 'kind': kind, 'wrong': wrong, 'expected': expected, 'command': command, 'how': how}


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(path, name), folder)
                  for path, folders, names in os.walk(folder) for name in names + folders if path != folder or name in names)


def family(process):
    """All that descend from the process."""
    children = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open('/proc/%s/stat' % name, 'rb') as stat:
                    parent = int(stat.read().rsplit(b')', 1)[1].split()[1])
                children.setdefault(parent, []).append(int(name))
            except (OSError, IndexError, ValueError):
                pass
    found = list(children.get(process, []))
    for child in found:
        found += children.get(child, [])
    return found


def peak_megabytes(processes):
    """The largest resident size any of them has had."""
    peak = 0
    for process in processes:
        try:
            with open('/proc/%d/status' % process) as status:
                peak = max([peak] + [int(line.split()[1]) / 1024 for line in status if line.startswith('VmHWM:')])
        except OSError:
            pass
    return peak


def run(program, case, corpus, options):
    """One question; returns its outcome with a list of faults."""
    place = tempfile.mkdtemp(prefix='galatea-hostile-')
    for folder in ('out', 'home', 'tmp', 'here'):
        os.mkdir(os.path.join(place, folder))
    target = os.path.join(os.fsencode(corpus), file_name(case['name']))
    out = os.path.join(place, 'out', 'OUT' + OUTPUT.get(case['command'], ''))
    words = [program, case['command'], target]
    if case['command'] in ('embed', 'score'):
        words.append(os.path.join(corpus, 'hdf5/ok_stamps32.h5'))
    if case['command'] in OUTPUT:
        words += ['-o', out]
    if options.json:
        words.append('--json')
    environment = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': os.path.join(place, 'home'),
                   'TMPDIR': os.path.join(place, 'tmp'), 'LANG': 'C.UTF-8'}
    environment.update({key: value for key, value in os.environ.items()
                        if key.endswith('SAN_OPTIONS') or key.startswith('GALATEA_') or key == 'LD_LIBRARY_PATH'})
    said, complained = os.path.join(place, 'stdout'), os.path.join(place, 'stderr')
    began, late, peak, turn = time.monotonic(), False, 0, 0
    with open(said, 'wb') as stdout, open(complained, 'wb') as stderr:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment,
                                   cwd=os.path.join(place, 'here'), start_new_session=True)
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            if not late and time.monotonic() - began > options.seconds:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
            turn += 1
            if turn % 5 == 0:  # a helper that is killed leaves no record of its size
                peak = max(peak, peak_megabytes(family(process.pid)))
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    with open(said, 'rb') as stdout, open(complained, 'rb') as stderr:
        text, errors = stdout.read(), stderr.read()
    written = [name for folder in ('out', 'home', 'tmp', 'here')
               for name in (os.path.join(folder, below) for below in files_below(os.path.join(place, folder)))]
    shutil.rmtree(place, ignore_errors=True)
    outcome = dict(case, exit=process.returncode, seconds=seconds, megabytes=max(peak, usage.ru_maxrss / 1024), text=text,
                   errors=errors, written=written, late=late)
    outcome['faults'] = faults(outcome, os.path.join('out', os.path.basename(out)), options)
    return outcome


def raw_characters(data):
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return 'bytes that are no UTF-8'
    bad = {c for c in text if (unicodedata.category(c) == 'Cc' and c not in '\n\t') or ord(c) in BIDI}
    return 'raw characters ' + ' '.join('U+%04X' % ord(c) for c in sorted(bad)) if bad else ''


def document_faults(outcome, warnings):
    if outcome['exit'] != 0:
        return ['stdout although there is an error'] if outcome['text'] else []
    try:
        told = json.loads(outcome['text'])['warnings']
    except (ValueError, KeyError, TypeError) as error:
        return ['the JSON document is none: %s' % error]
    return [] if len(told) == len(warnings) else ['%d warnings in the document, %d lines' % (len(told), len(warnings))]


def faults(outcome, out, options):
    found = []
    code, errors = outcome['exit'], outcome['errors'].decode(errors='replace').split('\n')
    error_lines = [line for line in errors if line.startswith('galatea-cli: error:')]
    warnings = [line for line in errors if line.startswith('galatea-cli: warning:')]
    if outcome['late']:
        return ['no answer within %g s' % options.seconds]
    if code < 0:
        return ['killed by signal %d (%s)' % (-code, signal.strsignal(-code))]
    if code not in (0, 3, 4):
        found.append('exit %d is no orderly answer' % code)
    if options.megabytes and outcome['megabytes'] > options.megabytes:
        found.append('%.0f MB of memory' % outcome['megabytes'])
    if code != 0 and len(error_lines) != 1:
        found.append('%d error lines instead of one' % len(error_lines))
    if code == 0 and error_lines:
        found.append('an error line with exit 0')
    for name, data in (('stdout', outcome['text']), ('stderr', outcome['errors'])):
        if raw_characters(data):
            found.append(name + ' has ' + raw_characters(data))
    has_output = outcome['command'] in OUTPUT
    allowed = [out] if code == 0 and has_output else []
    strange = [name for name in outcome['written'] if name not in allowed]
    if strange:
        found.append('wrote ' + ', '.join(strange[:5]))
    if allowed and out not in outcome['written']:
        found.append('exit 0 without the output')
    if options.json:
        found += document_faults(outcome, warnings)
    expected, how = outcome['expected'], outcome['how']
    refused = code in (3, 4)
    if how in ('answer', 'exit') and (refused != (expected == 'error')):
        found.append('exit %d, expected: %s' % (code, expected))
    elif how == 'answer' and expected == 'loads with note' and not warnings:
        found.append('loads without a word, expected a note')
    elif how == 'answer' and expected == 'loads' and warnings:
        found.append('loads with a note, expected none')
    elif how == 'noticed' and not refused and not warnings:
        found.append('not noticed')
    return found


def snapshot(corpus):
    facts = {}
    for path, folders, names in os.walk(os.fsencode(corpus)):
        for name in names:
            full = os.path.join(path, name)
            status = os.lstat(full)
            facts[full] = (status.st_size, status.st_mtime_ns, status.st_mode)
    return facts


def message(outcome):
    lines = outcome['errors'].decode(errors='replace').split('\n')
    told = [line for line in lines if 'error:' in line] or [line for line in lines if 'warning:' in line] or lines[-2:-1]
    return ascii((told or [''])[0])[1:-1].replace('galatea-cli: ', '')[:300]


def main():
    options = arguments()
    if not os.path.isdir(options.corpus or options.source):
        print('ALL SKIPPED: the corpus of hostile files is not at ' + os.path.normpath(options.corpus or options.source))
        return 0
    program = os.path.join(os.path.abspath(options.bin), 'galatea-cli')
    scratch = None
    if options.corpus:
        corpus = os.path.abspath(options.corpus)
    elif options.keep:
        os.makedirs(options.keep)
        corpus = complete_copy(os.path.abspath(options.source), os.path.abspath(options.keep))
    else:
        scratch = tempfile.mkdtemp(prefix='galatea-hostile-corpus-')
        corpus = complete_copy(os.path.abspath(options.source), scratch)
    try:
        return judge(program, corpus, options)
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def judge(program, corpus, options):
    work = list(cases(corpus, options))
    skipped = [case for case in work if os.geteuid() == 0 and case['name'] == 'fs/unreadable.fits']
    work = [case for case in work if case not in skipped]
    before, markers_before, began = snapshot(corpus), set(glob.glob(MARKERS)), time.monotonic()
    lock, outcomes = threading.Lock(), []

    def one(case):
        outcome = run(program, case, corpus, options)
        with lock:
            markers = set(glob.glob(MARKERS)) - markers_before
            if markers:
                outcome['faults'].append('a marker file appeared (this case or one beside it): ' + ' '.join(markers))
                markers_before.update(markers)
            outcomes.append(outcome)
            if outcome['faults'] or options.verbose:
                print('%s %s %s: %s | %s (%.1f s, %.0f MB) | %s' % (
                    'FAIL' if outcome['faults'] else 'ok  ', outcome['command'], outcome['name'],
                    '; '.join(outcome['faults']) or 'exit %d' % outcome['exit'], outcome['wrong'], outcome['seconds'],
                    outcome['megabytes'], message(outcome)), flush=True)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, work))
    changed = [path for path, facts in snapshot(corpus).items() if before.get(path) != facts]
    for path in changed:
        print('FAIL the corpus was changed: ' + ascii(path))
    for case in skipped:
        print('skipped: %s means nothing to root' % case['name'])
    if options.table:
        with open(options.table, 'w', encoding='utf-8') as table:
            table.write('file\tkind\tcommand\texpected\tcheck\texit\tseconds\tmegabytes\tverdict\tsaid\n')
            for o in sorted(outcomes, key=lambda o: (o['kind'], o['name'], o['command'])):
                table.write('\t'.join([o['name'], o['kind'], o['command'], o['expected'], o['how'], str(o['exit']),
                                       '%.2f' % o['seconds'], '%.0f' % o['megabytes'],
                                       '; '.join(o['faults']) or 'as expected', message(o)]) + '\n')
    print('kind          files  questions  as expected  slowest  most memory')
    for kind in sorted({o['kind'] for o in outcomes}):
        of_kind = [o for o in outcomes if o['kind'] == kind]
        print('%-12s %6d %10d %12d %6.1f s %9.0f MB' % (
            kind, len({o['name'] for o in of_kind}), len(of_kind), sum(not o['faults'] for o in of_kind),
            max(o['seconds'] for o in of_kind), max(o['megabytes'] for o in of_kind)))
    failed = sum(bool(o['faults']) for o in outcomes)
    print('%d questions, %d not as expected, %.0f s' % (len(outcomes), failed, time.monotonic() - began))
    return 1 if failed or changed or not outcomes else 0


if __name__ == '__main__':
    sys.exit(main())
