#include "ops/control.hpp"

namespace wasminfer::gen {

Graph& body_of(const NodeView& view, const std::string& key)
{
    const auto* body = view.node().attributes.get<std::shared_ptr<Graph>>(key);
    if (!body) {
        NodeView::fail("attribute '" + key + "' is not a graph");
    }
    return **body;
}

void check_outputs(const Graph& body, std::size_t count, const char* what)
{
    if (body.outputs.size() != count) {
        NodeView::fail(std::string{what} + " has " + std::to_string(body.outputs.size()) + " outputs, not " +
                       std::to_string(count));
    }
}

void set_like(Infer& infer, std::size_t output, const Value& value)
{
    infer.set(output, value.dtype, *value.shape);
}

}  // namespace wasminfer::gen
