#include "ops/strided_product.hpp"

#include <wasminfer/kernels/gemm.hpp>

#include "ops/matrix.hpp"

namespace wasminfer::gen {

namespace {

Field loop_field(const char* name, const StridedProduct& product, const Dim& none, Dim BatchLoop::* member)
{
    std::vector<Dim> list(4 - product.loops.size(), none);
    for (const BatchLoop& loop : product.loops) {
        list.push_back(loop.*member);
    }
    return {name, std::move(list)};
}

}  // namespace

void lower_product(Lower& lower, const Operand& a, const Operand& b, const Operand& out, const StridedProduct& product)
{
    const DType type = out.dtype;
    const bool packs = type != DType::f32 || (!(product.n == Dim{1}) && !(product.m == Dim{1}));
    const Operand scratch =
        packs ? lower.temporary(compute_type(type), ceil_div(product.n, gemm_nr) * product.k * gemm_nr *
                                                        static_cast<std::int64_t>(size_of(compute_type(type))))
              : Operand{};
    lower.call("matmul", "kernels/gemm.hpp")
        .read(a)
        .read(b)
        .write(out)
        .extents({loop_field("batch", product, 1, &BatchLoop::extent),
                  {"m", product.m},
                  {"n", product.n},
                  {"k", product.k},
                  loop_field("a_batch", product, 0, &BatchLoop::a),
                  {"a_row", product.a_row},
                  {"a_col", product.a_col},
                  loop_field("b_batch", product, 0, &BatchLoop::b),
                  {"b_row", product.b_row},
                  {"b_col", product.b_col},
                  loop_field("out_batch", product, 0, &BatchLoop::out),
                  {"out_row", product.out_row}})
        .write(scratch)
        .host([type](const HostCall& host) {
            dispatch_product(type, [&]<class T>() {
                matmul(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<matmul_extents>(),
                       host.out<compute_t<T>>(3));
            });
        });
}

}  // namespace wasminfer::gen
