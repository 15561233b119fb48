// Products of 8-bit matrices: MatMulInteger and QLinearMatMul. Sums are int32, exact modulo 2^32.
#pragma once

#include <wasminfer/kernels/integer_kernel.hpp>
#include <wasminfer/kernels/requantize.hpp>

#include <cassert>

namespace wasminfer {

/// out[…][m][n] = a[…][m][k] · b[…][k][n]: up to four batch dimensions, their strides in elements of a and of b as it was
/// before packing (0 repeats); out and each a are contiguous. a_step: 1 where each row of a (row of the batch's rows, one behind the other)
/// has its own zero point and scale, 0 where one serves all. b_step: the same for columns of b.
struct integer_matmul_extents {
    index batch[4] = {1, 1, 1, 1};
    index m = 0;
    index n = 0;
    index k = 0;
    index a_batch[4] = {};
    index b_batch[4] = {};
    index a_step = 0;
    index b_step = 0;
};

namespace detail {

/// epi_at(matrix) makes the epilogue of one product.
template <class B, class A, class EpiAt>
inline void multiply_integer_batches(const A* a, const A* a_zero, const std::int8_t* b, const B* b_zero,
                                     const integer_matmul_extents& e, const EpiAt& epi_at) noexcept
{
    const index b_elements = e.k * e.n > 0 ? e.k * e.n : 1;
    const index b_size = integer_packed_size(e.k, e.n);
    index matrix = 0;
    for (index i0 = 0; i0 < e.batch[0]; ++i0) {
        for (index i1 = 0; i1 < e.batch[1]; ++i1) {
            for (index i2 = 0; i2 < e.batch[2]; ++i2) {
                for (index i3 = 0; i3 < e.batch[3]; ++i3, ++matrix) {
                    const index a_at = i0 * e.a_batch[0] + i1 * e.a_batch[1] + i2 * e.a_batch[2] + i3 * e.a_batch[3];
                    const index b_at = i0 * e.b_batch[0] + i1 * e.b_batch[1] + i2 * e.b_batch[2] + i3 * e.b_batch[3];
                    const A* zero = a_zero ? a_zero + matrix * e.m * e.a_step : nullptr;
                    multiply_integer_rows(integer_rows<A>{a + a_at, zero, e.a_step, e.k, e.n},
                                          b + b_at / b_elements * b_size, column_zeros<B>{b_zero, e.b_step}, nullptr,
                                          e.m, e.n, e.k, epi_at(matrix));
                }
            }
        }
    }
}

}  // namespace detail

/// out = (a - a_zero) · (b - b_zero). b is packed by pack_integer_b from elements of type B; zero points may be null.
template <class B, class A>
inline void matmul_integer(const A* a, std::type_identity_t<const A*> a_zero, const std::int8_t* b,
                           std::type_identity_t<const B*> b_zero, std::int32_t* out,
                           const integer_matmul_extents& e) noexcept
{
    assert(e.m >= 0 && e.n >= 0 && e.k >= 0);
    detail::multiply_integer_batches(a, a_zero, b, b_zero, e,
                                     [&](index matrix) { return detail::integer_sums{out + matrix * e.m * e.n}; });
}

/// out = saturate(round((a - a_zero) · (b - b_zero) * (a_scale * b_scale / y_scale)) + y_zero), ties to even, the scales
/// combined and applied in float.
template <class B, class A, class Scale, class Y>
inline void qlinear_matmul(const A* a, const Scale* a_scale, std::type_identity_t<const A*> a_zero,
                           const std::int8_t* b, const Scale* b_scale, std::type_identity_t<const B*> b_zero,
                           const Scale* y_scale, std::type_identity_t<const Y*> y_zero, Y* out,
                           const integer_matmul_extents& e) noexcept
{
    assert(e.m >= 0 && e.n >= 0 && e.k >= 0);
    detail::multiply_integer_batches<B>(a, a_zero, b, b_zero, e, [&](index matrix) {
        return detail::requantized_sums<Scale, Y>{a_scale + matrix * e.m * e.a_step,
                                                  e.a_step,
                                                  b_scale,
                                                  e.b_step,
                                                  widen(*y_scale),
                                                  y_zero ? static_cast<float>(*y_zero) : 0.0f,
                                                  out + matrix * e.m * e.n};
    });
}

}  // namespace wasminfer
