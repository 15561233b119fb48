// before: two initializers of the same type and bytes; Sub (x, m) -> a; Sub (x, m) -> b
//  after: one initializer; Sub (x, m) -> a, read by the readers of b
//
// Operators are functions: the same one of the same operands gives the same bits. Those that draw random numbers are not,
// and nodes with bodies are left alone.
#include <algorithm>
#include <array>
#include <tuple>

#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 7> random_operators{
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Dropout"};

bool is_function(const Node& node)
{
    bool plain = node.domain.empty() && std::ranges::find(random_operators, node.op) == random_operators.end();
    for_each_subgraph(node, [&](const Graph&) { plain = false; });
    return plain;
}

bool same_attribute(const Attribute& a, const Attribute& b)
{
    if (a.index() != b.index()) {
        return false;
    }
    return std::visit(
        [&]<class T>(const T& value) {
            if constexpr (std::is_same_v<T, std::shared_ptr<Graph>>) {
                return false;
            } else {
                return value == std::get<T>(b);
            }
        },
        a);
}

bool same_function(const Node& a, const Node& b)
{
    const auto same_keys = [](const auto& x, const auto& y) {
        return x.first == y.first && same_attribute(x.second, y.second);
    };
    return a.op == b.op && a.opset == b.opset && a.inputs == b.inputs && a.outputs.size() == 1 &&
           b.outputs.size() == 1 &&
           std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(), same_keys);
}

std::size_t hash(const Tensor& tensor)
{
    const auto bytes = tensor.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void share_constants(Graph& graph)
{
    std::multimap<std::size_t, Value*> seen;
    for (const auto& value : graph.values()) {
        if (!value->constant || is_output(graph, value.get()) || value->constant->bytes().empty()) {
            continue;
        }
        const std::size_t key = hash(*value->constant);
        const auto [first, last] = seen.equal_range(key);
        const auto same =
            std::find_if(first, last, [&](const auto& entry) { return *entry.second->constant == *value->constant; });
        if (same == last) {
            seen.emplace(key, value.get());
        } else {
            graph.replace_uses(value.get(), same->second);
        }
    }
}

bool share_results(Graph& graph)
{
    bool changed = false;
    std::multimap<std::string_view, Node*> seen;
    for (const auto& node : graph.nodes()) {
        if (!is_function(*node) || node->outputs.size() != 1 || !node->outputs[0]) {
            continue;
        }
        const auto [first, last] = seen.equal_range(node->op);
        const auto same =
            std::find_if(first, last, [&](const auto& entry) { return same_function(*entry.second, *node); });
        if (same == last) {
            seen.emplace(node->op, node.get());
        } else if (!is_output(graph, node->outputs[0])) {
            graph.replace_uses(node->outputs[0], same->second->outputs[0]);
            changed = true;
        }
    }
    return changed;
}

}  // namespace

void share_values(Model& model, const PassOptions&, Diagnostics&)
{
    share_constants(model.graph);
    share_results(model.graph);
    remove_dead(model.graph);
    model.graph.collect_values();
}

}  // namespace wasminfer::gen
