"""Data files as bytes, well-formed or not: what the parts that make their own data write."""
import struct, zlib

GRAY, RGB = 0, 2  # color types of PNG


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, deflated, depth=8, color=GRAY, interlaced=0, extra=b""):
    """A PNG whose compressed image data are these bytes, whatever its header says."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", deflated) + chunk(b"IEND")


def png(width, height, pixels, color=GRAY):
    """A sound PNG of 8 bits a channel."""
    line = len(pixels) // height
    rows = b"".join(b"\0" + pixels[at:at + line] for at in range(0, len(pixels), line))
    return png_of(width, height, zlib.compress(rows), color=color)


def idx(kind, shape, values=b""):
    """kind: the code of the type of the values, which are bytes in that type already."""
    return bytes([0, 0, kind, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + values
