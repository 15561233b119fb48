#include "support/golden.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

ModelBuilder product()
{
    return ModelBuilder{}
        .input("x", DType::f32, {2, 3})
        .initializer("w", floats({3, 2}, {1, 2, 3, 4, 5, 6}))
        .node("MatMul", {"x", "w"}, {"y"}, {}, "product")
        .output("y");
}

}  // namespace

TEST_CASE("golden: weights that the assembler reads")
{
    check_golden("weights_incbin", product(), {.weights = WeightsMode::incbin});
}

TEST_CASE("golden: weights that the app loads")
{
    check_golden("weights_file", product(), {.weights = WeightsMode::file});
}
