#include "support/golden.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("golden: an output whose size depends on the data, measured by the step that makes it")
{
    check_golden(
        "measured_output",
        ModelBuilder{}.input("x", DType::f32, {2, 3}).node("NonZero", {"x"}, {"places"}, {}, "find").output("places"));
}
