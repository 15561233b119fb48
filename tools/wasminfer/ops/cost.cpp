#include "ops/cost.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

bool is_one_of(const Node& node, std::initializer_list<std::string_view> types)
{
    return std::ranges::find(types, std::string_view{node.op}) != types.end();
}

const Shape* shape_of(const Value* value)
{
    return value && value->shape ? &*value->shape : nullptr;
}

/// Product of the extents from axis `first` on.
Dim tail_count(const Shape& shape, std::size_t first)
{
    Dim count = 1;
    for (std::size_t axis = first; axis < shape.size(); ++axis) {
        count *= shape[axis];
    }
    return count;
}

/// Each element of one side meets all of a filter's.
Dim convolution(const Shape* elements, const Shape* weights)
{
    return elements && weights ? element_count(*elements) * tail_count(*weights, 1) : Dim{0};
}

Dim product(const Shape* out, const Dim& k)
{
    return out ? element_count(*out) * k : Dim{0};
}

Dim recurrent(const Node& node)
{
    const Shape* x = shape_of(node.input(0));
    const Shape* w = shape_of(node.input(1));
    const Shape* r = shape_of(node.input(2));
    if (!x || x->size() != 3 || !w || !r) {
        return 0;
    }
    return (*x)[0] * (*x)[1] * (element_count(*w) + element_count(*r));
}

}  // namespace

Dim macs(const Node& node)
{
    const Shape* a = shape_of(node.input(0));
    const Shape* y = shape_of(node.output(0));
    if (node.domain == "wasminfer" && node.op == "StridedMatMul" && a && !a->empty()) {
        const auto* order = node.attributes.get<std::vector<std::int64_t>>("perm_a");
        return product(y, (*a)[order && !order->empty() ? static_cast<std::size_t>(order->back()) : a->size() - 1]);
    }
    if (!node.domain.empty()) {
        return 0;
    }
    if (is_one_of(node, {"Conv", "ConvInteger", "DeformConv"})) {
        return convolution(y, shape_of(node.input(1)));
    }
    if (node.op == "QLinearConv") {
        return convolution(y, shape_of(node.input(3)));
    }
    if (node.op == "ConvTranspose") {
        return convolution(a, shape_of(node.input(1)));
    }
    if (node.op == "Gemm" && a && a->size() == 2) {
        return product(y, (*a)[node.attributes.get_or<std::int64_t>("transA", 0) ? 0 : 1]);
    }
    if (is_one_of(node, {"MatMul", "MatMulInteger", "QLinearMatMul"}) && a && !a->empty()) {
        return product(y, a->back());
    }
    if (is_one_of(node, {"RNN", "GRU", "LSTM"})) {
        return recurrent(node);
    }
    return 0;
}

Dim total_macs(const Graph& graph)
{
    Dim total = 0;
    for (const auto& node : graph.nodes()) {
        total += macs(*node);
        for_each_subgraph(*node, [&](const Graph& body) { total += total_macs(body); });
    }
    return total;
}

}  // namespace wasminfer::gen
