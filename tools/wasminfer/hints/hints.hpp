// What inspect says of a model beyond what is wrong with it: pairs of inputs and outputs that look like state, and places
// where an export seems to have frozen something that was dynamic. Read off the graph as it was imported; guesses, all of it.
#pragma once

#include <string>
#include <vector>

#include "import/face.hpp"
#include "ir/graph.hpp"

namespace wasminfer::gen {

/// An input and an output that seem to belong together, and the option that would keep them in the model.
struct StatePair {
    std::string input, output;
    bool grows = false;  ///< A cache: one extent is another, larger one in the output.

    /// "--state in=out", "--cache in=out:64" with a number for the rows to be chosen.
    std::string option() const;
};

/// Pairs of one type whose declared shapes don't contradict (but for one extent of a cache), and that are named alike
/// (h_in and h_out, state and stateN, past and present), or of which the input starts an RNN, GRU or LSTM.
std::vector<StatePair> find_state_pairs(const ModelFace& face, const Graph& graph);

/// A place where something that was dynamic when the model was written seems to be fixed now.
struct TraceLoss {
    std::string where;    ///< The node or input.
    std::string message;  ///< What was lost, as far as can be seen.
    std::string trace;    ///< The source line that the exporter noted, or "".
};

/// Shapes frozen into constants, loops written out, and choices made while tracing. `inferred` is the same graph behind
/// infer_graph(), with ranges for its free dimensions, or one without nodes where it could not be.
std::vector<TraceLoss> find_trace_losses(const Graph& imported, const Graph& inferred);

/// `dims` with a range for each free dimension of the model that they don't name.
DimBindings bind_all_freely(const ModelFace& face, DimBindings dims);

}  // namespace wasminfer::gen
