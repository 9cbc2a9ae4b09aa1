"""Small data sets of all formats, good and odd, for the random experiments: a few images of digits, noise, blanks,
floats up to 1e20; with 2 to 7 classes.

Each is a dictionary: `source`, as an experiment names it, and where its values are no bytes, `max`, what to divide by.
"""
import random, struct

import formats


def pattern(r, label, i, n):
    """Pixels from 0 to 255 of which a network can tell the class: a few lit at places of its own, and noise."""
    return [255 if (k + 3 * label) % 7 == 0 else (r.randrange(60) + i) % 256 for k in range(n)]


def csv_sets(r, folder):
    for name, n, classes, height, width, top in (("digits", 28, 7, 8, 8, 16), ("two", 24, 2, 5, 7, 255),
                                                 ("line", 12, 3, 1, 9, 1), ("dot", 12, 2, 1, 1, 255)):
        lines = []
        for i in range(n):
            values = [v * top // 255 for v in pattern(r, i % classes, i, height * width)]
            lines.append(",".join(map(str, values + [i % classes])))
        path = folder / f"{name}.csv"
        path.write_text("\n".join(lines) + "\n")
        yield {"source": {"format": "csv", "file": str(path), "label": "last", "header": "no",
                          "shape": [height, width]}}
    for name, n, labels, value in (("blank", 15, "012", "0"), ("same", 13, "ab", "7")):
        path = folder / f"{name}.csv"
        path.write_text("".join(f"{labels[i % len(labels)]},{','.join([value] * 16)}\n" for i in range(n)))
        yield {"source": {"format": "csv", "file": str(path), "label": "first", "shape": [4, 4]}}


# The code of the values' type, how struct calls it, the shape, and what becomes of a byte.
IDX = {
    "u8": (8, "B", [24, 6, 6], lambda v: v),
    "rgb": (8, "B", [24, 3, 6, 5], lambda v: v),
    "i16": (11, "h", [24, 4, 4], lambda v: 256 * v - 32768),
    "flat": (8, "B", [24, 10], lambda v: v),
    "f32": (13, "f", [24, 4, 5], lambda v: v / 64 - 2),
    "huge": (13, "f", [24, 4, 4], lambda v: 1e20 * v),
    "tiny": (14, "d", [24, 4, 4], lambda v: 1e-40 * v),
}


def idx_sets(r, folder):
    labels = [i % 3 for i in range(24)]
    (folder / "labels").write_bytes(formats.idx(8, [24], bytes(labels)))
    for name, (code, form, shape, of_byte) in IDX.items():
        count = 1
        for side in shape[1:]:
            count *= side
        values = [of_byte(v) for i in range(24) for v in pattern(r, labels[i], i, count)]
        (folder / name).write_bytes(formats.idx(code, shape, struct.pack(f">{len(values)}{form}", *values)))
        more = {} if form in "Bh" else {"max": r.choice([1, 4, 1e6])}
        yield {"source": {"format": "idx", "images": str(folder / name), "labels": str(folder / "labels")}, **more}


def image_sets(r, folder):
    for name, channels, color in (("gray", 1, formats.GRAY), ("color", 3, formats.RGB)):
        for i in range(15):
            path = folder / name / "cat dog élan".split()[i % 3]
            path.mkdir(parents=True, exist_ok=True)
            pixels = bytes(pattern(r, i % 3, i, 42 * channels))
            (path / f"{i}.png").write_bytes(formats.png(7, 6, pixels, color))
        yield {"source": {"format": "images", "dir": str(folder / name)}}


def make(folder):
    r = random.Random("data")
    return [*csv_sets(r, folder), *idx_sets(r, folder), *image_sets(r, folder)]
