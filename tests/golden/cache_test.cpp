#include "support/golden.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("golden: a cache whose new rows are computed where they belong, and a state beside it")
{
    check_golden("cache",
                 ModelBuilder{}
                     .input("x", DType::f32, {1, 1, 2})
                     .input("past", DType::f32, {1, "past", 2})
                     .input("sum", DType::f32, {1, 2})
                     .initializer("axis", Tensor::ints({1}, {1}))
                     .node("Sqrt", {"x"}, {"root"}, {}, "root")
                     .node("Concat", {"past", "root"}, {"present"}, {attribute("axis", 1)}, "grow")
                     .node("ReduceMax", {"present", "axis"}, {"largest"}, {attribute("keepdims", 0)}, "largest")
                     .node("Add", {"sum", "largest"}, {"new_sum"}, {}, "add")
                     .output("present")
                     .output("largest")
                     .output("new_sum"),
                 {.dims = {parse_dim_binding("past=0..7")},
                  .passes = {.states = {{"sum", "new_sum"}}, .caches = {{"past", "present", 8}}}});
}
