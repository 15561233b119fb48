#include "plan/join_copies.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ops/lower.hpp"
#include "ops/strided.hpp"
#include "plan/program_bytes.hpp"

namespace wasminfer::gen {

namespace {

const Operand& source(const Step& step)
{
    return std::get<Operand>(step.call.arguments[0]);
}

const Operand& destination(const Step& step)
{
    return std::get<Operand>(step.call.arguments[1]);
}

bool is_copy(const Step& step)
{
    // A user's own function may have the same name.
    return step.kind == Step::Kind::kernel &&
           (step.call.header == "kernels/copy.hpp" || step.call.header == "kernels/copy_strided.hpp");
}

/// A copying step's axes; offsets stay in its operands.
StridedCopy axes_of(const Step& step)
{
    const auto& fields = std::get<Extents>(step.call.arguments[2]).fields;
    if (step.call.function == "copy") {
        return {.axes = {{fields[0].dims[0], 1, 1}}};
    }
    StridedCopy copy;
    for (std::size_t i = 0; i < fields[0].dims.size(); ++i) {
        copy.axes.push_back({fields[0].dims[i], fields[1].dims[i], fields[2].dims[i]});
    }
    return copy;
}

/// The axes in the order in which they make one stretch of elements, innermost first, by the strides that `stride` gives;
/// nothing where they make none.
std::optional<std::vector<std::size_t>> innermost_first(const StridedCopy& copy, Dim StridedAxis::* stride)
{
    std::vector<std::size_t> order;
    std::set<std::size_t> left;
    for (std::size_t i = 0; i < copy.axes.size(); ++i) {
        left.insert(i);
    }
    Dim elements = 1;
    while (!left.empty()) {
        const auto next = std::ranges::find_if(
            left, [&](std::size_t axis) { return known_equal(copy.axes[axis].*stride, elements); });
        if (next == left.end()) {
            return std::nullopt;
        }
        elements *= copy.axes[*next].extent;
        order.push_back(*next);
        left.erase(next);
    }
    return order;
}

/// whole / part, where that is exact.
std::optional<Dim> exact_quotient(const Dim& whole, const Dim& part)
{
    if (part == Dim{0}) {
        return std::nullopt;
    }
    const Dim quotient = floor_div(whole, part);
    return known_equal(quotient * part, whole) ? std::optional{quotient} : std::nullopt;
}

/// `second` of what `first` made, in one: the extents of both are split until those of one are those of the other.
/// Axes stand in the order of the second's. Nothing where the extents don't divide each other.
std::optional<StridedCopy> composed(StridedCopy first, StridedCopy second)
{
    const auto made = innermost_first(first, &StridedAxis::to);
    const auto read = innermost_first(second, &StridedAxis::from);
    if (!made || !read) {
        return std::nullopt;
    }
    std::vector<std::vector<StridedAxis>> pieces(second.axes.size());
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < made->size() && j < read->size()) {
        StridedAxis& a = first.axes[(*made)[i]];
        StridedAxis& b = second.axes[(*read)[j]];
        auto& to = pieces[(*read)[j]];
        if (known_equal(a.extent, b.extent)) {
            to.push_back({b.extent, a.from, b.to});
            ++i;
            ++j;
        } else if (const auto times = exact_quotient(b.extent, a.extent)) {
            to.push_back({a.extent, a.from, b.to});
            b = {*times, 0, b.to * a.extent};
            ++i;
        } else if (const auto part = exact_quotient(a.extent, b.extent)) {
            to.push_back({b.extent, a.from, b.to});
            a = {*part, a.from * b.extent, 0};
            ++j;
        } else {
            return std::nullopt;
        }
    }
    if (i < made->size() || j < read->size()) {
        return std::nullopt;
    }
    StridedCopy both;
    for (const auto& axis : pieces) {
        both.axes.insert(both.axes.end(), axis.rbegin(), axis.rend());
    }
    return collapsed(std::move(both));
}

bool has_rows(const StridedCopy& copy)
{
    return copy.axes.empty() || (copy.axes.back().from == Dim{1} && copy.axes.back().to == Dim{1});
}

class CopyJoiner {
public:
    CopyJoiner(Program& program, std::span<Value* const> outputs) : program_{program}
    {
        count(program.steps);
        for (const Value* output : outputs) {
            reads_[Bytes{.value = root_of(output, program)}] += 1;
        }
    }

    void join(Steps& steps)
    {
        std::map<Bytes, std::size_t> made_by;  // Copies in this list, by what they make.
        for (std::size_t at = 0; at < steps.size(); ++at) {
            for (Steps& body : steps[at].bodies) {
                join(body);
            }
            if (!is_copy(steps[at])) {
                continue;
            }
            if (const auto maker = made_by.find(bytes(source(steps[at]))); maker != made_by.end()) {
                try {
                    join(steps, maker->second, at);
                } catch (const OperatorError&) {
                    // Strides outgrew what a Dim can hold: the copies stay two.
                }
            }
            if (makes_all(steps[at])) {
                made_by[bytes(destination(steps[at]))] = at;
            }
        }
    }

private:
    Bytes bytes(const Operand& operand) const
    {
        return operand.kind == Operand::Kind::value ? Bytes{.value = root_of(operand.value, program_)}
                                                    : Bytes{.temporary = operand.index};
    }

    void count(const Steps& steps)
    {
        for (const Step& step : steps) {
            for_each_operand(step, program_, [&](const Bytes& bytes, const Operand& operand) {
                ++(operand.written ? writes_ : reads_)[bytes];
            });
            for (const Steps& body : step.bodies) {
                count(body);
            }
        }
    }

    static Dim elements_of(const StridedCopy& copy)
    {
        Dim elements = 1;
        for (const StridedAxis& axis : copy.axes) {
            elements *= axis.extent;
        }
        return elements;
    }

    /// Whether the copy is of all elements of the value that the operand's bytes are.
    bool is_whole(const Operand& operand, const Step& copy) const
    {
        if (operand.kind != Operand::Kind::value || operand.byte_offset != Dim{0}) {
            return false;
        }
        const auto [value, offset] = base_of(operand.value, program_);
        return offset == Dim{0} && size_of(value->dtype) == size_of(operand.dtype) &&
               known_equal(element_count(*value->shape), elements_of(axes_of(copy)));
    }

    /// A value that this copy alone makes and one step alone reads.
    bool makes_all(const Step& copy) const
    {
        const Operand& to = destination(copy);
        return is_whole(to, copy) && root_of(to.value, program_)->producer && writes_.at(bytes(to)) == 1 &&
               reads_.contains(bytes(to)) && reads_.at(bytes(to)) == 1;
    }

    bool is_written(const Step& step, const Bytes& what) const
    {
        bool found = false;
        for_each_operand(step, program_, [&](const Bytes& bytes, const Operand& operand) {
            found |= operand.written && bytes == what;
        });
        for (const Steps& body : step.bodies) {
            found |= std::ranges::any_of(body, [&](const Step& inner) { return is_written(inner, what); });
        }
        return found;
    }

    void join(Steps& steps, std::size_t maker, std::size_t reader)
    {
        const Operand from = source(steps[maker]);
        const Operand to = destination(steps[reader]);
        if (!is_whole(source(steps[reader]), steps[reader]) || bytes(from) == bytes(to)) {
            return;
        }
        for (std::size_t between = maker + 1; from.kind != Operand::Kind::weight && between < reader; ++between) {
            if (is_written(steps[between], bytes(from))) {
                return;
            }
        }
        const auto both = composed(axes_of(steps[maker]), axes_of(steps[reader]));
        if (!both || !has_rows(*both)) {
            return;
        }
        const Node none;
        Steps made;
        Lower lower{none, program_, made};
        lower_copy(lower, to, from, *both);
        made[0].label = steps[reader].label;
        steps[reader] = std::move(made[0]);
    }

    Program& program_;
    std::map<Bytes, int> reads_;
    std::map<Bytes, int> writes_;
};

}  // namespace

void join_copies(Program& program, std::span<Value* const> outputs)
{
    CopyJoiner{program, outputs}.join(program.steps);
}

}  // namespace wasminfer::gen
