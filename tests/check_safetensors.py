#!/usr/bin/env python3
"""Checks a safetensors file against the format's specification, apart from the program that wrote it.

    check_safetensors.py FILE...        prints "FILE: good, N tensors" or what is wrong; exit code 1 when any file is bad

Needs nothing but the standard library. https://github.com/huggingface/safetensors#format
"""
import hashlib
import json
import math
import sys

SIZE = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
        "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}
MAX_HEADER = 100_000_000


class Bad(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Bad(text)


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a key stands twice in one object")
    return dict(pairs)


def whole(x):
    return type(x) is int and x >= 0


def check(path):
    with open(path, "rb") as f:
        data = f.read()
    need(len(data) >= 8, "shorter than the header's length")
    n = int.from_bytes(data[:8], "little")
    need(n <= MAX_HEADER, "the header is longer than 100 MB")
    need(8 + n <= len(data), "the header does not fit in the file")
    text = data[8:8 + n]
    need(text[:1] == b"{", "the header does not begin with {")
    header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    meta = header.pop("__metadata__", {})
    need(isinstance(meta, dict), "__metadata__ is no object")
    need(all(isinstance(v, str) for v in meta.values()), "__metadata__ holds something that is no string")
    spans = []
    for name, info in header.items():
        need(isinstance(info, dict) and set(info) == {"dtype", "shape", "data_offsets"}, name + ": wrong keys")
        dtype, shape, offsets = info["dtype"], info["shape"], info["data_offsets"]
        need(dtype in SIZE, name + ": unknown dtype")
        need(isinstance(shape, list) and all(map(whole, shape)), name + ": bad shape")
        need(isinstance(offsets, list) and len(offsets) == 2 and all(map(whole, offsets)), name + ": bad offsets")
        begin, end = offsets
        need(end - begin == math.prod(shape) * SIZE[dtype], name + ": offsets do not fit shape and dtype")
        spans.append((begin, end))
    at = 0
    for begin, end in sorted(spans):
        need(begin == at, "the tensors do not lie end to end")
        at = end
    need(at == len(data) - 8 - n, "the tensors do not fill the file")
    if "metric_train_sha256" in meta:
        digits = meta["metric_train_sha256"].encode()
        need(text.count(digits) == 1, "the checksum's digits stand twice")
        blank = data[:8] + text.replace(digits, b"0" * 64) + data[8 + n:]
        need(hashlib.sha256(blank).hexdigest().encode() == digits, "metric_train_sha256 does not fit")
    return len(header)


def main():
    bad = 0
    for path in sys.argv[1:]:
        try:
            print("%s: good, %d tensors" % (path, check(path)))
        except (Bad, OSError, ValueError, RecursionError) as e:
            print("%s: BAD: %s" % (path, e))
            bad = 1
    return bad if len(sys.argv) > 1 else 2


if __name__ == "__main__":
    sys.exit(main())
