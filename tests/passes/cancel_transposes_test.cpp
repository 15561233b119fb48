#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;

const Ints to_last{0, 2, 3, 1};
const Ints to_first{0, 3, 1, 2};

/// A node that no axis can be permuted in, on [N,H,W,C]; its weights make it one that matters.
Value* conv(PassTest& t, Value* x, std::int64_t channels)
{
    const auto in = x->shape->back().constant();
    return t.add("Conv", 13, {x, t.weights({channels, in, 1, 1})}, {{"channels_last", std::int64_t{1}}});
}

/// Conv between Transposes, as channels_last leaves it.
Value* wrapped_conv(PassTest& t, Value* x, std::int64_t channels)
{
    return t.transpose(conv(t, t.transpose(x, to_last), channels), to_first);
}

std::size_t transposes(const std::string& ops)
{
    std::size_t count = 0;
    for (auto at = ops.find("Transpose"); at != std::string::npos; at = ops.find("Transpose", at + 1)) {
        ++count;
    }
    return count;
}

TEST_CASE("Transposes between two Convs cancel through what stands between")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 5}), 6);
    v = t.add("Relu", 13, {v});
    t.output(wrapped_conv(t, v, 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Transpose Conv Relu Conv Transpose");
}

TEST_CASE("a residual branch is permuted as a whole")
{
    PassTest t;
    Value* x = wrapped_conv(t, t.input("x", {1, 3, 4, 5}), 6);
    Value* v = wrapped_conv(t, t.add("Relu", 13, {x}), 6);
    v = t.add("Add", 13, {v, x});
    t.output(wrapped_conv(t, t.add("Relu", 13, {v}), 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 2);
}

TEST_CASE("constants and vectors are put in the place of their axis")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 5}), 6);
    v = t.add("Mul", 13, {v, t.weights({6, 1, 1})});
    v = t.add("Add", 13, {v, t.weights({1, 6, 4, 5})});
    v = t.add("Sub", 13, {v, t.weights({5})});
    v = t.add("Add", 13, {v, t.input("row", {5})});
    t.output(wrapped_conv(t, v, 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 2);
}

TEST_CASE("axes of Concat, Split and Slice are rewritten")
{
    PassTest t;
    Value* x = t.input("x", {1, 3, 4, 6});
    Value* joined = t.add("Concat", 13, {wrapped_conv(t, x, 4), wrapped_conv(t, x, 2)}, {{"axis", std::int64_t{1}}});
    const auto parts = t.add_all("Split", 13, {joined}, {{"axis", std::int64_t{3}}}, 2);
    Value* slice = t.add("Slice", 13, {parts[1], t.ints({1}), t.ints({-1}), t.ints({2})});
    t.output(wrapped_conv(t, parts[0], 2));
    t.output(wrapped_conv(t, slice, 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 3);
}

TEST_CASE("Slice without axes, Pad, Tile and Expand")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    v = t.add("Slice", 13, {v, t.ints({0, 1, 0}), t.ints({1, 4, 3})});
    v = t.add("Pad", 13, {v, t.ints({0, 1, 0, 2, 0, 0, 1, 0})});
    v = t.add("Tile", 13, {v, t.ints({1, 1, 2, 1})});
    v = t.add("Expand", 13, {v, t.ints({3, 1, 1, 1})});
    t.output(wrapped_conv(t, v, 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 2);
}

TEST_CASE("a mean over height and width needs no order")
{
    for (const std::int64_t keep : {0, 1}) {
        PassTest t;
        Value* v = wrapped_conv(t, t.input("x", {2, 3, 4, 6}), 4);
        t.output(t.add("ReduceMean", 13, {v}, {{"axes", Ints{2, 3}}, {"keepdims", keep}}));
        CHECK(t.difference(cancel_transposes) < 1e-6);
        CHECK(transposes(t.ops()) == (keep ? 2 : 1));
    }
}

TEST_CASE("Softmax over channels")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    v = t.add("Softmax", 13, {v}, {{"axis", std::int64_t{1}}});
    t.output(wrapped_conv(t, v, 2));
    CHECK(t.difference(cancel_transposes) < 1e-6);
    CHECK(transposes(t.ops()) == 2);
}

TEST_CASE("Softmax of old, over all axes from one on, stays where it is")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    v = t.add("Softmax", 11, {v}, {{"axis", std::int64_t{1}}});
    t.output(wrapped_conv(t, v, 2));
    CHECK(t.difference(cancel_transposes) < 1e-6);
    CHECK(transposes(t.ops()) == 4);
}

TEST_CASE("a Reshape that keeps channels apart lets a Transpose through")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    v = t.add("Reshape", 13, {v, t.ints({1, 4, 24})});
    t.output(t.transpose(v, {0, 2, 1}));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 1);
}

TEST_CASE("a Reshape that mixes them does not")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    v = t.add("Reshape", 13, {v, t.ints({1, 8, 12})});
    t.output(t.transpose(v, {0, 2, 1}));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(transposes(t.ops()) == 3);
}

TEST_CASE("Flatten before Gemm permutes the weights instead")
{
    for (const std::int64_t transposed : {0, 1}) {
        PassTest t;
        Value* v = t.transpose(conv(t, t.input("x", {2, 4, 6, 3}), 5), to_first);
        v = t.add("Flatten", 13, {v});
        Value* weights = transposed ? t.weights({7, 120}) : t.weights({120, 7});
        t.output(t.add("Gemm", 13, {v, weights, t.weights({7})}, {{"transB", transposed}}));
        CHECK(t.difference(cancel_transposes) < 1e-4);
        CHECK(t.ops() == "Conv Reshape Gemm");
    }
}

TEST_CASE("MatMul before a Reshape permutes its columns instead")
{
    PassTest t;
    Value* v = t.add("Gemm", 13, {t.input("x", {2, 7}), t.weights({7, 120}), t.weights({120})});
    v = t.add("Reshape", 13, {v, t.ints({2, 5, 4, 6})});
    t.output(conv(t, t.transpose(v, to_last), 2));
    CHECK(t.difference(cancel_transposes) < 1e-4);
    CHECK(t.ops() == "Gemm Reshape Conv");
}

TEST_CASE("a Transpose that nothing cancels moves to where it moves least")
{
    PassTest t;
    Value* v = t.transpose(t.input("x", {1, 4, 6, 8}), to_first);
    v = t.add("ReduceMax", 13, {t.add("Relu", 13, {v})}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{0}}});
    t.output(t.add("Exp", 13, {v}));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Relu ReduceMax Exp");
}

TEST_CASE("it never gets worse: one reader in either order")
{
    PassTest t;
    Value* x = t.transpose(conv(t, t.input("x", {1, 4, 6, 3}), 5), to_first);
    Value* v = t.add("Relu", 13, {x});
    t.output(v);
    t.output(conv(t, t.transpose(v, to_last), 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Conv Relu Conv Transpose");
}

TEST_CASE("operators that know both layouts are switched")
{
    PassTest t;
    Value* v = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 8);
    v = t.add("DepthToSpace", 13, {v}, {{"blocksize", std::int64_t{2}}});
    t.output(wrapped_conv(t, v, 3));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Transpose Conv DepthToSpace Conv Transpose");
    CHECK(t.node(2).attributes.get_or<std::int64_t>("channels_last", 0) == 1);
}

TEST_CASE("a model that is channels-last by itself gets rid of its exporter's Transposes")
{
    PassTest t;
    Value* v = t.input("x", {1, 4, 6, 3});
    v = t.transpose(wrapped_conv(t, t.transpose(v, to_first), 8), to_last);
    v = t.add("Add", 13, {v, t.weights({8})});
    v = t.transpose(wrapped_conv(t, t.transpose(v, to_first), 4), to_last);
    t.output(t.add("Reshape", 13, {v, t.ints({1, -1, 2})}));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Conv Add Conv Reshape");
}

TEST_CASE("outputs keep their names, axes and order")
{
    PassTest t;
    Value* x = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    Value* y = t.add("Relu", 13, {x});
    y->name = "y";
    Value* z = t.transpose(y, to_last);
    z->name = "z";
    t.output(y).output(z).output(wrapped_conv(t, y, 2));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.model.graph.outputs[0]->name == "y");
    CHECK(t.model.graph.outputs[1]->name == "z");
    CHECK(transposes(t.ops()) == 3);
}

TEST_CASE("free dimensions: a batch and a length")
{
    PassTest t;
    const Dim batch = Dim::symbol("batch");
    const Dim length = Dim::symbol("length");
    t.model.symbols["batch"] = {.lo = 1, .hi = 8};
    t.model.symbols["length"] = {.lo = 1, .hi = 100};
    const PassTest::AttributeList last{{"channels_last", std::int64_t{1}}};
    Value* v = t.transpose(t.input("x", {batch, 3, length}), {0, 2, 1});
    v = t.transpose(t.add("Conv", 13, {v, t.weights({4, 3, 1})}, last), {0, 2, 1});
    v = t.add("Squeeze", 13, {t.add("Unsqueeze", 13, {v, t.ints({2})}), t.ints({2})});
    v = t.transpose(t.add("Relu", 13, {v}), {0, 2, 1});
    t.output(t.add("Conv", 13, {v, t.weights({2, 4, 1})}, last));
    CHECK(t.run(cancel_transposes) == "Transpose Conv Reshape Reshape Relu Conv");
    CHECK(to_string(*t.model.graph.outputs[0]->shape) == "[batch,length,2]");
}

TEST_CASE("Shape of a value that is stored otherwise")
{
    PassTest t;
    const Dim batch = Dim::symbol("batch");
    t.model.symbols["batch"] = {.lo = 1, .hi = 8};
    Value* v = t.transpose(t.input("x", {batch, 4, 6, 3}), to_first);
    v = t.add("Relu", 13, {v});
    t.output(t.add("Shape", 13, {v}));
    t.output(conv(t, t.transpose(v, to_last), 2));
    CHECK(t.run(cancel_transposes) == "Relu Shape Gather Conv");
    const auto& elements = t.model.graph.outputs[0]->elements;
    REQUIRE(elements);
    CHECK(to_string(*elements) == "[batch,3,4,6]");
}

TEST_CASE("what a body reads is there in the model's order")
{
    PassTest t;
    Value* x = wrapped_conv(t, t.input("x", {1, 3, 4, 6}), 4);
    Value* read = t.add("Relu", 13, {x});
    const auto branch = [&] {
        auto graph = std::make_shared<Graph>();
        graph->outputs = {read};
        return graph;
    };
    auto node = std::make_unique<Node>();
    node->op = "If";
    node->opset = 13;
    node->inputs = {t.input("condition", {}, DType::boolean)};
    node->attributes.set("then_branch", branch());
    node->attributes.set("else_branch", branch());
    node->outputs = {t.model.graph.add_value("y")};
    node->outputs[0]->dtype = read->dtype;
    node->outputs[0]->shape = read->shape;
    t.output(node->outputs[0]);
    const Node* held = t.model.graph.append_node(std::move(node));
    t.output(wrapped_conv(t, read, 2));
    CHECK(t.run(cancel_transposes) == "Transpose Conv Relu Transpose If Conv Transpose");
    const auto& then = *held->attributes.get<std::shared_ptr<Graph>>("then_branch");
    CHECK(to_string(*then->outputs[0]->shape) == "[1,4,4,6]");
}

TEST_CASE("attention moves nothing: its products read and write with strides")
{
    PassTest t;
    const Ints heads{0, 2, 1, 3};
    const auto split = [&](const char* name) {
        return t.add("Reshape", 13, {t.input(name, {2, 5, 12}), t.ints({2, 5, 3, 4})});
    };
    Value* q = t.add("Mul", 13, {t.transpose(split("q"), heads), t.number(0.5)});
    Value* k = t.transpose(split("k"), {0, 2, 3, 1});
    Value* v = t.transpose(split("v"), heads);
    Value* y = t.add("MatMul", 13, {t.add("Softmax", 13, {t.add("MatMul", 13, {q, k})}), v});
    t.output(t.add("Reshape", 13, {t.transpose(y, heads), t.ints({2, 5, 12})}));
    CHECK(t.difference(cancel_transposes) < 1e-5);
    CHECK(t.ops() == "Reshape Mul Reshape Reshape StridedMatMul Softmax StridedMatMul Reshape");
}

TEST_CASE("a product whose columns would not stay together writes in the model's order")
{
    PassTest t;
    Value* y = t.add("MatMul", 13, {t.input("a", {2, 3, 4}), t.input("b", {2, 4, 5})});
    t.output(t.add("Exp", 13, {t.transpose(y, {0, 2, 1})}));
    CHECK(t.difference(cancel_transposes) < 1e-5);
    CHECK(transposes(t.ops()) == 1);
}

TEST_CASE("a product with constant weights keeps its packed weights, and its Transpose")
{
    PassTest t;
    t.output(t.add("MatMul", 13, {t.transpose(t.input("x", {2, 4, 3}), {0, 2, 1}), t.weights({4, 5})}));
    CHECK(t.difference(cancel_transposes) == 0);
    CHECK(t.ops() == "Transpose MatMul");
}

}  // namespace
