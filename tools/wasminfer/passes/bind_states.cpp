// before: h0 (input), hn (output)            after: the same graph, and a State {h0, hn} beside it
//
// The caller asked for a recurrent value to stay in the model. It may where both are of one type and shape; the planner
// then gives both the same bytes, or copies one to the other when a run ends.
#include <algorithm>

#include "passes/pass.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

class StateBinder {
public:
    StateBinder(Model& model, Diagnostics& diagnostics) : model_{model}, graph_{model.graph}, diagnostics_{diagnostics}
    {
    }

    void bind(const std::string& in, const std::string& out)
    {
        const std::string option = "--state " + in + "=" + out;
        const auto input = std::ranges::find(graph_.inputs, in, &Value::name);
        std::size_t output = 0;
        while (output < graph_.outputs.size() && graph_.output_name(output) != out) {
            ++output;
        }
        if (input == graph_.inputs.end()) {
            refuse(option, "the model has no input '" + in + "'");
        } else if (output == graph_.outputs.size()) {
            refuse(option, "the model has no output '" + out + "'");
        } else {
            add(option, {static_cast<std::size_t>(input - graph_.inputs.begin()), output});
        }
    }

private:
    void add(const std::string& option, State state)
    {
        const Value& input = *graph_.inputs[state.input];
        const Value& output = *graph_.outputs[state.output];
        const bool used = std::ranges::any_of(model_.states, [&](const State& other) {
            return other.input == state.input || other.output == state.output;
        });
        if (used) {
            refuse(option, "an input or output belongs to another state already");
        } else if (output.is_constant()) {
            refuse(option, "the output is a constant: it does not depend on the state");
        } else if (input.dtype != output.dtype || !same_shape(*input.shape, *output.shape)) {
            refuse(option, "the input is " + type_string(input) + ", the output " + type_string(output) +
                               ": a state keeps its type and shape");
        } else {
            model_.states.push_back(state);
        }
    }

    void refuse(const std::string& option, const std::string& what)
    {
        diagnostics_.add(
            {.where = option,
             .message = what,
             .advice = "'wasminfer inspect' lists inputs and outputs, and the pairs that look like state"});
    }

    Model& model_;
    Graph& graph_;
    Diagnostics& diagnostics_;
};

}  // namespace

void bind_states(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    // Where inference failed, shapes are missing, and what is wrong has been said.
    if (!diagnostics.empty()) {
        return;
    }
    StateBinder binder{model, diagnostics};
    for (const auto& [in, out] : options.states) {
        binder.bind(in, out);
    }
}

}  // namespace wasminfer::gen
