// Arithmetic on shapes whose result a kernel reads is one step: the result, written down.
#include <doctest/doctest.h>

#include "support/planned_model.hpp"

using namespace wasminfer::gen;

namespace {

test::PlannedModel sizes(const ModelBuilder& builder, const std::string& most)
{
    ImportOptions import;
    import.dims = {parse_dim_binding("new=1.." + most), parse_dim_binding("past=0.." + most)};
    return {builder, import, {}};
}

/// y = (new + past) - new.
ModelBuilder difference()
{
    return ModelBuilder{}
        .input("all", DType::f32, {"new + past", 3})
        .input("x", DType::f32, {"new"})
        .node("Shape", {"all"}, {"shape"}, {attribute("end", 1)})
        .node("Shape", {"x"}, {"length"})
        .node("Sub", {"shape", "length"}, {"y"})
        .output("y");
}

}  // namespace

TEST_CASE("sizes: what arithmetic on shapes leads to is written at once")
{
    const auto planned = sizes(difference(), "64");
    REQUIRE(planned.findings.empty());
    REQUIRE(planned.plan.step_count == 1);
    CHECK(planned.header().find("write_sizes<1>(i64(y_at), {.sizes = {past_d}})") != std::string::npos);
}

TEST_CASE("sizes: what may be too large for an index is computed by 64-bit kernels")
{
    auto builder = difference();
    builder.node("Mul", {"y", "y"}, {"square"}).node("Mul", {"square", "square"}, {"large"}).output("large");
    const auto planned = sizes(builder, "1000");
    REQUIRE(planned.findings.empty());
    CHECK(planned.header().find("mul{}") != std::string::npos);
}

TEST_CASE("sizes: a small quotient of what may be too large is computed by 64-bit kernels too")
{
    auto builder = difference();
    builder.initializer("million", Tensor::of<std::int64_t>(DType::i64, {1}, std::vector<std::int64_t>{1000000}))
        .node("Mul", {"y", "y"}, {"square"})
        .node("Mul", {"square", "y"}, {"cube"})
        .node("Div", {"cube", "million"}, {"small"})
        .output("small");
    const auto planned = sizes(builder, "2000");
    REQUIRE(planned.findings.empty());
    CHECK(planned.header().find("div{}") != std::string::npos);
}
