"""Operators that make, move, pick and count elements."""

import itertools
import math

import wire
from case import Tensor, build, case, f32, i64, places, ramp, same

x23 = ramp([2, 3])
x234 = ramp([2, 3, 4])

case("constant", "Constant", [], [x23], value=x23)
case("constant_of_shape", "ConstantOfShape", [i64([2], [2, 3])], [Tensor("i32", [2, 3], [7] * 6)],
     value=Tensor("i32", [1], [7]))
case("eye_like", "EyeLike", [Tensor("i32", [2, 3], [0] * 6)], [f32([2, 3], [0, 1, 0, 0, 0, 1])], k=1, dtype=1)
case("range", "Range", [i64([], [2]), i64([], [9]), i64([], [3])], [i64([3], [2, 5, 8])])
case("range_down", "Range", [f32([], [1]), f32([], [-1]), f32([], [-0.75])], [f32([3], [1, 0.25, -0.5])])
case("identity", "Identity", [x23], [x23])
case("dropout", "Dropout", [x23], [x23, Tensor("bool", [2, 3], [1] * 6)])
case("shape", "Shape", [x234], [i64([3], [2, 3, 4])])
case("shape_slice", "Shape", [x234], [i64([1], [3])], start=1, end=-1)
case("size", "Size", [x234], [i64([], [24])])
case("reshape", "Reshape", [x234, i64([3], [0, -1, 2])], [same(x234, [2, 6, 2])])
case("flatten", "Flatten", [x234], [same(x234, [6, 4])], axis=2)
case("squeeze", "Squeeze", [ramp([1, 3, 1]), i64([1], [0])], [ramp([3, 1])])
case("unsqueeze", "Unsqueeze", [x23, i64([2], [0, -1])], [ramp([1, 2, 3, 1])])
case("concat", "Concat", [x23, ramp([2, 1], start=9.0)], [f32([2, 4], [-1, -0.75, -0.5, 9, -0.25, 0, 0.25, 9.25])], axis=-1)
case("split", "Split", [x23, i64([2], [1, 2])], [f32([2, 1], [-1, -0.25]), f32([2, 2], [-0.75, -0.5, 0, 0.25])], axis=1)
case("split_uneven", "Split", [ramp([5])], [ramp([3]), ramp([2], start=-0.25)], num_outputs=2)
case("transpose", "Transpose", [x234], [build("f32", [4, 2, 3], lambda i, j, k: x234.at(j, k, i))], perm=[2, 0, 1])
case("transpose_u8", "Transpose", [Tensor("u8", [2, 2], [1, 2, 3, 4])], [Tensor("u8", [2, 2], [1, 3, 2, 4])])
case("expand", "Expand", [ramp([3, 1]), i64([3], [2, 1, 2])],
     [build("f32", [2, 3, 2], lambda i, j, k: ramp([3, 1]).at(j, 0))])
case("tile", "Tile", [x23, i64([2], [2, 2])], [build("f32", [4, 6], lambda i, j: x23.at(i % 2, j % 3))])
case("slice", "Slice", [x234, i64([2], [-1, 0]), i64([2], [-9, 9]), i64([2], [1, 2]), i64([2], [-2, 3])],
     [build("f32", [2, 2, 2], lambda i, j, k: x234.at(i, 2 - 2 * j, 3 * k))])
case("pad_constant", "Pad", [x23, i64([4], [0, 1, 1, -1]), f32([], [5])],
     [f32([3, 3], [5, -1, -0.75, 5, -0.25, 0, 5, 5, 5])])
case("pad_reflect", "Pad", [ramp([4]), i64([2], [2, 1])], [f32([7], [-0.5, -0.75, -1, -0.75, -0.5, -0.25, -0.5])], mode="reflect")
case("pad_edge", "Pad", [ramp([2]), i64([2], [1, 2])], [f32([5], [-1, -1, -0.75, -0.75, -0.75])], mode="edge")
case("pad_wrap", "Pad", [ramp([3]), i64([2], [1, 2])], [f32([6], [-0.5, -1, -0.75, -0.5, -1, -0.75])], mode="wrap")
case("center_crop_pad", "CenterCropPad", [ramp([4, 2]), i64([2], [2, 3])],
     [f32([2, 3], [-0.5, -0.25, 0, 0, 0.25, 0])])
case("trilu_upper", "Trilu", [ramp([3, 3]), i64([], [1])],
     [build("f32", [3, 3], lambda i, j: ramp([3, 3]).at(i, j) if j >= i + 1 else 0)])
case("trilu_lower", "Trilu", [ramp([3, 3])],
     [build("f32", [3, 3], lambda i, j: ramp([3, 3]).at(i, j) if j <= i else 0)], upper=0)
case("depth_to_space", "DepthToSpace", [ramp([1, 8, 1, 2])],
     [build("f32", [1, 2, 2, 4], lambda n, c, y, x: ramp([1, 8, 1, 2]).at(n, (y % 2 * 2 + x % 2) * 2 + c, 0, x // 2))],
     blocksize=2)
case("depth_to_space_crd", "DepthToSpace", [ramp([1, 8, 1, 2])],
     [build("f32", [1, 2, 2, 4], lambda n, c, y, x: ramp([1, 8, 1, 2]).at(n, c * 4 + y % 2 * 2 + x % 2, 0, x // 2))],
     blocksize=2, mode="CRD")
case("space_to_depth", "SpaceToDepth", [ramp([1, 1, 2, 4])],
     [build("f32", [1, 4, 1, 2], lambda n, c, y, x: ramp([1, 1, 2, 4]).at(0, 0, c // 2, x * 2 + c % 2))], blocksize=2)
case("reverse_sequence", "ReverseSequence", [ramp([3, 2]), i64([2], [3, 2])],
     [f32([3, 2], [0, -0.25, -0.5, -0.75, -1, 0.25])])
case("one_hot", "OneHot", [i64([3], [0, -1, 9]), i64([], [3]), f32([2], [2, 5])],
     [f32([3, 3], [5, 2, 2, 2, 2, 5, 2, 2, 2])])
case("cumsum", "CumSum", [x23, Tensor("i32", [], [1])], [f32([2, 3], [-1, -1.75, -2.25, -0.25, -0.25, 0])])
case("cumsum_exclusive_reverse", "CumSum", [ramp([3]), Tensor("i64", [], [0])], [f32([3], [-1.25, -0.5, 0])],
     exclusive=1, reverse=1)
case("cumprod", "CumProd", [f32([4], [2, 3, -1, 0.5]), Tensor("i64", [], [0])], [f32([4], [2, 6, -6, -3])])

case("gather", "Gather", [x23, i64([2, 2], [2, 0, -1, 1])],
     [build("f32", [2, 2, 2], lambda i, j, k: x23.at(i, [[2, 0], [2, 1]][j][k]))], axis=1)
case("gather_elements", "GatherElements", [x23, i64([1, 3], [1, 0, -1])], [f32([1, 3], [-0.25, -0.75, 0.25])], axis=0)
case("gather_nd", "GatherND", [x234, i64([2, 2], [0, 1, 1, 2])], [f32([2, 4], x234.data[4:8] + x234.data[20:24])])
case("gather_nd_batch", "GatherND", [x234, i64([2, 1], [1, 0])], [f32([2, 4], x234.data[4:8] + x234.data[12:16])],
     batch_dims=1)
case("scatter", "Scatter", [ramp([3]), i64([1], [1]), f32([1], [7])], [f32([3], [-1, 7, -0.5])], opset=10)
case("scatter_elements", "ScatterElements", [x23, i64([2, 1], [2, -3]), f32([2, 1], [7, 8])],
     [f32([2, 3], [-1, -0.75, 7, 8, 0, 0.25])], axis=1)
case("scatter_elements_add", "ScatterElements", [ramp([3]), i64([3], [1, 1, 0]), f32([3], [1, 2, 4])],
     [f32([3], [3, 2.25, -0.5])], reduction="add")
case("scatter_nd", "ScatterND", [x23, i64([1, 1], [1]), f32([1, 3], [7, 8, 9])], [f32([2, 3], [-1, -0.75, -0.5, 7, 8, 9])])
case("scatter_nd_max", "ScatterND", [ramp([3]), i64([2, 1], [2, 2]), f32([2], [1, 0])], [f32([3], [-1, -0.75, 1])],
     reduction="max")
case("tensor_scatter", "TensorScatter", [ramp([1, 4, 2]), f32([1, 1, 2], [8, 9]), i64([1], [2])],
     [f32([1, 4, 2], [-1, -0.75, -0.5, -0.25, 8, 9, 0.5, 0.75])])

case("nonzero", "NonZero", [f32([2, 3], [0, 1, 0, 2, 0, 3])], [i64([2, 3], [0, 1, 1, 1, 0, 2])])
case("compress", "Compress", [x23, Tensor("bool", [2], [0, 1])], [f32([2, 1], [-0.75, 0])], axis=1)
case("unique", "Unique", [f32([5], [2, 1, 2, 3, 1])],
     [f32([3], [1, 2, 3]), i64([3], [1, 0, 3]), i64([5], [1, 0, 1, 2, 0]), i64([3], [2, 2, 1])])
case("topk", "TopK", [f32([2, 3], [1, 3, 2, 5, 4, 5]), i64([1], [2])],
     [f32([2, 2], [3, 2, 5, 5]), i64([2, 2], [1, 2, 0, 2])])
case("topk_smallest", "TopK", [f32([4], [4, 1, 3, 2]), i64([1], [2])], [f32([2], [1, 2]), i64([2], [1, 3])], largest=0)
case("argmax", "ArgMax", [f32([2, 3], [1, 3, 3, 5, 4, 5])], [i64([2, 1], [1, 0])], axis=1)
case("argmin_last", "ArgMin", [f32([3], [1, 2, 1])], [i64([], [2])], keepdims=0, select_last_index=1)

REDUCTIONS = {
    "ReduceL1": lambda v: sum(map(abs, v)),
    "ReduceL2": lambda v: math.sqrt(sum(e * e for e in v)),
    "ReduceLogSum": lambda v: math.log(sum(v)),
    "ReduceLogSumExp": lambda v: math.log(sum(map(math.exp, v))),
    "ReduceMax": max,
    "ReduceMean": lambda v: sum(v) / len(v),
    "ReduceMin": min,
    "ReduceProd": math.prod,
    "ReduceSum": sum,
    "ReduceSumSquare": lambda v: sum(e * e for e in v),
}
positive = ramp([2, 3, 4], start=0.5)
for op, function in REDUCTIONS.items():
    for name, axes, keep in (("", [1], 1), ("_two", [0, -1], 0)):
        kept = [d for d in range(3) if d not in [a % 3 for a in axes]]
        elements = []
        for place in itertools.product(*(range(positive.shape[d]) for d in kept)):
            elements.append(function([positive.at(*p) for p in places(positive.shape)
                                      if all(p[d] == i for d, i in zip(kept, place))]))
        shape = [positive.shape[d] if d in kept else 1 for d in range(3) if keep or d in kept]
        case(f"{op.lower()}{name}", op, [positive, i64([len(axes)], axes)], [f32(shape, elements)], keepdims=keep)
case("reducesum_i32_all", "ReduceSum", [Tensor("i32", [2, 2], [1, 2, 3, -9])], [Tensor("i32", [1, 1], [-3])])
case("reducemax_bool", "ReduceMax", [Tensor("bool", [2, 2], [0, 1, 0, 0]), i64([1], [1])], [Tensor("bool", [2, 1], [1, 0])])

# Control flow, and sequences that resolve to tensors.
body = wire.Graph(
    [
        wire.Node("Cast", ["i"], ["i_f"], to=1),
        wire.Node("Add", ["sum", "i_f"], ["next"]),
        wire.Node("Less", ["next", "limit"], ["go_on"]),
        wire.Node("Identity", ["next"], ["slice"]),
    ],
    [("i", "i64", []), ("go", "bool", []), ("sum", "f32", [])],
    [("go_on", "bool", []), ("next", "f32", []), ("slice", "f32", [])],
    {"limit": f32([], [5])},
)
case("loop_until", "Loop", [i64([], [9]), Tensor("bool", [], [1]), f32([], [0])], [f32([], [6]), f32([4], [0, 1, 3, 6])],
     nodes=[wire.Node("Loop", ["x0", "x1", "x2"], ["y0", "y1"], body=body)])
turn = wire.Graph(
    [
        wire.Node("Constant", [], ["axis"], value=i64([1], [0])),
        wire.Node("Constant", [], ["one"], value=i64([1], [1])),
        wire.Node("Unsqueeze", ["i", "axis"], ["start"]),
        wire.Node("Add", ["start", "one"], ["end"]),
        wire.Node("Slice", ["x1", "start", "end"], ["element"]),
        wire.Node("Add", ["sum", "element"], ["next"]),
        wire.Node("Identity", ["next"], ["slice"]),
        wire.Node("Identity", ["go"], ["go_on"]),
    ],
    [("i", "i64", []), ("go", "bool", []), ("sum", "f32", [1])],
    [("go_on", "bool", []), ("next", "f32", [1]), ("slice", "f32", [1])],
)
case("loop_slices_by_turn", "Loop", [i64([], [4]), f32([4], [1, 2, 4, 8]), f32([1], [0.5])],
     [f32([1], [15.5]), f32([4, 1], [1.5, 3.5, 7.5, 15.5])],
     nodes=[wire.Node("Loop", ["x0", "", "x2"], ["y0", "y1"], body=turn)])
grow = wire.Graph(
    [
        wire.Node("Unsqueeze", ["sum", "axis"], ["element"]),
        wire.Node("Concat", ["list", "element"], ["longer"], axis=0),
        wire.Node("Concat", ["element", "back"], ["before"], axis=0),
        wire.Node("Slice", ["rest", "one", "all"], ["shorter"]),
        wire.Node("Add", ["sum", "x1"], ["next"]),
        wire.Node("Sub", ["k", "number_one"], ["fewer"]),
        wire.Node("GreaterOrEqual", ["fewer", "zero"], ["counts"]),
        wire.Node("Less", ["next", "limit"], ["low"]),
        wire.Node("And", ["counts", "low"], ["go_on"]),
    ],
    [("i", "i64", []), ("go", "bool", []), ("sum", "f32", []), ("k", "i64", []), ("list", "f32", [1]),
     ("back", "f32", [1]), ("rest", "f32", [1])],
    [("go_on", "bool", []), ("next", "f32", []), ("fewer", "i64", []), ("longer", "f32", [2]),
     ("before", "f32", [2]), ("shorter", "f32", [0])],
    {"axis": i64([1], [0]), "one": i64([1], [1]), "all": i64([1], [9]), "number_one": i64([], [1]), "zero": i64([], [0]),
     "limit": f32([], [9])},
)
# At most 6 turns, as k says, and as many as the data lets there be. The trip count is "for ever", in 64 bits.
for name, start, turns in (("some", 2, 3), ("one", 8.5, 1), ("all", -20, 6)):
    sums = [start + 3 * t for t in range(turns)]
    case(f"loop_grows_{name}", "Loop", [f32([], [start]), f32([], [3]), f32([1], [7]), f32([0], []), f32([8], range(8))],
         [f32([], [start + 3 * turns]), f32([turns + 1], [7] + sums), f32([turns], sums[::-1]),
          f32([8 - turns], range(turns, 8))],
         nodes=[wire.Node("Constant", [], ["k0"], value=i64([], [5])),
                wire.Node("Constant", [], ["for_ever"], value=i64([], [2**63 - 1])),
                wire.Node("Constant", [], ["yes"], value=Tensor("bool", [], [1])),
                wire.Node("Loop", ["for_ever", "yes", "x0", "k0", "x2", "x3", "x4"], ["y0", "", "y1", "y2", "y3"], body=grow)])
until = wire.Graph(
    [wire.Node("Add", ["sum", "x2"], ["next"]), wire.Node("Less", ["next", "limit"], ["go_on"])],
    [("i", "i64", []), ("go", "bool", []), ("sum", "f32", [])],
    [("go_on", "bool", []), ("next", "f32", [])],
    {"limit": f32([], [9])},
)
case("loop_for_ever_at_run_time", "Loop", [i64([], [2**63 - 1]), Tensor("bool", [], [1]), f32([], [4])], [f32([], [12])],
     nodes=[wire.Node("Loop", ["x0", "x1", "x2"], ["y0"], body=until)])
step = wire.Graph(
    [wire.Node("Add", ["sum", "element"], ["next"]), wire.Node("Mul", ["next", "next"], ["square"])],
    [("sum", "f32", [2]), ("element", "f32", [2])],
    [("next", "f32", [2]), ("square", "f32", [2])],
)
case("scan", "Scan", [f32([2], [1, 0]), f32([3, 2], [1, 2, 3, 4, 5, 6])],
     [f32([2], [10, 12]), f32([3, 2], [4, 4, 25, 36, 100, 144])],
     nodes=[wire.Node("Scan", ["x0", "x1"], ["y0", "y1"], body=step, num_scan_inputs=1)])
yes = wire.Graph([wire.Node("Neg", ["x1"], ["a"])], [], [("a", "f32", [2])])
no = wire.Graph([wire.Node("Abs", ["x1"], ["b"]), wire.Node("Sqrt", ["b"], ["c"])], [], [("c", "f32", [2])])
for name, flag, expected in (("then", 1, [4, -9]), ("else", 0, [2, 3])):
    case(f"if_{name}", "If", [Tensor("bool", [], [flag]), f32([2], [-4, 9])], [f32([2], expected)],
         nodes=[wire.Node("If", ["x0"], ["y0"], then_branch=yes, else_branch=no)])
case("sequence_of_pieces", "SequenceAt", [ramp([5])], [f32([1], [0])], nodes=[
    wire.Node("Constant", [], ["two"], value=i64([], [2])),
    wire.Node("SplitToSequence", ["x0", "two"], ["s"]),
    wire.Node("SequenceAt", ["s", "two"], ["piece"]),
    wire.Node("Relu", ["piece"], ["y0"]),
])
case("sequence_joined", "ConcatFromSequence", [ramp([2]), ramp([1])], [f32([3], [-1, -0.75, -1])], nodes=[
    wire.Node("SequenceConstruct", ["x0", "x1"], ["s"]),
    wire.Node("ConcatFromSequence", ["s"], ["y0"], axis=0),
])
case("sequence_changed", "SequenceInsert", [f32([2], [1, -2]), f32([2], [3, 4])],
     [f32([2], [3, 0]), i64([], [1])], nodes=[
    wire.Node("Constant", [], ["second"], value=i64([], [1])),
    wire.Node("Constant", [], ["front"], value=i64([], [0])),
    wire.Node("Neg", ["x1"], ["n"]),
    wire.Node("SequenceEmpty", [], ["s0"]),
    wire.Node("SequenceInsert", ["s0", "n"], ["s1"]),
    wire.Node("SequenceInsert", ["s1", "x0", "front"], ["s2"]),
    wire.Node("SequenceErase", ["s2", "second"], ["s3"]),
    wire.Node("SequenceLength", ["s3"], ["y1"]),
    wire.Node("SequenceAt", ["s3", "front"], ["left"]),
    wire.Node("Relu", ["left"], ["r"]),
    wire.Node("Mul", ["r", "x1"], ["y0"]),
])
case("optional", "Optional", [f32([2], [1, -2])], [f32([2], [1, 0]), Tensor("bool", [], [1])], nodes=[
    wire.Node("Optional", ["x0"], ["maybe"]),
    wire.Node("OptionalHasElement", ["maybe"], ["y1"]),
    wire.Node("OptionalGetElement", ["maybe"], ["element"]),
    wire.Node("Relu", ["element"], ["y0"]),
])
