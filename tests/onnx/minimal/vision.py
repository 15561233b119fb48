"""Images: sampling, boxes, patches."""

from case import Tensor, build, case, f32, i64, ramp, typed

square = f32([1, 1, 2, 2], [1, 2, 3, 4])
twice = build("f32", [1, 1, 4, 4], lambda n, c, i, j: square.at(0, 0, i // 2, j // 2))
case("resize_nearest", "Resize", [square, None, f32([4], [1, 1, 2, 2])], [twice])
case("resize_linear", "Resize", [f32([1, 1, 1, 2], [1, 5]), None, None, i64([4], [1, 1, 1, 4])],
     [f32([1, 1, 1, 4], [1, 2, 4, 5])], mode="linear")
case("upsample", "Upsample", [square, f32([4], [1, 1, 2, 2])], [twice], opset=9)
case("grid_sample", "GridSample", [square, f32([1, 1, 2, 2], [0, 0, -0.5, 0.5])], [f32([1, 1, 1, 2], [2.5, 3])])
flags = Tensor("bool", [1, 1, 2, 2], [1, 0, 0, 1])
case("resize_nearest_bool", "Resize", [flags, None, f32([4], [1, 1, 2, 2])],
     [build("bool", [1, 1, 4, 4], lambda n, c, i, j: flags.at(0, 0, i // 2, j // 2))])
case("resize_linear_bool", "Resize", [Tensor("bool", [1, 1, 1, 3], [0, 0, 1]), None, None, i64([4], [1, 1, 1, 6])],
     [Tensor("bool", [1, 1, 1, 6], [0, 0, 0, 1, 1, 1])], mode="linear")
grid = f32([1, 1, 2, 2], [0, 0, -0.5, 0.5])
for dtype in ("i8", "u16", "i32"):
    case(f"grid_sample_{dtype}", "GridSample", [typed(square, dtype), grid], [Tensor(dtype, [1, 1, 1, 2], [2, 3])])
huge = [2**60 + 1, 2**60 + 3, -(2**60) - 5, 7]
case("grid_sample_nearest_i64", "GridSample", [Tensor("i64", [1, 1, 2, 2], huge), f32([1, 1, 3, 2], [0.5, -0.5, -0.5, 0.5, 3, 3])],
     [Tensor("i64", [1, 1, 1, 3], [huge[1], huge[2], 0])], mode="nearest")
case("grid_sample_bool", "GridSample", [flags, f32([1, 1, 2, 2], [-0.5, -0.5, 0.5, -0.5])], [Tensor("bool", [1, 1, 1, 2], [1, 0])])
case("affine_grid", "AffineGrid", [f32([1, 2, 3], [1, 0, 0, 0, 1, 0]), i64([4], [1, 1, 2, 2])],
     [f32([1, 2, 2, 2], [-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5])])
case("non_max_suppression", "NonMaxSuppression",
     [f32([1, 3, 4], [0, 0, 1, 1, 0, 0, 1, 0.9, 2, 2, 3, 3]), f32([1, 1, 3], [0.5, 0.75, 0.25]), i64([1], [3]),
      f32([1], [0.5])], [i64([2, 3], [0, 0, 1, 0, 0, 2])])
image = ramp([1, 1, 4, 4])
case("roi_align", "RoiAlign", [image, f32([1, 4], [0, 0, 3, 3]), i64([1], [0])], [f32([1, 1, 1, 1], [image.at(0, 0, 1, 1)])],
     sampling_ratio=1)
a, b = ramp([2, 3]), ramp([3, 2], start=0.5)
case("einsum", "Einsum", [a, b],
     [build("f32", [2, 2], lambda i, k: sum(a.at(i, j) * b.at(j, k) for j in range(3)))], equation="ij,jk->ik")
case("col2im", "Col2Im", [f32([1, 4, 4], [1] * 16), i64([2], [3, 3]), i64([2], [2, 2])],
     [f32([1, 1, 3, 3], [1, 2, 1, 2, 4, 2, 1, 2, 1])])
case("col2im_bool", "Col2Im", [Tensor("bool", [1, 4, 4], [1, 0, 0, 0] + [0] * 12), i64([2], [3, 3]), i64([2], [2, 2])],
     [Tensor("bool", [1, 1, 3, 3], [1] + [0] * 8)])
case("deform_conv", "DeformConv",
     [f32([1, 1, 1, 3], [1, 2, 4]), f32([1, 1, 1, 1], [2]), f32([1, 2, 1, 3], [0, 0, 0, 0.5, 0.5, 0.5])],
     [f32([1, 1, 1, 3], [3, 6, 4])])
case("det", "Det", [f32([2, 2], [1, 2, 3, 4])], [f32([], [-2])])
