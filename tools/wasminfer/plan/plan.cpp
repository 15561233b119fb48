#include "plan/plan.hpp"

#include <algorithm>
#include <set>

#include "ir/ranges.hpp"
#include "ops/lower.hpp"
#include "plan/arena.hpp"
#include "plan/lower_graph.hpp"

namespace wasminfer::gen {

std::int64_t largest(const Dim& dim, const Symbols& symbols)
{
    if (dim.is_constant()) {
        return dim.constant();
    }
    return dim.bounds(ranges_of(symbols)).hi;
}

Place Plan::place(const Operand& operand) const
{
    Place found;
    switch (operand.kind) {
    case Operand::Kind::none: break;
    case Operand::Kind::value: found = places.at(operand.value); break;
    case Operand::Kind::weight: found = {.in_weights = true, .index = operand.index}; break;
    case Operand::Kind::temporary: found = {.index = temporary_regions[operand.index]}; break;
    }
    found.byte_offset = found.byte_offset + operand.byte_offset;
    return found;
}

namespace {

class Planner {
public:
    /// `copied`: the states whose output the program copies to their input at its end.
    Planner(const Model& model, Plan& plan, const std::set<std::size_t>& copied)
        : model_{model}, plan_{plan}, copied_{copied}
    {
    }

    /// Returns the states that can't do without a copy; the plan is good where there are none.
    std::set<std::size_t> run()
    {
        plan_.step_count = for_each_step(plan_.program.steps, [](Step&, int) {});
        for (const Value* input : model_.graph.inputs) {
            touch(region_of(*input), -1);
        }
        keep_caches();
        add_temporaries();
        for_each_step(plan_.program.steps, [&](Step& step, int number) { visit(step, number); });
        for (const Value* output : model_.graph.outputs) {
            const Place& place = place_of(*output);
            if (!place.in_weights) {
                touch(place.index, plan_.step_count);
                kept_.insert(place.index);
            }
        }
        extend_over_loops(plan_.program.steps, 0);
        share_in_place();
        auto in_need = keep_states();
        if (in_need.empty()) {
            pack();
            for (const Weight& weight : plan_.program.weights) {
                plan_.weight_bytes += static_cast<std::int64_t>(weight.bytes.size());
            }
        }
        return in_need;
    }

private:
    /// The place of a value, made at first sight: aliases lead to the value whose bytes they are.
    const Place& place_of(const Value& value)
    {
        if (const auto known = plan_.places.find(&value); known != plan_.places.end()) {
            return known->second;
        }
        Place place;
        const auto alias = plan_.program.aliases.find(&value);
        if (value.constant) {
            place = {.in_weights = true, .index = weight_of(value)};
        } else if (alias != plan_.program.aliases.end()) {
            place = place_of(*alias->second.base);
            place.byte_offset = place.byte_offset + alias->second.byte_offset;
        } else {
            const Dim bytes = element_count(*value.shape) * Dim{static_cast<std::int64_t>(size_of(value.dtype))};
            place.index = add_region(value.name, value.dtype, largest(bytes, model_.symbols));
        }
        return plan_.places[&value] = place;
    }

    std::size_t region_of(const Value& value) { return place_of(value).index; }

    std::size_t weight_of(const Value& value)
    {
        auto& program = plan_.program;
        const auto [it, fresh] = program.constants.try_emplace(&value, program.weights.size());
        if (fresh) {
            const auto bytes = value.constant->bytes();
            program.weights.push_back({value.name, value.dtype, {bytes.begin(), bytes.end()}});
        }
        return it->second;
    }

    std::size_t add_region(std::string name, DType dtype, std::int64_t bytes)
    {
        plan_.regions.push_back({std::move(name), dtype, bytes, plan_.step_count + 1, -2});
        return plan_.regions.size() - 1;
    }

    void touch(std::size_t region, int step)
    {
        Region& touched = plan_.regions[region];
        touched.first = std::min(touched.first, step);
        touched.last = std::max(touched.last, step);
    }

    void add_temporaries()
    {
        for (const Dim& bytes : plan_.program.temporaries) {
            plan_.temporary_regions.push_back(add_region("scratch", DType::undefined, largest(bytes, model_.symbols)));
        }
    }

    void use(const Operand& operand, int number)
    {
        if (operand.kind == Operand::Kind::value) {
            if (const Place& place = place_of(*operand.value); !place.in_weights) {
                touch(place.index, number);
            }
        } else if (operand.kind == Operand::Kind::temporary) {
            Region& region = plan_.regions[plan_.temporary_regions[operand.index]];
            region.dtype = operand.dtype;
            if (operand.written) {
                written_.insert(operand.index);
            } else if (!written_.contains(operand.index)) {
                throw std::logic_error{"step " + std::to_string(number) + " reads scratch that no step has written"};
            }
            touch(plan_.temporary_regions[operand.index], number);
        }
    }

    void visit(const Step& step, int number)
    {
        for (const Operand* operand : {&step.condition, &step.trip_count, &step.iteration, &step.body_condition}) {
            use(*operand, number);
        }
        for (const Argument& argument : step.call.arguments) {
            if (const auto* operand = std::get_if<Operand>(&argument)) {
                use(*operand, number);
            }
        }
    }

    /// What is made before a loop and read inside it is needed until the loop's last turn; what a turn leaves for the
    /// next one too. What is made inside and read behind it may hold what earlier turns left (a stacked output does), so
    /// that it is needed from the first turn on.
    int extend_over_loops(Steps& steps, int number)
    {
        for (Step& step : steps) {
            const int first = number++;
            for (Steps& body : step.bodies) {
                number = extend_over_loops(body, number);
            }
            if (step.kind == Step::Kind::loop) {
                for (Region& region : plan_.regions) {
                    if (region.first <= first && region.last >= first) {
                        region.last = std::max(region.last, number);
                    } else if (region.first < number && region.last >= number) {
                        region.first = std::min(region.first, first);
                    }
                }
                use(step.body_condition, number);
            }
        }
        return number;
    }

    /// An output takes over an input's region where the input is read for the last time.
    void share_in_place()
    {
        for_each_step(plan_.program.steps, [&](Step& step, int number) {
            for (const InPlace& pair : step.in_place) {
                try_share(pair, step, number);
            }
        });
    }

    void try_share(const InPlace& pair, const Step& step, int number)
    {
        const Place in = place_of(*pair.input);
        const Place out = place_of(*pair.output);
        const Dim zero = 0;
        if (in.in_weights || out.in_weights || !(in.byte_offset == zero) || !(out.byte_offset == zero)) {
            return;
        }
        const std::size_t from = root(in.index);
        const std::size_t to = root(out.index);
        Region& source = plan_.regions[from];
        const Region& target = plan_.regions[to];
        const bool dies_here = source.last == number && target.first == number;
        if (from == to || !dies_here || source.bytes != target.bytes || kept_.contains(from) ||
            reads(step, from) != 1) {
            return;
        }
        source.last = target.last;
        merged_[to] = from;
        if (kept_.contains(to)) {
            kept_.insert(from);
        }
    }

    /// A cache has room for all rows that a run may leave, and is always in use.
    void keep_caches()
    {
        for (const Cache& cache : model_.caches) {
            const std::size_t index = region_of(*model_.graph.inputs[cache.input]);
            const Value& grown = *model_.graph.outputs[cache.output];
            const Dim bytes = element_count(*grown.shape) * Dim{static_cast<std::int64_t>(size_of(grown.dtype))};
            plan_.regions[index].bytes = largest(bytes, model_.symbols);
            touch(index, plan_.step_count);
            kept_.insert(index);
            state_regions_.insert(index);
        }
    }

    /// A state's output is written where its input lies, if nobody reads the input any more by then.
    std::set<std::size_t> keep_states()
    {
        std::set<std::size_t> in_need;
        for (std::size_t i = 0; i < model_.states.size(); ++i) {
            const std::size_t in = root(region_of(*model_.graph.inputs[model_.states[i].input]));
            const Place out_place = place_of(*model_.graph.outputs[model_.states[i].output]);
            const std::size_t out = out_place.in_weights ? in : root(out_place.index);
            Region& kept = plan_.regions[in];
            const bool whole = !out_place.in_weights && out_place.byte_offset == Dim{0};
            if (whole && in != out && !kept_.contains(in) && plan_.regions[out].bytes == kept.bytes &&
                kept.last < plan_.regions[out].first) {
                merged_[out] = in;
            } else if (!copied_.contains(i) && !(whole && in == out)) {
                in_need.insert(i);
            }
            kept.first = -1;
            kept.last = plan_.step_count;
            kept_.insert(in);
            state_regions_.insert(in);
        }
        return in_need;
    }

    int reads(const Step& step, std::size_t region)
    {
        int count = 0;
        for (const Argument& argument : step.call.arguments) {
            const auto* operand = std::get_if<Operand>(&argument);
            if (operand && operand->kind == Operand::Kind::value && !operand->written) {
                const Place& place = place_of(*operand->value);
                count += !place.in_weights && root(place.index) == region ? 1 : 0;
            }
        }
        return count;
    }

    std::size_t root(std::size_t region) const
    {
        for (auto it = merged_.find(region); it != merged_.end(); it = merged_.find(region)) {
            region = it->second;
        }
        return region;
    }

    void pack()
    {
        std::vector<std::size_t> index(plan_.regions.size());
        std::vector<Region> kept;
        // States first: they are always in use, and one copy saves and restores them all.
        const ArenaLayout states = pack_regions(true, 0, kept, index);
        const ArenaLayout others = pack_regions(false, states.bytes, kept, index);
        for (auto& [value, place] : plan_.places) {
            place.index = place.in_weights ? place.index : index[root(place.index)];
        }
        for (auto& region : plan_.temporary_regions) {
            region = index[root(region)];
        }
        plan_.regions = std::move(kept);
        plan_.state_bytes = states.bytes;
        plan_.arena_bytes = states.bytes + others.bytes;
        plan_.lower_bound = states.lower_bound + others.lower_bound;
    }

    /// Gives the regions that are states, or all others, their places behind `start`.
    ArenaLayout pack_regions(bool states, std::int64_t start, std::vector<Region>& kept,
                             std::vector<std::size_t>& index) const
    {
        std::vector<ArenaItem> items;
        const std::size_t first = kept.size();
        for (std::size_t i = 0; i < plan_.regions.size(); ++i) {
            const Region& region = plan_.regions[i];
            const bool used = region.first <= region.last;
            if (root(i) == i && used && state_regions_.contains(i) == states) {
                index[i] = kept.size();
                kept.push_back(region);
                items.push_back({region.bytes, region.first, region.last});
            }
        }
        ArenaLayout layout = pack_arena(items);
        for (std::size_t i = 0; i < items.size(); ++i) {
            kept[first + i].offset = start + layout.offsets[i];
        }
        return layout;
    }

    const Model& model_;
    Plan& plan_;
    std::map<std::size_t, std::size_t> merged_;
    /// Regions that the caller reads after the run: nothing may overwrite them.
    std::set<std::size_t> kept_;
    const std::set<std::size_t>& copied_;
    std::set<std::size_t> state_regions_;
    std::set<std::size_t> written_;  ///< Temporaries that a step so far has written.
};

/// A last step that copies a state's output to its input.
void append_state_copy(const Model& model, const State& state, Program& program)
{
    const Value& input = *model.graph.inputs[state.input];
    const Node none;
    Lower lower{none, program, program.steps};
    Operand to = lower.operand(input);
    to.written = true;
    lower.copy(to, lower.operand(*model.graph.outputs[state.output]), element_count(*input.shape));
    program.steps.back().label = "state " + input.name;
}

}  // namespace

Plan plan_memory(const Model& model, Program program)
{
    std::set<std::size_t> copied;
    while (true) {
        Plan plan;
        plan.program = std::move(program);
        const auto in_need = Planner{model, plan, copied}.run();
        if (in_need.empty()) {
            return plan;
        }
        program = std::move(plan.program);
        for (const std::size_t state : in_need) {
            append_state_copy(model, model.states[state], program);
            copied.insert(state);
        }
    }
}

Plan make_plan(const Model& model, Diagnostics& diagnostics)
{
    Program program = lower_graph(model, diagnostics);
    return diagnostics.empty() ? plan_memory(model, std::move(program)) : Plan{};
}

}  // namespace wasminfer::gen
