#include "ops/node_view.hpp"

#include <algorithm>
#include <set>

namespace wasminfer::gen {

namespace {

std::string input_name(std::size_t input)
{
    return "input " + std::to_string(input);
}

/// The graph inputs that a value is computed from.
std::vector<std::string> sources_of(const Value& value)
{
    std::set<const Value*> seen;
    std::vector<const Value*> open{&value};
    std::vector<std::string> sources;
    while (!open.empty()) {
        const Value* next = open.back();
        open.pop_back();
        if (!next || next->is_constant() || !seen.insert(next).second) {
            continue;
        }
        if (next->producer) {
            open.insert(open.end(), next->producer->inputs.begin(), next->producer->inputs.end());
        } else {
            sources.push_back(next->name);
        }
    }
    std::ranges::sort(sources);
    return sources;
}

/// "what" is not known: says on which inputs it depends.
[[noreturn]] void fail_unknown(const Value& value, std::size_t input, const std::string& what)
{
    auto sources = sources_of(value);
    std::string options;
    for (const auto& source : sources) {
        options += (options.empty() ? "--bind '" : " --bind '") + source + "=VALUE'";
    }
    throw OperatorError{"the " + what + ", " + input_name(input) + " '" + value.name +
                            "', is computed at run time, and has to be known when the header is made",
                        options.empty() ? "" : "where it is always the same, make its source a constant: " + options,
                        std::move(sources)};
}

}  // namespace

Value& NodeView::in(std::size_t input) const
{
    Value* value = node_.input(input);
    if (!value) {
        fail(input_name(input) + " is missing");
    }
    return *value;
}

Value& NodeView::out(std::size_t output) const
{
    Value* value = node_.output(output);
    if (!value) {
        fail("output " + std::to_string(output) + " is missing");
    }
    return *value;
}

const Shape& NodeView::shape(std::size_t input) const
{
    const Value& value = in(input);
    if (!value.shape) {
        fail("the shape of " + input_name(input) + " '" + value.name + "' is not known");
    }
    return *value.shape;
}

template <class T>
const T* NodeView::typed(const std::string& key, const char* kind) const
{
    const Attribute* attribute = node_.attributes.find(key);
    if (!attribute) {
        return nullptr;
    }
    const T* value = std::get_if<T>(attribute);
    if (!value) {
        fail("attribute '" + key + "' should be " + kind);
    }
    return value;
}

std::int64_t NodeView::int_attribute(const std::string& key, std::int64_t fallback) const
{
    const auto* value = typed<std::int64_t>(key, "an integer");
    return value ? *value : fallback;
}

std::int64_t NodeView::int_attribute(const std::string& key) const
{
    const auto* value = typed<std::int64_t>(key, "an integer");
    if (!value) {
        fail("attribute '" + key + "' is missing");
    }
    return *value;
}

float NodeView::float_attribute(const std::string& key, float fallback) const
{
    const auto* value = typed<float>(key, "a float");
    return value ? *value : fallback;
}

std::string NodeView::string_attribute(const std::string& key, const std::string& fallback) const
{
    const auto* value = typed<std::string>(key, "a string");
    return value ? *value : fallback;
}

std::vector<std::int64_t> NodeView::ints_attribute(const std::string& key,
                                                   const std::vector<std::int64_t>& fallback) const
{
    const auto* value = typed<std::vector<std::int64_t>>(key, "a list of integers");
    return value ? *value : fallback;
}

std::vector<float> NodeView::floats_attribute(const std::string& key, const std::vector<float>& fallback) const
{
    const auto* value = typed<std::vector<float>>(key, "a list of floats");
    return value ? *value : fallback;
}

std::optional<std::vector<Dim>> NodeView::elements(std::size_t input) const
{
    const Value& value = in(input);
    if (value.elements) {
        return value.elements;
    }
    const Tensor* numbers = value.numbers();
    if (numbers && (is_integer(value.dtype) || value.dtype == DType::boolean)) {
        const auto ints = numbers->to_ints();
        return std::vector<Dim>(ints.begin(), ints.end());
    }
    return std::nullopt;
}

std::vector<Dim> NodeView::known_elements(std::size_t input, const std::string& what) const
{
    auto known = elements(input);
    if (!known) {
        fail_unknown(in(input), input, what);
    }
    return *std::move(known);
}

std::vector<std::int64_t> NodeView::known_ints(std::size_t input, const std::string& what) const
{
    std::vector<std::int64_t> ints;
    for (const auto& element : known_elements(input, what)) {
        if (!element.is_constant()) {
            fail("the " + what + " depends on a free dimension (" + element.str() + ")",
                 "fix the dimension with --dim");
        }
        ints.push_back(element.constant());
    }
    return ints;
}

std::vector<double> NodeView::known_numbers(std::size_t input, const std::string& what) const
{
    const Value& value = in(input);
    const Tensor* numbers = value.numbers();
    if (!numbers) {
        fail_unknown(value, input, what);
    }
    return numbers->to_doubles();
}

std::optional<std::vector<std::int64_t>> NodeView::ints_of(const std::string& attribute, std::size_t input) const
{
    if (has(input)) {
        return known_ints(input, attribute);
    }
    if (has_attribute(attribute)) {
        return ints_attribute(attribute);
    }
    return std::nullopt;
}

std::int64_t NodeView::normalize_axis(std::int64_t axis, std::int64_t rank, const std::string& what)
{
    if (axis < -rank || axis >= rank) {
        fail(what + " " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank));
    }
    return axis < 0 ? axis + rank : axis;
}

std::vector<std::int64_t> NodeView::normalize_axes(std::vector<std::int64_t> axes, std::int64_t rank)
{
    std::set<std::int64_t> seen;
    for (auto& axis : axes) {
        axis = normalize_axis(axis, rank);
        if (!seen.insert(axis).second) {
            fail("axis " + std::to_string(axis) + " is given twice");
        }
    }
    return axes;
}

void NodeView::require_types(std::size_t input, std::initializer_list<DType> types) const
{
    const DType type = dtype(input);
    if (std::ranges::find(types, type) == types.end()) {
        fail(input_name(input) + " '" + in(input).name + "' has elements of type " + std::string{name(type)} +
             ", which this operator does not take here");
    }
}

void NodeView::require_same_type(std::size_t a, std::size_t b) const
{
    if (dtype(a) != dtype(b)) {
        fail(input_name(a) + " is of type " + std::string{name(dtype(a))} + " and " + input_name(b) + " of type " +
             std::string{name(dtype(b))} + ": they must agree");
    }
}

void NodeView::require_inputs(std::size_t least, std::size_t most) const
{
    for (std::size_t i = 0; i < least; ++i) {
        in(i);
    }
    if (input_count() > most) {
        fail("has " + std::to_string(input_count()) + " inputs; at most " + std::to_string(most) + " are defined");
    }
}

}  // namespace wasminfer::gen
