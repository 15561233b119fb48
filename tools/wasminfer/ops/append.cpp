// Rows behind those of a cache or of a loop's state, in its own bytes: what the passes bind_caches and append_states put in
// place of a Concat. The planner gives room for them.
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

/// Of the attribute `axis`, or 0; all other extents are the same, and those before it are 1.
void infer_append(Infer& infer)
{
    infer.require_inputs(2, 2);
    infer.require_same_type(0, 1);
    Shape shape = infer.shape(0);
    const auto axis = static_cast<std::size_t>(NodeView::normalize_axis(infer.int_attribute("axis", 0), infer.rank(0)));
    shape[axis] = shape[axis] + infer.shape(1)[axis];
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_append(Lower& lower)
{
    const Value& cache = lower.in(0);
    const Value& rows = lower.in(1);
    const Dim used = element_count(*cache.shape) * Dim{static_cast<std::int64_t>(size_of(cache.dtype))};
    lower.alias(lower.out(0), cache);
    Operand to = lower.operand(cache);
    to.byte_offset = used;
    lower.copy(to, lower.operand(rows), element_count(*rows.shape));
}

const Operator rows[] = {
    {.type = "Append", .infer = infer_append, .lower = lower_append, .domain = "wasminfer"},
};

}  // namespace

std::span<const Operator> append_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
