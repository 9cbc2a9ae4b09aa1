"""What all parts of scripts/torture share: the program and how it is run, their time and what they say, a small
experiment, and what makes a folder whole.

A part prints result lines `figure<TAB>WHAT<TAB>COUNT<TAB>BAD<TAB>REMARK`: COUNT tried, BAD of them wrong. Everything
else it prints is talk. It ends with 0, with 1 when anything was wrong, or with 77 and a reason where it cannot run.

What can be executed in this folder is a part. Beside this module stand those of single ideas: inject.py (calls that
fail), formats.py (PNG and IDX), draw.py, small_data.py and finite.py (random experiments, their data, what is asked of
their numbers), hostile_names.py and readback.py (names, and readers of what is made of them).
"""
import csv, hashlib, io, json, os, random, shutil, signal, subprocess, sys, tempfile, time, zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("METRIC_TRAIN", ROOT + "/build/cmd/metric-train"))
SEED = int(os.environ.get("TORTURE_SEED", "0"))
SECONDS = float(os.environ["TORTURE_SECONDS"]) if os.environ.get("TORTURE_SECONDS") else None
HANG = 120  # seconds; no command of a part takes a tenth of it

# Files that hold times, and those drawn from them: they differ between two runs of one experiment.
TIMES = {"timing.csv", "status.json", "environment.json", "log.txt", "report.html", "lock"}
# Checkpoints that are there for safety: what they hold depends on where the run was interrupted.
SPARE = {"last.prev.safetensors", "last.bad.safetensors"}
# What a whole file ends with, where that is not the end of a line.
ENDS = {".html": b"</html>", ".svg": b"</svg>", ".png": b"IEND\xaeB`\x82"}

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


def scratch(within=None):
    """A folder of the part's own, that goes with it: `with scratch() as folder`."""
    return tempfile.TemporaryDirectory(prefix="metric-train-torture-", dir=within)


def start(*arguments, before=(), env=None, output=subprocess.DEVNULL, **more):
    """Starts the program, as a group of processes. `before`: a command that starts it (strace, faketime)."""
    env = {**os.environ, **(env or {})}
    if "strace" in before:  # LeakSanitizer cannot look at a process that is traced
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return subprocess.Popen([*before, PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                            env=env, start_new_session=True, **more)


def kill(process):
    """Ends it, with all that it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def run(*arguments, **more):
    """Runs the program to its end. Where it hangs, it is killed with all that it started: subprocess.TimeoutExpired."""
    process = start(*arguments, output=subprocess.PIPE, **more)
    try:
        out, err = process.communicate(timeout=HANG)
    except BaseException:
        kill(process)
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def prepare(*arguments, **more):
    """Runs what has to succeed before anything can be tried."""
    done = run(*arguments, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done


def experiment(path, epochs=2, extra=""):
    """Writes an experiment over the bundled digits in which all state takes part: moments, a head with state of its
    own, dropout, running averages, a schedule."""
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


def every_file(folder):
    """(relative path, content) of each."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                yield os.path.relpath(path, folder), f.read()


def files_of(folder):
    """Relative path -> content of every file that must be there when the run is repeated."""
    return {path: data for path, data in every_file(folder) if os.path.basename(path) not in SPARE}


def differences(a, b, times=TIMES):
    """The files that are in one of two folders only, or not the same, those that hold times apart."""
    return sorted(path for path in a.keys() | b.keys()
                  if path not in a or path not in b or a[path] != b[path] and os.path.basename(path) not in times)


def safetensors_is_whole(data):
    """Its own checksum: SHA-256 of the file with the 64 digits read as zeros."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    digits = header["__metadata__"]["metric_train_sha256"].encode()
    ends = max(t["data_offsets"][1] for name, t in header.items() if name != "__metadata__")
    zeroed = data[:8] + data[8:8 + length].replace(digits, b"0" * 64) + data[8 + length:]
    return ends == len(data) - 8 - length and hashlib.sha256(zeroed).hexdigest().encode() == digits


def flaw(path, data):
    """What is wrong with a file that is not whole, or None."""
    name, kind = os.path.basename(path), os.path.splitext(path)[1]
    if name in ("log.txt", "lock"):
        return None  # lines are added to a log; nobody reads a lock's text but people
    try:
        if kind == ".safetensors":
            return None if safetensors_is_whole(data) else "has another checksum than it says"
        if kind == ".npz":
            return zipfile.ZipFile(io.BytesIO(data)).testzip()
        if kind == ".json":
            json.loads(data)
        if kind == ".csv" and len({len(row) for row in csv.reader(data.decode().splitlines())}) != 1:
            return "has rows of different lengths"
    except (ValueError, KeyError, zipfile.BadZipFile) as problem:
        return f"cannot be read: {problem!r}"
    end = ENDS.get(kind, b"\n")
    return None if data.endswith((end, end + b"\n")) else "has no end"


def torn_files(folder):
    """Files under a final name that are not whole. What a writer has not finished has another name (NAME.tmp.PID)."""
    return sorted(path for path, data in every_file(folder) if ".tmp." not in path and flaw(path, data))


class Reference:
    """An experiment, what an undisturbed run of it leaves, and how long that took."""

    def __init__(self, folder, epochs=2, extra=""):
        self.config = experiment(f"{folder}/experiment.yaml", epochs, extra)
        began = time.monotonic()
        prepare(*self.command(f"{folder}/undisturbed"))
        self.took = time.monotonic() - began
        self.folder = run_folder(f"{folder}/undisturbed")
        self.files = files_of(self.folder)

    def command(self, runs, *options):
        """Saves after every batch, so that what happens while saving happens often."""
        return ("train", self.config, "-o", runs, "--quiet", "--save-every", "0", *options)

    def differences(self, runs):
        """The files in which the run in this folder is another."""
        return differences(self.files, files_of(run_folder(runs)))

    def problems_of(self, runs):
        """After something happened to the run in this folder: goes on with it, and says what is wrong in the end."""
        done = run(*self.command(runs))
        if done.returncode != 0:
            return f"going on ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
        different = self.differences(runs) + torn_files(run_folder(runs))
        return f"not the bytes of the undisturbed run: {', '.join(different)}" if different else None
