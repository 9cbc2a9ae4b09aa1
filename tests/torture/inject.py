"""What io and allocations share, which let calls fail: a run under faults.so, scenarios, and what they may leave.

A scenario is a command, and what was there before it. Each fault is tried in a copy of that, and the command must end
in the files of an undisturbed one, or say why not and harm nothing."""
import collections, concurrent.futures, os, queue, random, re, shutil, struct, subprocess, sys

import formats, torture

LIBRARY = os.path.abspath(os.environ.get("MT_FAULTS") or f"{torture.PROGRAM}/../../tests/mt_faults.so")
WORKERS = int(os.environ.get("TORTURE_JOBS") or 2)
# faults.h: enum mt_fault_class; faults.c: struct counts
CLASSES = ("read", "write", "sync", "close", "rename", "open", "mkdir", "unlink", "truncate", "alloc", "load", "map",
           "thread", "fork", "look")
COUNTS = struct.Struct(f"{len(CLASSES) + 1}Q")
# The times of a report are masked, so that it can be compared, too.
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TIMES = torture.TIMES - {"report.html"}

# Smaller than torture.experiment: a run is made for every call that may fail.
EXPERIMENT = """name: tiny
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
"""


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def fresh(folder):
    """Empties the folder but for the experiment, and four samples as IDX files and as a tree of images."""
    shutil.rmtree(folder, ignore_errors=True)
    draw = random.Random(1)
    lines = []
    for i in range(48):
        values = [min(255, max(0, int(draw.gauss(120 if j % 3 == i % 3 else 30, 25)))) for j in range(16)]
        lines.append(",".join(map(str, values)) + "," + ["bo", "ci", "da"][i % 3] + "\n")
    write(f"{folder}/tiny.csv", "".join(lines).encode())
    write(f"{folder}/exp.yaml", EXPERIMENT.encode())
    samples = [bytes((37 * i + 11 * j) % 256 for j in range(16)) for i in range(4)]
    write(f"{folder}/images.idx", formats.idx(8, [4, 4, 4], b"".join(samples)))
    write(f"{folder}/labels.idx", formats.idx(8, [4], bytes([0, 1, 0, 1])))
    for i, pixels in enumerate(samples):
        write(f"{folder}/images/{'ab'[i % 2]}/{i}.png", formats.png(4, 4, pixels))


def copy_tree(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)


class Fault(collections.namedtuple("Fault", "kind n how error")):
    def __str__(self):
        return ":".join(map(str, self))


class Outcome:
    """What a command under faults.so came to: `hung`, or `code`, `out` and `err`; how many `calls` of each class it
    made, how many of them `failed` by the fault, and the `paths` that those were about."""

    def __init__(self, command, folder, fault=None):
        counts = folder + ".counts"
        env = {"LD_PRELOAD": LIBRARY, "MT_FAULT_COUNTS": counts, "OPENBLAS_NUM_THREADS": "1",
               "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""),
               **({"MT_FAULT": str(fault)} if fault else {})}
        self.hung, self.code, self.out, self.err = False, None, "", ""
        self.calls, self.failed, self.paths = {}, 0, []
        try:
            done = torture.run(*command, env=env, cwd=folder)
            self.code = done.returncode
            self.out, self.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            self.hung = True
        self.read_counts(counts)

    def read_counts(self, path):
        if not os.path.exists(path):
            return
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        if len(data) >= COUNTS.size:
            *calls, self.failed = COUNTS.unpack_from(data)
            self.calls = dict(zip(CLASSES, calls))
            self.paths = data[COUNTS.size:].split(b"\0")[0].decode(errors="replace").splitlines()


def undisturbed(command, folder):
    outcome = Outcome(command, folder)
    if outcome.code != 0:
        sys.exit(f"{' '.join(command)}, undisturbed: exit code {outcome.code}: {outcome.err}")
    return outcome


def interrupt_after_an_epoch(command, folder):
    """Leaves a run with a checkpoint of its first epoch: what a write that fails in the second leaves behind."""
    for n in range(1, 200):
        fresh(folder)
        outcome = Outcome(command, folder, Fault("write", n, "once", "EIO"))
        metrics = [data for path, data in torture.files_of(folder).items() if path.endswith("metrics.csv")]
        if outcome.code == 1 and metrics and len(metrics[0].splitlines()) == 2:
            return
    sys.exit("no run is left after one epoch")


def snapshot(folder):
    return {path: TIME.sub(b"TIME", data) for path, data in torture.files_of(folder).items()}


def difference(got, want):
    names = torture.differences(got, want, TIMES)
    return f"other files than undisturbed: {', '.join(names)}" if names else None


RUN = "runs/RUN"  # in a command: the one run folder
INTERRUPTED = "interrupted"  # behind a command: it leaves an interrupted run


class Scenario:
    """A command, those that come before it, and the exit codes that a fault may bring."""

    def __init__(self, name, command, before=(), codes=(1,)):
        self.name, self.command, self.before, self.codes = name, command, before, codes


class Place:
    """A folder in which a scenario is tried: what is there before, and what an undisturbed command makes of it."""

    def __init__(self, folder, scenario):
        self.folder, self.template, self.scenario = folder, folder + ".before", scenario
        fresh(folder)
        for step in scenario.before:
            if step[-1] == INTERRUPTED:
                interrupt_after_an_epoch(step[:-1], folder)
            else:
                undisturbed(step, folder)
        copy_tree(folder, self.template)
        self.before = snapshot(folder)
        run = torture.run_folder(f"{folder}/runs") if RUN in scenario.command else None
        self.command = [os.path.relpath(run, folder) if word == RUN else word for word in scenario.command]
        self.undisturbed = undisturbed(self.command, folder)
        self.want = snapshot(folder)

    def restore(self):
        copy_tree(self.template, self.folder)

    def again(self):
        """What is wrong when the command is given once more, without a fault; or None."""
        outcome = Outcome(self.command, self.folder)
        if outcome.code != 0:
            return f"again, without a fault: exit code {outcome.code}: {outcome.err}"
        problem = difference(snapshot(self.folder), self.want)
        return problem and f"again, without a fault: {problem}"


def breakdown(outcome, place):
    """What no fault may bring, or None."""
    if outcome.hung:
        return "hangs"
    if "Sanitizer" in outcome.err:
        return outcome.err[:3000]
    if outcome.code < 0 or outcome.code >= 120:
        return f"is killed or crashes, exit code {outcome.code}: {outcome.err[-300:]}"
    if outcome.code != 0 and not outcome.failed:
        return f"exit code {outcome.code} without a fault: {outcome.err}"
    if outcome.code == 0 and lasting(outcome.out) != lasting(place.undisturbed.out):
        return f"exit code 0 and other output: {outcome.out[-300:]}"
    return None


def lasting(text):
    """What a command prints, without what is of the moment: how long reading took, and the memory that is free."""
    return re.sub(r"\(\d+\.\d+ s\)|of \d+\.\d+ MiB there", "", text)


def without_pictures(outcome, after, want):
    """The charts and the report of a run that is fine may be missing where the program says so, and the report repeats
    that the processor's name could not be read."""
    nameless = any(b'"cpu": "unknown"' in data for path, data in after.items() if path.endswith("environment.json"))
    said = re.search("warning: (no report was written|the charts could not be drawn|.*log.txt)", outcome.err)
    if not nameless and not said:
        return after

    def picture(path):
        return "/plots/" in path or path.endswith("report.html")

    return {**{path: data for path, data in after.items() if not picture(path)},
            **{path: data for path, data in want.items() if picture(path)}}


def harm(fault, outcome, place):
    """What a command must not leave behind: temporaries, torn files, less than was there; and where it says that all is
    well, other files than an undisturbed one. Or None."""
    after = snapshot(place.folder)
    left = [path for path in after if ".tmp." in os.path.basename(path)]
    if left and fault.kind != "unlink":
        return f"leaves {left[0]}"
    if "--force" not in place.command:  # which removes what there is, and that may fail half-way
        for path in place.before.keys() & place.want.keys():
            if path not in after and not path.endswith("lock"):
                return f"has lost {path}"
    for path, data in after.items():
        if path not in left and data not in (place.before.get(path), place.want.get(path)):
            if problem := torture.flaw(path, data):
                return f"{path} {problem}"
    if outcome.code == 0 and not left:
        return difference(without_pictures(outcome, after, place.want), place.want)
    return None


class Trials:
    """A scenario in as many places as there are workers, which keep theirs, for some files name it."""

    def __init__(self, scenario, folder, until):
        self.scenario, self.until, self.places = scenario, until, queue.Queue()
        for i in range(WORKERS):
            place = Place(f"{folder}/{i}", scenario)
            self.places.put(place)
        self.calls = place.undisturbed.calls

    def one(self, fault, judge):
        """Whether it goes wrong; None when the time is over."""
        place = self.places.get()
        try:
            if not torture.time_left(self.until):
                return None
            place.restore()
            problem = judge(fault, Outcome(place.command, place.folder, fault), place)
        finally:
            self.places.put(place)
        if problem:
            torture.report(f"MT_FAULT={fault} {' '.join(place.command)}", problem)
        return bool(problem)

    def all(self, what, faults, judge):
        """judge(fault, outcome, place) says what is wrong, or nothing. In a limited time the faults are drawn."""
        if torture.SECONDS is not None:
            torture.random_source(what).shuffle(faults)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            tried = [bad for bad in pool.map(lambda fault: self.one(fault, judge), faults) if bad is not None]
        torture.figure(what, len(tried), sum(tried), "" if len(tried) == len(faults) else f"of {len(faults)}")


def all_trials(scenarios):
    """The scenarios named on the command line, or all, each ready to be tried for an equal share of the time."""
    if not os.path.exists(LIBRARY):
        torture.skip(f"{LIBRARY} is not built")
    wanted = [scenario for scenario in scenarios if not sys.argv[1:] or scenario.name in sys.argv[1:]]
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    for i, scenario in enumerate(wanted):
        with torture.scratch(memory) as folder:
            yield Trials(scenario, folder, (i + 1) / len(wanted))
