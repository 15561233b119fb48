#include "ops/broadcast.hpp"

namespace wasminfer::gen {

std::vector<BroadcastAxis> broadcast_axes(const Shape& out, std::span<const Shape> operands)
{
    std::vector<BroadcastAxis> axes;
    std::vector<bool> outer_moves;
    std::vector<Dim> extents(operands.size(), Dim{1});
    // From the innermost axis outwards: an operand's stride is the product of its extents further in.
    for (std::size_t from_end = 0; from_end < out.size(); ++from_end) {
        const Dim& extent = out[out.size() - 1 - from_end];
        BroadcastAxis axis{extent, std::vector<Dim>(operands.size(), Dim{0})};
        std::vector<bool> moves(operands.size(), false);
        std::vector<Dim> further = extents;
        for (std::size_t k = 0; k < operands.size(); ++k) {
            const Shape& shape = operands[k];
            const bool inside = from_end < shape.size();
            const Dim own = inside ? shape[shape.size() - 1 - from_end] : Dim{1};
            moves[k] = !(own == Dim{1}) || extent == Dim{1};
            axis.strides[k] = moves[k] ? extents[k] : Dim{0};
            further[k] = extents[k] * own;
        }
        extents = further;
        if (extent == Dim{1}) {
            continue;
        }
        if (!axes.empty() && moves == outer_moves) {
            axes.back().extent = axes.back().extent * extent;
        } else {
            axes.push_back(std::move(axis));
            outer_moves = moves;
        }
    }
    return {axes.rbegin(), axes.rend()};
}

namespace {

/// What the patterns of the binary kernels are called, by what repeats.
enum class Form { same, scalar_a, scalar_b, row_a, row_b, column_a, column_b, general };

Form form_of(const std::vector<BroadcastAxis>& axes)
{
    const auto moves = [&](std::size_t axis, std::size_t operand) { return !(axes[axis].strides[operand] == Dim{0}); };
    if (axes.empty()) {
        return Form::same;
    }
    if (axes.size() == 1) {
        return moves(0, 0) && moves(0, 1) ? Form::same
               : moves(0, 0)              ? Form::scalar_b
               : moves(0, 1)              ? Form::scalar_a
                                          : Form::general;
    }
    if (axes.size() == 2) {
        const auto whole = [&](std::size_t operand) { return moves(0, operand) && moves(1, operand); };
        for (const std::size_t operand : {std::size_t{0}, std::size_t{1}}) {
            if (whole(1 - operand) && moves(0, operand) != moves(1, operand)) {
                const bool row = moves(1, operand);
                return operand == 0 ? (row ? Form::row_a : Form::column_a) : (row ? Form::row_b : Form::column_b);
            }
        }
    }
    return Form::general;
}

std::string template_arguments(Form form, std::size_t rank)
{
    switch (form) {
    case Form::same: return "";
    case Form::scalar_a: return "pattern::scalar_a";
    case Form::scalar_b: return "pattern::scalar_b";
    case Form::row_a: return "pattern::row_a";
    case Form::row_b: return "pattern::row_b";
    case Form::column_a: return "pattern::column_a";
    case Form::column_b: return "pattern::column_b";
    case Form::general: return std::to_string(rank);
    }
    return "";
}

}  // namespace

std::vector<Field> walk_fields(const std::vector<BroadcastAxis>& axes, std::span<const char* const> operands)
{
    std::vector<Dim> dims;
    std::vector<std::vector<Dim>> strides(operands.size());
    for (const BroadcastAxis& axis : axes) {
        dims.push_back(axis.extent);
        for (std::size_t k = 0; k < operands.size(); ++k) {
            strides[k].push_back(axis.strides[k]);
        }
    }
    std::vector<Field> fields{{"dims", std::move(dims)}};
    for (std::size_t k = 0; k < operands.size(); ++k) {
        fields.emplace_back(operands[k], std::move(strides[k]));
    }
    return fields;
}

BroadcastNumbers walk_numbers(const std::vector<BroadcastAxis>& axes, std::size_t operands)
{
    BroadcastNumbers numbers{{}, std::vector<std::vector<index>>(operands)};
    for (const BroadcastAxis& axis : axes) {
        numbers.dims.push_back(axis.extent.constant());
        for (std::size_t k = 0; k < operands; ++k) {
            numbers.strides[k].push_back(axis.strides[k].constant());
        }
    }
    return numbers;
}

CallBuilder lower_binary(Lower& lower, const Value& out, const Operand& a, const Shape& a_shape, const Operand& b,
                         const Shape& b_shape, const std::string& functor, BinaryHost host)
{
    const std::array operands{a_shape, b_shape};
    const auto axes = broadcast_axes(*out.shape, operands);
    const Form form = form_of(axes);
    std::vector<Field> fields;
    if (form == Form::general) {
        fields = walk_fields(axes, std::array{"a", "b"});
    } else if (axes.size() == 2) {
        fields = {{"rows", axes[0].extent}, {"cols", axes[1].extent}};
    } else {
        fields = {{"n", element_count(*out.shape)}};
    }
    auto builder = lower.call("binary", "kernels/elementwise.hpp");
    builder.templates(template_arguments(form, axes.size()))
        .read(a)
        .read(b)
        .write(lower.operand(out))
        .extents(std::move(fields))
        .text(functor)
        .host([axes, host = std::move(host)](const HostCall& call) { host(call, walk_numbers(axes, 2)); });
    return builder;
}

}  // namespace wasminfer::gen
