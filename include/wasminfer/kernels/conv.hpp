// Convolutions over channels-last images [N, spatial…, C] with one to three spatial dimensions, groups, dilation, and
// zero padding given by its front and the output's extents.
//
// The windows of a few pixels at a time are gathered next to the registers and multiplied as in gemm (implicit GEMM
// without an image of columns in memory): window and stride cost nothing in the inner loop, so one body serves them all.
// The entries are inlined so that constant extents choose the body at compile time; the bodies are shared.
// Measured on wasm SIMD without FMA (with it), share of the multiply-add peak: 3×3 on 56²×64→64 80 % (93), 28²×128→128 82 %
// (94), 14²×256→256 80 % (91); 3×3 stride 2 on 224²×3→32 53 % (60); 9×9 on 64²×32→3 31 % (34). Where a core has three units for
// products and sums of which two do each, the first three are at 100 % of what separate ones reach. See winograd.hpp and
// conv_few.hpp for what does better than that.
#pragma once

#include <wasminfer/kernels/conv_direct.hpp>
#include <wasminfer/kernels/conv_pack.hpp>
#include <wasminfer/kernels/gemm.hpp>
#include <wasminfer/kernels/window.hpp>

namespace wasminfer {

/// in[batch][h][w][c] to out[batch][h][w][c]. pad: rows of zeros above, columns to the left.
struct conv2d_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index pad[2] = {};
    index dilation[2] = {1, 1};
    index groups = 1;
};

/// The same with the window at run time.
struct conv2d_any_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index window[2] = {1, 1};
    index stride[2] = {1, 1};
    index pad[2] = {};
    index dilation[2] = {1, 1};
    index groups = 1;
};

/// in[batch][w][c] to out[batch][w][c].
struct conv1d_extents {
    index batch = 1;
    index in[2] = {};
    index out[2] = {};
    index window = 1;
    index stride = 1;
    index pad = 0;
    index dilation = 1;
    index groups = 1;
};

/// in[batch][d][h][w][c] to out[batch][d][h][w][c].
struct conv3d_extents {
    index batch = 1;
    index in[4] = {};
    index out[4] = {};
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index dilation[3] = {1, 1, 1};
    index groups = 1;
};

/// out = epi(in * w + bias): every output pixel is the sum over the window and the group's channels, in the order kh, kw,
/// channel. w is packed by pack_conv; bias[c of out] may be null. out must not overlap in; a residual may be out itself.
template <window Window, stride Stride, class T, class Epi = identity>
WASMINFER_INLINE void conv2d(const T* in, const compute_t<T>* w, std::type_identity_t<const T*> bias, T* out,
                             const conv2d_extents& e, const Epi& epi = {}) noexcept
{
    if constexpr (Window.h == 1 && Window.w == 1 && Stride.h == 1 && Stride.w == 1) {
        if (e.groups == 1 && e.pad[0] == 0 && e.pad[1] == 0 && e.in[0] == e.out[0] && e.in[1] == e.out[1]) {
            gemm(in, w, bias, out, {.m = e.batch * e.out[0] * e.out[1], .n = e.out[2], .k = e.in[2]}, epi);
            return;
        }
    }
    detail::convolve_any(in, w, bias, out,
                         {.batch = e.batch,
                          .in = {1, e.in[0], e.in[1], e.in[2]},
                          .out = {1, e.out[0], e.out[1], e.out[2]},
                          .window = {1, Window.h, Window.w},
                          .stride = {1, Stride.h, Stride.w},
                          .pad = {0, e.pad[0], e.pad[1]},
                          .dilation = {1, e.dilation[0], e.dilation[1]},
                          .groups = e.groups},
                         epi);
}

/// conv2d with window and stride as extents. Same bits.
template <class T, class Epi = identity>
WASMINFER_INLINE void conv2d_any(const T* in, const compute_t<T>* w, std::type_identity_t<const T*> bias, T* out,
                                 const conv2d_any_extents& e, const Epi& epi = {}) noexcept
{
    detail::convolve_any(in, w, bias, out,
                         {.batch = e.batch,
                          .in = {1, e.in[0], e.in[1], e.in[2]},
                          .out = {1, e.out[0], e.out[1], e.out[2]},
                          .window = {1, e.window[0], e.window[1]},
                          .stride = {1, e.stride[0], e.stride[1]},
                          .pad = {0, e.pad[0], e.pad[1]},
                          .dilation = {1, e.dilation[0], e.dilation[1]},
                          .groups = e.groups},
                         epi);
}

/// conv2d over rows: in[batch][w][c], one spatial dimension.
template <class T, class Epi = identity>
WASMINFER_INLINE void conv1d(const T* in, const compute_t<T>* w, std::type_identity_t<const T*> bias, T* out,
                             const conv1d_extents& e, const Epi& epi = {}) noexcept
{
    detail::convolve_any(in, w, bias, out,
                         {.batch = e.batch,
                          .in = {1, 1, e.in[0], e.in[1]},
                          .out = {1, 1, e.out[0], e.out[1]},
                          .window = {1, 1, e.window},
                          .stride = {1, 1, e.stride},
                          .pad = {0, 0, e.pad},
                          .dilation = {1, 1, e.dilation},
                          .groups = e.groups},
                         epi);
}

/// conv2d over volumes: in[batch][d][h][w][c], three spatial dimensions.
template <class T, class Epi = identity>
WASMINFER_INLINE void conv3d(const T* in, const compute_t<T>* w, std::type_identity_t<const T*> bias, T* out,
                             const conv3d_extents& e, const Epi& epi = {}) noexcept
{
    detail::convolve_any(in, w, bias, out,
                         {.batch = e.batch,
                          .in = {e.in[0], e.in[1], e.in[2], e.in[3]},
                          .out = {e.out[0], e.out[1], e.out[2], e.out[3]},
                          .window = {e.window[0], e.window[1], e.window[2]},
                          .stride = {e.stride[0], e.stride[1], e.stride[2]},
                          .pad = {e.pad[0], e.pad[1], e.pad[2]},
                          .dilation = {e.dilation[0], e.dilation[1], e.dilation[2]},
                          .groups = e.groups},
                         epi);
}

}  // namespace wasminfer
