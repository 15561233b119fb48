#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

constexpr double close = 1e-4;

Value* grouped(PassTest& t, Value* x, std::int64_t groups)
{
    Value* v = t.add("Reshape", 13, {x, t.ints({0, groups, -1})});
    v = t.add("InstanceNormalization", 6, {v, t.weights({groups}), t.weights({groups})}, {{"epsilon", 1e-3f}});
    return t.add("Reshape", 13, {v, t.ints(extents(*x->shape))});
}

TEST_CASE("group normalisation written with InstanceNormalization, with scale and bias")
{
    PassTest t;
    Value* v = grouped(t, t.input("x", {2, 6, 4, 5}), 3);
    v = t.add("Mul", 13, {v, t.weights({6, 1, 1})});
    t.output(t.add("Add", 13, {v, t.weights({1, 6, 1, 1})}));
    CHECK(t.difference(fuse_group_norm) < close);
    CHECK(t.ops() == "GroupNormalization");
}

TEST_CASE("without scale and bias")
{
    PassTest t;
    t.output(grouped(t, t.input("x", {2, 6, 4}), 2));
    CHECK(t.difference(fuse_group_norm) < close);
    CHECK(t.ops() == "GroupNormalization");
}

TEST_CASE("a Reshape to another shape is no way back")
{
    PassTest t;
    Value* v = t.add("Reshape", 13, {t.input("x", {2, 6, 4, 5}), t.ints({0, 3, -1})});
    v = t.add("InstanceNormalization", 6, {v, t.weights({3}), t.weights({3})});
    t.output(t.add("Reshape", 13, {v, t.ints({2, 6, 20})}));
    CHECK(t.run(fuse_group_norm) == "Reshape InstanceNormalization Reshape");
}

TEST_CASE("groups that are no channels stay")
{
    PassTest t;
    Value* v = t.add("Reshape", 13, {t.input("x", {2, 6, 4, 5}), t.ints({1, 6, 40})});
    v = t.add("InstanceNormalization", 6, {v, t.weights({6}), t.weights({6})});
    t.output(t.add("Reshape", 13, {v, t.ints({2, 6, 4, 5})}));
    CHECK(t.run(fuse_group_norm) == "Reshape InstanceNormalization Reshape");
}

}  // namespace
