#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// Beyond this no tensor fits into wasm's memory, and sums of products of such extents still fit into 64 bits.
inline constexpr std::int64_t largest_extent = (std::int64_t{1} << 31) - 1;

/// What the caller says about a free dimension: its size is in [lo, hi] and a multiple of `multiple`, and so are lo and
/// hi. One size where lo == hi.
struct DimBinding {
    std::int64_t lo = 1;
    std::int64_t hi = 1;
    std::int64_t multiple = 1;
    /// Or, where it is not empty, a formula of other dimensions: the rest says nothing then.
    std::string formula = {};

    bool operator==(const DimBinding&) const = default;
};

using DimBindings = std::map<std::string, DimBinding>;

/// Reads `batch=1`, `seq=1..128`, `seq=1..128:8` (a multiple of 8; the bounds are moved inwards to one), and
/// `total=past + seq` (what other dimensions make). Throws Refused with a sentence that quotes the text.
std::pair<std::string, DimBinding> parse_dim_binding(std::string_view text);

/// An extent as the model declares it: a number, or a name or formula. One that the model leaves unnamed is named after
/// its input, "x_dim0".
struct DeclaredDim {
    std::optional<std::int64_t> value;
    std::string name;
};

/// The text of a dim_param as an expression over symbols; nothing where it is none, and has to be taken as one name.
std::optional<Dim> read_formula(const std::string& text);

/// The names that --dim takes for this extent: its whole text where that is bound or not a formula, else the symbols of
/// the formula.
std::set<std::string> binding_names(const DeclaredDim& dim, const DimBindings& bindings);

/// Gives the free dimensions of a model their sizes or bounds.
class DimBinder {
public:
    DimBinder(DimBindings bindings, Symbols& symbols) : bindings_{std::move(bindings)}, symbols_{symbols} {}

    /// A constant that takes an input's place says how large the input's free dimensions are.
    /// False where that contradicts what is known.
    bool imply(const DeclaredDim& dim, std::int64_t extent);

    /// The extent with all bindings put in. What is not bound stays a symbol, and is remembered for report().
    Dim bind(const DeclaredDim& dim, const std::string& input);

    /// A finding for each dimension that is free and not bound, and for each binding that names no dimension.
    void report(Diagnostics& diagnostics) const;

private:
    Dim bind_symbol(const std::string& name, const std::string& input);
    Dim bind_formula(const std::string& name, const Dim& formula, const std::string& input);

    DimBindings bindings_;
    Symbols& symbols_;
    std::set<std::string> used_;
    std::map<std::string, std::vector<std::string>> free_;  ///< The inputs that have it.
};

}  // namespace wasminfer::gen
