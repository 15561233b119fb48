#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using test::tensor;

TEST_CASE("Identity and Cast to the same type go, their readers read what they read")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* same = t.add("Cast", 13, {t.add("Identity", 13, {x})}, {{"to", std::int64_t{1}}});
    t.output(t.add("Relu", 13, {same}));
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Relu");
}

TEST_CASE("an output keeps its name when the Identity that makes it goes")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* y = t.add("Identity", 13, {t.add("Relu", 13, {x})});
    y->name = "y";
    t.output(y);
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Relu");
    CHECK(t.model.graph.outputs[0]->name == "y");
}

TEST_CASE("an Identity from input to output stays")
{
    PassTest t;
    t.output(t.add("Identity", 13, {t.input("x", {2, 3})}));
    CHECK(t.run(remove_identities) == "Identity");
}

TEST_CASE("movements that move nothing go")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* v = t.add("Reshape", 13, {x, t.ints({2, 3})});
    v = t.add("Transpose", 13, {v}, {{"perm", std::vector<std::int64_t>{0, 1}}});
    v = t.add("Expand", 13, {v, t.ints({2, 1})});
    v = t.add("Slice", 13, {v, t.ints({0, 0}), t.ints({2, 99})});
    v = t.add("Tile", 13, {v, t.ints({1, 1})});
    v = t.add("Concat", 13, {v}, {{"axis", std::int64_t{0}}});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Relu");
}

TEST_CASE("a Slice that turns an axis round stays")
{
    PassTest t;
    Value* v = t.add("Slice", 13, {t.input("x", {4}), t.ints({-1}), t.ints({-99}), t.ints({0}), t.ints({-1})});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.run(remove_identities) == "Slice Relu");
}

TEST_CASE("numbers that change nothing go, those that change -0 stay")
{
    const auto left = [](const char* op, double number, bool second = true) {
        PassTest t;
        Value* x = t.input("x", {2, 3});
        Value* c = t.number(number);
        t.output(t.add("Relu", 13, {second ? t.add(op, 13, {x, c}) : t.add(op, 13, {c, x})}));
        return t.run(remove_identities);
    };
    CHECK(left("Mul", 1) == "Relu");
    CHECK(left("Mul", 1, false) == "Relu");
    CHECK(left("Div", 1) == "Relu");
    CHECK(left("Sub", 0) == "Relu");
    CHECK(left("Add", -0.0) == "Relu");
    CHECK(left("Pow", 1) == "Relu");
    CHECK(left("Add", 0) == "Add Relu");
    CHECK(left("Sub", -0.0) == "Sub Relu");
    CHECK(left("Div", 1, false) == "Div Relu");
    CHECK(left("Mul", 2) == "Mul Relu");
}

TEST_CASE("x * 1 that broadcasts x stays")
{
    PassTest t;
    Value* ones = t.constant(tensor(DType::f32, {2, 3}, {1, 1, 1, 1, 1, 1}));
    t.output(t.add("Relu", 13, {t.add("Mul", 13, {t.input("x", {1, 3}), ones})}));
    CHECK(t.run(remove_identities) == "Mul Relu");
}

TEST_CASE("a Reshape of a Reshape is one Reshape")
{
    PassTest t;
    Value* v = t.add("Flatten", 13, {t.input("x", {2, 3, 4})});
    v = t.add("Unsqueeze", 13, {v, t.ints({0})});
    t.output(t.add("Relu", 13, {t.add("Reshape", 13, {v, t.ints({4, -1})})}));
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Reshape Relu");
}

TEST_CASE("a Reshape back to the shape before goes")
{
    PassTest t;
    Value* v = t.add("Unsqueeze", 13, {t.input("x", {2, 3}), t.ints({1})});
    t.output(t.add("Relu", 13, {t.add("Squeeze", 13, {v, t.ints({1})})}));
    CHECK(t.run(remove_identities) == "Relu");
}

TEST_CASE("a Transpose of extents of 1 is a Reshape")
{
    PassTest t;
    Value* v = t.transpose(t.input("x", {2, 5, 1, 1}), {0, 2, 3, 1});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Reshape Relu");
}

TEST_CASE("free dimensions don't keep Transposes of extents of 1 from being Reshapes")
{
    PassTest t;
    Value* v = t.transpose(t.input("x", {Dim::symbol("batch"), 5, 1, 1}), {0, 2, 3, 1});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.run(remove_identities) == "Reshape Relu");
    CHECK(to_string(*t.model.graph.outputs[0]->shape) == "[batch,1,1,5]");
}

TEST_CASE("Transposes in a row are one")
{
    PassTest t;
    Value* v = t.transpose(t.transpose(t.input("x", {2, 3, 4}), {1, 2, 0}), {0, 2, 1});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.difference(remove_identities) == 0);
    CHECK(t.ops() == "Transpose Relu");
}

TEST_CASE("Transposes there and back go")
{
    PassTest t;
    Value* v = t.transpose(t.transpose(t.input("x", {2, 3, 4}), {1, 2, 0}), {2, 0, 1});
    t.output(t.add("Relu", 13, {v}));
    CHECK(t.run(remove_identities) == "Relu");
}

TEST_CASE("Dropout goes where its mask is not wanted")
{
    PassTest t;
    t.output(t.add("Relu", 13, {t.add("Dropout", 13, {t.input("x", {2, 3})})}));
    CHECK(t.run(remove_identities) == "Relu");
}

TEST_CASE("a Pad by nothing goes")
{
    PassTest t;
    t.output(t.add("Relu", 13, {t.add("Pad", 13, {t.input("x", {2, 3}), t.ints({0, 0, 0, 0})})}));
    CHECK(t.run(remove_identities) == "Relu");
}

}  // namespace
