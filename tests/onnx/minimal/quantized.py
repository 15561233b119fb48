"""Products of quantised numbers, and ONNX Runtime's operators on 8-bit tensors."""

import math

import wire
from case import Tensor, build, case, f32


def u8(shape, elements):
    return Tensor("u8", shape, elements)


def scale(number):
    return f32([], [number])


a, b = u8([1, 2], [3, 5]), u8([2, 1], [6, 10])
case("qlinear_matmul", "QLinearMatMul", [a, scale(0.5), u8([], [1]), b, scale(0.25), u8([], [2]), scale(0.5), u8([], [3])],
     [u8([1, 1], [13])])
case("matmul_integer", "MatMulInteger", [a, b, u8([], [1]), u8([], [2])], [Tensor("i32", [1, 1], [40])])
x, w = u8([1, 1, 1, 3], [1, 2, 3]), u8([1, 1, 1, 2], [1, 2])
case("qlinear_conv", "QLinearConv", [x, scale(1), u8([], [0]), w, scale(0.5), u8([], [0]), scale(0.5), u8([], [1])],
     [u8([1, 1, 1, 2], [6, 9])])
case("conv_integer", "ConvInteger", [u8([1, 1, 1, 3], [2, 3, 4]), w, u8([], [1])], [Tensor("i32", [1, 1, 1, 2], [5, 8])])


def real(t, step, zero):
    return [step * (q - zero) for q in t.data]


def quantise(shape, numbers, step, zero):
    """Ties to even, as Python's round()."""
    return u8(shape, [min(255, max(0, round(v / step) + zero)) for v in numbers])


contrib = {"com.microsoft": 1}
x, y = u8([2, 4], [0, 3, 17, 90, 128, 131, 200, 255]), u8([4], [10, 128, 140, 255])
y_spread = build("u8", [2, 4], lambda i, j: y.at(j))
x_at, y_at, sum_at = (0.03, 120), (0.05, 130), (0.11, 126)
for kind, word, f in (("qlinear_add", "QLinearAdd", lambda a, b: a + b), ("qlinear_mul", "QLinearMul", lambda a, b: a * b)):
    case(kind, "com.microsoft::" + word,
         [x, scale(x_at[0]), u8([], [x_at[1]]), y, scale(y_at[0]), u8([], [y_at[1]]), scale(sum_at[0]), u8([], [sum_at[1]])],
         [quantise([2, 4], map(f, real(x, *x_at), real(y_spread, *y_at)), *sum_at)], constants=(1, 2, 4, 5, 6, 7),
         domains=contrib)
for kind, word, f, attributes in (
        ("qlinear_sigmoid", "QLinearSigmoid", lambda v: 1 / (1 + math.exp(-v)), {}),
        ("qlinear_leaky_relu", "QLinearLeakyRelu", lambda v: v if v >= 0 else 0.25 * v, {"alpha": 0.25})):
    out_at = (1 / 256, 0) if "sigmoid" in kind else (0.04, 30)
    case(kind, "com.microsoft::" + word, [x, scale(x_at[0]), u8([], [x_at[1]]), scale(out_at[0]), u8([], [out_at[1]])],
         [quantise([2, 4], map(f, real(x, *x_at)), *out_at)], constants=(1, 2, 3, 4), domains=contrib, **attributes)


def softmax(row):
    powers = [math.exp(v - max(row)) for v in row]
    return [p / sum(powers) for p in powers]


rows = real(x, *x_at)
# The attribute `opset` says whose Softmax it is.
softmax_node = wire.Node("com.microsoft::QLinearSoftmax", ["x0", "x1", "x2", "x3", "x4"], ["y0"], axis=-1, opset=13)
case("qlinear_softmax", "", [x, scale(x_at[0]), u8([], [x_at[1]]), scale(1 / 256), u8([], [0])],
     [quantise([2, 4], softmax(rows[:4]) + softmax(rows[4:]), 1 / 256, 0)], constants=(1, 2, 3, 4), domains=contrib,
     nodes=[softmax_node])
tail = u8([2, 1], [7, 250])
case("qlinear_concat", "com.microsoft::QLinearConcat",
     [scale(sum_at[0]), u8([], [sum_at[1]]), x, scale(x_at[0]), u8([], [x_at[1]]), tail, scale(y_at[0]), u8([], [y_at[1]])],
     [quantise([2, 5], rows[:4] + real(tail, *y_at)[:1] + rows[4:] + real(tail, *y_at)[1:], *sum_at)],
     constants=(0, 1, 3, 4, 6, 7), domains=contrib, axis=1)
image = u8([1, 2, 2, 2], [0, 3, 17, 90, 128, 131, 200, 255])
means = [sum(real(image, *x_at)[i:i + 4]) / 4 for i in (0, 4)]
for kind, word, attributes in (("qlinear_global_average_pool", "QLinearGlobalAveragePool", {}),
                               ("qlinear_average_pool", "QLinearAveragePool", {"kernel_shape": [2, 2]})):
    case(kind, "com.microsoft::" + word, [image, scale(x_at[0]), u8([], [x_at[1]]), scale(0.025), u8([], [100])],
         [quantise([1, 2, 1, 1], means, 0.025, 100)], constants=(1, 2, 3, 4), domains=contrib, **attributes)
