#include <algorithm>
#include <cctype>

#include "hints/hints.hpp"

namespace wasminfer::gen {

namespace {

bool is_free(const DeclaredDim& dim)
{
    return !dim.value;
}

/// A name in lower-case words, without those that tell an input from an output: "past.0.key" and "present.0.key" are both
/// "0 key", "h_in" and "h_out" both "h", "stateN" is "state".
std::string stem(const std::string& name)
{
    static const std::vector<std::string> sides{"in",       "out",  "input", "output", "past", "present",
                                                "prev",     "next", "new",   "old",    "n",    "t",
                                                "previous", "last", "cur",   "current"};
    std::vector<std::string> words{""};
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        const bool border = i > 0 && ((std::isupper(c) && std::islower(static_cast<unsigned char>(name[i - 1]))) ||
                                      (std::isdigit(c) && std::isalpha(static_cast<unsigned char>(name[i - 1]))));
        if (!std::isalnum(c) || border) {
            words.emplace_back();
        }
        if (std::isalnum(c)) {
            words.back() += static_cast<char>(std::tolower(c));
        }
    }
    std::string text;
    for (std::string& word : words) {
        // h0 and hn: letters of the recurrence itself.
        if (word == "hn" || word == "cn") {
            word.pop_back();
        }
        if (!word.empty() && std::ranges::find(sides, word) == sides.end()) {
            text += (text.empty() ? "" : " ") + word;
        }
    }
    return text;
}

/// The stem without a number at its end: h0 goes with hn.
std::string bare(std::string text)
{
    while (!text.empty() && (std::isdigit(static_cast<unsigned char>(text.back())) || text.back() == ' ')) {
        text.pop_back();
    }
    return text;
}

/// How much two names say that they are one thing's: 0 nothing, 2 the same stem, 1 the same but for a number behind it.
int likeness(const std::string& input, const std::string& output)
{
    const std::string a = stem(input);
    const std::string b = stem(output);
    const auto letters = [](unsigned char c) { return std::isalpha(c) != 0; };
    if (std::ranges::none_of(a, letters) && (input.find("past") == std::string::npos || a.empty())) {
        return 0;
    }
    return a == b ? 2 : bare(a) == bare(b) && (a == bare(a) || b == bare(b)) ? 1 : 0;
}

enum class Fit : std::uint8_t { none, same, grows };

Fit fit(const DeclaredInput& input, const DeclaredInput& output)
{
    if (input.kind != "tensor" || output.kind != "tensor" || input.dtype != output.dtype || !input.shape) {
        return Fit::none;
    }
    if (!output.shape) {
        return Fit::same;
    }
    if (input.shape->size() != output.shape->size()) {
        return Fit::none;
    }
    int grown = 0;
    for (std::size_t axis = 0; axis < input.shape->size(); ++axis) {
        const DeclaredDim& a = (*input.shape)[axis];
        const DeclaredDim& b = (*output.shape)[axis];
        const bool unnamed =
            b.name.ends_with("_dim" + std::to_string(axis)) || b.name.find("_dim_") != std::string::npos;
        if (a.value && b.value && *a.value != *b.value) {
            return Fit::none;
        }
        grown += is_free(a) && is_free(b) && !unnamed && a.name != b.name ? 1 : 0;
    }
    return grown == 0 ? Fit::same : grown == 1 ? Fit::grows : Fit::none;
}

/// Whether the input, perhaps cut and reshaped, is where a recurrent layer starts from.
bool starts_recurrence(const Graph& graph, const Value* start)
{
    static const std::vector<std::string_view> movers{"Slice", "Gather",    "Squeeze",  "Unsqueeze", "Reshape",
                                                      "Split", "Transpose", "Identity", "Cast",      "Expand"};
    std::set<const Value*> reached{start};
    bool found = false;
    const auto visit = [&](const auto& self, const Graph& body) -> void {
        for (const auto& node : body.nodes()) {
            const bool recurrent = node->is("LSTM") || node->is("GRU") || node->is("RNN");
            for (std::size_t i = 5; recurrent && i < node->inputs.size() && i <= 6; ++i) {
                found = found || reached.contains(node->inputs[i]);
            }
            const bool moves = std::ranges::find(movers, node->op) != movers.end();
            if (moves && !node->inputs.empty() && reached.contains(node->inputs[0])) {
                reached.insert(node->outputs.begin(), node->outputs.end());
            }
            for_each_subgraph(*node, [&](const Graph& inner) { self(self, inner); });
        }
    };
    visit(visit, graph);
    return found;
}

}  // namespace

std::string StatePair::option() const
{
    return grows ? "--cache " + input + "=" + output + ":ROWS" : "--state " + input + "=" + output;
}

std::vector<StatePair> find_state_pairs(const ModelFace& face, const Graph& graph)
{
    std::vector<StatePair> pairs;
    std::set<std::string> taken;
    for (const DeclaredInput& input : face.inputs) {
        const auto value = std::ranges::find(graph.inputs, input.name, &Value::name);
        const bool starts = value != graph.inputs.end() && starts_recurrence(graph, *value);
        const DeclaredInput* best = nullptr;
        int most = 0;
        for (const DeclaredInput& output : face.declared_outputs) {
            const Fit shapes = fit(input, output);
            // A recurrent layer's first state needs no name; what grows does.
            const int score = shapes == Fit::none || taken.contains(output.name)
                                  ? 0
                                  : 2 * likeness(input.name, output.name) + (starts && shapes == Fit::same ? 1 : 0);
            if (score > most) {
                most = score;
                best = &output;
            }
        }
        if (best) {
            taken.insert(best->name);
            pairs.push_back({input.name, best->name, fit(input, *best) == Fit::grows});
        }
    }
    return pairs;
}

}  // namespace wasminfer::gen
