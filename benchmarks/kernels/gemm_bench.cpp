// gemm on square, transformer, and MobileNetV2's 1×1 shapes; one row; tiny.
#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gemm.hpp>

#include "harness.hpp"

namespace wasminfer::benchmarks {

struct shape {
    index m, n, k;
};

constexpr shape shapes[] = {
    {384, 384, 384}, {128, 768, 768},  {128, 3072, 768}, {128, 768, 3072}, {12544, 16, 32}, {12544, 96, 16},
    {3136, 24, 96},  {3136, 144, 24},  {784, 32, 144},   {784, 192, 32},   {196, 64, 192},  {196, 384, 64},
    {49, 512, 4608}, {128, 512, 4608}, {196, 576, 96},   {49, 160, 576},   {49, 960, 160},  {49, 1280, 320},
    {1, 768, 768},   {1, 1000, 1280},  {1, 10, 784},     {7, 7, 7},        {3, 5, 4},
};

static void run()
{
    for (const auto& [m, n, k] : shapes) {
        const auto a = numbers(m * k);
        const auto b = numbers(k * n);
        const auto bias = numbers(n);
        auto out = numbers(m * n);
        std::vector<float> packed(static_cast<std::size_t>(gemm_packed_size({.k = k, .n = n})));
        pack_gemm_b(b.data(), packed.data(), {.k = k, .n = n, .row_stride = n});
        const std::string name = "gemm " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
        measure(name, 2.0 * static_cast<double>(m * n * k), [&, m, n, k] {
            gemm(a.data(), packed.data(), bias.data(), out.data(), {.m = m, .n = n, .k = k}, relu{});
        });
    }
}

}  // namespace wasminfer::benchmarks

int main()
{
    wasminfer::benchmarks::run();
}
