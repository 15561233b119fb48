#include <array>

#include "ops/operator.hpp"
#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

enum class Scope { everywhere, model };

struct Pass {
    std::string_view name;
    void (*run)(Model&, const PassOptions&, Diagnostics&);
    std::string_view reason;          ///< Why it stands where it stands.
    Scope scope = Scope::everywhere;  ///< model: not for the bodies of If, Loop and Scan.
};

constexpr std::array passes{
    Pass{"infer_shapes", infer_shapes, "all others read types, shapes and constants", Scope::model},
    Pass{"pixel_inputs", pixel_inputs, "the face first; its Transpose too is to be cancelled", Scope::model},
    Pass{"bind_states", bind_states, "while inputs and outputs have the model's own shapes", Scope::model},
    Pass{"bind_caches", bind_caches, "the same; its Transposes are to be cancelled", Scope::model},
    Pass{"face_layout", face_layout, "its Transposes are to be cancelled with the model's own", Scope::model},
    Pass{"remove_identities", remove_identities, "patterns are looked for between neighbours"},
    Pass{"widen_halves", widen_halves, "patterns and layouts are looked for among what is computed"},
    Pass{"share_values", share_values, "what is computed twice hides who reads it"},
    Pass{"shrink_broadcasts", shrink_broadcasts, "a constant that is one a channel is recognised as such"},
    Pass{"remove_dead_nodes", remove_dead_nodes, "a value that nobody else reads can be fused away"},
    Pass{"fuse_normalization", fuse_normalization, "before others pull the parts of the pattern apart"},
    Pass{"fuse_group_norm", fuse_group_norm, "the same"},
    Pass{"fuse_activations", fuse_activations, "the same"},
    Pass{"unexpand_products", unexpand_products, "before Transposes move between an Expand and its MatMul"},
    Pass{"merge_pads", merge_pads, "while a Pad and the Conv behind it are neighbours"},
    Pass{"fuse_batch_norm", fuse_batch_norm, "while a Conv and what scales its channels are neighbours"},
    Pass{"channels_last", channels_last, "kernels read channels last: puts Transposes around nodes"},
    Pass{"cancel_transposes", cancel_transposes, "takes nearly all of them away again"},
    Pass{"merge_pads", merge_pads, "exporters leave Transposes between a Pad and its Conv"},
    Pass{"fuse_batch_norm", fuse_batch_norm, "and between a Conv and its bias"},
    Pass{"split_pools", split_pools, "once the pools have the Pads before them"},
    Pass{"remove_identities", remove_identities, "Reshapes that were Transposes of extents of 1"},
    Pass{"fuse_epilogues", fuse_epilogues, "last: a fused node is understood by its own kernel alone"},
    Pass{"share_values", share_values, "passes make equal constants"},
    Pass{"remove_dead_nodes", remove_dead_nodes, "what others left behind"},
    Pass{"choose_convolutions", choose_convolutions, "when layout and weights are what they stay"},
    Pass{"optimise_bodies", optimise_bodies, "a body's nodes are lowered by the same kernels"},
    Pass{"append_states", append_states, "other passes know Concat, and merge what stands behind it"},
    Pass{"separate_outputs", separate_outputs, "when nothing else can make an output an input", Scope::model},
};

void run_pass(const Pass& pass, Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    const auto blame = [&](const std::string& what) {
        return std::logic_error{"the pass " + std::string{pass.name} + " broke the graph: " + what};
    };
    try {
        pass.run(model, options, diagnostics);
    } catch (const OperatorError& error) {
        throw blame(error.what());
    }
    const std::string wrong = diagnostics.empty() ? verify_graph(model.graph) : std::string{};
    if (!wrong.empty()) {
        throw blame(wrong);
    }
}

}  // namespace

void run_passes(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    for (const Pass& pass : passes) {
        if (diagnostics.empty()) {
            run_pass(pass, model, options, diagnostics);
        }
    }
}

void run_body_passes(Model& body, const PassOptions& options, Diagnostics& diagnostics)
{
    for (const Pass& pass : passes) {
        if (pass.scope == Scope::everywhere && diagnostics.empty()) {
            run_pass(pass, body, options, diagnostics);
        }
    }
}

}  // namespace wasminfer::gen
