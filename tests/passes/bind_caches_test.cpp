#include <doctest/doctest.h>

#include "passes/pass.hpp"
#include "support/pass_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// Concat_0 is past (f32[2,p,3]) with new rows (f32[2,n,3]) behind it; Concat_1 has them before it; Neg_2 is f32[2,p,3].
struct Growing : PassTest {
    explicit Growing(const Dim& rows = 1)
    {
        model.symbols["p"] = {.lo = 0, .hi = 100};
        model.symbols["n"] = {.lo = 1, .hi = 4};
        Value* past = input("past", {2, Dim::symbol("p"), 3});
        Value* fresh = input("fresh", {2, rows, 3});
        output(add("Concat", 13, {past, fresh}, {{"axis", std::int64_t{1}}}));
        output(add("Concat", 13, {fresh, past}, {{"axis", std::int64_t{1}}}));
        output(add("Neg", 13, {past}));
    }

    std::string finding(const std::string& in, const std::string& out, std::int64_t rows = 10)
    {
        options.caches.push_back({in, out, rows});
        run(bind_caches);
        return diagnostics.text();
    }
};

bool has(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("caches: rows come first, new ones are appended, and other readers see the model's own order")
{
    Growing t;
    REQUIRE(t.finding("past", "Concat_0") == "");
    CHECK(t.ops() == "Transpose Transpose Append Transpose Concat Neg");
    CHECK(type_string(*t.model.graph.inputs[0]) == "f32[p,2,3]");
    CHECK(t.model.graph.inputs[0]->name == "past");
    CHECK(type_string(*t.model.graph.outputs[0]) == "f32[p + 1,2,3]");
    CHECK(type_string(*t.model.graph.outputs[2]) == "f32[2,p,3]");
    REQUIRE(t.model.caches.size() == 1);
    CHECK(t.model.caches[0].axis == 1);
    CHECK(t.model.caches[0].capacity == 10);
    CHECK(t.model.symbols.at("p").cached);
    CHECK(t.model.symbols.at("p").hi == Dim{9});
}

TEST_CASE("caches: runs of several sizes leave room for the smallest")
{
    Growing t{Dim::symbol("n")};
    REQUIRE(t.finding("past", "Concat_0") == "");
    CHECK(t.model.caches[0].added == Dim::symbol("n"));
    CHECK(t.model.symbols.at("p").hi == Dim{9});
}

TEST_CASE("caches that can't be are refused by name")
{
    CHECK(has(Growing{}.finding("none", "Concat_0"), "no input 'none'"));
    CHECK(has(Growing{}.finding("past", "none"), "no output 'none'"));
    CHECK(has(Growing{}.finding("past", "Concat_1"), "another way than by a Concat"));
    CHECK(has(Growing{}.finding("past", "Neg_2"), "grows along one axis"));
    CHECK(has(Growing{}.finding("fresh", "Concat_0"), "the extent that grows, 1, is not a free dimension"));
    CHECK(has(Growing{2}.finding("past", "Concat_0", 1), "no room for the 2 rows"));
    Growing twice;
    CHECK(twice.finding("past", "Concat_0") == "");
    CHECK(has(twice.finding("past", "Concat_0"), "another state or cache"));
}
