// Det.
#include <wasminfer/kernels/determinant.hpp>

#include "ops/attributes.hpp"
#include "ops/spatial.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

void infer_det(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {});
    infer.require_float(0);
    const Shape& shape = infer.shape(0);
    if (shape.size() < 2) {
        NodeView::fail("input of rank " + std::to_string(shape.size()) + " holds no matrices");
    }
    require_equal(shape[shape.size() - 2], shape.back(), "rows and columns");
    infer.set(0, infer.dtype(0), {shape.begin(), shape.end() - 2});
}

void lower_det(Lower& lower)
{
    const Dim& n = lower.shape(0).back();
    lower.call("determinant", "kernels/determinant.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .write(lower.temporary(DType::f64, n * n * Dim{8}))
        .extents({{"batch", element_count(*lower.out(0).shape)}, {"n", n}})
        .host([](const HostCall& host) {
            dispatch_float(host.dtypes[0], [&]<class T>() {
                determinant(host.in<T>(0), host.out<T>(1), host.out<double>(2), host.extents<determinant_extents>());
            });
        });
}

}  // namespace

std::span<const Operator> determinant_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Det", .since = 11, .infer = infer_det, .lower = lower_det},
    };
    return rows;
}

}  // namespace wasminfer::gen
