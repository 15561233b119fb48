#pragma once

#include <set>

#include "ir/graph.hpp"
#include "ops/conv_algorithm.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// A picture's bytes as the caller holds them, [N, H, W, bytes], and how they become the model's numbers.
struct PixelFormat {
    std::int64_t bytes = 4;     ///< Of a pixel: rgba8 4, rgb8 3, gray8 1.
    std::int64_t channels = 3;  ///< Of these, for the model.
    bool reversed = false;      ///< The model wants blue first.
    /// (byte - mean) / deviation, one number for all channels or one each, in the model's order.
    std::vector<float> mean{0.0F}, deviation{1.0F};
};

/// --cache IN=OUT:ROWS
struct CacheRequest {
    std::string input, output;
    std::int64_t rows = 0;
};

struct PassOptions {
    /// Constants are executed by the generator. Off: only what decides a shape is worked out, and all else is computed
    /// at run time.
    bool fold = true;
    /// Inputs and outputs (by name) that the caller holds channels-last.
    std::set<std::string> channels_last_inputs, channels_last_outputs;
    /// How convolutions are computed that can be; each by its costs where none is named.
    std::optional<ConvAlgorithm> convolution;
    /// Inputs (by name) that the caller holds as pictures.
    std::map<std::string, PixelFormat> pixel_inputs{};
    /// Inputs (by name) and the outputs whose elements they take over when a run ends.
    std::vector<std::pair<std::string, std::string>> states = {};
    /// Inputs that grow, the outputs that they become, and how many rows there may be.
    std::vector<CacheRequest> caches = {};
};

/// Types, shapes and constants of one node's outputs, from its inputs. Throws OperatorError.
/// Passes call it for the nodes that they put in.
void infer_node(Node& node, Symbols& symbols, const PassOptions& options);

/// The same for all nodes of a graph, those of a branch that is known to be taken in place of their If. A node that
/// fails is reported, and whatever hangs on it is passed over in silence.
void infer_graph(Graph& graph, Symbols& symbols, const PassOptions& options, Diagnostics& diagnostics);

/// Checks what every pass has to keep true: values made before they are read, made once, typed and shaped. Returns
/// what is wrong, or "".
std::string verify_graph(const Graph& graph);

/// Runs all passes. What a model's owner can mend goes to the diagnostics; a pass that breaks the graph throws
/// std::logic_error with its name.
void run_passes(Model& model, const PassOptions& options, Diagnostics& diagnostics);

/// The passes that a subgraph gets, whose types and shapes are inferred: all but those for a model's face.
void run_body_passes(Model& body, const PassOptions& options, Diagnostics& diagnostics);

/// A finding for every node, in subgraphs too, whose operator is not supported at its opset.
void check_operators(const Graph& graph, Diagnostics& diagnostics);

// The passes, one file each; every file opens with what it does and why it may.
void infer_shapes(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void pixel_inputs(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void bind_states(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void bind_caches(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void face_layout(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void append_states(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void optimise_bodies(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void separate_outputs(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void remove_identities(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void remove_dead_nodes(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void widen_halves(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void share_values(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void shrink_broadcasts(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void fuse_normalization(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void fuse_group_norm(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void fuse_activations(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void unexpand_products(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void merge_pads(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void fuse_batch_norm(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void split_pools(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void channels_last(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void cancel_transposes(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void fuse_epilogues(Model& model, const PassOptions& options, Diagnostics& diagnostics);
void choose_convolutions(Model& model, const PassOptions& options, Diagnostics& diagnostics);

}  // namespace wasminfer::gen
