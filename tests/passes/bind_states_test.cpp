#include <doctest/doctest.h>

#include "passes/pass.hpp"
#include "support/pass_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// h (f32[2]) and x (f32[2]) give their sum "Add_0", and Cast_1, an f16 of it.
struct Recurrent : PassTest {
    Recurrent()
    {
        Value* sum = add("Add", 14, {input("h", {2}), input("x", {2})});
        output(sum);
        output(add("Cast", 13, {sum}, {{"to", std::int64_t{10}}}));
        output(add("Concat", 13, {sum, sum}, {{"axis", std::int64_t{0}}}));
    }

    std::string finding(const std::string& in, const std::string& out)
    {
        options.states.emplace_back(in, out);
        run(bind_states);
        return diagnostics.text();
    }
};

TEST_CASE("an input and an output of one type and shape are a state")
{
    Recurrent t;
    CHECK(t.finding("h", "Add_0") == "");
    REQUIRE(t.model.states.size() == 1);
    CHECK(t.model.states[0].input == 0);
    CHECK(t.model.states[0].output == 0);
    CHECK(t.ops() == "Add Cast Concat");
}

TEST_CASE("states that can't be are refused by name")
{
    CHECK(Recurrent{}.finding("none", "Add_0").find("no input 'none'") != std::string::npos);
    CHECK(Recurrent{}.finding("h", "none").find("no output 'none'") != std::string::npos);
    CHECK(Recurrent{}.finding("h", "Cast_1").find("f16[2]") != std::string::npos);
    CHECK(Recurrent{}.finding("h", "Concat_2").find("f32[4]") != std::string::npos);
    Recurrent twice;
    CHECK(twice.finding("h", "Add_0") == "");
    CHECK(twice.finding("x", "Add_0").find("another state") != std::string::npos);
}

}  // namespace
