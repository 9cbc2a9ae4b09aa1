"""torch_reference.py: the networks and heads of the golden values, written a second time in PyTorch, in float64.

Written from the formulas, not from the C sources: convolution, pooling and automatic differentiation are PyTorch's, batch
normalization, heads and optimizers are spelled out here. Adam, initial ranges and moving statistics are Keras'.
Weights, inputs and labels come from a hash that tests/golden_net.c computes too, so that no array has to be stored.
Debian 12: apt-get install --no-install-recommends python3-torch
"""
import math
import numpy as np
import torch
import torch.nn.functional as F

STEPS = 20


def noise(name, step, count):
    """`count` numbers in [0, 1) with 24 bits, named by (name, step): SplitMix64's finalizer over a counter that starts at
    FNV-1a of the name."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 % 2**64
    i = np.arange(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64(key) + np.uint64(step) * np.uint64(0xD1342543DE82EF95) + (i + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-24


def centered(name, step, count):
    return 2 * noise(name, step, count) - 1


def probes(name, values):
    """Sums with two sets of random signs: their error estimates the length of the error vector."""
    v = values.reshape(-1)
    return [float(((noise(f"{name}/probe{k}", 0, v.size) < 0.5) * 2.0 - 1) @ v) for k in range(2)]


# --- networks: a list of (layer name, kind, options); kernels are (O, C, KH, KW) and (O, I) ---

def conv(name, filters): return (name, "conv", dict(filters=filters))
def dense(name, units, relu=False): return (name, "dense", dict(units=units, relu=relu))
def batch_norm(name): return (name, "batch_norm", {})
def plain(kind): return ("", kind, {})


NETS = {
    "n1": dict(input=(1, 28, 28), classes=10, batch=24, layers=[
        conv("conv1", 64), plain("max_pool"), batch_norm("bn1"), conv("conv2", 32), plain("max_pool"), batch_norm("bn2"),
        plain("flatten"), dense("dense1", 128, relu=True), batch_norm("bn3"), dense("embedding", 20)]),
    "n2": dict(input=(1, 28, 28), classes=10, batch=24, l2=1e-5, layers=[
        plain("zero_pad"), conv("conv1", 32), plain("max_pool"), conv("conv2", 64), plain("max_pool"), conv("conv3", 128),
        plain("max_pool"), plain("flatten"), dense("embedding", 3)]),
}
CASES = [("n1", "softmax"), ("n2", "curricularface"), ("n2", "arcface")]


class Kink(Exception):
    """An activation is too close to a place where the derivative jumps."""


class Reference:
    """One network with one head: named tensors, loss, gradients."""

    def __init__(self, net, head, dtype=torch.float64):
        self.net, self.head, self.dtype = NETS[net], head, dtype
        self.name = f"{net}-{head}"
        self.wary = False  # raise Kink where one is near
        self.shape, self.trainable, self.fan = {}, {}, {}
        c, h, w = self.net["input"]
        width = None
        for name, kind, o in self.net["layers"]:
            if kind == "zero_pad":
                h, w = h + 4, w + 4
            elif kind == "conv":
                self._add(f"{name}/kernel", (o["filters"], c, 3, 3), fan=9 * (c + o["filters"]))
                self._add(f"{name}/bias", (o["filters"],))
                c = o["filters"]
            elif kind == "max_pool":
                h, w = h // 2, w // 2
            elif kind == "flatten":
                width = c * h * w
            elif kind == "batch_norm":
                for what in ("gamma", "beta", "moving_mean", "moving_variance"):
                    self._add(f"{name}/{what}", (width or c,), trainable=not what.startswith("moving"))
            elif kind == "dense":
                self._add(f"{name}/kernel", (o["units"], width), fan=width + o["units"])
                self._add(f"{name}/bias", (o["units"],))
                width = o["units"]
        self._add("head/weight", (self.net["classes"], width), fan=width + self.net["classes"])
        if head == "softmax":
            self._add("head/bias", (self.net["classes"],))
        if head == "curricularface":
            self._add("head/t", (1,), trainable=False)

    def _add(self, name, shape, trainable=True, fan=0):
        self.shape[name], self.trainable[name], self.fan[name] = shape, trainable, fan

    def start(self, step):
        """Weights and state number `step`, float32 values."""
        out = {}
        for name, shape in self.shape.items():
            u = centered(name, step, math.prod(shape))
            what = name.split("/")[1]
            if self.fan[name]:
                u *= math.sqrt(6.0 / self.fan[name])
            elif what in ("gamma", "moving_variance"):
                u = 1 + 0.2 * u
            else:
                u *= 0.1
            out[name] = u.astype(np.float32).reshape(shape)
        return out

    def moments(self, step):
        """What an optimizer would remember: Adam's m and v, SGD's velocity."""
        out = {}
        for name, shape in self.shape.items():
            if self.trainable[name]:
                n = math.prod(shape)
                out[name] = [(1e-2 * centered(name + "/m", step, n)).astype(np.float32).reshape(shape),
                             (1e-4 * noise(name + "/v", step, n)).astype(np.float32).reshape(shape),
                             (1e-2 * centered(name + "/velocity", step, n)).astype(np.float32).reshape(shape)]
        return out

    def batch(self, number):
        """Images that can be told apart by class: half a pattern of the class, half noise."""
        n, pixels = self.net["batch"], math.prod(self.net["input"])
        y = (noise("labels", number, n) * self.net["classes"]).astype(np.int32)
        pattern = np.stack([noise(f"pattern{j}", 0, pixels) for j in range(self.net["classes"])])
        x = 0.5 * pattern[y] + 0.5 * noise("pixels", number, n * pixels).reshape(n, pixels)
        return x.astype(np.float32).reshape(n, *self.net["input"]), y

    def smooth_batch(self, weights, step, first=None):
        """Number of a batch, from `first` on, none of whose activations is so close to a kink (of ReLU, of a maximum, of the head) that float32
        may take the other side: there a derivative jumps, and comparing it would compare rounding."""
        for number in range(first or step, step + 100000, 1000):
            x, y = self.batch(number)
            self.wary = True
            try:
                with torch.no_grad():
                    self.loss(self._tensors(weights), torch.tensor(x, dtype=self.dtype), torch.tensor(y, dtype=torch.int64))
                return number
            except Kink:
                pass
            finally:
                self.wary = False
        raise RuntimeError(f"{self.name}: no batch without kinks for step {step}")

    def _stay_away(self, distance, bound):
        if bool((distance < bound).any()):
            raise Kink

    def _relu(self, x, weight, bias, product):
        """ReLU of a product; a kink is near within four rounding errors of the sum of magnitudes."""
        a, bound = product(x, weight, bias), None
        if self.wary:
            bound = 2.0**-22 * product(x.abs(), weight.abs(), bias.abs())
            self._stay_away(a.abs(), bound)
        return F.relu(a), bound

    def _max_pool(self, x, bound):
        def windows(v):
            return v.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).transpose(3, 4).flatten(4)
        if self.wary:
            first, second = windows(x).topk(2).values.unbind(-1)
            # Exact ties stand where the input is constant, and then it does not matter which side wins.
            apart = (first > 0) & (first - second > 1e-12)
            self._stay_away((first - second)[apart], windows(bound).amax(-1)[apart])
        return F.max_pool2d(x, 2)

    def forward(self, p, x):
        """Embeddings, and the moving statistics after this batch."""
        moved, bound = {}, None
        for name, kind, o in self.net["layers"]:
            if kind == "zero_pad":
                x = F.pad(x, (2, 2, 2, 2))
            elif kind == "conv":
                x, bound = self._relu(x, p[f"{name}/kernel"], p[f"{name}/bias"], lambda *a: F.conv2d(*a, padding=1))
            elif kind == "max_pool":
                x = self._max_pool(x, bound)
            elif kind == "flatten":
                x = x.flatten(1)
            elif kind == "dense":
                if o["relu"]:
                    x, bound = self._relu(x, p[f"{name}/kernel"], p[f"{name}/bias"], F.linear)
                else:
                    x = F.linear(x, p[f"{name}/kernel"], p[f"{name}/bias"])
            elif kind == "batch_norm":
                axes, view = ((0, 2, 3), (1, -1, 1, 1)) if x.dim() == 4 else ((0,), (1, -1))
                n = x.numel() // x.shape[1]
                mean = x.mean(axes)
                variance = ((x - mean.view(view)) ** 2).mean(axes)
                x = (x - mean.view(view)) / torch.sqrt(variance.view(view) + 1e-3)
                x = x * p[f"{name}/gamma"].view(view) + p[f"{name}/beta"].view(view)
                # Keras takes the unbiased variance for images, the biased one for vectors.
                kept = variance * n / (n - 1) if len(axes) == 3 else variance
                for what, value in (("moving_mean", mean), ("moving_variance", kept)):
                    moved[f"{name}/{what}"] = 0.99 * p[f"{name}/{what}"] + 0.01 * value.detach()
        return x, moved

    def loss(self, p, x, y):
        embedding, moved = self.forward(p, x)
        if self.head == "softmax":
            return F.cross_entropy(embedding @ p["head/weight"].T + p["head/bias"], y), moved
        s, m = 30.0, 0.5
        cos = F.normalize(embedding, eps=0) @ F.normalize(p["head/weight"], eps=0).T
        row = torch.arange(len(y))
        target = cos[row, y]
        shifted = target * math.cos(m) - torch.sqrt(1 - target**2) * math.sin(m)  # cos(theta + m)
        beyond = target < -math.cos(m)                                            # theta + m > pi
        logits = cos.clone()
        if self.head == "curricularface":
            t = 0.99 * p["head/t"] + 0.01 * target.detach().mean()
            moved["head/t"] = t
            hard = cos > shifted[:, None]
            if self.wary:
                self._stay_away((cos - shifted[:, None]).abs(), 1e-5)
                self._stay_away((target + math.cos(m)).abs(), 1e-5)
            logits = torch.where(hard.detach(), cos * (t + cos), cos)
            value = torch.where(beyond, target - m * math.sin(m), shifted)
        else:
            value = torch.where(beyond, -2 - shifted, shifted)                    # psi
        logits = logits.index_put((row, y), value)
        return F.cross_entropy(s * logits, y), moved

    def _tensors(self, weights):
        return {k: torch.tensor(v, dtype=self.dtype, requires_grad=self.trainable[k]) for k, v in weights.items()}

    def step(self, weights, x, y):
        """Loss, gradients and moved state as numpy arrays, for numpy weights."""
        p = self._tensors(weights)
        loss, moved = self.loss(p, torch.tensor(x, dtype=self.dtype), torch.tensor(y, dtype=torch.int64))
        loss.backward()
        return (float(loss.detach()), {k: v.grad.numpy() for k, v in p.items() if self.trainable[k]},
                {k: v.detach().numpy() for k, v in moved.items()})

    def l2(self, name):
        return self.net.get("l2", 0.0) if "conv" in name and name.endswith("/kernel") else 0.0


def adam(w, g, m, v, t, lr=1e-3, b1=0.9, b2=0.999, eps=1e-7):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    return w - lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps), m, v


def sgd(w, g, velocity, lr=1e-2, momentum=0.9):
    velocity = momentum * velocity + g
    return w - lr * velocity, velocity
