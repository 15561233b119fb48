// The tiles of an output that conv_winograd computes, a block at a time, and where a block lies in scratch.
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/winograd_transform.hpp>

namespace wasminfer {

/// in[batch][h][w][c] to out[batch][h][w][c], zeros around the image. pad: rows of them above, columns to the left.
struct winograd_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index pad[2] = {};
    index dilation[2] = {1, 1};
};

namespace detail {

/// How the transformed block lies in scratch, in floats.
///
/// inputs[point][chunk of k][row][gemm_row_step]: rows as the microkernel reads them; products[point][row][8], one panel.
/// Points are 64 bytes further apart than they need to be, or all of a tile's would share a few cache sets.
struct winograd_layout {
    index tiles;       ///< In a block.
    index chunk_step;  ///< From one chunk of k to the next.
    index input_step;  ///< From one point to the next.
    index product_step;
    index products;  ///< Where they begin.
    index size;
};

/// Tiles of M outputs, `dilation` apart from each other, that cover a line of them: those of one phase after another.
constexpr index winograd_tiles(index out, index m, index dilation) noexcept
{
    const index left = out % (m * dilation);
    return out / (m * dilation) * dilation + (left < dilation ? left : dilation);
}

/// Tiles of the whole batch.
template <index MY, index MX>
constexpr index winograd_total(const winograd_extents& e) noexcept
{
    return e.batch * winograd_tiles(e.out[0], MY, e.dilation[0]) * winograd_tiles(e.out[1], MX, e.dilation[1]);
}

/// Bytes of transformed inputs that a block aims at.
inline constexpr index winograd_block_bytes = 1 << 20;

template <index MY, index MX>
constexpr winograd_layout lay_out_winograd(const winograd_extents& e) noexcept
{
    constexpr index points = winograd_points<MY, MX>;
    constexpr index pad = 64 / static_cast<index>(sizeof(float));
    // Whole tiles of every microkernel, of 4 and 6 rows; the panel of 4 columns takes up to 10.
    constexpr index unit = 12;
    constexpr index most = 36;
    const index tiles = winograd_total<MY, MX>(e);
    const index fitting = winograd_block_bytes / (points * static_cast<index>(sizeof(float)) * (e.in[2] + 1));
    index block = fitting > most ? most : fitting < unit ? unit : fitting / unit * unit;
    block = tiles < block ? ceil_div(tiles, unit) * unit : block;
    winograd_layout at{};
    at.tiles = block;
    at.chunk_step = (block + 10) * gemm_row_step<float>;
    at.input_step = ceil_div(e.in[2], gemm_kc<float>) * at.chunk_step + pad;
    at.product_step = (block + 10) * gemm_nr + pad;
    at.products = points * at.input_step;
    at.size = at.products + points * at.product_step;
    return at;
}

/// Where a tile's outputs begin along an axis.
template <index M>
struct winograd_place {
    index at = 0;
    index phase = 0;  ///< Of dilation.

    winograd_place(index tile, index dilation) noexcept
        : at{tile / dilation * dilation * M + tile % dilation}, phase{tile % dilation}
    {
    }

    /// To the next tile; false where the line is over and begins again.
    bool advance(index dilation, index out) noexcept
    {
        ++at;
        if (++phase == dilation) {
            phase = 0;
            at += (M - 1) * dilation;
        }
        if (at < out) {
            return true;
        }
        at = phase = 0;
        return false;
    }

    /// Outputs inside the line.
    index count(index dilation, index out) const noexcept
    {
        const index left = out - at;
        return left > (M - 1) * dilation ? M : ceil_div(left, dilation);
    }
};

/// A tile of the batch: tiles of a line, lines of an image, images. Dividing for each costs more than a small tile's sums.
template <index MY, index MX>
struct winograd_tile {
    index b;
    winograd_place<MY> y;
    winograd_place<MX> x;

    winograd_tile(index tile, const winograd_extents& e) noexcept
        : winograd_tile{tile, winograd_tiles(e.out[0], MY, e.dilation[0]), winograd_tiles(e.out[1], MX, e.dilation[1]),
                        e}
    {
    }

    void advance(const winograd_extents& e) noexcept
    {
        if (!x.advance(e.dilation[1], e.out[1]) && !y.advance(e.dilation[0], e.out[0])) {
            ++b;
        }
    }

private:
    winograd_tile(index tile, index tall, index wide, const winograd_extents& e) noexcept
        : b{tile / (tall * wide)}, y{tile / wide % tall, e.dilation[0]}, x{tile % wide, e.dilation[1]}
    {
    }
};

}  // namespace detail

/// Bytes of scratch that conv_winograd<MY, MX> wants.
template <index MY, index MX>
constexpr index winograd_scratch(const winograd_extents& e) noexcept
{
    return detail::lay_out_winograd<MY, MX>(e).size * static_cast<index>(sizeof(float));
}

}  // namespace wasminfer
