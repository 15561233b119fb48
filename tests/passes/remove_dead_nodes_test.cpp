#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

TEST_CASE("nodes that lead to no output go, with all that only they read")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* unread = t.add("Exp", 13, {t.add("Neg", 13, {x})});
    CHECK(unread->producer->op == "Exp");
    t.output(t.add("Relu", 13, {x}));
    CHECK(t.run(remove_dead_nodes) == "Relu");
    CHECK(t.model.graph.values().size() == 2);
}

TEST_CASE("an optional output that nobody reads becomes absent")
{
    PassTest t;
    const auto outputs = t.add_all("Dropout", 13, {t.input("x", {2, 3})}, {}, 2);
    t.output(outputs[0]);
    CHECK(t.run(remove_dead_nodes) == "Dropout");
    CHECK(t.node(0).outputs[1] == nullptr);
}

TEST_CASE("what a body reads is not dead")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* condition = t.input("condition", {}, DType::boolean);
    Value* read = t.add("Relu", 13, {x});
    const auto branch = [&] {
        auto graph = std::make_shared<Graph>();
        auto node = std::make_unique<Node>();
        node->op = "Neg";
        node->opset = 13;
        node->inputs = {read};
        node->outputs = {graph->add_value("inner")};
        node->outputs[0]->dtype = read->dtype;
        node->outputs[0]->shape = read->shape;
        graph->outputs = {node->outputs[0]};
        graph->append_node(std::move(node));
        return graph;
    };
    auto node = std::make_unique<Node>();
    node->op = "If";
    node->opset = 13;
    node->inputs = {condition};
    node->attributes.set("then_branch", branch());
    node->attributes.set("else_branch", branch());
    node->outputs = {t.model.graph.add_value("y")};
    node->outputs[0]->dtype = read->dtype;
    node->outputs[0]->shape = read->shape;
    t.output(node->outputs[0]);
    t.model.graph.append_node(std::move(node));
    CHECK(t.run(remove_dead_nodes) == "Relu If");
}

}  // namespace
