"""inject.py: what io and allocations share: tiny experiments, a program run under faults.c, and what is to be left of a run."""

import concurrent.futures
import csv
import json
import os
import queue
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

CLASSES = ['read', 'write', 'sync', 'close', 'rename', 'open', 'mkdir', 'unlink', 'truncate', 'alloc', 'load', 'map', 'thread', 'fork']
COUNTS = struct.Struct('%dQ' % (len(CLASSES) + 1))  # faults.c: struct counts
PATIENCE = 20  # seconds; a run takes a fiftieth of one
TIME = re.compile(rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ')
SPARE = {'last.prev.safetensors', 'last.bad.safetensors'}  # whether they are there depends on where a run was interrupted
WITH_TIMES = {'timing.csv', 'status.json', 'environment.json', 'log.txt', 'lock'}

EXPERIMENT = '''name: tiny
data:
  train: {format: csv, file: tiny.csv, label: last, header: no, shape: [4, 4]}
  validation: {from: train, fraction: 0.25}
  test: {from: train, fraction: 0.25}
model:
  backbone:
    - conv2d: {filters: 2, kernel: 3, padding: same, activation: relu}
    - max_pool: {size: 2}
    - flatten
    - dense: {units: 3}
head: {type: arcface, s: 8, m: 0.2}
train: {epochs: 2, batch_size: 12, optimizer: {type: adam, lr: 3e-3}}
output: {dir: runs, embeddings: [train, validation, test]}
'''


def program():
    path = os.environ.get('METRIC_TRAIN', 'build/cmd/metric-train')
    return os.path.abspath(path)


def library():
    """faults.so next to the program's tests, or None."""
    build = os.path.dirname(os.path.dirname(program()))
    path = os.environ.get('MT_FAULTS', os.path.join(build, 'tests', 'mt_faults.so'))
    return os.path.abspath(path) if os.path.exists(path) else None


def sanitized(path):
    with open(path, 'rb') as f:
        return b'libasan.so' in f.read(1 << 20)


def unavailable(reason):
    print(reason)
    sys.exit(77)


def write_experiment(folder):
    draw = random.Random(1)
    with open(os.path.join(folder, 'tiny.csv'), 'w') as f:
        for i in range(48):
            values = [min(255, max(0, int(draw.gauss(120 if j % 3 == i % 3 else 30, 25)))) for j in range(16)]
            f.write(','.join(map(str, values)) + ',' + ['bo', 'ci', 'da'][i % 3] + '\n')
    with open(os.path.join(folder, 'exp.yaml'), 'w') as f:
        f.write(EXPERIMENT)
    write_other_data(folder)


def png(width, pixels):
    """8-bit gray."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + pixels[i:i + width] for i in range(0, len(pixels), width))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, len(pixels) // width, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def write_other_data(folder):
    """A tree of images and IDX files, of four samples."""
    samples = [bytes((37 * i + 11 * j) % 256 for j in range(16)) for i in range(4)]
    with open(os.path.join(folder, 'images.idx'), 'wb') as f:
        f.write(struct.pack('>IIII', 0x803, 4, 4, 4) + b''.join(samples))
    with open(os.path.join(folder, 'labels.idx'), 'wb') as f:
        f.write(struct.pack('>II', 0x801, 4) + bytes([0, 1, 0, 1]))
    for i, pixels in enumerate(samples):
        where = os.path.join(folder, 'images', 'ab'[i % 2])
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, '%d.png' % i), 'wb') as f:
            f.write(png(4, pixels))


def fresh(folder):
    """Empties the folder but for an experiment."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    write_experiment(folder)


class Fault:
    def __init__(self, kind, n, how, error):
        self.kind, self.n, self.how, self.error = kind, n, how, error

    def __str__(self):
        return '%s:%d:%s:%s' % (self.kind, self.n, self.how, self.error)


class Result:
    """What a run of the program came to; failed: how many calls were made to fail, paths: what they were about."""


def environment(lib, fault, counts):
    env = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'NO_COLOR', 'OPENBLAS_CORETYPE')}
    env['OPENBLAS_NUM_THREADS'] = '1'
    if lib:
        env['LD_PRELOAD'] = lib
        env['MT_FAULT_COUNTS'] = counts
        env['ASAN_OPTIONS'] = 'verify_asan_link_order=0:' + env.get('ASAN_OPTIONS', '')
    if fault:
        env['MT_FAULT'] = str(fault)
    return env


def run(arguments, folder, fault=None, lib=None, stdout=subprocess.PIPE):
    r = Result()
    counts = os.path.join(folder, '.counts')
    child = subprocess.Popen([program()] + arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                             env=environment(lib, fault, counts), start_new_session=True)
    try:
        out, err = child.communicate(timeout=PATIENCE)
        r.hung = False
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        r.hung = True
    r.code, r.out, r.err = child.returncode, (out or b'').decode(errors='replace'), err.decode(errors='replace')
    r.calls, r.failed, r.paths = {}, 0, []
    if lib and os.path.exists(counts):
        with open(counts, 'rb') as f:
            raw = f.read()
        os.unlink(counts)
        if len(raw) >= COUNTS.size:
            *calls, r.failed = COUNTS.unpack_from(raw)
            r.calls = dict(zip(CLASSES, calls))
            r.paths = raw[COUNTS.size:].split(b'\0')[0].decode(errors='replace').splitlines()
    return r


def snapshot(folder):
    """{path: bytes} of a folder, times masked."""
    files = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, 'rb') as f:
                files[os.path.relpath(path, folder)] = TIME.sub(b'TIME', f.read())
    files.pop('.counts', None)
    return {path: data for path, data in files.items() if os.path.basename(path) not in SPARE}


def has_times(path):
    return os.path.basename(path) in WITH_TIMES


def difference(got, want):
    """The first file in which two snapshots differ, times apart, or ''."""
    for path in sorted(set(got) | set(want)):
        if path not in got:
            return path + ' is missing'
        if path not in want:
            return path + ' is new'
        if not has_times(path) and got[path] != want[path]:
            return path + ' differs'
    return ''


def torn(path, data):
    """What is wrong with a file that is not whole, or ''."""
    name = os.path.basename(path)
    try:
        if name.endswith('.json'):
            json.loads(data)
        elif name.endswith('.csv'):
            rows = csv.reader(data.decode().splitlines())
            if not data.endswith(b'\n') or len({len(row) for row in rows}) > 1:
                return 'rows are torn'
        elif name.endswith('.safetensors'):
            length = struct.unpack('<Q', data[:8])[0]
            header = json.loads(data[8:8 + length])
            end = max([t['data_offsets'][1] for k, t in header.items() if k != '__metadata__'] + [0])
            if 8 + length + end != len(data):
                return 'has not the length its header says'
        elif name.endswith('.svg') and not data.rstrip().endswith(b'</svg>'):
            return 'has no end'
        elif name.endswith('.html') and not data.rstrip().endswith(b'</html>'):
            return 'has no end'
        elif name not in ('lock', 'log.txt') and not data:
            return 'is empty'
    except (ValueError, KeyError, struct.error) as e:
        return str(e)
    return ''


def copy_tree(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)


def without_pictures(r, after, want):
    """The charts and the report of a run that is fine may be missing where the program says so, and the report repeats that the
    processor's name could not be read."""
    nameless = any(b'"cpu": "unknown"' in data for path, data in after.items() if path.endswith('environment.json'))
    if not nameless and not re.search('warning: (no report was written|the charts could not be drawn|.*log.txt)', r.err):
        return after
    def picture(path):
        return '/plots/' in path or path.endswith('report.html')
    return {**{path: data for path, data in after.items() if not picture(path)},
            **{path: data for path, data in want.items() if picture(path)}}


def interrupt_after_an_epoch(command, folder):
    """Leaves a run with a checkpoint of its first epoch: what a write that fails in the second leaves behind."""
    for n in range(1, 200):
        fresh(folder)
        r = run(command, folder, Fault('write', n, 'once', 'EIO'), library())
        metrics = [data for path, data in snapshot(folder).items() if path.endswith('metrics.csv')]
        if r.code == 1 and metrics and len(metrics[0].splitlines()) == 2:
            return
    raise SystemExit('no run is left after one epoch')


def command_in(folder, words):
    """RUN stands for the one run folder."""
    runs = os.path.join(folder, 'runs')
    return [os.path.join('runs', os.listdir(runs)[0]) if word == 'runs/RUN' else word for word in words]


class Place:
    """A folder in which a scenario is tried: what is there before, and what an undisturbed command makes of it. A command that ends
    in `interrupted` is one that leaves an interrupted run."""

    def __init__(self, folder, scenario):
        self.folder, self.template = folder, folder + '.before'
        fresh(folder)
        for step in scenario.before:
            if step[-1] == 'interrupted':
                interrupt_after_an_epoch(step[:-1], folder)
            else:
                self.expect(run(step, folder))
        copy_tree(folder, self.template)
        self.before = snapshot(folder)
        self.command = command_in(folder, scenario.command)
        r = self.expect(run(self.command, folder, None, library()))
        self.calls, self.quiet, self.out = r.calls, r.err, r.out
        self.want = snapshot(folder)

    def expect(self, r):
        if r.code:
            raise SystemExit('a preparation ended with exit code %d: %s' % (r.code, r.err))
        return r

    def again(self):
        """What is wrong when the command is given once more, without a fault; or ''."""
        r = run(self.command, self.folder)
        wrong = 'exit code %d: %s' % (r.code, r.err) if r.code else difference(snapshot(self.folder), self.want)
        return wrong and 'again without a fault: ' + wrong

    def restore(self):
        copy_tree(self.template, self.folder)


def knows(command):
    return run([command, '--help'], '.').code == 0


class Torture:
    """Runs cases until they or the time are over, two at a time; counts them, and prints those that went wrong."""

    def __init__(self, name):
        self.name = name
        self.seconds = float(os.environ.get('TORTURE_SECONDS') or 0)
        self.seed = int(os.environ.get('TORTURE_SEED') or 0)
        self.workers = int(os.environ.get('TORTURE_JOBS') or 2)
        self.started = time.monotonic()
        memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.base = tempfile.mkdtemp(prefix='mt-%s-' % name, dir=memory)
        self.any_bad = False
        self.places = queue.Queue()
        for i in range(self.workers):
            self.places.put(os.path.join(self.base, 'w%d' % i))

    def over(self):
        return self.seconds and time.monotonic() - self.started > self.seconds

    def figure(self, what, tried, bad, remark=''):
        self.any_bad |= bad > 0
        print('figure\t%s\t%d\t%d\t%s' % (what, tried, bad, remark), flush=True)

    def all(self, what, cases, judge):
        """judge(case, folder) returns '' or what is wrong with it, as text. The folder is one of few, for files name their place."""
        if self.seconds:
            random.Random(self.seed).shuffle(cases)
        tried, bad = 0, 0

        def one(case):
            place = self.places.get()
            try:
                return None if self.over() else judge(case, place)
            finally:
                self.places.put(place)

        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for wrong in pool.map(one, cases):
                if wrong is None:
                    continue
                tried += 1
                if wrong:
                    bad += 1
                    print('BAD %s: %s' % (what, wrong), flush=True)
        self.figure(what, tried, bad, '' if tried == len(cases) else 'of %d' % len(cases))

    def end(self):
        shutil.rmtree(self.base, ignore_errors=True)
        sys.exit(1 if self.any_bad else 0)
