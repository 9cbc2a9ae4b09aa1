"""Names that are hostile text, and the data sets and experiments that are called by them. All names are bytes."""
import json, os

import formats
from readback import shown

FIXED = [
    # spreadsheets
    b"=1+1", b"+cmd", b"-x", b"@SUM(A1)", b"\t=tab",
    # pages and pictures
    b"</script><script>alert(1)</script>", b"\"><img src=x onerror=alert(1)>", b"]]>", b"&amp;", b"&#x3c;b&#x3e;",
    # quotes, shells
    b"'quoted' \"twice\"", b"`id`", b"$(touch hit)", b"back\\slash\\n", b"a,b;c|d", b"line\nbreak",
    # terminals
    b"\x01\x07\x08\x0b\x0c\x7f", b"\x1b]0;title\x07", b"\x1b[2J\x1b[31m", "\u009b31m c1 \u0085".encode(),
    # text that turns around, and line ends of Unicode
    "\u202egnp.exe\u202c".encode(), "\u2066\u2069\u200f\u061c".encode(), "\u2028\u2029".encode(),
    # what is no UTF-8
    b"\xff\xfe", b"\xc0\xaf\xc1\x9b", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80", b"cut\xf0\x9f",
    # characters that are none, blanks, characters of several
    "\ufeff\ufffe\uffff\ufdd0".encode(), "\u00a0".encode(), "\u200b".encode(), "\u3000\u3164".encode(),
    "e\u0301\u0302\u0303".encode(), "\U0001f468\u200d\U0001f469".encode(),
    # formats, options, paths, YAML, and the like
    b"%s%n%x", b"{{x}}", b"--help", b"../../up", b"-", b"nan", b"<!--", "\uff1d1+1".encode(), b" blanks ", b"#comment",
    b"~", b"*", b"!", b"null", b"CON", b"<svg/onload=alert(1)>", b"javascript:alert(1)",
]
LONG = [b"x" * 10240, b"<b>\"" * 2560, "\u00fc".encode() * 5120]  # no names of files
FEW = FIXED[:8] + FIXED[17:18] + FIXED[19:20] + FIXED[23:24] + LONG[1:2]
PIECES = [b"'", b'"', b"<", b">", b"&", b"\\", b"`", b"$", b"\n", b"\t", b"\r", b"=", b"%", b";", b"]]>", b"-->", b"|"]


def draw(random):
    """Fixed names, bytes, characters and pieces of syntax in a row."""
    def character():
        ranges = [random.randrange(1, 0x300), random.randrange(0x2000, 0x2100), random.randrange(0xe000, 0x110000)]
        return chr(random.choice(ranges)).encode()

    kinds = [lambda: random.choice(FIXED),
             lambda: bytes(random.randrange(1, 256) for _ in range(random.randrange(1, 12))),
             character,
             lambda: random.choice(PIECES),
             lambda: bytes([random.randrange(0x20, 0x7f)]) * random.choice([1, 2, 200])]
    while True:
        name = b"".join(random.choice(kinds)() for _ in range(random.randrange(1, 7)))
        if name.strip(b" "):
            return name


def fits_csv(name):
    return b"\r" not in name and b"\0" not in name and name == name.strip(b" \t\n\v\f") and name not in (b"", b"nan")


def fits_path(name):
    return 0 < len(name) < 240 and b"/" not in name and b"\0" not in name and not name.startswith(b".")


def in_path(name):
    """The name as a part of the name of a file."""
    return name[:60].replace(b"/", b"_").replace(b"\0", b"_")


def write_csv(path, names):
    with open(path, "wb") as f:
        f.write(b"a,b,c,kind\n")
        for i in range(8 * len(names)):
            k = i % len(names)
            field = b'"' + names[k].replace(b'"', b'""') + b'"'
            f.write(b"%d,%d,%d,%s\n" % (k * 20 % 251, (k * 50 + i) % 251, i * 7 % 251, field))


def write_images(folder, names):
    """A folder of images for each name, with names in the images' own."""
    for k, name in enumerate(names):
        os.makedirs(folder + b"/" + name)
        for i in range(6):
            pixels = bytes(((k * 10 + i) * 7 + x * y) % 256 for y in range(8) for x in range(8))
            with open(folder + b"/" + name + b"/%d%s.png" % (i, names[(k + i) % len(names)][:100]), "wb") as f:
                f.write(formats.png(8, 8, pixels))


def in_yaml(text):
    """A string of YAML; what is no character cannot be written."""
    return "".join(f"\\U{ord(c):08x}" if c > "\uffff" else json.dumps(c)[1:-1] for c in shown(text)).join('""').encode()


def write_experiment(path, name, train):
    with open(path, "wb") as f:
        f.write(b"name: " + in_yaml(name) + b"\ndata:\n  train: " + train + b"\n  test: {from: train, fraction: 0.3}\n"
                b"  validation: {from: train, fraction: 0.2}\n"
                b"model: {backbone: [flatten, dense: {units: 8, activation: relu}, dense: {units: 3}]}\n"
                b"head: {type: arcface, s: 8, m: 0.1}\ntrain: {epochs: 1, batch_size: 16}\n"
                b"output: {embeddings: [train, validation, test]}\n")
