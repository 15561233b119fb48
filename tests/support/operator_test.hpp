// One operator at a time: a node put together by hand, inferred, lowered, and run in the generator.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ops/evaluate.hpp"
#include "ops/operator.hpp"
#include "support/sanitized.hpp"

namespace wasminfer::gen::test {

inline bool is_left_out()
{
    static int combinations = 0;
    return combinations++ % tried_every != 0;
}

class OperatorTest {
public:
    OperatorTest(std::span<const Operator> family, const std::string& type, std::int64_t opset)
    {
        node_.op = type;
        node_.opset = opset;
        for (const Operator& row : family) {
            if (row.type == type && row.since <= opset && opset <= row.until && row.domain.empty()) {
                row_ = &row;
            }
        }
        outputs(1);
    }

    /// A constant input, packed and scaled by the generator where the operator does so.
    OperatorTest& constant(const Tensor& tensor) { return add(tensor, true); }
    /// An input that is known to the test alone: what the operator does with it are steps.
    OperatorTest& input(const Tensor& tensor) { return add(tensor, false); }
    /// An input without numbers.
    OperatorTest& typed(DType dtype, Shape shape)
    {
        Value* value = graph_->add_value("input_" + std::to_string(node_.inputs.size()));
        value->dtype = dtype;
        value->shape = std::move(shape);
        node_.inputs.push_back(value);
        return *this;
    }
    OperatorTest& absent()
    {
        node_.inputs.push_back(nullptr);
        return *this;
    }
    OperatorTest& attribute(const std::string& key, Attribute value)
    {
        node_.attributes.set(key, std::move(value));
        return *this;
    }
    OperatorTest& outputs(std::size_t count)
    {
        while (node_.outputs.size() < count) {
            node_.outputs.push_back(graph_->add_value("output_" + std::to_string(node_.outputs.size())));
        }
        return *this;
    }
    OperatorTest& drop_output(std::size_t output)
    {
        node_.outputs[output] = nullptr;
        return *this;
    }

    /// Infers, and returns the first output's type: "f32[2,3]".
    std::string type(std::size_t output = 0)
    {
        infer();
        return type_string(*node_.outputs.at(output));
    }

    std::vector<Tensor> run_all()
    {
        infer();
        auto results = evaluate(node_, *row_, numbers_);
        if (!results) {
            throw std::logic_error{"does not run in the generator"};
        }
        return *results;
    }
    std::vector<double> run() { return run_all().at(0).to_doubles(); }

    /// Infers and lowers.
    Program lower()
    {
        infer();
        Program program;
        Lower lower{node_, program, program.steps};
        row_->lower(lower);
        return program;
    }

    /// What the operator says against this node, or "".
    std::string error()
    {
        try {
            lower();
        } catch (const OperatorError& found) {
            return found.what();
        }
        return "";
    }

    void run_inference() { infer(); }
    Node& node() { return node_; }

private:
    OperatorTest& add(const Tensor& tensor, bool constant)
    {
        typed(tensor.dtype(), Shape(tensor.shape().begin(), tensor.shape().end()));
        if (constant) {
            node_.inputs.back()->constant = tensor;
        } else {
            numbers_.emplace(node_.inputs.back(), tensor);
        }
        return *this;
    }

    void infer()
    {
        if (!row_) {
            throw std::logic_error{"the family has no such operator at this opset"};
        }
        Infer infer{node_, symbols_, {}};
        row_->infer(infer);
    }

    std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();  ///< Shared by copies, which are for chaining.
    Node node_;
    Symbols symbols_;
    const Operator* row_ = nullptr;
    std::map<const Value*, Tensor> numbers_;
};

/// A tensor of any type from doubles, each rounded to the type.
inline Tensor tensor(DType dtype, std::vector<std::int64_t> shape, const std::vector<double>& numbers)
{
    return dispatch(dtype, [&]<class T>() {
        std::vector<std::byte> bytes(numbers.size() * sizeof(T));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const T element = static_cast<T>(numbers[i]);
            std::memcpy(bytes.data() + i * sizeof(T), &element, sizeof(T));
        }
        return Tensor{dtype, std::move(shape), std::move(bytes)};
    });
}

/// Small numbers that f16 holds exactly, of both signs, without a pattern that matters: k / 8, |k| <= 16.
inline Tensor noise(DType dtype, std::vector<std::int64_t> shape, std::uint32_t seed = 1)
{
    std::int64_t count = 1;
    for (const auto extent : shape) {
        count *= extent;
    }
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
        seed = seed * 1664525u + 1013904223u;
        const int step = static_cast<int>(seed >> 16) % 33 - 16;
        numbers.push_back(is_float(dtype) ? step / 8.0 : is_unsigned_integer(dtype) ? (step + 16) / 4 : step / 4);
    }
    return tensor(dtype, std::move(shape), numbers);
}

/// Largest |got - expected| / (1 + |expected|); infinite where the counts differ.
inline double distance(const std::vector<double>& got, const std::vector<double>& expected)
{
    if (got.size() != expected.size()) {
        return std::numeric_limits<double>::infinity();
    }
    double largest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double difference = std::abs(got[i] - expected[i]) / (1 + std::abs(expected[i]));
        if (!(difference <= largest)) {
            largest = difference;
        }
    }
    return largest;
}

/// What distance() may be: half a unit of the type at 1, times the length of the sums.
inline double tolerance(DType dtype, std::int64_t terms = 8)
{
    const double unit = dtype == DType::f16   ? 0x1p-10
                        : dtype == DType::f32 ? 0x1p-23
                        : dtype == DType::f64 ? 0x1p-52
                                              : 0;
    return dtype == DType::f16 ? 2 * unit : unit * static_cast<double>(terms);
}

}  // namespace wasminfer::gen::test
