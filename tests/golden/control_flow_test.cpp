#include "support/golden.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("golden: If and Loop are C++ control flow, with their bodies in place")
{
    const auto negative = ModelBuilder{}.node("Neg", {"x"}, {"negative"}, {}, "negate").output("negative");
    const auto root = ModelBuilder{}.node("Sqrt", {"x"}, {"root"}, {}, "root").output("root");
    auto body = ModelBuilder{}
                    .input("turn", DType::i64, {})
                    .input("go", DType::boolean, {})
                    .input("sum", DType::f32, {2})
                    .node("Identity", {"go"}, {"go_on"})
                    .node("Add", {"sum", "chosen"}, {"next"}, {}, "add")
                    .output("go_on")
                    .output("next");
    check_golden("control_flow",
                 ModelBuilder{}
                     .input("flip", DType::boolean, {})
                     .input("turns", DType::i64, {})
                     .input("x", DType::f32, {2})
                     .node("If", {"flip"}, {"chosen"},
                           {attribute("then_branch", negative), attribute("else_branch", root)}, "choose")
                     .node("Loop", {"turns", "", "x"}, {"y"}, {attribute("body", body)}, "repeat")
                     .output("y"));
}
