#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;
using Attributes = PassTest::AttributeList;

struct Split {
    std::string ops;
    double difference = 0;
};

Split split(Shape shape, Attributes attributes, DType dtype = DType::f32)
{
    PassTest t;
    attributes.emplace_back("channels_last", std::int64_t{1});
    t.output(t.add("MaxPool", 19, {t.input("x", std::move(shape), dtype)}, attributes));
    const double difference = t.difference(split_pools);
    return {t.ops(), difference};
}

TEST_CASE("a large MaxPool becomes one along lines and one along columns, with the same result")
{
    const auto check = [](const Attributes& attributes, DType dtype = DType::f32) {
        const Split s = split({2, 11, 9, 3}, attributes, dtype);
        CHECK(s.ops == "MaxPool MaxPool");
        CHECK(s.difference == 0);
    };
    const std::int64_t up = 1;
    check({{"kernel_shape", Ints{5, 5}}, {"pads", Ints{2, 1, 0, 2}}});
    check({{"kernel_shape", Ints{5, 4}}, {"strides", Ints{1, 3}}, {"pads", Ints{1, 0, 3, 2}}});
    check({{"kernel_shape", Ints{7, 7}}, {"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}, {"ceil_mode", up}});
    check({{"kernel_shape", Ints{4, 4}}, {"dilations", Ints{2, 1}}, {"pads", Ints{1, 1, 1, 1}}});
    check({{"kernel_shape", Ints{9, 9}}, {"auto_pad", std::string{"SAME_UPPER"}}});
    check({{"kernel_shape", Ints{5, 5}}}, DType::i8);
}

TEST_CASE("what would cost more, or has indices, stays one MaxPool")
{
    CHECK(split({1, 8, 8, 4}, {{"kernel_shape", Ints{3, 3}}}).ops == "MaxPool");
    CHECK(split({1, 8, 8, 4}, {{"kernel_shape", Ints{5, 5}}, {"strides", Ints{5, 5}}}).ops == "MaxPool");
    CHECK(split({1, 8, 8, 4}, {{"kernel_shape", Ints{1, 8}}}).ops == "MaxPool");
    CHECK(split({1, 20, 4}, {{"kernel_shape", Ints{9}}}).ops == "MaxPool");
    PassTest t;
    const auto both = t.add_all("MaxPool", 12, {t.input("x", {1, 2, 8, 8})}, {{"kernel_shape", Ints{5, 5}}}, 2);
    t.output(both[0]).output(both[1]);
    CHECK(t.run(split_pools) == "MaxPool");
}

}  // namespace
