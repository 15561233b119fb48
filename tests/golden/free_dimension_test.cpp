#include "support/golden.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("golden: a dimension that is free at run time, as an argument of each call")
{
    check_golden("free_dimension",
                 ModelBuilder{}
                     .input("x", DType::f32, {"rows", 4})
                     .initializer("scale", floats({4}, {1, 2, 3, 4}))
                     .initializer("axes", Tensor::ints({1}, {1}))
                     .node("Mul", {"x", "scale"}, {"scaled"}, {}, "scaling")
                     .node("ReduceSum", {"scaled", "axes"}, {"sums"}, {attribute("keepdims", 0)}, "summing")
                     .output("scaled")
                     .output("sums"),
                 {.dims = {parse_dim_binding("rows=1..8")}});
}
