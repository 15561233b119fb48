#include "ops/einsum_equation.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

constexpr char ellipsis = '.';
/// Labels below are letters; those of the ellipsis follow.
constexpr int letters = 128;

/// A term's letters, with one '.' for the ellipsis.
std::string read_term(const std::string& text)
{
    std::string term;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter) {
            term += c;
        } else if (text.compare(i, 3, "...") == 0 && term.find(ellipsis) == std::string::npos) {
            term += ellipsis;
            i += 2;
        } else if (c != ' ') {
            NodeView::fail("equation term '" + text + "' can't be read");
        }
    }
    return term;
}

struct Terms {
    std::vector<std::string> inputs;
    std::optional<std::string> output;
};

Terms split(const std::string& equation)
{
    Terms terms;
    std::string left = equation;
    if (const auto arrow = equation.find("->"); arrow != std::string::npos) {
        left = equation.substr(0, arrow);
        terms.output = read_term(equation.substr(arrow + 2));
    }
    for (std::size_t at = 0; at <= left.size();) {
        const auto comma = std::min(left.find(',', at), left.size());
        terms.inputs.push_back(read_term(left.substr(at, comma - at)));
        at = comma + 1;
    }
    return terms;
}

/// Without "->": the ellipsis, then the letters that occur once, sorted.
std::string implied_output(const std::vector<std::string>& inputs)
{
    std::string all;
    for (const auto& term : inputs) {
        all += term;
    }
    std::string output;
    for (const char c : all) {
        if (c != ellipsis && std::ranges::count(all, c) == 1) {
            output += c;
        }
    }
    std::ranges::sort(output);
    return (all.find(ellipsis) == std::string::npos ? "" : std::string{ellipsis}) + output;
}

/// `spread` axes of an ellipsis, the last of `most` ones.
std::vector<int> labels_of(const std::string& term, std::size_t spread, std::size_t most)
{
    std::vector<int> labels;
    for (const char c : term) {
        if (c != ellipsis) {
            labels.push_back(c);
        }
        for (std::size_t i = 0; c == ellipsis && i < spread; ++i) {
            labels.push_back(letters + static_cast<int>(most - spread + i));
        }
    }
    return labels;
}

/// An extent of 1 meets any other.
void meet(Dim& extent, const Dim& other, const std::string& equation)
{
    if (extent == Dim{1}) {
        extent = other;
    } else if (!(other == Dim{1}) && !known_equal(extent, other)) {
        NodeView::fail("equation '" + equation + "' gives one label to extents of " + extent.str() + " and " +
                       other.str());
    }
}

}  // namespace

EinsumEquation read_einsum(const NodeView& view)
{
    const std::string text = view.string_attribute("equation", "");
    if (!view.has_attribute("equation")) {
        NodeView::fail("attribute 'equation' is missing");
    }
    const Terms terms = split(text);
    if (terms.inputs.size() != view.input_count()) {
        NodeView::fail("equation '" + text + "' has " + std::to_string(terms.inputs.size()) + " terms for " +
                       std::to_string(view.input_count()) + " inputs");
    }
    std::vector<std::size_t> spreads;
    for (std::size_t i = 0; i < terms.inputs.size(); ++i) {
        const std::string& term = terms.inputs[i];
        const bool open = term.find(ellipsis) != std::string::npos;
        const std::size_t named = term.size() - (open ? 1 : 0);
        const std::size_t rank = view.shape(i).size();
        if (rank < named || (!open && rank != named)) {
            NodeView::fail("term '" + term + "' of the equation does not fit the shape " + to_string(view.shape(i)));
        }
        spreads.push_back(open ? rank - named : 0);
    }
    const std::size_t most = spreads.empty() ? 0 : *std::ranges::max_element(spreads);
    EinsumEquation equation;
    equation.extents.assign(letters + most, Dim{1});
    std::vector<bool> seen(letters + most, false);
    for (std::size_t i = 0; i < terms.inputs.size(); ++i) {
        equation.inputs.push_back(labels_of(terms.inputs[i], spreads[i], most));
        for (std::size_t axis = 0; axis < equation.inputs[i].size(); ++axis) {
            const auto label = static_cast<std::size_t>(equation.inputs[i][axis]);
            meet(equation.extents[label], view.shape(i)[axis], text);
            seen[label] = true;
        }
    }
    equation.output = labels_of(terms.output.value_or(implied_output(terms.inputs)), most, most);
    for (const int label : equation.output) {
        if (!seen[static_cast<std::size_t>(label)] || std::ranges::count(equation.output, label) != 1) {
            NodeView::fail("equation '" + text + "' has an output with a label that no input has, or twice");
        }
    }
    return equation;
}

}  // namespace wasminfer::gen
