// Looking at what a value is made of, for passes that recognise an operator in its parts.
#pragma once

#include <initializer_list>

#include "passes/rewrite.hpp"

namespace wasminfer::gen {

/// scale * the product of the factors.
struct Product {
    double scale = 1.0;
    std::vector<const Value*> factors;
};

/// a * x + b, with numbers a and b.
struct Line {
    const Value* x = nullptr;
    double a = 1.0;
    double b = 0.0;
};

/// Takes values apart. Only those that nobody else reads are looked into: a pattern's inner values must not be needed
/// once it is gone. The value asked about itself is always looked into.
class Parts {
public:
    explicit Parts(const Graph& graph) : fusable_{graph} {}

    /// The factors of Mul, Div by a number, Neg and Pow (2 and 3), down to values that are none of these.
    Product product(const Value* value) const;
    /// Add, Sub, Mul, Div with one number and Neg, down to a value that is none of these.
    Line line(const Value* value) const;
    /// The first operand of the value's producer, if it is of that type, and read by nobody else.
    const Value* operand(const Value* value, std::initializer_list<std::string_view> types) const;
    /// The other operand of a sum (Add) of which one is the number.
    const Value* plus(const Value* value, double number) const;
    /// The operands of a node of two.
    std::optional<std::pair<const Value*, const Value*>> operands(const Value* value, std::string_view type) const;
    bool can_go(const Value* value) const { return fusable_.contains(value); }

private:
    void collect(const Value* value, bool whole, Product& product) const;

    FusableValues fusable_;
};

/// A constant that changes along one axis of a shape alone, to which it broadcasts: its element for each place there.
std::optional<std::vector<double>> along_axis(const Value* constant, const Shape& shape, std::size_t axis);

/// Equal up to the rounding of constants in half precision.
bool close_to(double number, double expected);

}  // namespace wasminfer::gen
