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
    "n1": dict(input=(1, 28, 28), classes=10, batch=64, layers=[
        conv("conv1", 64), plain("max_pool"), batch_norm("bn1"), conv("conv2", 32), plain("max_pool"), batch_norm("bn2"),
        plain("flatten"), dense("dense1", 128, relu=True), batch_norm("bn3"), dense("embedding", 20)]),
    "n2": dict(input=(1, 28, 28), classes=10, batch=32, l2=1e-5, layers=[
        plain("zero_pad"), conv("conv1", 32), plain("max_pool"), conv("conv2", 64), plain("max_pool"), conv("conv3", 128),
        plain("max_pool"), plain("flatten"), dense("embedding", 3)]),
}
CASES = [("n1", "softmax"), ("n2", "curricularface"), ("n2", "arcface")]


class Reference:
    """One network with one head: named tensors, loss, gradients."""

    def __init__(self, net, head, dtype=torch.float64):
        self.net, self.head, self.dtype = NETS[net], head, dtype
        self.name = f"{net}-{head}"
        self.closest = math.inf  # distance of a cosine from the bound that makes its class a hard negative
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

    def batch(self, step):
        """Images that can be told apart by class: half a pattern of the class, half noise."""
        n, pixels = self.net["batch"], math.prod(self.net["input"])
        y = (noise("labels", step, n) * self.net["classes"]).astype(np.int32)
        pattern = np.stack([noise(f"pattern{j}", 0, pixels) for j in range(self.net["classes"])])
        x = 0.5 * pattern[y] + 0.5 * noise("pixels", step, n * pixels).reshape(n, pixels)
        return x.astype(np.float32).reshape(n, *self.net["input"]), y

    def forward(self, p, x):
        """Embeddings, and the moving statistics after this batch."""
        moved = {}
        for name, kind, o in self.net["layers"]:
            if kind == "zero_pad":
                x = F.pad(x, (2, 2, 2, 2))
            elif kind == "conv":
                x = F.relu(F.conv2d(x, p[f"{name}/kernel"], p[f"{name}/bias"], padding=1))
            elif kind == "max_pool":
                x = F.max_pool2d(x, 2)
            elif kind == "flatten":
                x = x.flatten(1)
            elif kind == "dense":
                x = x @ p[f"{name}/kernel"].T + p[f"{name}/bias"]
                x = F.relu(x) if o["relu"] else x
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
            self.closest = min(self.closest, float((cos - shifted[:, None]).detach().abs().min()))
            logits = torch.where(hard.detach(), cos * (t + cos), cos)
            value = torch.where(beyond, target - m * math.sin(m), shifted)
        else:
            value = torch.where(beyond, -2 - shifted, shifted)                    # psi
        logits = logits.index_put((row, y), value)
        return F.cross_entropy(s * logits, y), moved

    def step(self, weights, x, y):
        """Loss, gradients and moved state as numpy arrays, for numpy weights."""
        p = {k: torch.tensor(v, dtype=self.dtype, requires_grad=self.trainable[k]) for k, v in weights.items()}
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
