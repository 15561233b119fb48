// Sizes that exporters take through floating-point numbers.
#include <doctest/doctest.h>

#include <array>
#include <functional>

#include "passes/pass.hpp"
#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

/// The shape of what is made of zeros in the size that `arithmetic` computes of "size", a float of the type, or findings.
std::string made(DType type, std::int64_t most, const std::function<void(ModelBuilder&)>& arithmetic)
{
    ModelBuilder builder;
    builder.input("x", DType::f32, {"n"})
        .node("Shape", {"x"}, {"shape"})
        .node("Cast", {"shape"}, {"size"}, {attribute("to", onnx_of_dtype(type))});
    for (const float number : {1.0F, 2.0F, 0.75F, 3.0F, 0.1F}) {
        const double wide = number;
        const std::string name = std::to_string(number).substr(0, 4);
        builder.initializer(name, type == DType::f64 ? Tensor::of<double>(type, {1}, std::array{wide})
                                                     : Tensor::of<float>(type, {1}, std::array{number}));
    }
    arithmetic(builder);
    const auto model = builder.node("Cast", {"rounded"}, {"sizes"}, {attribute("to", 7)})
                           .node("ConstantOfShape", {"sizes"}, {"y"})
                           .output("y")
                           .model({.dims = {{"n", {.lo = 1, .hi = most}}}});
    Diagnostics diagnostics{"test.onnx"};
    infer_shapes(*model, {}, diagnostics);
    return diagnostics.empty() ? to_string(*model->graph.outputs[0]->shape) : diagnostics.text();
}

std::string made(DType type, std::int64_t most, const std::string& op, const std::string& number,
                 const std::string& rounding)
{
    return made(type, most, [&](ModelBuilder& builder) {
        builder.node(op, {"size", number}, {"result"}).node(rounding, {"result"}, {"rounded"});
    });
}

constexpr auto f32 = DType::f32;
constexpr auto f64 = DType::f64;

}  // namespace

TEST_CASE("symbolic elements: integers stay what they are as floats, and fractions are rounded as they are there")
{
    CHECK(made(f32, 64, "Div", "1.00", "Ceil") == "[n]");
    CHECK(made(f32, 64, "Div", "3.00", "Ceil") == "[(n + 2)/3]");
    CHECK(made(f32, 64, "Div", "3.00", "Floor") == "[n/3]");
    CHECK(made(f32, 64, "Mul", "2.00", "Floor") == "[2*n]");
    CHECK(made(f32, 64, "Mul", "0.75", "Floor") == "[3*n/4]");
    CHECK(made(f32, 64, [](ModelBuilder& builder) { builder.node("Mul", {"size", "0.75"}, {"rounded"}); }) ==
          "[3*n/4]");
    CHECK(made(f64, 64, "Div", "2.00", "Ceil") == "[(n + 1)/2]");
    CHECK(made(f32, 64, [](ModelBuilder& builder) {
              builder.node("Sub", {"size", "1.00"}, {"less"})
                  .node("Div", {"less", "2.00"}, {"half"})
                  .node("Floor", {"half"}, {"floor"})
                  .node("Add", {"floor", "1.00"}, {"rounded"});
          }) == "[(n + 1)/2]");
}

TEST_CASE("symbolic elements: a float that can't hold the size, or is no fraction of a power of two, leaves it unknown")
{
    const std::string unknown = "has to be known when the header is made";
    CHECK(made(f32, 1 << 20, "Div", "3.00", "Ceil") == "[(n + 2)/3]");
    CHECK(made(f32, 1 << 23, "Div", "3.00", "Ceil").find(unknown) != std::string::npos);
    CHECK(made(f32, 1 << 24, "Div", "1.00", "Ceil") == "[n]");
    CHECK(made(f32, (1 << 24) + 1, "Div", "1.00", "Ceil").find(unknown) != std::string::npos);
    CHECK(made(f32, 1 << 23, "Mul", "3.00", "Floor").find(unknown) != std::string::npos);
    CHECK(made(f64, std::int64_t{1} << 40, "Div", "3.00", "Ceil") == "[(n + 2)/3]");
    CHECK(made(f32, 64, "Mul", "0.10", "Floor").find(unknown) != std::string::npos);
}
