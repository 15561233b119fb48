#include "plan/remove_unread_steps.hpp"

#include <set>

#include "plan/program_bytes.hpp"

namespace wasminfer::gen {

namespace {

class UnreadSteps {
public:
    explicit UnreadSteps(Program& program) : program_{program} { collect(program.steps, nullptr); }

    void remove(std::span<Value* const> outputs)
    {
        for (const Value* output : outputs) {
            need(bytes_of(*output));
        }
        for (const auto& [step, around] : around_) {
            if (!step->measures.empty()) {
                keep(step);
            }
        }
        while (!open_.empty()) {
            const Step* step = open_.back();
            open_.pop_back();
            for_each_operand(*step, program_, [&](const Bytes& bytes, const Operand&) { need(bytes); });
        }
        erase(program_.steps);
        drop_counters(program_.steps);
        drop_weights();
    }

private:
    Bytes bytes_of(const Value& value) const { return {.value = root_of(&value, program_)}; }

    void collect(const Steps& steps, const Step* around)
    {
        for (const Step& step : steps) {
            around_[&step] = around;
            for_each_operand(step, program_, [&](const Bytes& bytes, const Operand& operand) {
                if (operand.written) {
                    writers_[bytes].push_back(&step);
                }
            });
            for (const Steps& body : step.bodies) {
                collect(body, &step);
            }
        }
    }

    void keep(const Step* step)
    {
        for (; step && kept_.insert(step).second; step = around_.at(step)) {
            open_.push_back(step);
        }
    }

    void need(const Bytes& bytes)
    {
        needed_.insert(bytes);
        if (const auto it = writers_.find(bytes); it != writers_.end()) {
            for (const Step* step : it->second) {
                keep(step);
            }
            writers_.erase(it);
        }
    }

    void erase(Steps& steps) const
    {
        // Addresses are keys: inner steps go first, and those of a list all at once.
        for (Step& step : steps) {
            for (Steps& body : step.bodies) {
                erase(body);
            }
        }
        Steps left;
        for (Step& step : steps) {
            if (kept_.contains(&step)) {
                left.push_back(std::move(step));
            }
        }
        steps = std::move(left);
    }

    /// A loop need not store its counter where no step reads it.
    void drop_counters(Steps& steps) const
    {
        for (Step& step : steps) {
            if (step.iteration.kind == Operand::Kind::value && !needed_.contains(bytes_of(*step.iteration.value))) {
                step.iteration = {};
            }
            for (Steps& body : step.bodies) {
                drop_counters(body);
            }
        }
    }

    /// Calls f with every operand that may be a weight.
    template <class F>
    static void for_each_given(Steps& steps, F f)
    {
        for (Step& step : steps) {
            for (Argument& argument : step.call.arguments) {
                if (auto* given = std::get_if<Operand>(&argument)) {
                    f(*given);
                }
            }
            for (Operand* read : {&step.condition, &step.trip_count, &step.body_condition}) {
                f(*read);
            }
            for (Steps& body : step.bodies) {
                for_each_given(body, f);
            }
        }
    }

    /// Weights that no step reads any more.
    void drop_weights()
    {
        std::map<std::size_t, std::size_t> places;
        for_each_given(program_.steps, [&](const Operand& operand) {
            if (operand.kind == Operand::Kind::weight) {
                places[operand.index] = 0;
            }
        });
        std::vector<Weight> left;
        for (auto& [from, to] : places) {
            to = left.size();
            left.push_back(std::move(program_.weights[from]));
        }
        program_.weights = std::move(left);
        for_each_given(program_.steps, [&](Operand& operand) {
            operand.index = operand.kind == Operand::Kind::weight ? places.at(operand.index) : operand.index;
        });
    }

    Program& program_;
    std::map<const Step*, const Step*> around_;  ///< The branch or loop that a step is in.
    std::map<Bytes, std::vector<const Step*>> writers_;
    std::set<const Step*> kept_;
    std::set<Bytes> needed_;
    std::vector<const Step*> open_;
};

}  // namespace

void remove_unread_steps(Program& program, std::span<Value* const> outputs)
{
    UnreadSteps{program}.remove(outputs);
}

}  // namespace wasminfer::gen
