#include "import/bound_value.hpp"

#include <doctest/doctest.h>

#include "support/diagnostics.hpp"

using namespace wasminfer::gen;

namespace {

const ModelFace face{
    .inputs = {{"rate", DType::i64, "tensor", std::vector<DeclaredDim>{}},
               {"shape", DType::i64, "tensor", std::vector<DeclaredDim>{{std::nullopt, "n"}}},
               {"scales", DType::f32, "tensor", std::vector<DeclaredDim>{{1, {}}, {2, {}}}},
               {"flags", DType::boolean, "tensor", std::vector<DeclaredDim>{{2, {}}}},
               {"small", DType::u8, "tensor", std::vector<DeclaredDim>{{std::nullopt, "n"}, {std::nullopt, "m"}}},
               {"anything", DType::f16, "tensor", std::nullopt}},
    .outputs = {}};

std::string refusal(const std::string& input, const std::string& text)
{
    try {
        read_bound_value(face, input, text);
        return "";
    } catch (const Refused& refused) {
        return refused.what();
    }
}

}  // namespace

TEST_CASE("bound values: a scalar, a list, and what fills a declared shape")
{
    CHECK(read_bound_value(face, "rate", "-16000") == Tensor::ints({}, {-16000}));
    CHECK(read_bound_value(face, "shape", "2,3") == Tensor::ints({2}, {2, 3}));
    CHECK(read_bound_value(face, "scales", "0.5,2").shape() == std::vector<std::int64_t>{1, 2});
    CHECK(read_bound_value(face, "scales", "0.5,2e1").to_doubles() == std::vector<double>{0.5, 20});
    CHECK(read_bound_value(face, "flags", "true,0").to_ints() == std::vector<std::int64_t>{1, 0});
    CHECK(read_bound_value(face, "small", "255").shape() == std::vector<std::int64_t>{1, 1});
    CHECK(read_bound_value(face, "anything", "1.5").to_doubles() == std::vector<double>{1.5});
}

TEST_CASE("bound values: what is refused, and how")
{
    CHECK(refusal("rate", "fast").find("'fast' is not a number of type i64") != std::string::npos);
    CHECK(refusal("rate", "1.5").find("'1.5' is not a number of type i64") != std::string::npos);
    CHECK(refusal("rate", "").find("'' is not a number") != std::string::npos);
    CHECK(refusal("small", "256").find("'256' is not a number of type u8") != std::string::npos);
    CHECK(refusal("rate", "1,2").find("2 elements don't fill") != std::string::npos);
    CHECK(refusal("scales", "1").find("1 elements don't fill") != std::string::npos);
    CHECK(refusal("small", "1,2").find("2 elements don't fill") != std::string::npos);
    CHECK(refusal("other", "1").find("no input of this name") != std::string::npos);
}
