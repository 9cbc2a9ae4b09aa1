"""What the parts of scripts/torture share: the program, a small experiment, and what makes a folder whole.

A part prints result lines `figure<TAB>WHAT<TAB>COUNT<TAB>BAD<TAB>REMARK`: COUNT tried, BAD of them wrong. Everything
else it prints is talk. It ends with 0, with 1 when anything was wrong, or with 77 and a reason where it cannot run.
"""
import csv, hashlib, json, os, random, shutil, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("METRIC_TRAIN", ROOT + "/build/cmd/metric-train"))
SEED = int(os.environ.get("TORTURE_SEED", "0"))
SECONDS = float(os.environ["TORTURE_SECONDS"]) if os.environ.get("TORTURE_SECONDS") else None
HANG = 120  # seconds; no command of a part takes a tenth of it

# Files that hold times, and those drawn from them: they differ between two runs of one experiment.
TIMES = {"timing.csv", "status.json", "environment.json", "log.txt", "report.html", "lock"}
# Checkpoints that are there for safety: what they hold depends on where the run was interrupted.
SPARE = {"last.prev.safetensors", "last.bad.safetensors"}

# A shell without job control starts what runs in the background with SIGINT ignored, which programs inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

started = time.monotonic()
wrong = 0


def time_left(part=1):
    """Whether the part may begin with another case; or this much of its time is not over yet."""
    return SECONDS is None or time.monotonic() - started < part * SECONDS


def random_source(name):
    """The same numbers for the same name and TORTURE_SEED."""
    return random.Random(f"{SEED}/{name}")


def figure(what, count, bad, remark=""):
    global wrong
    wrong += bad
    print(f"figure\t{what}\t{count}\t{bad}\t{remark}", flush=True)


def report(case, problem):
    """One case that went wrong; the text must be enough to repeat it."""
    print(f"WRONG {case}: {problem}", flush=True)


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)


def need(*commands):
    for command in commands:
        if not shutil.which(command):
            skip(f"{command} is not installed")


def finish():
    sys.exit(1 if wrong else 0)


def scratch():
    """A folder of the part's own, that goes with it: `with scratch() as folder`."""
    return tempfile.TemporaryDirectory(prefix="metric-train-torture-")


def run(*arguments, env=None, cwd=None, before=()):
    """Runs the program to its end. `before`: a command that starts it (strace, faketime)."""
    return subprocess.run([*before, PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=HANG,
                          env={**os.environ, **(env or {})}, cwd=cwd)


def start(*arguments, env=None, cwd=None, before=()):
    env = {**os.environ, **(env or {})}
    if "strace" in before:  # LeakSanitizer cannot look at a process that is traced
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return subprocess.Popen([*before, PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=env, cwd=cwd, start_new_session=True)


def experiment(path, epochs=2, extra=""):
    """Writes an experiment over the bundled digits in which all state takes part: moments, a head with state of its own,
    dropout, running averages, a schedule."""
    with open(path, "w") as f:
        f.write(f"""name: tiny
data:
  train: {{format: csv, file: {ROOT}/datasets/digits/digits.csv.gz, label: last, header: no, shape: [8, 8]}}
  validation: {{from: train, fraction: 0.2}}
  test: {{from: train, fraction: 0.2}}
  max: 16
model:
  backbone:
    - conv2d: {{filters: 4, kernel: 3, padding: same, activation: relu}}
    - max_pool: {{size: 2}}
    - batch_norm
    - flatten
    - dropout: {{rate: 0.2}}
    - dense: {{units: 3}}
head: {{type: curricularface, s: 8, m: 0.2}}
train:
  epochs: {epochs}
  batch_size: 200
  optimizer: {{type: adam, lr: 3e-3}}
  schedule: {{type: cosine, warmup_epochs: 1}}
output: {{dir: runs, embeddings: [train, validation, test]}}
{extra}""")
    return path


def run_folder(folder):
    """The one run in a folder of runs; None before it is there."""
    runs = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return f"{folder}/{runs[0]}" if runs else None


def files_of(folder):
    """Relative path -> SHA-256 of every file that must be the same when the run is repeated."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            if name not in TIMES | SPARE:
                path = os.path.join(where, name)
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(f.read()).hexdigest()
    return found


def differences(a, b):
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def safetensors_is_whole(data):
    """Its own checksum: SHA-256 of the file with the 64 digits read as zeros."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    digits = header["__metadata__"]["metric_train_sha256"].encode()
    ends = max(t["data_offsets"][1] for name, t in header.items() if name != "__metadata__")
    zeroed = data[:8] + data[8:8 + length].replace(digits, b"0" * 64) + data[8 + length:]
    return ends == len(data) - 8 - length and hashlib.sha256(zeroed).hexdigest().encode() == digits


def is_whole(path):
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".safetensors"):
        return safetensors_is_whole(data)
    if path.endswith("/log.txt") or path.endswith("/lock"):
        return True  # lines are added to a log; nobody reads a lock's text but people
    if not data.endswith(b"\n"):
        return path.endswith((".html", ".svg")) and data.rstrip().endswith((b"</html>", b"</svg>"))
    if path.endswith(".json"):
        json.loads(data)
    if path.endswith(".csv"):
        return len({len(row) for row in csv.reader(data.decode().splitlines())}) == 1
    return True


def torn_files(folder):
    """Files under a final name that are not whole. What a writer has not finished goes by another name (NAME.tmp.PID)."""
    torn = []
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            try:
                whole = ".tmp." in name or is_whole(path)
            except (ValueError, KeyError, UnicodeDecodeError):
                whole = False
            if not whole:
                torn.append(os.path.relpath(path, folder))
    return sorted(torn)


class Reference:
    """An experiment, what an undisturbed run of it leaves, and how long that took."""

    def __init__(self, folder, epochs=2, extra=""):
        self.config = experiment(f"{folder}/experiment.yaml", epochs, extra)
        began = time.monotonic()
        done = run(*self.command(f"{folder}/undisturbed"))
        self.took = time.monotonic() - began
        assert done.returncode == 0, done.stderr.decode()
        self.folder = run_folder(f"{folder}/undisturbed")
        self.files = files_of(self.folder)

    def command(self, runs, *options):
        """Saves after every batch, so that what happens while saving happens often."""
        return ("train", self.config, "-o", runs, "--quiet", "--save-every", "0", *options)

    def problems_of(self, runs):
        """After something happened to the run in this folder: goes on with it, and says what is wrong in the end."""
        done = run(*self.command(runs))
        if done.returncode != 0:
            return f"going on ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
        found = run_folder(runs)
        different = differences(self.files, files_of(found))
        different += torn_files(found)
        return f"not the bytes of the undisturbed run: {', '.join(different)}" if different else None
