#include "ops/infer.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

/// More elements than any memory holds; sums and products of such extents can't overflow.
constexpr std::int64_t most_elements = std::int64_t{1} << 40;

}  // namespace

void Infer::set(std::size_t output, DType dtype, Shape shape)
{
    if (Value* value = node().output(output)) {
        std::int64_t elements = 1;
        for (const auto& dim : shape) {
            if (!dim.is_constant()) {
                continue;
            }
            const std::int64_t extent = dim.constant();
            if (extent < 0) {
                fail("output '" + value->name + "' would have the extent " + dim.str());
            }
            if (extent > most_elements / elements) {
                fail("output '" + value->name + "' would have the shape " + to_string(shape) +
                     ", which no memory holds");
            }
            elements *= std::max<std::int64_t>(extent, 1);
        }
        value->dtype = dtype;
        value->shape = std::move(shape);
    }
}

void Infer::set_elements(std::size_t output, std::vector<Dim> elements)
{
    if (Value* value = node().output(output)) {
        value->elements = std::move(elements);
    }
}

Dim Infer::measured(const std::string& stem, Dim most)
{
    std::string symbol = stem;
    auto known = symbols_.find(symbol);
    for (int suffix = 2; known != symbols_.end() && known->second.measured_by != &node(); ++suffix) {
        symbol = stem + "_" + std::to_string(suffix);
        known = symbols_.find(symbol);
    }
    symbols_[symbol] = {.lo = 0, .hi = std::move(most), .multiple = 1, .measured_by = &node()};
    return Dim::symbol(symbol);
}

Shape broadcast(const Shape& a, const Shape& b)
{
    Shape result(std::max(a.size(), b.size()), Dim{1});
    for (std::size_t i = 0; i < result.size(); ++i) {
        const Dim from_a = i < a.size() ? a[a.size() - 1 - i] : Dim{1};
        const Dim from_b = i < b.size() ? b[b.size() - 1 - i] : Dim{1};
        Dim& dim = result[result.size() - 1 - i];
        if (from_a == from_b || from_b == Dim{1}) {
            dim = from_a;
        } else if (from_a == Dim{1}) {
            dim = from_b;
        } else {
            throw OperatorError{"shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast"};
        }
    }
    return result;
}

}  // namespace wasminfer::gen
