#include "import/dims.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace wasminfer::gen {

namespace {

std::int64_t read_size(std::string_view text, std::string_view whole)
{
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0 || number > largest_extent) {
        throw Refused{"'" + std::string{whole} + "': '" + std::string{text} +
                      "' is not a size; a dimension is given as batch=1, seq=1..128 or seq=8..128:8"};
    }
    return number;
}

std::string quoted_list(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) {
        text += (i > 0 ? ", '" : "'") + names[i] + "'";
    }
    return names.size() > most ? text + " and others" : text;
}

/// As it can be typed into a shell.
std::string option(const std::string& name, const std::string& size)
{
    const std::string text = name + "=" + size;
    const bool plain = std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) || std::string_view{"_-+.,:/@%="}.find(static_cast<char>(c)) != std::string_view::npos;
    });
    return "--dim " + (plain ? text : "'" + text + "'");
}

}  // namespace

std::optional<Dim> read_formula(const std::string& text)
{
    try {
        return parse_dim(text);
    } catch (const OperatorError&) {
        return std::nullopt;  // Its numbers don't fit into 64 bits.
    }
}

std::pair<std::string, DimBinding> parse_dim_binding(std::string_view text)
{
    const auto equals = text.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw Refused{"'" + std::string{text} + "' is not a dimension; give it as batch=1, seq=1..128 or seq=8..128:8"};
    }
    std::string_view range = text.substr(equals + 1);
    DimBinding binding;
    const bool sized = !range.empty() && range.find_first_not_of("0123456789.:") == std::string_view::npos;
    if (const auto formula = sized ? std::nullopt : read_formula(std::string{range});
        formula && !formula->is_constant() && !formula->as_symbol()) {
        binding.formula = range;
        return {std::string{text.substr(0, equals)}, binding};
    }
    if (const auto colon = range.find(':'); colon != std::string_view::npos) {
        binding.multiple = read_size(range.substr(colon + 1), text);
        range = range.substr(0, colon);
    }
    const auto dots = range.find("..");
    binding.lo = read_size(range.substr(0, dots), text);
    binding.hi = dots == std::string_view::npos ? binding.lo : read_size(range.substr(dots + 2), text);
    if (binding.multiple == 0) {
        throw Refused{"'" + std::string{text} + "': no size is a multiple of 0"};
    }
    if (binding.lo > binding.hi) {
        throw Refused{"'" + std::string{text} + "': the range is empty, its bounds are the wrong way round"};
    }
    binding.lo = (binding.lo + binding.multiple - 1) / binding.multiple * binding.multiple;
    binding.hi = binding.hi / binding.multiple * binding.multiple;
    if (binding.lo > binding.hi) {
        throw Refused{"'" + std::string{text} + "': no multiple of " + std::to_string(binding.multiple) +
                      " is in the range"};
    }
    return {std::string{text.substr(0, equals)}, binding};
}

std::set<std::string> binding_names(const DeclaredDim& dim, const DimBindings& bindings)
{
    if (dim.value) {
        return {};
    }
    const auto parts = bindings.contains(dim.name) ? std::nullopt : read_formula(dim.name);
    return parts ? parts->symbols() : std::set{dim.name};
}

bool DimBinder::imply(const DeclaredDim& dim, std::int64_t extent)
{
    if (dim.value) {
        return *dim.value == extent;
    }
    const auto parts = bindings_.contains(dim.name) ? std::nullopt : read_formula(dim.name);
    if (parts && !parts->as_symbol()) {
        return true;  // Its symbols are bound elsewhere.
    }
    const std::string& name = parts ? *parts->as_symbol() : dim.name;
    const auto [it, fresh] = bindings_.try_emplace(name, DimBinding{extent, extent, 1});
    used_.insert(name);
    if (!it->second.formula.empty()) {
        return true;
    }
    return fresh || (it->second.lo == extent && it->second.hi == extent);
}

Dim DimBinder::bind_symbol(const std::string& name, const std::string& input)
{
    used_.insert(name);
    const auto it = bindings_.find(name);
    if (it == bindings_.end()) {
        auto& inputs = free_[name];
        if (std::ranges::find(inputs, input) == inputs.end()) {
            inputs.push_back(input);
        }
        return Dim::symbol(name);
    }
    const DimBinding& binding = it->second;
    if (!binding.formula.empty()) {
        return bind_formula(name, *read_formula(binding.formula), input);
    }
    if (binding.lo == binding.hi) {
        return binding.lo;
    }
    symbols_[name] = Symbol{.lo = binding.lo, .hi = binding.hi, .multiple = binding.multiple, .measured_by = nullptr};
    return Dim::symbol(name);
}

Dim DimBinder::bind_formula(const std::string& name, const Dim& formula, const std::string& input)
{
    std::map<std::string, Dim> replacements;
    for (const auto& part : formula.symbols()) {
        const auto other = bindings_.find(part);
        if (part == name || (other != bindings_.end() && !other->second.formula.empty())) {
            throw OperatorError{"is bound to a formula of '" + part + "', which is a formula itself",
                                "write it in sizes and ranges: --dim " + name + "=past+1"};
        }
        replacements.emplace(part, bind_symbol(part, input));
    }
    return formula.substitute(replacements);
}

Dim DimBinder::bind(const DeclaredDim& dim, const std::string& input)
{
    if (dim.value) {
        return *dim.value;
    }
    const auto parts = bindings_.contains(dim.name) ? std::nullopt : read_formula(dim.name);
    if (!parts) {
        return bind_symbol(dim.name, input);
    }
    std::map<std::string, Dim> replacements;
    for (const auto& name : parts->symbols()) {
        replacements.emplace(name, bind_symbol(name, input));
    }
    return parts->substitute(replacements);
}

void DimBinder::report(Diagnostics& diagnostics) const
{
    for (const auto& [name, inputs] : free_) {
        diagnostics.add({"input " + quoted_list(inputs), "has the free dimension '" + name + "'",
                         "give its size with " + option(name, "1") + ", or a range, as in " + option(name, "1..64")});
    }
    const std::string advice = used_.empty() ? "all dimensions of its inputs are fixed"
                                             : "its free dimensions are " + quoted_list({used_.begin(), used_.end()});
    for (const auto& [name, binding] : bindings_) {
        if (!used_.contains(name)) {
            diagnostics.add({"--dim " + name, "no input of the model has a dimension of this name", advice});
        }
    }
}

}  // namespace wasminfer::gen
