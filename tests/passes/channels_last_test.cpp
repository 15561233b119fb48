#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;

TEST_CASE("a Conv gets Transposes around it")
{
    PassTest t;
    Value* y = t.add("Conv", 13, {t.input("x", {2, 3, 5, 4}), t.weights({6, 3, 3, 3})});
    y->name = "y";
    t.output(y);
    CHECK(t.difference(channels_last) == 0);
    CHECK(t.ops() == "Transpose Conv Transpose");
    CHECK(to_string(*t.node(1).inputs[0]->shape) == "[2,5,4,3]");
    CHECK(to_string(*t.node(1).outputs[0]->shape) == "[2,3,2,6]");
    CHECK(t.model.graph.outputs[0]->name == "y");
}

TEST_CASE("one and three spatial axes")
{
    PassTest t;
    t.output(t.add("Conv", 13, {t.input("x", {2, 3, 5}), t.weights({6, 3, 3})}));
    t.output(t.add("Conv", 13, {t.input("z", {1, 2, 3, 4, 5}), t.weights({6, 2, 1, 2, 3})}));
    CHECK(t.difference(channels_last) == 0);
    CHECK(t.ops() == "Transpose Conv Transpose Transpose Conv Transpose");
}

TEST_CASE("MaxPool's indices are transposed too, and count as before")
{
    PassTest t;
    const auto outputs = t.add_all("MaxPool", 12, {t.input("x", {1, 3, 4, 4})}, {{"kernel_shape", Ints{2, 2}}}, 2);
    t.output(outputs[0]).output(outputs[1]);
    CHECK(t.difference(channels_last) == 0);
    CHECK(t.ops() == "Transpose MaxPool Transpose Transpose");
}

TEST_CASE("free dimensions are no obstacle")
{
    PassTest t;
    t.output(t.add("Conv", 13, {t.input("x", {Dim::symbol("batch"), 3, 5, 4}), t.weights({6, 3, 1, 1})}));
    CHECK(t.run(channels_last) == "Transpose Conv Transpose");
    CHECK(to_string(*t.model.graph.outputs[0]->shape) == "[batch,6,5,4]");
}

TEST_CASE("what is channels-last already stays as it is")
{
    PassTest t;
    t.output(t.add("Conv", 13, {t.input("x", {2, 3, 5, 4}), t.weights({6, 3, 3, 3})}));
    t.run(channels_last);
    CHECK(t.run(channels_last) == "Transpose Conv Transpose");
}

}  // namespace
