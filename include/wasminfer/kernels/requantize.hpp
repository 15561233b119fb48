// What becomes of integer sums: int32 as they are, or steps of another scale.
#pragma once

#include <wasminfer/kernels/quantize.hpp>
#include <wasminfer/simd_half.hpp>
#include <wasminfer/simd_integer.hpp>

namespace wasminfer::detail {

/// Eight of saturate_round<T>(x * multiplier, zero), to out[0, n).
template <class T>
WASMINFER_INLINE void store_requantized(const std::int32_t* sums, const float* multiplier, float zero, T* out,
                                        index n) noexcept
{
    const auto steps = [&](index i) {
        return saturate_round_lanes<T>(to_f32(load(sums + i)) * load(multiplier + i), splat(zero));
    };
    if (n == 8) {
        store_narrowed(out, steps(0), steps(4));
        return;
    }
    T eight[8];
    store_narrowed(eight, steps(0), steps(4));
    for (index i = 0; i < n; ++i) {
        out[i] = eight[i];
    }
}

/// Sums as they are.
struct integer_sums {
    std::int32_t* out;

    void begin(index, index) const noexcept {}

    void operator()(const std::int32_t* sums, index offset, index, index columns) const noexcept
    {
        for (index j = 0; j < columns; ++j) {
            out[offset + j] = sums[j];
        }
    }
};

/// out = saturate(round(sum * (a_scale * b_scale / y_scale)) + y_zero): a_scale of the row or of all, b_scale of the
/// column or of all.
template <class Scale, class T>
struct requantized_sums {
    const Scale* a_scale;
    index a_step;
    const Scale* b_scale;
    index b_step;
    float y_scale;
    float y_zero;
    T* out;
    alignas(16) float multiplier[8] = {};
    index first = 0;

    void begin(index column, index columns) noexcept
    {
        first = column;
        set(a_scale[0], columns);
    }

    void operator()(const std::int32_t* sums, index offset, index row, index columns) noexcept
    {
        if (a_step != 0) {
            set(a_scale[row * a_step], columns);
        }
        store_requantized(sums, multiplier, y_zero, out + offset, columns);
    }

private:
    void set(Scale a, index columns) noexcept
    {
        for (index j = 0; j < columns; ++j) {
            multiplier[j] = widen(a) * widen(b_scale[(first + j) * b_step]) / y_scale;
        }
    }
};

}  // namespace wasminfer::detail
