// matmul as attention uses it: queries times keys, weights times values, heads side by side, for a prompt and for one token.
#include <wasminfer/kernels/gemm.hpp>

#include "harness.hpp"

namespace wasminfer::benchmarks {

static void measure_attention(index queries, index keys, index heads, index size)
{
    const index width = heads * size;
    const auto q = numbers(queries * width);
    const auto k = numbers(keys * width);
    auto scores = numbers(heads * queries * keys);
    auto out = numbers(queries * width);
    const matmul_extents of_keys{.batch = {1, 1, 1, heads},
                                 .m = queries,
                                 .n = keys,
                                 .k = size,
                                 .a_batch = {0, 0, 0, size},
                                 .a_row = width,
                                 .b_batch = {0, 0, 0, size},
                                 .b_row = 1,
                                 .b_col = width};
    const matmul_extents of_values{.batch = {1, 1, 1, heads},
                                   .m = queries,
                                   .n = size,
                                   .k = keys,
                                   .a_batch = {0, 0, 0, queries * keys},
                                   .b_batch = {0, 0, 0, size},
                                   .b_row = width,
                                   .out_batch = {0, 0, 0, size},
                                   .out_row = width};
    const index bytes = std::max(matmul_scratch<float>(of_keys), matmul_scratch<float>(of_values));
    std::vector<float> scratch(static_cast<std::size_t>(bytes) / sizeof(float) + 1);
    const double flops = 2.0 * static_cast<double>(heads * queries * keys * size);
    const std::string shape = std::to_string(heads) + " x " + std::to_string(queries) + "x" + std::to_string(keys) +
                              "x" + std::to_string(size);
    measure("q k^T  " + shape, flops, [&] { matmul(q.data(), k.data(), scores.data(), of_keys, scratch.data()); });
    measure("p v    " + shape, flops, [&] { matmul(scores.data(), k.data(), out.data(), of_values, scratch.data()); });
}

}  // namespace wasminfer::benchmarks

int main()
{
    wasminfer::benchmarks::measure_attention(128, 128, 12, 64);
    wasminfer::benchmarks::measure_attention(16, 16, 4, 64);
    wasminfer::benchmarks::measure_attention(1, 256, 8, 64);
    wasminfer::benchmarks::measure_attention(64, 64, 8, 20);
}
