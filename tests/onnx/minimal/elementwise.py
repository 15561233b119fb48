"""One function of each element, or of two with broadcasting: the formulas of ONNX's operator pages."""

import math

from case import Tensor, build, case, cast, f32, i64, joint, ramp, spread

SOME = [-2.5, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0, 4.5]
INSIDE = [-0.9, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 0.9]
POSITIVE = [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softplus(x):
    return math.log1p(math.exp(x))


def even(x):
    """Halves go to the even neighbour, as Python's own round has it."""
    return float(round(x))


UNARY = [
    ("Abs", abs, SOME, {}),
    ("Acos", math.acos, INSIDE, {}),
    ("Acosh", math.acosh, [1.0, 1.5, 2.0, 8.0], {}),
    ("Asin", math.asin, INSIDE, {}),
    ("Asinh", math.asinh, SOME, {}),
    ("Atan", math.atan, SOME, {}),
    ("Atanh", math.atanh, INSIDE, {}),
    ("Ceil", math.ceil, SOME, {}),
    ("Celu", lambda x: max(0, x) + min(0, 2 * (math.exp(x / 2) - 1)), SOME, {"alpha": 2.0}),
    ("Cos", math.cos, SOME, {}),
    ("Cosh", math.cosh, SOME, {}),
    ("Elu", lambda x: x if x >= 0 else 0.5 * (math.exp(x) - 1), SOME, {"alpha": 0.5}),
    ("Erf", math.erf, SOME, {}),
    ("Exp", math.exp, SOME, {}),
    ("Floor", math.floor, SOME, {}),
    ("Gelu", lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))), SOME, {}),
    ("HardSigmoid", lambda x: max(0, min(1, 0.5 * x + 0.25)), SOME, {"alpha": 0.5, "beta": 0.25}),
    ("HardSwish", lambda x: x * max(0, min(1, x / 6 + 0.5)), SOME, {}),
    ("LeakyRelu", lambda x: x if x >= 0 else 0.125 * x, SOME, {"alpha": 0.125}),
    ("Log", math.log, POSITIVE, {}),
    ("Mish", lambda x: x * math.tanh(softplus(x)), SOME, {}),
    ("Neg", lambda x: -x, SOME, {}),
    ("Reciprocal", lambda x: 1 / x, POSITIVE, {}),
    ("Relu", lambda x: max(0, x), SOME, {}),
    ("Round", even, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.25, 2.75], {}),
    ("Selu", lambda x: 2.0 * (x if x > 0 else 1.5 * math.exp(x) - 1.5), SOME, {"alpha": 1.5, "gamma": 2.0}),
    ("Shrink", lambda x: x + 0.25 if x < -1 else x - 0.25 if x > 1 else 0, SOME, {"lambd": 1.0, "bias": 0.25}),
    ("Sigmoid", sigmoid, SOME, {}),
    ("Sign", lambda x: (x > 0) - (x < 0), SOME, {}),
    ("Sin", math.sin, SOME, {}),
    ("Sinh", math.sinh, SOME, {}),
    ("Softplus", softplus, SOME, {}),
    ("Softsign", lambda x: x / (1 + abs(x)), SOME, {}),
    ("Sqrt", math.sqrt, POSITIVE, {}),
    ("Swish", lambda x: x * sigmoid(2 * x), SOME, {"alpha": 2.0}),
    ("Tan", math.tan, SOME, {}),
    ("Tanh", math.tanh, SOME, {}),
    ("ThresholdedRelu", lambda x: x if x > 0.5 else 0, SOME, {"alpha": 0.5}),
]

for op, function, numbers, attributes in UNARY:
    x = f32([2, len(numbers) // 2], numbers)
    case(op.lower(), op, [x], [Tensor("f32", x.shape, [function(v) for v in x.data])], **attributes)

for op, function in (("Abs", abs), ("Neg", lambda x: -x), ("Relu", lambda x: max(0, x)), ("Exp", math.exp)):
    for dtype in ("f16", "f64") + (("i8", "i64") if op != "Exp" else ()):
        x = Tensor(dtype, [5], [-3, -1, 0, 2, 7])
        case(f"{op.lower()}_{dtype}", op, [x], [Tensor(dtype, [5], [function(v) for v in x.data])])

for dtype in ("i8", "i32", "i64", "u8"):
    numbers = [0, 1, 2, 3, 100] if dtype[0] == "u" else [-100, -3, -2, 0, 2, 3]
    shrunk = [int(x + 0.75) if x < -2 else int(x - 0.75) if x > 2 else 0 for x in numbers]
    case(f"shrink_{dtype}", "Shrink", [Tensor(dtype, [len(numbers)], numbers)], [Tensor(dtype, [len(numbers)], shrunk)],
         lambd=2.0, bias=0.75)


def binary(name, op, a, b, function, dtype=None, **attributes):
    shape = joint(a.shape, b.shape)
    left, right = spread(a, shape), spread(b, shape)
    values = [function(x, y) for x, y in zip(left.data, right.data)]
    case(name, op, [a, b], [Tensor(dtype or a.dtype, shape, values)], **attributes)


ARITHMETIC = [
    ("Add", lambda x, y: x + y),
    ("Sub", lambda x, y: x - y),
    ("Mul", lambda x, y: x * y),
    ("Div", lambda x, y: x / y),
    ("Max", max),
    ("Min", min),
    ("Mean", lambda x, y: (x + y) / 2),
    ("Sum", lambda x, y: x + y),
    ("Pow", lambda x, y: x**y),
]
for op, function in ARITHMETIC:
    a, b = ramp([2, 3, 4], start=0.5), f32([3, 1], [2.0, 0.5, 3.0])
    binary(f"{op.lower()}_broadcast", op, a, b, function)
for op, function in ARITHMETIC[:3] + ARITHMETIC[4:6]:
    for dtype in ("f16", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"):
        a, b = Tensor(dtype, [4], [3, 7, 100, 2]), Tensor(dtype, [4], [5, 7, 2, 1])
        binary(f"{op.lower()}_{dtype}", op, a, b, function)
binary("div_i32_truncates", "Div", Tensor("i32", [4], [7, -7, 7, -7]), Tensor("i32", [4], [2, 2, -2, -2]),
       lambda x, y: int(x / y))
binary("mod_sign_of_divisor", "Mod", Tensor("i32", [4], [7, -7, 7, -7]), Tensor("i32", [4], [3, 3, -3, -3]),
       lambda x, y: x % y)
binary("mod_fmod", "Mod", f32([4], [5.5, -5.5, 5.5, -5.5]), f32([4], [2, 2, -2, -2]), math.fmod, fmod=1)
binary("prelu", "PRelu", ramp([2, 3]), f32([3], [0.5, 2.0, 0.25]), lambda x, s: x if x >= 0 else s * x)

for op, function in (
    ("Equal", lambda x, y: x == y),
    ("Greater", lambda x, y: x > y),
    ("GreaterOrEqual", lambda x, y: x >= y),
    ("Less", lambda x, y: x < y),
    ("LessOrEqual", lambda x, y: x <= y),
):
    binary(op.lower(), op, f32([2, 2], [1, 2, 3, 2]), f32([2], [2, 2]), function, "bool")
    binary(f"{op.lower()}_i64", op, Tensor("i64", [3], [1 << 40, 2, -3]), Tensor("i64", [3], [1, 2, 3]), function, "bool")
for op, function in (("And", lambda x, y: x and y), ("Or", lambda x, y: x or y), ("Xor", lambda x, y: x != y)):
    binary(op.lower(), op, Tensor("bool", [2, 2], [0, 0, 1, 1]), Tensor("bool", [2], [0, 1]), function)
case("not", "Not", [Tensor("bool", [2], [0, 1])], [Tensor("bool", [2], [1, 0])])
for op, function in (
    ("BitwiseAnd", lambda x, y: x & y),
    ("BitwiseOr", lambda x, y: x | y),
    ("BitwiseXor", lambda x, y: x ^ y),
):
    binary(op.lower(), op, Tensor("u8", [3], [0b1100, 255, 1]), Tensor("u8", [3], [0b1010, 15, 2]), function)
case("bitwisenot", "BitwiseNot", [Tensor("i16", [3], [0, 5, -7])], [Tensor("i16", [3], [-1, -6, 6])])
binary("bitshift_left", "BitShift", Tensor("u8", [3], [1, 3, 255]), Tensor("u8", [3], [1, 2, 4]),
       lambda x, y: x << y, direction="LEFT")
binary("bitshift_right", "BitShift", Tensor("u32", [3], [16, 3, 1 << 31]), Tensor("u32", [3], [1, 2, 31]),
       lambda x, y: x >> y, direction="RIGHT")

inf, nan = math.inf, math.nan
case("isnan", "IsNaN", [f32([4], [0, nan, inf, -1])], [Tensor("bool", [4], [0, 1, 0, 0])])
case("isinf", "IsInf", [f32([4], [0, nan, inf, -inf])], [Tensor("bool", [4], [0, 0, 0, 1])], detect_positive=0)
case("clip", "Clip", [f32([5], SOME[:5]), f32([], [-1.0]), f32([], [0.125])],
     [f32([5], [max(-1.0, min(0.125, x)) for x in SOME[:5]])])
case("clip_without_min", "Clip", [Tensor("i32", [3], [-5, 5, 50]), None, Tensor("i32", [], [10])],
     [Tensor("i32", [3], [-5, 5, 10])])
case("where", "Where", [Tensor("bool", [2, 1], [1, 0]), ramp([2, 2]), f32([2], [8, 9])], [f32([2, 2], [-1, -0.75, 8, 9])])

CODES = {"f32": 1, "u8": 2, "i8": 3, "i32": 6, "i64": 7, "bool": 9, "f16": 10, "f64": 11}
for source, target in (("f32", "f16"), ("f16", "f32"), ("f32", "i32"), ("i32", "f64"), ("f64", "f32"), ("i64", "u8"),
                       ("f32", "bool"), ("bool", "f32")):
    x = Tensor(source, [4], [0, 1, 2.75, 100])
    case(f"cast_{source}_{target}", "Cast", [x], [Tensor(target, [4], x.data)], to=CODES[target])
case("castlike", "CastLike", [f32([3], [1.5, -2.5, 3]), Tensor("i8", [1], [0])], [Tensor("i8", [3], [1, -2, 3])])
case("bitcast_f64", "BitCast", [Tensor("f64", [2], [1.0, -2.0])], [i64([2], [0x3FF << 52, -(1 << 62)])], to=7)
case("bitcast_f16", "BitCast", [Tensor("f16", [2], [1.0, -2.0])], [Tensor("u16", [2], [0x3C00, 0xC000])], to=4)
case("bitcast_i8", "BitCast", [Tensor("i8", [2], [1, -1])], [Tensor("u8", [2], [1, 255])], to=2)
case("bitcast", "BitCast", [f32([2], [1.0, -2.0])], [Tensor("i32", [2], [0x3F800000, -0x40000000])], to=6)
