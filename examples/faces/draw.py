#!/usr/bin/env python3
"""Draws faces.png, the picture that the example looks for faces in: three faces of nobody, by this script alone."""
import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 320, 240


def mix(a, b, t):
    t = min(max(t, 0.0), 1.0)
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def inside(x, y, cx, cy, rx, ry, soft):
    """How far the point lies inside an ellipse: 1 inside, 0 outside, in between along an edge `soft` wide."""
    d = math.hypot((x - cx) / rx, (y - cy) / ry)
    return min(max((1 - d) * min(rx, ry) / soft + 0.5, 0.0), 1.0)


def face(color, x, y, cx, cy, r, skin, hair, shirt):
    """Paints a face of radius r over a color, from back to front."""
    u, v = (x - cx) / r, (y - cy) / r  # the face: |u| < 0.75, |v| < 1
    if abs(u) > 1.6 or v < -1.5:
        return color
    dark, light = mix(skin, (40, 15, 10), 0.45), mix(skin, (255, 240, 225), 0.35)
    soft = 1.5 / r

    def ellipse(paint, px, py, rx, ry, edge=soft, strength=1.0):
        nonlocal color
        color = mix(color, paint, strength * inside(u, v, px, py, rx, ry, edge))

    ellipse(hair, 0, -0.25, 0.95, 1.02)
    ellipse(shirt, 0, 2.15, 1.55, 1.0)
    ellipse(dark, 0, 1.0, 0.38, 0.55)  # neck
    for side in (-1, 1):
        ellipse(mix(skin, dark, 0.5), side * 0.78, 0.08, 0.12, 0.22)  # ears
    # The head, lit from the left above: cheeks, forehead, shadow at the jaw.
    shade = mix(light, dark, 0.35 + 0.35 * u + 0.28 * v * v + 0.35 * u * u)
    ellipse(shade, 0, 0, 0.76, 1.0)
    ellipse(hair, 0, -0.95, 0.72, 0.36, 0.1)  # fringe
    for side in (-1, 1):
        ex, ey = side * 0.32, -0.12
        ellipse(dark, ex, ey - 0.02, 0.24, 0.17, 0.15, 0.55)  # eye socket
        ellipse(mix(hair, (0, 0, 0), 0.3), ex, ey - 0.24, 0.22, 0.05, 0.06)  # brow
        ellipse((240, 236, 230), ex, ey, 0.155, 0.085, 0.03)
        ellipse((70, 45, 25), ex, ey, 0.085, 0.085, 0.03)
        ellipse((10, 8, 8), ex, ey, 0.045, 0.045, 0.02)
        ellipse((250, 250, 250), ex - 0.03, ey - 0.035, 0.02, 0.02, 0.02)
        ellipse((20, 12, 10), ex, ey - 0.085, 0.17, 0.03, 0.03)  # lashes
        ellipse((215, 110, 95), side * 0.45, 0.3, 0.2, 0.15, 0.2, 0.35)  # cheek
    ellipse(light, -0.02, 0.12, 0.07, 0.28, 0.1, 0.6)  # nose
    ellipse(dark, 0.08, 0.2, 0.05, 0.2, 0.08, 0.5)
    ellipse(dark, 0, 0.37, 0.16, 0.06, 0.06, 0.6)
    for side in (-1, 1):
        ellipse((40, 15, 12), side * 0.07, 0.36, 0.04, 0.025, 0.03, 0.8)
    ellipse((150, 55, 55), 0, 0.6, 0.26, 0.09, 0.04)  # mouth
    ellipse((235, 228, 220), 0, 0.585, 0.19, 0.035, 0.03)
    ellipse((95, 30, 32), 0, 0.6 - 0.055, 0.25, 0.025, 0.03, 0.7)
    ellipse(dark, 0, 0.76, 0.16, 0.04, 0.06, 0.5)  # below the lip
    return color


FACES = [
    dict(cx=80, cy=105, r=52, skin=(224, 172, 138), hair=(62, 38, 24), shirt=(60, 90, 150)),
    dict(cx=190, cy=120, r=40, skin=(150, 98, 66), hair=(22, 18, 18), shirt=(170, 60, 50)),
    dict(cx=270, cy=95, r=32, skin=(238, 196, 168), hair=(150, 100, 50), shirt=(70, 120, 80)),
]


def pixel(x, y):
    color = mix((205, 212, 220), (150, 165, 180), y / HEIGHT)
    for one in FACES:
        color = face(color, x, y, **one)
    return color


def main(path):
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)
        for x in range(WIDTH):
            samples = [pixel(x + dx, y + dy) for dx in (0.25, 0.75) for dy in (0.25, 0.75)]
            rows += bytes(round(sum(s[c] for s in samples) / 4) for c in range(3))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "faces.png")
