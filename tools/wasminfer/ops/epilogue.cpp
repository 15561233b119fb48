#include "ops/epilogue.hpp"

#include "ops/spatial.hpp"

namespace wasminfer::gen {

Fused::Fused(const NodeView& view) : activation{view.string_attribute("fused_activation", "")}
{
    if (view.int_attribute("residual", 0) != 0) {
        residual = &view.in(view.input_count() - 1);
    }
}

std::size_t Fused::own_inputs(const NodeView& view)
{
    return view.input_count() - (view.int_attribute("residual", 0) != 0 ? 1 : 0);
}

void check_residual(const Infer& infer, const Shape& shape)
{
    const Fused fused{infer};
    if (!fused.residual) {
        return;
    }
    if (fused.residual->dtype != infer.dtype(0) || fused.residual->shape->size() != shape.size()) {
        NodeView::fail("the residual is not of the output's type and rank");
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        require_equal(fused.residual->shape->at(axis), shape[axis], "extents of output and residual");
    }
}

void add_epilogue(const Lower& lower, CallBuilder& call, const std::vector<Operand>& more)
{
    const Fused fused{lower};
    std::vector<Operand> addends = more;
    if (fused.residual) {
        addends.push_back(lower.operand(*fused.residual));
    }
    if (addends.empty()) {
        if (!fused.activation.empty()) {
            call.text(fused.activation);
        }
        return;
    }
    for (Operand& addend : addends) {
        addend.before = "residual{";
    }
    addends.back().after = (fused.activation.empty() ? "" : ", " + fused.activation) + std::string(addends.size(), '}');
    for (const Operand& addend : addends) {
        call.read(addend);
        if (addend.kind == Operand::Kind::value) {
            call.in_place(lower.out(0), *addend.value);
        }
    }
}

}  // namespace wasminfer::gen
