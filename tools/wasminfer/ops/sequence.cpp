// Sequences of tensors and optional tensors have no being at run time: while shapes are inferred they are resolved to
// their tensors (passes/resolve_sequences). The rows here say which operators that is done for; what could not be resolved
// comes to their `infer`.
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

void refuse(Infer&)
{
    NodeView::fail("deals in a sequence or optional value that does not resolve to tensors when the header is made",
                   "sequences are supported where neither a loop nor a branch that is chosen at run time makes them");
}

}  // namespace

std::span<const Operator> sequence_operators()
{
    static constexpr Operator rows[] = {
        {.type = "ConcatFromSequence", .since = 11, .infer = refuse},
        {.type = "Optional", .since = 15, .infer = refuse},
        {.type = "OptionalGetElement", .since = 15, .infer = refuse},
        {.type = "OptionalHasElement", .since = 15, .infer = refuse},
        {.type = "SequenceAt", .since = 11, .infer = refuse},
        {.type = "SequenceConstruct", .since = 11, .infer = refuse},
        {.type = "SequenceEmpty", .since = 11, .infer = refuse},
        {.type = "SequenceErase", .since = 11, .infer = refuse},
        {.type = "SequenceInsert", .since = 11, .infer = refuse},
        {.type = "SequenceLength", .since = 11, .infer = refuse},
        {.type = "SplitToSequence", .since = 11, .infer = refuse},
    };
    return rows;
}

}  // namespace wasminfer::gen
