"""ICC profiles made from their published numbers, and the colours that they stand for.

The mathematics is written out here, so that no test compares a colour library with itself.
https://www.color.org/specification/ICC.1-2001-04.pdf, http://www.brucelindbloom.com/index.html?Math.html
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

type Vector = tuple[float, float, float]
type Matrix = tuple[Vector, Vector, Vector]

D50: Vector = (0.9642, 1.0, 0.8249)
D65: Vector = (0.95047, 1.0, 1.08883)
BRADFORD: Matrix = (
    (1.0478112, 0.0228866, -0.0501270),  # from D65 to D50
    (0.0295424, 0.9904844, -0.0170491),
    (-0.0092345, 0.0150436, 0.7521316),
)


def multiply(matrix: Matrix, vector: Vector) -> Vector:
    first, second, third = (sum(map(float.__mul__, row, map(float, vector))) for row in matrix)
    return first, second, third


def inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    first, second, third = (
        (x / determinant, y / determinant, z / determinant) for x, y, z in adjugate
    )
    return first, second, third


def srgb_to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _adobe_to_linear(value: float) -> float:
    return float(value ** (563 / 256))


@dataclass(frozen=True)
class RgbSpace:
    """An RGB colour space with the white point D65: its primaries and its transfer curve."""

    primaries: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    to_linear: Callable[[float], float]

    @property
    def to_xyz(self) -> Matrix:
        columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in self.primaries]
        rows = tuple(zip(*columns, strict=True))
        scale = multiply(inverse(rows), D65)  # type: ignore[arg-type]
        first, second, third = ((x * scale[0], y * scale[1], z * scale[2]) for x, y, z in rows)
        return first, second, third

    def lab(self, pixel: Sequence[int]) -> Vector:
        """The CIE L*a*b* colour of a pixel, for D50."""
        red, green, blue = (self.to_linear(value / 255) for value in pixel)
        return xyz_to_lab(multiply(BRADFORD, multiply(self.to_xyz, (red, green, blue))))

    def profile(self) -> bytes:
        columns = zip(*self.to_xyz, strict=True)
        names = (b"rXYZ", b"gXYZ", b"bXYZ")
        tags = {
            name: _xyz(multiply(BRADFORD, column))
            for name, column in zip(names, columns, strict=True)
        }
        samples = [round(self.to_linear(step / 1023) * 65_535) for step in range(1024)]
        curve = b"curv" + bytes(4) + struct.pack(">I1024H", 1024, *samples)
        return _profile(b"mntrRGB XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


SRGB = RgbSpace(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), srgb_to_linear)
DISPLAY_P3 = RgbSpace(((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), srgb_to_linear)
ADOBE_RGB = RgbSpace(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), _adobe_to_linear)


def xyz_to_lab(xyz: Vector) -> Vector:
    x, y, z = (_lightness(value / white) for value, white in zip(xyz, D50, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _lightness(value: float) -> float:
    return float(value ** (1 / 3)) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def difference(one: Vector, other: Vector) -> float:
    """The colour difference dE (CIE 1976): about 2 is the least that the eye sees."""
    return float(sum((x - y) ** 2 for x, y in zip(one, other, strict=True)) ** 0.5)


def cmyk_profile(colour_of: Callable[[Sequence[int]], Vector]) -> bytes:
    """A printer's profile, which gives a Lab colour for each combination of full inks."""
    table = bytearray()
    for inks in product((0, 1), repeat=4):
        lightness, a, b = colour_of(inks)
        table += bytes((round(lightness * 2.55), round(a) + 128, round(b) + 128))
    identity = struct.pack(">9i", *(65_536 if place % 4 == 0 else 0 for place in range(9)))
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4 + table + ramp * 3
    return _profile(b"prtrCMYKLab ", {b"A2B0": lut})


def gray_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return _profile(b"mntrGRAYXYZ ", {b"kTRC": curve})


def _xyz(value: Vector) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(it * 65_536) for it in value))


def _profile(kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of version 2; ``kind`` is its class, its colour space and its reference space."""
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\0" + bytes(78)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"None\0", b"wtpt": _xyz(D50), **tags}
    table, content = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">2I", start + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    size = start + len(content)
    head = struct.pack(">I4sI", size, bytes(4), 0x0240_0000) + kind + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + _xyz(D50)[8:]
    return head.ljust(128, b"\0") + table + content
