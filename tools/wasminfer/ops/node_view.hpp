#pragma once

#include <initializer_list>

#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// Typed, checked access to a node's operands and attributes. Whatever isn't as it should be ends in an OperatorError
/// that names the operand or attribute.
class NodeView {
public:
    explicit NodeView(const Node& node) : node_{node} {}

    const Node& node() const { return node_; }
    std::int64_t opset() const { return node_.opset; }

    bool has(std::size_t input) const { return node_.input(input) != nullptr; }
    bool has_output(std::size_t output) const { return node_.output(output) != nullptr; }
    std::size_t input_count() const { return node_.inputs.size(); }
    std::size_t output_count() const { return node_.outputs.size(); }
    /// The input, which must be there.
    Value& in(std::size_t input) const;
    Value& out(std::size_t output) const;
    DType dtype(std::size_t input) const { return in(input).dtype; }
    const Shape& shape(std::size_t input) const;
    std::int64_t rank(std::size_t input) const { return static_cast<std::int64_t>(shape(input).size()); }

    std::int64_t int_attribute(const std::string& key, std::int64_t fallback) const;
    std::int64_t int_attribute(const std::string& key) const;  ///< Required.
    float float_attribute(const std::string& key, float fallback) const;
    std::string string_attribute(const std::string& key, const std::string& fallback) const;
    std::vector<std::int64_t> ints_attribute(const std::string& key,
                                             const std::vector<std::int64_t>& fallback = {}) const;
    std::vector<float> floats_attribute(const std::string& key, const std::vector<float>& fallback = {}) const;
    bool has_attribute(const std::string& key) const { return node_.attributes.has(key); }

    /// An input's elements where they are known: integers, or expressions over the free dimensions.
    std::optional<std::vector<Dim>> elements(std::size_t input) const;
    /// The same, refused where they are not: `what` says what they decide.
    std::vector<Dim> known_elements(std::size_t input, const std::string& what) const;
    /// The same, and free of symbols.
    std::vector<std::int64_t> known_ints(std::size_t input, const std::string& what) const;
    /// The elements of a constant floating-point (or any) input.
    std::vector<double> known_numbers(std::size_t input, const std::string& what) const;
    /// Integers that older opsets keep in an attribute and newer ones in an input; nullopt where both are absent.
    std::optional<std::vector<std::int64_t>> ints_of(const std::string& attribute, std::size_t input) const;

    /// An axis in [-rank, rank), made non-negative.
    static std::int64_t normalize_axis(std::int64_t axis, std::int64_t rank, const std::string& what = "axis");
    static std::vector<std::int64_t> normalize_axes(std::vector<std::int64_t> axes, std::int64_t rank);

    void require_types(std::size_t input, std::initializer_list<DType> types) const;
    void require_float(std::size_t input) const { require_types(input, {DType::f32, DType::f16, DType::f64}); }
    void require_same_type(std::size_t a, std::size_t b) const;
    void require_inputs(std::size_t least, std::size_t most) const;

    [[noreturn]] static void fail(const std::string& message, const std::string& advice = {})
    {
        throw OperatorError{message, advice};
    }

private:
    template <class T>
    const T* typed(const std::string& key, const char* kind) const;
    const Node& node_;
};

}  // namespace wasminfer::gen
