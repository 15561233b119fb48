#include <doctest/doctest.h>

#include "passes/pass.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {shape_operators(), type, opset};
}

Tensor ints(const Ints& list)
{
    return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
}

std::string elements_of(OperatorTest& test)
{
    test.run_inference();
    const auto& elements = test.node().outputs[0]->elements;
    return elements ? to_string(*elements) : "?";
}

const Dim n = Dim::symbol("n");

}  // namespace

TEST_CASE("Shape gives sizes as elements, a stretch of them from opset 15 on")
{
    auto whole = op("Shape").typed(DType::f32, {2, n, 4});
    CHECK(elements_of(whole) == "[2,n,4]");
    auto part =
        op("Shape").typed(DType::f32, {2, n, 4}).attribute("start", std::int64_t{-2}).attribute("end", std::int64_t{9});
    CHECK(elements_of(part) == "[n,4]");
    CHECK(part.type() == "i64[2]");
    CHECK(op("Shape", 14).typed(DType::f32, {2}).attribute("start", std::int64_t{0}).error() ==
          "attribute 'start' is not known to this operator at opset 14");
    CHECK(op("Shape").input(noise(DType::f32, {2, 3})).run() == Doubles{2, 3});
    CHECK(op("Shape").input(noise(DType::f32, {})).run().empty());
    auto size = op("Size").typed(DType::f32, {2, n});
    CHECK(elements_of(size) == "[2*n]");
}

TEST_CASE("Reshape copies dimensions, works one out, and refuses what does not fit")
{
    const auto reshape = [](const Shape& from, const Ints& to, std::int64_t allow_zero = 0) {
        OperatorTest test = op("Reshape").typed(DType::f32, from).constant(ints(to)).attribute("allowzero", allow_zero);
        const std::string error = test.error();
        return error.empty() ? test.type() : error;
    };
    CHECK(reshape({2, 3, 4}, {0, -1}) == "f32[2,12]");
    CHECK(reshape({2, 3, 4}, {4, 6}) == "f32[4,6]");
    CHECK(reshape({n, 3, 4}, {0, -1}) == "f32[n,12]");
    CHECK(reshape({n, 4}, {-1, 2}) == "f32[2*n,2]");
    CHECK(reshape({0, 3}, {3, 0}, 1) == "f32[3,0]");
    CHECK(reshape({2}, {}) == "[2] does not fit into the shape []");
    CHECK(reshape({}, {1, 1}) == "f32[1,1]");
    CHECK(reshape({2, 3}, {4}) == "[2,3] does not fit into the shape [4]");
    CHECK(reshape({2, 3}, {4, -1}) == "[2,3] does not fit into the shape [4,-1]");
    CHECK(reshape({n, 3}, {6}) == "[n,3] does not fit into the shape [6]");
    CHECK(reshape({2, 3}, {-1, -1}) == "the shape [-1,-1] has more than one -1");
    CHECK(reshape({0, 3}, {0, -1}) == "the shape has a -1 beside a 0: the -1 could be anything");
    CHECK(reshape({2}, {2, 0}) == "the shape has a 0 in place 1, and the input [2] no such axis to copy");
    CHECK(reshape({2}, {-2, 1}) == "the shape has the extent -2");
    CHECK(op("Reshape", 1).typed(DType::f32, {2, 2}).attribute("shape", Ints{4}).type() == "f32[4]");
    CHECK(op("Reshape").typed(DType::f32, {2}).typed(DType::i64, {1}).error() ==
          "the shape, input 1 'input_1', is computed at run time, and has to be known when the header is made");
}

TEST_CASE("a reshaped tensor is the same bytes")
{
    auto test = op("Reshape").input(noise(DType::f32, {2, 3})).constant(ints({3, 2}));
    const Program program = test.lower();
    CHECK(program.steps.empty());
    CHECK(program.aliases.size() == 1);
    CHECK(test.run() == noise(DType::f32, {2, 3}).to_doubles());
}

TEST_CASE("Flatten cuts a tensor in two")
{
    const auto flat = [](std::int64_t axis, std::int64_t opset = newest_opset) {
        OperatorTest test = op("Flatten", opset).typed(DType::f32, {n, 2, 3}).attribute("axis", axis);
        const std::string error = test.error();
        return error.empty() ? test.type() : error;
    };
    CHECK(flat(1) == "f32[n,6]");
    CHECK(flat(0) == "f32[1,6*n]");
    CHECK(flat(3) == "f32[6*n,1]");
    CHECK(flat(-1) == "f32[2*n,3]");
    CHECK(flat(-1, 9) == "axis -1 is outside a tensor of rank 3");
    CHECK(flat(4) == "axis 4 is outside a tensor of rank 3");
}

TEST_CASE("Squeeze and Unsqueeze, with axes as attribute, as input, and left out")
{
    CHECK(op("Squeeze").typed(DType::f32, {1, n, 1}).constant(ints({0, -1})).type() == "f32[n]");
    CHECK(op("Squeeze").typed(DType::f32, {1, 2, 1}).type() == "f32[2]");
    CHECK(op("Squeeze", 11).typed(DType::f32, {1, 2, 1}).attribute("axes", Ints{2}).type() == "f32[1,2]");
    CHECK(op("Squeeze").typed(DType::f32, {1, n}).error() ==
          "axes are not given, and whether axis 1 (n) is 1 is not known");
    CHECK(op("Squeeze").typed(DType::f32, {1, 2}).constant(ints({1})).error() == "axis 1 has the extent 2, not 1");
    CHECK(op("Squeeze", 9).typed(DType::f32, {1}).attribute("axes", Ints{-1}).error() ==
          "axis -1 is negative, which opset 11 brought");
    CHECK(op("Unsqueeze").typed(DType::f32, {n, 2}).constant(ints({3, 0})).type() == "f32[1,n,2,1]");
    CHECK(op("Unsqueeze", 11).typed(DType::f32, {2}).attribute("axes", Ints{-1}).type() == "f32[2,1]");
    CHECK(op("Unsqueeze").typed(DType::f32, {2}).constant(ints({0, 0})).error() == "axis 0 is given twice");
    CHECK(op("Unsqueeze").typed(DType::f32, {2}).error() == "axes are missing");
}

TEST_CASE("Dropout drops nothing, and its mask is all true")
{
    auto test = op("Dropout").input(noise(DType::f32, {2, 2})).outputs(2);
    const auto results = test.run_all();
    CHECK(results[0] == noise(DType::f32, {2, 2}));
    CHECK(type_string(*test.node().outputs[1]) == "bool[2,2]");
    CHECK(results[1].to_doubles() == Doubles(4, 1.0));
    auto old = op("Dropout", 7).input(noise(DType::f32, {2})).outputs(2);
    CHECK(old.run_all()[1] == tensor(DType::f32, {2}, {1, 1}));
    const Tensor half_dropped = tensor(DType::f32, {}, {0.5});
    const Tensor yes = tensor(DType::boolean, {}, {1});
    CHECK(op("Dropout").input(noise(DType::f32, {2})).constant(half_dropped).constant(yes).error() ==
          "drops at random in training mode, which is not supported");
    CHECK(op("Dropout")
              .input(noise(DType::f32, {2}))
              .constant(tensor(DType::f32, {}, {0}))
              .constant(yes)
              .error()
              .empty());
}

TEST_CASE("a chain of shape arithmetic is followed symbolically")
{
    // Reshape(x, Concat(Shape(x)[0] * 2, [-1])) of f32[n, 6]
    Graph graph;
    Symbols symbols{{"n", {.lo = 1, .hi = 8}}};
    Value* x = graph.add_value("x");
    x->dtype = DType::f32;
    x->shape = Shape{n, 6};
    const auto node = [&](const std::string& type, std::vector<Value*> inputs, const std::string& key = {},
                          const Attribute& attribute = std::int64_t{0}) {
        auto made = std::make_unique<Node>();
        made->op = type;
        made->opset = newest_opset;
        made->inputs = std::move(inputs);
        made->outputs = {graph.add_value(type)};
        if (!key.empty()) {
            made->attributes.set(key, attribute);
        }
        Node* raw = graph.append_node(std::move(made));
        infer_node(*raw, symbols, {});
        return raw->outputs[0];
    };
    const auto constant = [&](const Ints& list) { return graph.add_constant("c", ints(list)); };
    Value* shape = node("Shape", {x});
    Value* first = node("Gather", {shape, graph.add_constant("zero", Tensor::ints({}, {0}))});
    CHECK(first->elements->at(0) == n);
    // By way of 32 bits, as PaddlePaddle's exporter goes.
    Value* narrow = node("Cast", {shape}, "to", std::int64_t{6});
    Value* picked = node("Gather", {narrow, graph.add_constant("first", ints({0}))});
    CHECK(node("Cast", {picked}, "to", std::int64_t{7})->elements->at(0) == n);
    Value* twice = node("Mul", {first, constant({2})});
    Value* joined = node("Concat", {twice, constant({-1})}, "axis", std::int64_t{0});
    CHECK(to_string(*joined->elements) == "[2*n,-1]");
    CHECK(to_string(*node("Reshape", {x, joined})->shape) == "[2*n,3]");
    // What PyTorch writes for expand(-1, 6): the -1 is told from a size.
    Value* is_free = node("Equal", {shape, constant({-1, -1})});
    Value* chosen = node("Where", {is_free, constant({1, 1}), shape});
    CHECK(to_string(*chosen->elements) == "[n,6]");
    CHECK(to_string(*node("Expand", {constant({5}), chosen})->shape) == "[n,6]");
}
