"""Images: sampling, boxes, patches."""

from case import Tensor, build, case, f32, i64, ramp

square = f32([1, 1, 2, 2], [1, 2, 3, 4])
twice = build("f32", [1, 1, 4, 4], lambda n, c, i, j: square.at(0, 0, i // 2, j // 2))
case("resize_nearest", "Resize", [square, None, f32([4], [1, 1, 2, 2])], [twice])
case("resize_linear", "Resize", [f32([1, 1, 1, 2], [1, 5]), None, None, i64([4], [1, 1, 1, 4])],
     [f32([1, 1, 1, 4], [1, 2, 4, 5])], mode="linear")
case("upsample", "Upsample", [square, f32([4], [1, 1, 2, 2])], [twice], opset=9)
case("grid_sample", "GridSample", [square, f32([1, 1, 2, 2], [0, 0, -0.5, 0.5])], [f32([1, 1, 1, 2], [2.5, 3])])
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
case("deform_conv", "DeformConv",
     [f32([1, 1, 1, 3], [1, 2, 4]), f32([1, 1, 1, 1], [2]), f32([1, 2, 1, 3], [0, 0, 0, 0.5, 0.5, 0.5])],
     [f32([1, 1, 1, 3], [3, 6, 4])])
case("det", "Det", [f32([2, 2], [1, 2, 3, 4])], [f32([], [-2])])
