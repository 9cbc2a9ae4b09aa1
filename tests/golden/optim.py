"""Prints tests/golden/optim.h: weights after 1, 2 and 20 steps of torch.optim in float64.

The loss is sum a_i (w_i - b_i)^2 / 2, so the gradient is a_i (w_i - b_i). Adam's eps is given per step as
eps / sqrt(1 - beta2^t), which turns PyTorch's form into Keras'.

    python3 tests/golden/optim.py > tests/golden/optim.h
"""
import torch

W = [0.5, -1.25, 2.0, 0.01, -3.0]
A = [1.0, 0.3, 2.5, 0.001, 0.7]
B = [0.0, 1.0, -0.5, 0.25, -2.75]
STEPS = (1, 2, 20)

CASES = [
    # name, optimizer, its settings by our names, torch's settings
    ("sgd", "lr=0.05", torch.optim.SGD, dict(lr=0.05)),
    ("sgd", "lr=0.05 weight_decay=0.1", torch.optim.SGD, dict(lr=0.05, weight_decay=0.1)),
    ("sgd", "lr=0.05 momentum=0.9", torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    ("sgd", "lr=0.05 momentum=0.9 nesterov=1 weight_decay=0.1", torch.optim.SGD,
     dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("adam", "lr=0.02", torch.optim.Adam, dict(lr=0.02)),
    ("adam", "lr=0.02 beta1=0.8 beta2=0.95 eps=0.01", torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=0.01)),
    ("adam", "lr=0.02 weight_decay=0.1", torch.optim.Adam, dict(lr=0.02, weight_decay=0.1)),
    ("adamw", "lr=0.02 weight_decay=0.1", torch.optim.AdamW, dict(lr=0.02, weight_decay=0.1)),
]


def run(make, settings):
    a, b = (torch.tensor(x, dtype=torch.float64) for x in (A, B))
    w = torch.nn.Parameter(torch.tensor(W, dtype=torch.float64))
    settings = dict(settings)
    if make is not torch.optim.SGD:
        settings.setdefault("eps", 1e-7)
    o = make([w], **settings)
    rows = []
    for t in range(1, max(STEPS) + 1):
        if make is not torch.optim.SGD:
            o.param_groups[0]["eps"] = settings["eps"] / (1 - o.param_groups[0]["betas"][1] ** t) ** 0.5
        o.zero_grad()
        (a * (w - b) ** 2 / 2).sum().backward()
        o.step()
        if t in STEPS:
            rows.append(w.detach().tolist())
    return rows


def numbers(row):
    return "{" + ", ".join(repr(x) for x in row) + "}"


print("/* optim.h: written by tests/golden/optim.py with torch %s. */" % torch.__version__)
print("static const float golden_w[5] = %s;" % numbers(W))
print("static const float golden_a[5] = %s;" % numbers(A))
print("static const float golden_b[5] = %s;" % numbers(B))
print("static const int golden_steps[3] = {%s};" % ", ".join(map(str, STEPS)))
print("static const struct golden {\n    const char *optimizer, *settings;\n    double w[3][5];\n} golden[] = {")
for name, ours, make, settings in CASES:
    print('    {"%s", "%s",\n     {%s}},' % (name, ours, ",\n      ".join(map(numbers, run(make, settings)))))
print("};")
