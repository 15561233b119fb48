#pragma once

#include "ops/call.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// A stretch of the arena, and when it is in use. Steps are numbered in the order in which they stand in the code,
/// those inside branches and loops too; -1 is before the first (an input), step_count after the last (an output).
struct Region {
    std::string name;  ///< The ONNX name of the first value in it, or what a temporary is for.
    DType dtype = DType::undefined;
    std::int64_t bytes = 0;  ///< At the largest sizes of all free dimensions.
    int first = 0;
    int last = 0;
    std::int64_t offset = 0;
};

/// Where a value's bytes are: in a region of the arena or in the weights.
struct Place {
    bool in_weights = false;
    std::size_t index = 0;  ///< Into Plan::regions or Program::weights.
    Dim byte_offset = 0;
};

struct Plan {
    Program program;
    std::vector<Region> regions;
    std::map<const Value*, Place> places;
    std::vector<std::size_t> temporary_regions;  ///< A region for each of the program's temporaries.
    int step_count = 0;
    std::int64_t arena_bytes = 0;
    /// Largest sum of simultaneously live bytes: no plan can need less.
    std::int64_t lower_bound = 0;
    std::int64_t weight_bytes = 0;
    /// States and caches lie at the arena's start, in [0, state_bytes).
    std::int64_t state_bytes = 0;

    Place place(const Operand& operand) const;
};

/// Lowers every node and gives every value its place. Nodes that can't be lowered go to the diagnostics.
Plan make_plan(const Model& model, Diagnostics& diagnostics);

/// Gives everything in a lowered program its place.
Plan plan_memory(const Model& model, Program program);

/// Bytes of a dimension at its largest, given the free dimensions' bounds.
std::int64_t largest(const Dim& dim, const Symbols& symbols);

/// Calls f(step, number) with every step, inner ones after the step that holds them.
template <class F>
int for_each_step(Steps& steps, F&& f, int number = 0)
{
    for (Step& step : steps) {
        f(step, number++);
        for (Steps& body : step.bodies) {
            number = for_each_step(body, f, number);
        }
    }
    return number;
}

}  // namespace wasminfer::gen
