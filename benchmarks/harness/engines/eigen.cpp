// What Eigen's users write for a layer: its product of matrices, convolutions by way of a matrix of patches (im2col), depthwise
// ones as products of rows. Matrices are row-major, images channels-last, filters [window, in, out].
#include <Eigen/Core>

#include <algorithm>
#include <vector>

namespace {

using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using view = Eigen::Map<matrix>;
using view_of_constants = Eigen::Map<const matrix>;

std::vector<float> buffers[5];
auto& [x, w, bias, y, patches] = buffers;

struct image {
    int height, width, channels;
};

/// What the images and the window of a convolution are.
struct layer {
    image in, out;
    int window_h, window_w, stride_h, stride_w, dilation, pad_h, pad_w;

    int taps() const { return window_h * window_w; }
    int pixels() const { return out.height * out.width; }
    /// Where in x the pixel lies that a tap of an output pixel reads; null in the padding.
    const float* under(int pixel, int tap) const
    {
        const int row = pixel / out.width * stride_h - pad_h + tap / window_w * dilation;
        const int column = pixel % out.width * stride_w - pad_w + tap % window_w * dilation;
        const bool inside = row >= 0 && row < in.height && column >= 0 && column < in.width;
        return inside ? x.data() + (row * in.width + column) * in.channels : nullptr;
    }
};
layer now;

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

/// Room for x, w, bias, y and (none but for convolutions) patches.
EXPORT(prepare) void prepare(int of_x, int of_w, int of_bias, int of_y, int of_patches)
{
    int at = 0;
    for (const int size : {of_x, of_w, of_bias, of_y, of_patches}) {
        buffers[at++].resize(static_cast<std::size_t>(size));
    }
}
EXPORT(place) float* place(int which)
{
    return buffers[which].data();
}
EXPORT(set_layer)
void set_layer(int height, int width, int in, int out_height, int out_width, int out, int window_h, int window_w,
               int stride_h, int stride_w, int dilation, int pad_h, int pad_w)
{
    now = {{height, width, in},
           {out_height, out_width, out},
           window_h,
           window_w,
           stride_h,
           stride_w,
           dilation,
           pad_h,
           pad_w};
}

EXPORT(product) void product(int batch, int m, int n, int k)
{
    for (int i = 0; i < batch; ++i) {
        view{y.data() + i * m * n, m, n}.noalias() =
            view_of_constants{x.data() + i * m * k, m, k} * view_of_constants{w.data() + i * k * n, k, n};
    }
}
EXPORT(conv) void conv()
{
    const int channels = now.in.channels;
    const int depth = now.taps() * channels;
    // Of 1×1 the image is the matrix.
    const bool whole = now.taps() == 1 && now.stride_h == 1 && now.stride_w == 1;
    float* to = patches.data();
    for (int pixel = 0; pixel < now.pixels() && !whole; ++pixel) {
        for (int tap = 0; tap < now.taps(); ++tap, to += channels) {
            const float* from = now.under(pixel, tap);
            from != nullptr ? std::copy_n(from, channels, to) : std::fill_n(to, channels, 0.0f);
        }
    }
    const float* matrix_of_patches = whole ? x.data() : patches.data();
    view{y.data(), now.pixels(), now.out.channels}.noalias() =
        view_of_constants{matrix_of_patches, now.pixels(), depth} *
        view_of_constants{w.data(), depth, now.out.channels};
}
EXPORT(depthwise) void depthwise()
{
    const int channels = now.in.channels;
    for (int pixel = 0; pixel < now.pixels(); ++pixel) {
        Eigen::Map<Eigen::ArrayXf> sums{y.data() + pixel * channels, channels};
        sums.setZero();
        for (int tap = 0; tap < now.taps(); ++tap) {
            if (const float* from = now.under(pixel, tap)) {
                sums += Eigen::Map<const Eigen::ArrayXf>{from, channels} *
                        Eigen::Map<const Eigen::ArrayXf>{w.data() + tap * channels, channels};
            }
        }
    }
}
/// Adds the bias to each of the rows of y and limits it to at least low, at most high.
EXPORT(finish) void finish(int rows, float low, float high)
{
    const auto columns = static_cast<int>(bias.size());
    view result{y.data(), rows, columns};
    const Eigen::Map<const Eigen::RowVectorXf> offsets{bias.data(), columns};
    result = (result.rowwise() + offsets).cwiseMax(low).cwiseMin(high);
}
