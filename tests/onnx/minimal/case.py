"""Tensors of plain Python numbers, and the list of cases."""

import itertools
import math
import pathlib
import struct

import wire

CASES = {}
OPERATORS = set()


class Tensor:
    """Elements in row-major order, rounded to the type."""

    def __init__(self, dtype, shape, elements):
        self.dtype, self.shape = dtype, list(shape)
        self.data = [cast(dtype, e) for e in elements]
        assert len(self.data) == math.prod(shape), (shape, len(self.data))

    def at(self, *place):
        offset = 0
        for extent, i in zip(self.shape, place, strict=True):
            offset = offset * extent + i
        return self.data[offset]


def cast(dtype, number):
    """The number as the type holds it: floats rounded, integers wrapped."""
    code = wire.TYPES[dtype][1]
    if dtype == "bool":
        return bool(number)
    if dtype[0] == "f":
        try:
            return struct.unpack("<" + code, struct.pack("<" + code, number))[0]
        except OverflowError:
            return math.copysign(math.inf, number)
    bits = int(dtype[1:])
    number = int(number) & ((1 << bits) - 1)
    return number - (1 << bits) if dtype[0] == "i" and number >> (bits - 1) else number


def places(shape):
    return itertools.product(*(range(d) for d in shape))


def build(dtype, shape, f):
    """Elements f(i, j, …)."""
    return Tensor(dtype, shape, [f(*place) for place in places(shape)])


def f32(shape, elements):
    return Tensor("f32", shape, elements)


def i64(shape, elements):
    return Tensor("i64", shape, elements)


def ramp(shape, dtype="f32", start=-1.0, step=0.25):
    return Tensor(dtype, shape, [start + step * i for i in range(math.prod(shape))])


def same(a, b):
    return Tensor(a.dtype, b, a.data)


def typed(t, dtype):
    return Tensor(dtype, t.shape, t.data)


def spread(t, shape):
    """Broadcast, as numpy does it."""
    own = [1] * (len(shape) - len(t.shape)) + t.shape
    flat = same(t, own)
    return build(t.dtype, shape, lambda *p: flat.at(*(0 if d == 1 else i for d, i in zip(own, p))))


def joint(*shapes):
    rank = max(map(len, shapes))
    padded = [[1] * (rank - len(s)) + list(s) for s in shapes]
    return [max(d) if 0 not in d else 0 for d in zip(*padded)]


def case(name, op, inputs, outputs, opset=27, constants=(), domains=None, nodes=None, **attributes):
    """One node: op(inputs…) gives outputs. None is an operand that is left out. `constants`: positions of inputs that
    are initializers. `nodes`: in place of the one node, over the names x0, x1 … and y0, y1 …."""
    assert name not in CASES, name
    names = ["" if t is None else f"x{i}" for i, t in enumerate(inputs)]
    wanted = [f"y{i}" if t is not None else "" for i, t in enumerate(outputs)]
    nodes = nodes or [wire.Node(op, names, wanted, **attributes)]
    OPERATORS.update((n.domain + "::" if n.domain else "") + n.op for n in nodes)
    given = [(n, t) for i, (n, t) in enumerate(zip(names, inputs)) if t is not None and i not in constants]
    graph = wire.Graph(
        nodes,
        [(n, t.dtype, t.shape) for n, t in given],
        [(n, t.dtype, t.shape) for n, t in zip(wanted, outputs) if t is not None],
        {names[i]: inputs[i] for i in constants},
    )
    CASES[name] = (wire.model(graph, opset, domains), [t for _, t in given], [t for t in outputs if t is not None])


def write(folder):
    for name, (model, inputs, outputs) in CASES.items():
        place = pathlib.Path(folder) / "minimal" / name / "test_data_set_0"
        place.mkdir(parents=True, exist_ok=True)
        (place.parent / "model.onnx").write_bytes(model)
        for kind, tensors in (("input", inputs), ("output", outputs)):
            for i, t in enumerate(tensors):
                (place / f"{kind}_{i}.pb").write_bytes(wire.tensor(t))
