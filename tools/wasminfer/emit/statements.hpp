#pragma once

#include "emit/identifiers.hpp"
#include "plan/plan.hpp"

namespace wasminfer::gen {

/// Identifiers of everything that the steps refer to. Each ends in _at (arena), _w (weights) or _d (free dimension), so
/// that none can be a kernel's.
class PlanNames {
public:
    PlanNames(const Model& model, const Plan& plan);

    const std::string& region(std::size_t index) const { return regions_[index]; }
    const std::string& weight(std::size_t index) const { return weights_[index]; }
    const std::string& dimension(const std::string& symbol) const { return dimensions_.at(symbol); }
    std::set<std::string> all() const;

private:
    std::vector<std::string> regions_;
    std::vector<std::string> weights_;
    std::map<std::string, std::string> dimensions_;
};

/// "f32(image_at)", with "+ n" where the place is inside a region.
std::string print_operand(const Place& place, DType dtype, const PlanNames& names);

/// All steps, each behind a line that tells an observer its number, and a reader its nodes, indented by `depth` times four
/// spaces. `before_call`: a statement to stand before each kernel call, or "".
std::string print_steps(const Plan& plan, const PlanNames& names, int depth, const std::string& before_call = {});

}  // namespace wasminfer::gen
