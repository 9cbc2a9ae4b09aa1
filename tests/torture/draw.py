"""Experiments drawn from the tables of keys (`metric-train list keys --json`).

Of every key a random value of its range is taken, its bounds and defaults above all, so that a key, head or layer that
is added takes part unasked. Only keys that have to fit one another, or that decide how long a run takes, are drawn by
hand (BY_HAND).
"""
import json, math, random, re

import torture

# ---- the tables ----

class Key:
    """A key, a group of keys, or the rows of a table: what is below it stands in `below`."""

    def __init__(self):
        self.row, self.below, self.rows, self.tag = None, {}, {}, None


def read_tables():
    rows = json.loads(torture.run("list", "keys", "--json").stdout)
    root = Key()
    for row in rows:
        at = root
        for part in re.findall(r"[^.{\[]+(?:\{[^}]*\}|\[\])?", row["key"]):
            name, _, choice = part.partition("{")
            at = at.below.setdefault(name.removesuffix("[]"), Key())
            if choice:
                at.tag, _, value = choice.rstrip("}").partition("=")
                at = at.rows.setdefault(value, Key())
        at.row = row
    return root


# ---- values ----

def number(r, row, whole, extreme):
    """A number of a row's range: a bound or next to one, the default, small, or any."""
    low, high = row.get("min"), row.get("max")
    low = -1e9 if low is None else low
    high = 1e9 if high is None else high
    least, most = (1, -1) if whole else (0, 0)
    kind = r.random() + (r.random() < extreme)
    if 1 <= kind < 1.5:
        value = low if not row["above_min"] else low + least if whole else math.nextafter(low, math.inf)
        if not whole and row["above_min"] and r.random() < 0.7:
            value = low + 1e-6 * min(1.0, high - low)
    elif kind >= 1.5:
        value = high if not row["below_max"] else high + most if whole else math.nextafter(high, -math.inf)
    elif kind < 0.3 and row["default"] not in (None, "auto") and not row["default"].startswith("["):
        value = float(row["default"])
    elif kind < 0.7:  # small ones, on a scale of magnitudes
        value = low + min(high - low, 1e6) * 10 ** r.uniform(-7, 0)
    else:
        value = r.uniform(low, min(high, low + 4))
    value = min(max(value, low), high)
    if whole:
        return int(value)
    return max(value, math.nextafter(low, math.inf)) if row["above_min"] and value <= low else value


def scalar(r, row, extreme):
    kind = row["type"].removeprefix("list of ").rstrip("s")
    if row.get("auto") and r.random() < 0.2:
        return "auto"
    if "choices" in row:
        return r.choice(row["choices"])
    if kind == "boolean":
        return r.random() < 0.5
    if kind in ("integer", "byte"):
        return number(r, row, True, extreme)
    if kind == "number":
        return number(r, row, False, extreme)
    return r.choice(["a", "b", "conv1", "x y", "ä"])


class Generator:
    def __init__(self, tables, data, seed):
        self.tables, self.r = tables, random.Random(f"experiment {seed}")
        self.data = self.r.choice(data)
        self.often = self.r.choice([0.05, 0.15, 0.3, 0.6])  # how many of the optional keys are there
        self.extreme = self.r.choice([0, 0, 0.2, 0.6])  # how many numbers are at a bound

    def fields(self, key, path=""):
        values = {}
        for name, below in key.below.items():
            where = f"{path}.{name}".lstrip(".")
            group = below.row is None and not below.rows
            if group or (below.row and below.row["required"]) or self.r.random() < self.often:
                value = self.value(below, where)
                if value not in (None, {}):
                    values[name] = value
        return values

    def table_row(self, key, path):
        choices = key.row["choices"] if key.row else list(key.rows)
        choice = self.r.choice(choices)
        return {key.tag or "type": choice, **self.fields(key.rows.get(choice, Key()), f"{path}.{choice}")}

    def value(self, key, path):
        for pattern, by_hand in BY_HAND.items():
            if re.fullmatch(pattern, path):
                return by_hand(self, key)
        row = key.row
        if row is None and not key.rows:
            return self.fields(key, path)
        if key.rows or row["type"] == "table row":
            return self.table_row(key, path)
        if row["type"].startswith("list of "):
            n = self.r.choice([1, 2, 2, 2])
            values = [scalar(self.r, row, self.extreme) for _ in range(n)]
            return sorted(values) if self.r.random() < 0.8 and "choices" not in row else values
        return scalar(self.r, row, self.extreme)

    def experiment(self):
        out = self.fields(self.tables)
        train = out.setdefault("train", {})
        if "stages" not in train or self.r.random() < 0.1:
            train["epochs"] = self.r.choice([1, 1, 2, 3])
        if self.r.random() < 0.95:  # the default is larger than the data
            train.setdefault("batch_size", self.r.choice([1, 2, 5, 6]))
        if "max" in self.data and self.r.random() < 0.9:
            out["data"].setdefault("max", self.data["max"])
        if self.r.random() < 0.8:
            out["data"].setdefault("validation", {"from": "train", "fraction": 0.2})
        if self.r.random() < 0.6:  # where most extremes are
            optimizers = self.tables.below["train"].below["optimizer"]
            train.setdefault("optimizer", self.table_row(optimizers, "train.optimizer"))
        if self.r.random() < 0.1:
            out["sweep"] = self.sweep(out["head"]["type"])
        return out

    # ---- what has to fit something else ----

    def source(self, _key):
        return dict(self.data["source"])

    def other_source(self, _key):
        kind = self.r.random()
        if kind < 0.3:
            return None
        if kind < 0.5:
            return dict(self.data["source"])
        if kind < 0.6:
            return {"from": "train", "last": self.r.choice([1, 2, 3, 6])}
        return {"from": "train", "fraction": self.r.choice([0.01, 0.1, 0.25, 0.5, 0.8])}

    def transforms(self, key):
        return [{name: self.value(key.below.get(name, Key()), f"data.augment.{name}")}
                for name in self.r.sample(key.row["choices"], self.r.choice([0, 1, 1, 2, 3]))]

    def layer(self, key, name):
        keys = self.fields(key.below.get(name, Key()), f"model.backbone.{name}")
        return {name: keys} if keys or self.r.random() < 0.5 else name

    def backbone(self, key):
        pick = self.r.choice
        if self.r.random() < 0.05:  # most of these fit nothing
            return [self.layer(key, pick(key.row["choices"])) for _ in range(self.r.randint(1, 4))]
        flat = ("flatten", "global_avg_pool")
        planes = ("conv2d", "conv2d", "max_pool", "avg_pool", "zero_pad", "batch_norm", "dropout", "relu", "prelu",
                  "leaky_relu", "tanh", "sigmoid", "activation")
        others = [n for n in key.row["choices"] if n not in planes + flat + ("dense", "l2_normalize")]
        layers = [self.layer(key, pick(planes + tuple(others))) for _ in range(pick([0, 0, 1, 2, 3]))]
        layers.append(self.layer(key, pick(flat)))
        lines = ("dense", "dense", "batch_norm", "dropout", "relu", "prelu", "leaky_relu", "tanh", "sigmoid",
                 "activation", "l2_normalize")
        layers += [self.layer(key, pick(lines)) for _ in range(pick([0, 1, 1, 2]))]
        if self.r.random() < 0.7:
            layers.append({"dense": {"units": pick([1, 2, 2, 3, 8])}})
        return layers

    def stages(self, key):
        stages = []
        for i in range(self.r.choice([1, 2, 2, 3])):
            stage = self.fields(key, "train.stages")
            stage["name"] = f"s{i}"
            without_margin = (None, "softmax", "center", "modified_softmax")
            if self.r.random() < 0.7 and stage.get("head", {}).get("type") in without_margin:
                stage.pop("anneal", None)
            stages.append(stage)
        return stages

    def pair(self, key):
        return [number(self.r, key.row, False, self.extreme) for _ in range(2)]

    def freeze(self, _key):
        return self.r.choice([["head"], ["conv*"], ["conv1"], ["dense1"], ["dense*", "head"], ["nothing"], []])

    def sweep(self, head):
        head = self.tables.below["head"].rows[head]
        values = {}
        for name, key in head.below.items():
            if self.r.random() < 0.5:
                count = self.r.choice([0, 1, 2, 2, 3])
                values[f"head.{name}"] = {"values": [self.value(key, f"head.{name}") for _ in range(count)]}
        values["seed"] = {"values": self.r.choice(["0..1", [1, 2], [3]])}
        section = {"parameters": values, "metric": {"name": self.r.choice(["val_accuracy", "test_accuracy", "x"])}}
        method = self.r.choice(["grid", "random", "halving", "list", None])
        return {**section, **({"method": method} if method else {}), **({"run_cap": 3} if method == "random" else {})}

    def small(self, *choices):
        return self.r.choice(choices)


BY_HAND = {
    r"data\.train": Generator.source,
    r"data\.(validation|test)": Generator.other_source,
    r"data\.train_fraction": lambda g, k: g.small(0.99, 0.7, 0.5, 0.1),
    r"data\.max": lambda g, k: g.small(1, 16, 255, 0.5, 1e6),
    r"data\.memory": lambda g, k: g.small("1GiB", "64KiB", "1KiB", "16MiB"),
    r"data\.augment": Generator.transforms,
    r"data\.augment\.random_crop": lambda g, k: g.small(
        {"area": [0.3, 1]}, {"area": [1, 1]}, {"padding": 2}, {"padding": 1, "fill": 9},
        g.fields(k, "data.augment.random_crop")),
    r"data\.augment\.random_crop\.padding": lambda g, k: g.small(0, 1, 2, 5),
    r"data\.augment\.shift\.by": lambda g, k: g.small(0.1, 1, 2, [0, 3], [0.5, 0]),
    r"data\.augment\.clahe\.tiles": lambda g, k: g.small(1, 2, 3, [2, 1]),
    r"model\.backbone": Generator.backbone,
    r"model\.backbone\.conv2d\.filters": lambda g, k: g.small(1, 2, 3, 8, 17),
    r"model\.backbone\.dense\.units": lambda g, k: g.small(1, 2, 3, 8, 33),
    r"model\.backbone\..*\.(kernel|size)": lambda g, k: g.small(1, 2, 3, 3, 5, [1, 3], [2, 1]),
    r"model\.backbone\..*\.stride": lambda g, k: g.small(1, 1, 2, 3, [1, 2]),
    r"model\.backbone\.zero_pad\.padding": lambda g, k: g.small(0, 1, 2, [1, 0]),
    r"model\.backbone\..*\.name": lambda g, k: None,
    r"train\.epochs": lambda g, k: None,
    r"train\.stages\.epochs": lambda g, k: g.small(1, 1, 2, 3),
    r"train\.batch_size|train\.stages\.batch_size": lambda g, k: g.small(1, 2, 3, 5, 6, 8, 11, 16),
    r"train\.stages": Generator.stages,
    r"train\.stages\.anneal\.[sm]": Generator.pair,
    r"train\.stages\.freeze": Generator.freeze,
    r"train\.init_from": lambda g, k: None,
    r"output\.dir": lambda g, k: None,
    r"sweep|slurm": lambda g, k: None,
}
