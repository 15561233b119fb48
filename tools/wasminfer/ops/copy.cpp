// The one operator that is no ONNX operator and computes nothing: fresh bytes with the input's elements.
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

void infer_copy(Infer& infer)
{
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_copy(Lower& lower)
{
    lower.copy(lower.result(0), lower.operand(0), element_count(lower.shape(0)));
}

const Operator rows[] = {
    {.type = "Copy", .infer = infer_copy, .lower = lower_copy, .domain = "wasminfer"},
};

}  // namespace

std::span<const Operator> copy_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
