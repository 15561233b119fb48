// Reshape to extents that are written down as formulas of the free dimensions (attribute `shape`, as Dim::str() has them):
// what passes use where ONNX's Reshape, with its one -1, can't tell them apart.
#include "ops/attributes.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

void infer_view(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"shape"});
    const auto* texts = infer.node().attributes.get<std::vector<std::string>>("shape");
    Shape shape;
    for (const auto& text : texts ? *texts : std::vector<std::string>{}) {
        const auto dim = parse_dim(text);
        if (!dim) {
            NodeView::fail("'" + text + "' is no extent");
        }
        shape.push_back(*dim);
    }
    if (!known_equal(element_count(shape), element_count(infer.shape(0)))) {
        NodeView::fail(to_string(infer.shape(0)) + " does not fit into " + to_string(shape));
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_view(Lower& lower)
{
    lower.alias(lower.out(0), lower.in(0));
}

}  // namespace

std::span<const Operator> view_operators()
{
    static constexpr Operator rows[] = {
        {.type = "View", .infer = infer_view, .lower = lower_view, .domain = "wasminfer", .moves = 1},
    };
    return rows;
}

}  // namespace wasminfer::gen
