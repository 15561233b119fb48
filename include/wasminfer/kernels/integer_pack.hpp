// The layout in which integer products read their right-hand operand: panels of 8 columns as gemm's, but bytes, and rows
// by twos, as dot_pairs multiplies them.
#pragma once

#include <wasminfer/kernels/conv_pack.hpp>

namespace wasminfer {

namespace detail {

/// Packed bytes are signed: unsigned ones are stored less 128, and so is their zero point where it is read.
template <class T>
    requires(sizeof(T) == 1)
inline constexpr std::int32_t packed_offset = std::is_signed_v<T> ? 0 : 128;

template <class T>
WASMINFER_INLINE std::int8_t to_packed(T x) noexcept
{
    return static_cast<std::int8_t>(static_cast<std::int32_t>(x) - packed_offset<T>);
}

/// Bytes of k rows in one panel.
constexpr index integer_panel(index k) noexcept
{
    return ceil_div(k, 2) * 2 * gemm_nr;
}

}  // namespace detail

/// Matrices of k×n, one behind the other.
struct integer_pack_extents {
    index matrices = 1;
    index k = 0;
    index n = 0;
    index row_stride = 0;
    index col_stride = 1;
};

/// Bytes that pack_integer_b writes for one matrix.
constexpr index integer_packed_size(index k, index n) noexcept
{
    return ceil_div(n, gemm_nr) * detail::integer_panel(k);
}

/// Writes each matrix as packed[ceil(n / 8)][ceil(k / 2)][8][2]; what lies beyond n or k is 0.
template <class T>
inline void pack_integer_b(const T* b, std::int8_t* packed, const integer_pack_extents& e) noexcept
{
    for (index matrix = 0; matrix < e.matrices; ++matrix, b += e.k * e.n) {
        for (index first = 0; first < e.n; first += gemm_nr) {
            for (index row = 0; row < e.k; row += 2) {
                for (index j = first; j < first + gemm_nr; ++j) {
                    for (index i = row; i < row + 2; ++i) {
                        *packed++ = i < e.k && j < e.n ? detail::to_packed(b[i * e.row_stride + j * e.col_stride])
                                                       : std::int8_t{0};
                    }
                }
            }
        }
    }
}

/// Bytes that pack_integer_conv writes.
constexpr index integer_conv_packed_size(const conv_pack_extents& e) noexcept
{
    return e.groups * integer_packed_size(e.window[0] * e.window[1] * e.window[2] * e.in, e.out / e.groups);
}

/// The same for a convolution's weights w[out][in][window…]: a matrix for each group, its rows in the order window…, in.
template <class T>
inline void pack_integer_conv(const T* w, std::int8_t* packed, const conv_pack_extents& e) noexcept
{
    const index taps = e.window[0] * e.window[1] * e.window[2];
    const index channels = e.out / e.groups;
    const index k = taps * e.in;
    for (index group = 0; group < e.groups; ++group, w += channels * k) {
        for (index first = 0; first < channels; first += gemm_nr) {
            for (index row = 0; row < k; row += 2) {
                for (index o = first; o < first + gemm_nr; ++o) {
                    for (index i = row; i < row + 2; ++i) {
                        *packed++ = i < k && o < channels
                                        ? detail::to_packed(w[(o * e.in + i % e.in) * taps + i / e.in])
                                        : std::int8_t{0};
                    }
                }
            }
        }
    }
}

}  // namespace wasminfer
