#include "support/golden.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("golden: an image classifier, its activation fused and its images channels-last")
{
    check_golden("classifier",
                 ModelBuilder{}
                     .input("image", DType::f32, {1, 1, 8, 8})
                     .initializer("conv.weight", noise(DType::f32, {4, 1, 3, 3}, 1))
                     .initializer("conv.bias", noise(DType::f32, {4}, 2))
                     .initializer("fc.weight", noise(DType::f32, {3, 64}, 3))
                     .initializer("fc.bias", noise(DType::f32, {3}, 4))
                     .node("Conv", {"image", "conv.weight", "conv.bias"}, {"conv_out"},
                           {attribute("pads", {1, 1, 1, 1})}, "/conv/Conv")
                     .node("Relu", {"conv_out"}, {"relu_out"}, {}, "/relu/Relu")
                     .node("MaxPool", {"relu_out"}, {"pool_out"},
                           {attribute("kernel_shape", {2, 2}), attribute("strides", {2, 2})}, "/pool/MaxPool")
                     .node("Flatten", {"pool_out"}, {"flat"}, {}, "/Flatten")
                     .node("Gemm", {"flat", "fc.weight", "fc.bias"}, {"logits"}, {attribute("transB", 1)}, "/fc/Gemm")
                     .node("Softmax", {"logits"}, {"probabilities"}, {attribute("axis", 1)}, "/Softmax")
                     .output("probabilities"));
}
