"""ONNX's protobuf messages, as far as cases need them, written by hand: no package beside Python's own is wanted."""

import struct

# TensorProto.DataType, and how struct packs an element.
TYPES = {
    "f32": (1, "f"), "u8": (2, "B"), "i8": (3, "b"), "u16": (4, "H"), "i16": (5, "h"), "i32": (6, "i"), "i64": (7, "q"),
    "bool": (9, "?"), "f16": (10, "e"), "f64": (11, "d"), "u32": (12, "I"), "u64": (13, "Q"),
}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def integer(field, number):
    return varint(field << 3) + varint(number)


def single(field, number):
    return varint(field << 3 | 5) + struct.pack("<f", number)


def data(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(value, name=""):
    number, code = TYPES[value.dtype]
    raw = struct.pack(f"<{len(value.data)}{code}", *value.data)
    return b"".join(integer(1, d) for d in value.shape) + integer(2, number) + data(8, name) + data(9, raw)


def value_info(name, dtype, shape):
    dims = b"".join(data(1, integer(1, d)) for d in shape)
    return data(1, name) + data(2, data(1, integer(1, TYPES[dtype][0]) + data(2, dims)))


def attribute(name, value):
    body = data(1, name)
    if isinstance(value, bool) or isinstance(value, int):
        return body + integer(3, int(value)) + integer(20, 2)
    if isinstance(value, float):
        return body + single(2, value) + integer(20, 1)
    if isinstance(value, str):
        return body + data(4, value) + integer(20, 3)
    if isinstance(value, Graph):
        return body + data(6, value.encode()) + integer(20, 5)
    if hasattr(value, "dtype"):
        return body + data(5, tensor(value)) + integer(20, 4)
    if all(isinstance(v, str) for v in value) and value:
        return body + b"".join(data(9, v) for v in value) + integer(20, 8)
    if any(isinstance(v, float) for v in value):
        return body + b"".join(single(7, v) for v in value) + integer(20, 6)
    return body + b"".join(integer(8, v) for v in value) + integer(20, 7)


class Node:
    """op may be "domain::Op"; a name of "" is an operand that is left out."""

    def __init__(self, op, inputs, outputs, **attributes):
        self.domain, _, self.op = op.rpartition("::")
        self.inputs, self.outputs, self.attributes = inputs, outputs, attributes

    def encode(self):
        text = b"".join(data(1, i) for i in self.inputs) + b"".join(data(2, o) for o in self.outputs) + data(4, self.op)
        text += b"".join(data(5, attribute(k, v)) for k, v in self.attributes.items())
        return text + (data(7, self.domain) if self.domain else b"")


class Graph:
    """inputs and outputs: (name, dtype, shape); initializers: {name: tensor}."""

    def __init__(self, nodes, inputs, outputs, initializers=None):
        self.nodes, self.inputs, self.outputs, self.initializers = nodes, inputs, outputs, initializers or {}

    def encode(self):
        text = b"".join(data(1, n.encode()) for n in self.nodes) + data(2, "minimal")
        text += b"".join(data(5, tensor(t, name)) for name, t in self.initializers.items())
        text += b"".join(data(11, value_info(*i)) for i in self.inputs)
        return text + b"".join(data(12, value_info(*o)) for o in self.outputs)


def model(graph, opset, domains=None):
    """domains: {domain: version} beside ai.onnx."""
    text = integer(1, 10) + data(2, "wasminfer minimal cases") + data(7, graph.encode())
    text += data(8, data(1, "") + integer(2, opset))
    return text + b"".join(data(8, data(1, d) + integer(2, v)) for d, v in (domains or {}).items())
