"""Products, windows, normalisations, recurrent networks, quantisation."""

import math

from case import Tensor, build, case, cast, f32, i64, places, ramp, same, typed
from elementwise import sigmoid


def product(a, b):
    rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
    return build("f32", [rows, columns], lambda i, j: sum(a.at(i, k) * b.at(k, j) for k in range(inner)))


a34, b45 = ramp([3, 4]), ramp([4, 5], start=0.5, step=-0.125)
case("matmul", "MatMul", [a34, b45], [product(a34, b45)])
case("matmul_constant", "MatMul", [a34, b45], [product(a34, b45)], constants=(1,))
batch = ramp([2, 3, 4])
case("matmul_batch", "MatMul", [batch, b45],
     [build("f32", [2, 3, 5], lambda n, i, j: sum(batch.at(n, i, k) * b45.at(k, j) for k in range(4)))])
case("matmul_i32", "MatMul", [Tensor("i32", [1, 2], [3, -4]), Tensor("i32", [2, 1], [5, 6])], [Tensor("i32", [1, 1], [-9])])
c = ramp([5])
case("gemm", "Gemm", [build("f32", [4, 3], lambda i, j: a34.at(j, i)), b45, c],
     [build("f32", [3, 5], lambda i, j: 0.5 * product(a34, b45).at(i, j) + 2 * c.at(j))], alpha=0.5, beta=2.0, transA=1)
for dtype in ("i32", "i64", "u32", "u64"):
    case(f"gemm_{dtype}", "Gemm", [Tensor(dtype, [1, 2], [3, 5]), Tensor(dtype, [2, 2], [1, 2, 3, 4]), Tensor(dtype, [2], [7, 9])],
         [Tensor(dtype, [1, 2], [3 + 15 + 7, 6 + 20 + 9])])


def window(x, kernel, strides, pads, dilations, fill, function):
    """function(n, values by kernel place) at each place of the output; x [n, c, h, w], one channel at a time."""
    n, channels, h, w = x.shape
    out = [(extent + before + after - d * (k - 1) - 1) // s + 1
           for extent, before, after, k, s, d in zip((h, w), pads[:2], pads[2:], kernel, strides, dilations)]

    def value(b, c, y, z):
        values = []
        for i, j in places(kernel):
            at = (y * strides[0] + i * dilations[0] - pads[0], z * strides[1] + j * dilations[1] - pads[1])
            inside = 0 <= at[0] < h and 0 <= at[1] < w
            values.append(x.at(b, c, *at) if inside else fill)
        return function(values)

    return build("f32", [n, channels, *out], value)


def conv(x, weights, bias, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), group=1):
    m, per_group, *kernel = weights.shape
    sums = None
    for out in range(m):
        first = out // (m // group) * per_group
        planes = []
        for k in range(per_group):
            plane = build("f32", [x.shape[0], 1, *x.shape[2:]], lambda n, _, i, j: x.at(n, first + k, i, j))
            taps = [weights.at(out, k, i, j) for i, j in places(kernel)]
            planes.append(window(plane, kernel, strides, pads, dilations, 0,
                                 lambda v: sum(a * b for a, b in zip(v, taps))))
        total = [bias[out] + sum(p.data[i] for p in planes) for i in range(len(planes[0].data))]
        sums = (sums or []) + [total]
    h, w = planes[0].shape[2:]
    assert x.shape[0] == 1
    return f32([1, m, h, w], sum(sums, []))


x = ramp([1, 2, 4, 5], step=0.0625)
weights = ramp([3, 2, 3, 2], start=0.5, step=-0.0625)
bias = [1.0, -1.0, 0.5]
case("conv", "Conv", [x, weights, f32([3], bias)],
     [conv(x, weights, bias, (2, 1), (1, 0, 1, 1), (1, 2))], constants=(1, 2),
     strides=[2, 1], pads=[1, 0, 1, 1], dilations=[1, 2])
case("conv_weights_at_run_time", "Conv", [x, weights], [conv(x, weights, [0, 0, 0])])
depthwise = ramp([2, 1, 2, 2])
case("conv_depthwise", "Conv", [x, depthwise], [conv(x, depthwise, [0, 0], group=2)], constants=(1,), group=2)
line, taps = ramp([1, 1, 5]), f32([1, 1, 2], [2, -1])
case("conv_1d", "Conv", [line, taps], [f32([1, 1, 4], [2 * line.data[i] - line.data[i + 1] for i in range(4)])])
case("conv_transpose", "ConvTranspose", [f32([1, 1, 2], [1, 3]), f32([1, 1, 3], [1, 10, 100])],
     [f32([1, 1, 5], [1, 10, 103, 30, 300])], strides=[2])

pool = dict(kernel_shape=[2, 3], strides=[1, 2], pads=[0, 1, 1, 1])
arguments = ([2, 3], (1, 2), (0, 1, 1, 1), (1, 1))
case("max_pool", "MaxPool", [x], [window(x, *arguments, -math.inf, max)], **pool)
case("average_pool", "AveragePool", [x],
     [window(x, *arguments, None, lambda v: sum(e for e in v if e is not None) / sum(e is not None for e in v))], **pool)
case("average_pool_with_padding", "AveragePool", [x], [window(x, *arguments, 0, lambda v: sum(v) / 6)],
     count_include_pad=1, **pool)
case("lp_pool", "LpPool", [x], [window(x, *arguments, 0, lambda v: math.sqrt(sum(e * e for e in v)))], p=2, **pool)
case("max_pool_indices", "MaxPool", [f32([1, 1, 4], [1, 4, 2, 3])], [f32([1, 1, 2], [4, 3]), i64([1, 1, 2], [1, 3])],
     kernel_shape=[2], strides=[2])
case("max_unpool", "MaxUnpool", [f32([1, 1, 2], [4, 3]), i64([1, 1, 2], [1, 3])], [f32([1, 1, 4], [0, 4, 0, 3])],
     kernel_shape=[2], strides=[2])
plane = [[x.at(0, c, i, j) for i, j in places([4, 5])] for c in range(2)]
for name, op, function in (
    ("global_average_pool", "GlobalAveragePool", lambda v: sum(v) / 20),
    ("global_max_pool", "GlobalMaxPool", max),
    ("global_lp_pool", "GlobalLpPool", lambda v: math.sqrt(sum(e * e for e in v))),
):
    case(name, op, [x], [f32([1, 2, 1, 1], [function(p) for p in plane])])


def rows(t, function):
    """function over each row of the last axis."""
    n = t.shape[-1]
    return f32(t.shape, sum((function(t.data[i : i + n]) for i in range(0, len(t.data), n)), []))


def softmax(v):
    sums = sum(math.exp(e) for e in v)
    return [math.exp(e) / sums for e in v]


def normal(v, epsilon):
    mean = sum(v) / len(v)
    deviation = math.sqrt(sum((e - mean) ** 2 for e in v) / len(v) + epsilon)
    return [(e - mean) / deviation for e in v]


logits = f32([2, 4], [1, 2, 3, 4, -1, 0, 2, 2])
case("softmax", "Softmax", [logits], [rows(logits, softmax)])
case("log_softmax", "LogSoftmax", [logits], [rows(logits, lambda v: [math.log(e) for e in softmax(v)])])
case("hardmax", "Hardmax", [logits], [f32([2, 4], [0, 0, 0, 1, 0, 0, 1, 0])])
scale, shift = f32([4], [1, 2, 0.5, -1]), f32([4], [0, 0.5, 0, 1])
case("layer_normalization", "LayerNormalization", [logits, scale, shift],
     [rows(logits, lambda v: [e * s + b for e, s, b in zip(normal(v, 1e-5), scale.data, shift.data)])])
case("rms_normalization", "RMSNormalization", [logits, scale],
     [rows(logits, lambda v: [e * s / math.sqrt(sum(q * q for q in v) / 4 + 1e-5) for e, s in zip(v, scale.data)])])
for x_type, scale_type in (("f16", "f32"), ("f32", "f16"), ("f64", "f32")):
    case(f"rms_normalization_{x_type}_scaled_by_{scale_type}", "RMSNormalization", [typed(logits, x_type), typed(scale, scale_type)],
         [typed(rows(logits, lambda v: [e * s / math.sqrt(sum(q * q for q in v) / 4 + 1e-5) for e, s in zip(v, scale.data)]), scale_type)])
case("lp_normalization", "LpNormalization", [logits],
     [rows(logits, lambda v: [e / math.sqrt(sum(q * q for q in v)) for e in v])])
case("mean_variance_normalization", "MeanVarianceNormalization", [x],
     [f32(x.shape, sum((normal(p, 0) for p in plane), []))])
two = f32([2], [2, -1]), f32([2], [0.5, 1])
case("instance_normalization", "InstanceNormalization", [x, *two],
     [f32(x.shape, sum(([e * s + b for e in normal(p, 1e-5)] for p, s, b in zip(plane, two[0].data, two[1].data)), []))])
case("group_normalization", "GroupNormalization", [x, *two],
     [f32(x.shape, [e * two[0].data[i // 20] + two[1].data[i // 20] for i, e in enumerate(normal(x.data, 1e-5))])],
     num_groups=1)
mean, variance = f32([2], [0.25, -0.5]), f32([2], [4, 0.25])
case("batch_normalization", "BatchNormalization", [x, *two, mean, variance],
     [build("f32", x.shape, lambda n, c, i, j: two[0].data[c] * (x.at(n, c, i, j) - mean.data[c])
            / math.sqrt(variance.data[c] + 1e-5) + two[1].data[c])])
three = ramp([1, 3, 1, 2])
case("lrn", "LRN", [three],
     [build("f32", [1, 3, 1, 2], lambda n, c, i, j: three.at(n, c, i, j) / (1 + 0.5 / 3 * sum(
         three.at(n, k, i, j) ** 2 for k in range(max(0, c - 1), min(3, c + 2)))) ** 0.75)], size=3, alpha=0.5)

# Recurrent networks: two steps, a batch of one, two hidden units, one input.
X, W, R, B = ramp([2, 1, 1], step=0.5), [0.5, -0.25], [[0.25, 0.5], [-0.5, 0.125]], [0.125, -0.125]
steps = [X.data[0], X.data[1]]


def gate(number, x, h, function):
    """Unit by unit, the gate's weights made from the first's by scaling."""
    factor = 1 + 0.5 * number
    return [function(factor * W[u] * x + sum(factor * r * e for r, e in zip(R[u], h)) + B[u]) for u in range(2)]


def parameters(gates):
    scaled = [1 + 0.5 * g for g in range(gates)]
    return [f32([1, 2 * gates, 1], [s * w for s in scaled for w in W]),
            f32([1, 2 * gates, 2], [s * r for s in scaled for row in R for r in row]),
            f32([1, 4 * gates], [b for _ in scaled for b in B] + [0] * 2 * gates)]


def run(step, states, dtype="f32"):
    outputs = []
    for value in steps:
        states = step(value, *states)
        outputs.append(states[0])
    return [Tensor(dtype, [2, 1, 1, 2], sum(outputs, []))] + [Tensor(dtype, [1, 1, 2], s) for s in states]


def rnn(value, h):
    return [gate(0, value, h, math.tanh)]


def gru(value, h):
    update, reset = gate(0, value, h, sigmoid), gate(1, value, h, sigmoid)
    hidden = gate(2, value, [r * e for r, e in zip(reset, h)], math.tanh)
    return [[(1 - z) * n + z * e for z, n, e in zip(update, hidden, h)]]


def lstm(value, h, c):
    i, o, f = (gate(g, value, h, sigmoid) for g in range(3))
    new = gate(3, value, h, math.tanh)
    c = [fu * cu + iu * nu for fu, cu, iu, nu in zip(f, c, i, new)]
    return [[ou * math.tanh(cu) for ou, cu in zip(o, c)], c]


zero = [0.0, 0.0]
case("rnn", "RNN", [X, *parameters(1)], run(rnn, [zero]), hidden_size=2)
case("gru", "GRU", [X, *parameters(3)], run(gru, [zero]), hidden_size=2)
case("lstm", "LSTM", [X, *parameters(4)], run(lstm, [zero, zero]), hidden_size=2)
case("lstm_initial_state", "LSTM", [X, *parameters(4), None, f32([1, 1, 2], [0.5, -0.5]), f32([1, 1, 2], [1, 0.25])],
     run(lstm, [[0.5, -0.5], [1, 0.25]]), constants=(1, 2, 3), hidden_size=2)
for dtype in ("f16", "f64"):
    for op, gates, step, states, constants in (("RNN", 1, rnn, 1, ()), ("GRU", 3, gru, 1, (1, 2, 3)), ("LSTM", 4, lstm, 2, ()),
                                               ("LSTM", 4, lstm, 2, (1, 2, 3))):
        case(f"{op.lower()}_{dtype}" + ("_constants" if constants else ""), op, [typed(t, dtype) for t in [X, *parameters(gates)]],
             [typed(t, dtype) for t in run(step, [zero] * states, dtype)], constants=constants, hidden_size=2)


def quantize(v, scale, zero, low, high):
    return max(low, min(high, round(v / scale) + zero))


q = f32([6], [-10, -1.25, 0, 0.75, 1.25, 500])
case("quantize_linear", "QuantizeLinear", [q, f32([], [0.5]), Tensor("u8", [], [10])],
     [Tensor("u8", [6], [quantize(v, 0.5, 10, 0, 255) for v in q.data])])
case("quantize_linear_i8_axis", "QuantizeLinear", [ramp([2, 2], start=-3.0, step=2.0), f32([2], [0.5, 2]), Tensor("i8", [2], [0, 1])],
     [Tensor("i8", [2, 2], [-6, -2, 1, 3])], axis=0)
halves = [-7, -3, -1, 1, 2, 3, 5, 600]
case("quantize_linear_i32_scale", "QuantizeLinear", [Tensor("i32", [8], halves), Tensor("i32", [], [2]), Tensor("u8", [], [10])],
     [Tensor("u8", [8], [quantize(v, 2, 10, 0, 255) for v in halves])])
case("quantize_linear_f32_by_i32", "QuantizeLinear", [q, Tensor("i32", [], [2]), Tensor("i8", [], [0])],
     [Tensor("i8", [6], [quantize(v, 2, 0, -128, 127) for v in q.data])])
case("dequantize_linear", "DequantizeLinear", [Tensor("u8", [3], [0, 10, 255]), f32([], [0.5]), Tensor("u8", [], [10])],
     [f32([3], [-5, 0, 122.5])])
d = f32([4], [-1, 0, 1, 3])
case("dynamic_quantize_linear", "DynamicQuantizeLinear", [d],
     [Tensor("u8", [4], [quantize(v, 4 / 255, 64, 0, 255) for v in d.data]), f32([], [4 / 255]), Tensor("u8", [], [64])])
