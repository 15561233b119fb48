#include "ops/matmul_shape.hpp"

#include "ops/infer.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

namespace {

Shape batch_of(const Shape& shape)
{
    return shape.size() <= 2 ? Shape{} : Shape(shape.begin(), shape.end() - 2);
}

/// Steps through a batch's matrices, one entry each axis of `out`.
std::vector<Dim> batch_strides(const Shape& batch, const Shape& out, Dim matrix_size)
{
    std::vector<Dim> strides(out.size(), Dim{0});
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Dim& extent = batch[batch.size() - 1 - i];
        if (!(extent == Dim{1})) {
            strides[out.size() - 1 - i] = matrix_size;
            matrix_size *= extent;
        }
    }
    return strides;
}

}  // namespace

MatMulShape matmul_shape(const Shape& a, const Shape& b)
{
    if (a.empty() || b.empty()) {
        NodeView::fail("a scalar has no matrix product");
    }
    MatMulShape s;
    s.k = a.back();
    s.m = a.size() > 1 ? a[a.size() - 2] : Dim{1};
    s.n = b.size() > 1 ? b.back() : Dim{1};
    require_equal(s.k, b.size() > 1 ? b[b.size() - 2] : b[0], "inner extents of the operands");
    s.out = broadcast(batch_of(a), batch_of(b));
    const auto a_strides = batch_strides(batch_of(a), s.out, s.m * s.k);
    const auto b_strides = batch_strides(batch_of(b), s.out, s.k * s.n);
    for (std::size_t i = 0; i < s.out.size(); ++i) {
        s.b_repeats = s.b_repeats && (b_strides[i] == Dim{0} || s.out[i] == Dim{1});
        if (s.out[i] == Dim{1}) {
            continue;
        }
        // Neighbours that both operands step through evenly are one.
        if (!s.batch.empty()) {
            Batch& last = s.batch.back();
            if (last.a_stride == a_strides[i] * s.out[i] && last.b_stride == b_strides[i] * s.out[i]) {
                last = {last.extent * s.out[i], a_strides[i], b_strides[i]};
                continue;
            }
        }
        s.batch.push_back({s.out[i], a_strides[i], b_strides[i]});
    }
    if (a.size() > 1) {
        s.out.push_back(s.m);
    }
    if (b.size() > 1) {
        s.out.push_back(s.n);
    }
    return s;
}

}  // namespace wasminfer::gen
