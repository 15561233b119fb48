// Members of a generated class, beside its accessors.
#pragma once

#include <optional>
#include <string>

#include "emit/statements.hpp"
#include "plan/plan.hpp"

namespace wasminfer::gen {

/// The free dimensions that the caller sets, as one aggregate; "" where there are none.
std::string print_sizes(const Model& model, const PlanNames& names);

/// reset(), snapshot() and restore() of what stays in the model from one run to the next; "" where nothing does.
std::string print_state(const Model& model, const Plan& plan, const PlanNames& names);

/// The entry itself.
std::string print_run(const Model& model, const PlanNames& names);

/// The input that an output becomes when a run ends, if it does.
std::optional<std::size_t> kept_in(const Model& model, std::size_t output);

}  // namespace wasminfer::gen
