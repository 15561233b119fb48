// Inference of one node: its operator's infer(), then whatever can be known of its elements. Numbers come from running
// the node's own kernels; expressions over free dimensions go through operators that move elements as opaque handles,
// and through integer arithmetic by the operator's `symbolic` function.
#include <algorithm>

#include "ops/evaluate.hpp"
#include "ops/symbolic.hpp"
#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

/// Folding may store this much, or twice what it read, whichever is more: an Expand of one number to a megapixel is
/// cheaper to run than to ship.
constexpr std::int64_t most_folded_bytes = std::int64_t{1} << 20;

std::int64_t byte_count(const Value& value)
{
    return element_count(*value.shape).constant() * static_cast<std::int64_t>(size_of(value.dtype));
}

bool static_outputs(const Node& node)
{
    return std::ranges::all_of(node.outputs,
                               [](const Value* value) { return !value || (value->shape && is_static(*value->shape)); });
}

bool has_subgraph(const Node& node)
{
    bool found = false;
    for_each_subgraph(node, [&](const Graph&) { found = true; });
    return found;
}

bool all_numbers_known(const Node& node)
{
    return std::ranges::all_of(node.inputs, [](const Value* value) { return !value || value->numbers(); });
}

bool worth_folding(const Node& node, const PassOptions& options)
{
    std::int64_t read = 0;
    std::int64_t made = 0;
    bool decides_shapes = true;
    for (const Value* value : node.inputs) {
        read += value ? byte_count(*value) : 0;
    }
    for (const Value* value : node.outputs) {
        if (value) {
            made += byte_count(*value);
            decides_shapes = decides_shapes && element_count(*value->shape).constant() <= most_symbolic_elements;
        }
    }
    return options.fold ? made <= std::max(most_folded_bytes, 2 * read) : decides_shapes;
}

void fold(Node& node, const Operator& row, const PassOptions& options)
{
    std::map<const Value*, Tensor> numbers;
    for (const Value* value : node.inputs) {
        if (value && !value->constant) {
            numbers.emplace(value, *value->known);
        }
    }
    auto results = evaluate(node, row, numbers);
    if (!results) {
        return;
    }
    const bool from_constants = numbers.empty();
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (Value* output = node.outputs[i]) {
            (options.fold && from_constants ? output->constant : output->known) = std::move((*results)[i]);
        }
    }
}

/// The elements of an input as expressions; nullopt where some are not known or there are too many.
std::optional<std::vector<Dim>> expressions(const NodeView& view, std::size_t input)
{
    const Shape& shape = *view.in(input).shape;
    const bool few = is_static(shape) && element_count(shape).constant() <= most_symbolic_elements;
    return few ? whole_elements(view, input) : std::nullopt;
}

/// Types whose elements are followed as expressions: those of shapes, which some exporters take through int32.
bool is_shape_type(DType type)
{
    return type == DType::i64 || type == DType::i32;
}

/// Integers as a tensor of one of these types.
Tensor integers(DType type, std::vector<std::int64_t> shape, const std::vector<std::int64_t>& numbers)
{
    if (type == DType::i64) {
        return Tensor::ints(std::move(shape), numbers);
    }
    std::vector<std::int32_t> narrow;
    for (const auto number : numbers) {
        narrow.push_back(static_cast<std::int32_t>(number));
    }
    return Tensor::of<std::int32_t>(type, std::move(shape), narrow);
}

/// Runs the node on handles in place of the moved inputs' elements, and looks the handles up in its result.
void move_expressions(Node& node, const Operator& row)
{
    const NodeView view{node};
    std::vector<Dim> table;
    std::map<const Value*, Tensor> numbers;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Value* value = node.inputs[i];
        if (!value) {
            continue;
        }
        const bool moved = i >= 32 || (row.moves >> i & 1U) != 0;
        if (!moved) {
            if (!value->numbers()) {
                return;
            }
            numbers.emplace(value, *value->numbers());
            continue;
        }
        const auto known = expressions(view, i);
        if (!known || !is_shape_type(value->dtype)) {
            return;
        }
        std::vector<std::int64_t> handles;
        for (const Dim& dim : *known) {
            handles.push_back(static_cast<std::int64_t>(table.size()));
            table.push_back(dim);
        }
        numbers.insert_or_assign(value, integers(value->dtype, extents(*value->shape), handles));
    }
    const auto results = evaluate(node, row, numbers);
    if (!results) {
        return;
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (Value* output = node.outputs[i]; output && is_shape_type(output->dtype)) {
            std::vector<Dim> elements;
            for (const auto handle : (*results)[i].to_ints()) {
                elements.push_back(table.at(static_cast<std::size_t>(handle)));
            }
            output->elements = std::move(elements);
        }
    }
}

/// Applies the operator's arithmetic, element by element, with broadcasting. Floating-point numbers take part where they
/// are integers, and can hold the results.
void compute_expressions(Node& node, const Operator& row, const Symbols& symbols)
{
    const NodeView view{node};
    Value* output = node.output(0);
    const auto out_extents = extents(*output->shape);
    const auto count = element_count(*output->shape).constant();
    if (count > most_symbolic_elements) {
        return;
    }
    std::vector<std::vector<Dim>> operands;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        auto known = expressions(view, i);
        if (!known) {
            return;
        }
        operands.push_back(*std::move(known));
    }
    std::vector<Dim> elements;
    for (std::int64_t flat = 0; flat < count; ++flat) {
        std::vector<Dim> arguments;
        for (std::size_t i = 0; i < operands.size(); ++i) {
            const auto in_extents = extents(*node.inputs[i]->shape);
            std::int64_t offset = 0;
            std::int64_t stride = 1;
            std::int64_t rest = flat;
            for (std::size_t axis = 0; axis < out_extents.size(); ++axis) {
                const auto out_axis = out_extents.size() - 1 - axis;
                const auto coordinate = rest % out_extents[out_axis];
                rest /= out_extents[out_axis];
                if (axis < in_extents.size()) {
                    const auto extent = in_extents[in_extents.size() - 1 - axis];
                    offset += extent == 1 ? 0 : coordinate * stride;
                    stride *= extent;
                }
            }
            arguments.push_back(operands[i][static_cast<std::size_t>(offset)]);
        }
        const auto element = row.symbolic(view, arguments);
        if (!element || !is_exact(*element, output->dtype, symbols)) {
            return;
        }
        elements.push_back(*element);
    }
    output->elements = std::move(elements);
}

/// Rewrites what was inferred by what is known of the free dimensions.
void use_multiples(Node& node, const Symbols& symbols)
{
    std::map<std::string, std::int64_t> multiples;
    for (const auto& [symbol, info] : symbols) {
        if (info.multiple != 1) {
            multiples.emplace(symbol, info.multiple);
        }
    }
    const auto rewrite = [&](std::optional<std::vector<Dim>>& dims) {
        if (dims) {
            std::ranges::transform(*dims, dims->begin(),
                                   [&](const Dim& dim) { return with_multiples(dim, multiples); });
        }
    };
    for (Value* output : node.outputs) {
        if (output && !multiples.empty()) {
            rewrite(output->shape);
            rewrite(output->elements);
        }
    }
}

}  // namespace

void infer_node(Node& node, Symbols& symbols, const PassOptions& options)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    if (!row) {
        throw explain_missing(node);
    }
    Infer infer{node, symbols, [&](Graph& body) {
                    // Findings inside a body become one error of the node that holds it.
                    Diagnostics inner{""};
                    infer_graph(body, symbols, options, inner);
                    if (!inner.empty()) {
                        const Finding& first = inner.findings().front();
                        throw OperatorError{"inside: " + first.where + ": " + first.message, first.advice,
                                            first.unbound};
                    }
                    // Nothing was found, and yet not all is known: what is passed over in silence hangs on a sequence.
                    for (const Value* output : body.outputs) {
                        if (!output->shape) {
                            throw OperatorError{"inside: '" + output->name +
                                                "' is made of a sequence or optional value, which does not resolve to "
                                                "tensors when the header is made"};
                        }
                    }
                }};
    row->infer(infer);
    use_multiples(node, symbols);
    if (!static_outputs(node) || has_subgraph(node)) {
        return;
    }
    if (all_numbers_known(node)) {
        if (worth_folding(node, options)) {
            fold(node, *row, options);
        }
        return;
    }
    const bool small = std::ranges::all_of(node.outputs, [](const Value* value) {
        return !value || element_count(*value->shape).constant() <= most_symbolic_elements;
    });
    if (row->moves != 0 && small) {
        move_expressions(node, *row);
    } else if (row->symbolic) {
        compute_expressions(node, *row, symbols);
    }
    use_multiples(node, symbols);
    // Expressions that turned out to be numbers.
    for (Value* output : node.outputs) {
        if (output && output->elements && is_shape_type(output->dtype) && is_static(*output->elements)) {
            (options.fold ? output->constant : output->known) =
                integers(output->dtype, extents(*output->shape), extents(*output->elements));
        }
    }
}

}  // namespace wasminfer::gen
