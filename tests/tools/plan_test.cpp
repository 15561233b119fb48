// The planner against a memory that remembers what was written where: whatever a step reads must still be there.
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "plan/plan.hpp"

using namespace wasminfer::gen;

namespace {

/// A random straight program over values of random sizes.
struct RandomProgram {
    Model model;
    Program program;

    explicit RandomProgram(unsigned seed)
    {
        std::mt19937 random{seed};
        const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
        std::vector<Value*> readable;
        const auto make = [&](std::size_t bytes) {
            Value* value = model.graph.add_value("v" + std::to_string(model.graph.values().size()));
            value->dtype = DType::u8;
            value->shape = Shape{Dim{static_cast<std::int64_t>(bytes)}};
            return value;
        };
        for (std::size_t i = 0; i < 1 + below(3); ++i) {
            readable.push_back(make(1 + below(300)));
            model.graph.inputs.push_back(readable.back());
        }
        for (std::size_t i = 0; i < 2 + below(30); ++i) {
            Step step;
            Value* first = readable[readable.size() - 1 - below(std::min<std::size_t>(readable.size(), 4))];
            const std::size_t bytes = below(3) == 0 ? 1 + below(300) : size(*first);
            Value* output = make(bytes);
            read(step, *first);
            if (below(2) == 0) {
                read(step, *readable[below(readable.size())]);
            }
            write(step, *output);
            if (bytes == size(*first)) {
                step.in_place.push_back({output, first});
            }
            if (below(4) == 0) {
                program.temporaries.emplace_back(static_cast<std::int64_t>(below(200)));
                step.call.arguments.emplace_back(Operand{.kind = Operand::Kind::temporary,
                                                         .index = program.temporaries.size() - 1,
                                                         .dtype = DType::u8,
                                                         .written = true});
            }
            program.steps.push_back(std::move(step));
            readable.push_back(output);
            if (below(5) == 0 && bytes > 4) {
                Value* view = make(bytes - 4);
                program.aliases[view] = {output, 4};
                readable.push_back(view);
            }
        }
        for (std::size_t i = 0; i < 1 + below(3); ++i) {
            model.graph.outputs.push_back(readable[below(readable.size())]);
        }
        if (seed % 2 == 0) {
            keep_states(readable);
        }
    }

    /// Inputs take over what a value of their size holds when the run ends.
    void keep_states(const std::vector<Value*>& readable)
    {
        const std::size_t inputs = model.graph.inputs.size();
        for (std::size_t i = 0; i < inputs; ++i) {
            for (std::size_t v = inputs + i; v < readable.size(); v += 2) {
                if (size(*readable[v]) == size(*model.graph.inputs[i])) {
                    model.states.push_back({i, model.graph.outputs.size()});
                    model.graph.outputs.push_back(readable[v]);
                    break;
                }
            }
        }
    }

    static std::size_t size(const Value& value) { return static_cast<std::size_t>((*value.shape)[0].constant()); }

    static void read(Step& step, const Value& value)
    {
        step.call.arguments.emplace_back(Operand{.kind = Operand::Kind::value, .value = &value, .dtype = DType::u8});
    }

    static void write(Step& step, const Value& value)
    {
        step.call.arguments.emplace_back(
            Operand{.kind = Operand::Kind::value, .value = &value, .dtype = DType::u8, .written = true});
    }
};

/// An arena in which every byte knows the value, and the byte of it, that was written there last.
class Memory {
public:
    Memory(const Plan& plan, const std::map<const Value*, Alias>& aliases)
        : plan_{plan}, aliases_{aliases}, bytes_(static_cast<std::size_t>(plan.arena_bytes))
    {
    }

    void write(const Operand& operand, std::size_t count)
    {
        const auto at = start(operand);
        REQUIRE(at + count <= bytes_.size());
        for (std::size_t i = 0; i < count; ++i) {
            bytes_[at + i] = {operand.value, i};
        }
    }

    bool holds(const Value& value) const { return holds(value, value); }

    /// Whether the value's elements are where `place` lies.
    bool holds(const Value& value, const Value& place) const
    {
        const Value* base = &value;
        std::size_t shift = 0;
        for (auto it = aliases_.find(base); it != aliases_.end(); it = aliases_.find(base)) {
            shift += static_cast<std::size_t>(it->second.byte_offset.constant());
            base = it->second.base;
        }
        const auto at = start({.kind = Operand::Kind::value, .value = &place, .dtype = DType::u8});
        for (std::size_t i = 0; i < RandomProgram::size(value); ++i) {
            if (bytes_[at + i] != std::pair{base, i + shift}) {
                return false;
            }
        }
        return true;
    }

private:
    std::size_t start(const Operand& operand) const
    {
        const Place place = plan_.place(operand);
        return static_cast<std::size_t>(plan_.regions[place.index].offset + place.byte_offset.constant());
    }

    const Plan& plan_;
    const std::map<const Value*, Alias>& aliases_;
    std::vector<std::pair<const Value*, std::size_t>> bytes_;
};

/// Each state's output is where its input lies: because it was made there, or by a copy at the end, which must find
/// it whole and must not destroy another state.
void check_states(const RandomProgram& random, const Plan& plan, Memory& memory)
{
    std::set<const Value*> copied;
    for (std::size_t i = random.program.steps.size(); i < plan.program.steps.size(); ++i) {
        const auto& arguments = plan.program.steps[i].call.arguments;
        const auto& from = std::get<Operand>(arguments.at(0));
        const auto& to = std::get<Operand>(arguments.at(1));
        REQUIRE(memory.holds(*from.value));
        memory.write(to, RandomProgram::size(*to.value));
        copied.insert(to.value);
    }
    for (const State& state : random.model.states) {
        const Value& input = *random.model.graph.inputs[state.input];
        const Value& output = *random.model.graph.outputs[state.output];
        REQUIRE(memory.holds(copied.contains(&input) ? input : output, input));
        const Place place = plan.places.at(&input);
        CHECK(plan.regions[place.index].offset + plan.regions[place.index].bytes <= plan.state_bytes);
    }
}

void run(const RandomProgram& random)
{
    const Plan plan = plan_memory(random.model, random.program);
    CHECK(plan.arena_bytes >= plan.lower_bound);
    Memory memory{plan, random.program.aliases};
    for (const Value* input : random.model.graph.inputs) {
        memory.write({.kind = Operand::Kind::value, .value = input, .dtype = DType::u8}, RandomProgram::size(*input));
    }
    const std::size_t own_steps = random.program.steps.size();
    for (std::size_t i = 0; i < own_steps; ++i) {
        const Step& step = plan.program.steps[i];
        for (const Argument& argument : step.call.arguments) {
            const auto& operand = std::get<Operand>(argument);
            if (!operand.written) {
                REQUIRE(memory.holds(*operand.value));
            }
        }
        for (const Argument& argument : step.call.arguments) {
            const auto& operand = std::get<Operand>(argument);
            if (operand.kind == Operand::Kind::temporary) {
                const auto bytes = random.program.temporaries[operand.index].constant();
                memory.write(operand, static_cast<std::size_t>(bytes));
            }
        }
        // A temporary must not cover an operand: what is read is still there when the output is written.
        for (const Argument& argument : step.call.arguments) {
            const auto& operand = std::get<Operand>(argument);
            if (!operand.written) {
                REQUIRE(memory.holds(*operand.value));
            }
        }
        for (const Argument& argument : step.call.arguments) {
            const auto& operand = std::get<Operand>(argument);
            if (operand.written && operand.value) {
                memory.write(operand, RandomProgram::size(*operand.value));
            }
        }
    }
    for (const Value* output : random.model.graph.outputs) {
        REQUIRE(memory.holds(*output));
    }
    check_states(random, plan, memory);
}

}  // namespace

TEST_CASE("planner: what a step reads was not overwritten, over random programs")
{
    for (unsigned seed = 0; seed < 500; ++seed) {
        CAPTURE(seed);
        run(RandomProgram{seed});
    }
}

TEST_CASE("planner: an elementwise chain of one size stays in one region")
{
    Model model;
    Program program;
    Value* last = nullptr;
    for (int i = 0; i < 4; ++i) {
        Value* value = model.graph.add_value("v" + std::to_string(i));
        value->dtype = DType::f32;
        value->shape = Shape{Dim{100}};
        if (last) {
            Step step;
            RandomProgram::read(step, *last);
            RandomProgram::write(step, *value);
            step.in_place.push_back({value, last});
            program.steps.push_back(std::move(step));
        }
        last = value;
    }
    model.graph.inputs = {model.graph.values().front().get()};
    model.graph.outputs = {last};
    const Plan plan = plan_memory(model, program);
    CHECK(plan.regions.size() == 1);
    CHECK(plan.arena_bytes == 448);
}

TEST_CASE("planner: a state is replaced where it lies, or copied where its last reader comes too late")
{
    for (const bool late : {false, true}) {
        CAPTURE(late);
        Model model;
        Program program;
        std::vector<Value*> values;
        for (int i = 0; i < 3; ++i) {
            values.push_back(model.graph.add_value("v" + std::to_string(i)));
            values.back()->dtype = DType::u8;
            values.back()->shape = Shape{Dim{16}};
        }
        // v1 = f(v0), v2 = g(v1) or, late, g(v0): the state v0 becomes v1.
        for (std::size_t i = 1; i < 3; ++i) {
            Step step;
            RandomProgram::read(step, *values[i == 2 && !late ? 1 : 0]);
            RandomProgram::write(step, *values[i]);
            step.in_place.push_back({values[i], values[0]});
            program.steps.push_back(std::move(step));
        }
        model.graph.inputs = {values[0]};
        model.graph.outputs = {values[1], values[2]};
        model.states = {{0, 0}};
        const Plan plan = plan_memory(model, program);
        CHECK(plan.program.steps.size() == (late ? 3 : 2));
        CHECK(plan.regions.size() == (late ? 3 : 2));
        CHECK(plan.state_bytes == 64);
    }
}

TEST_CASE("planner: an input that is read again is not overwritten in place")
{
    Model model;
    Program program;
    std::vector<Value*> values;
    for (int i = 0; i < 3; ++i) {
        values.push_back(model.graph.add_value("v" + std::to_string(i)));
        values.back()->dtype = DType::f32;
        values.back()->shape = Shape{Dim{16}};
    }
    for (int i = 1; i < 3; ++i) {
        Step step;
        RandomProgram::read(step, *values[0]);
        RandomProgram::write(step, *values[static_cast<std::size_t>(i)]);
        step.in_place.push_back({values[static_cast<std::size_t>(i)], values[0]});
        program.steps.push_back(std::move(step));
    }
    model.graph.inputs = {values[0]};
    model.graph.outputs = {values[1], values[2]};
    const Plan plan = plan_memory(model, program);
    CHECK(plan.regions.size() == 2);
}

namespace {

/// Values of bytes, by hand.
struct HandMade {
    Model model;
    Program program;

    Value* value(const std::string& name, std::int64_t bytes)
    {
        Value* value = model.graph.add_value(name);
        value->dtype = DType::u8;
        value->shape = Shape{Dim{bytes}};
        return value;
    }

    static Step step(const std::vector<Value*>& read, const std::vector<Value*>& written)
    {
        Step step;
        for (const Value* value : read) {
            RandomProgram::read(step, *value);
        }
        for (const Value* value : written) {
            RandomProgram::write(step, *value);
        }
        return step;
    }

    static Step loop(Steps body)
    {
        Step loop;
        loop.kind = Step::Kind::loop;
        loop.trips = Dim{3};
        loop.bodies.push_back(std::move(body));
        return loop;
    }
};

bool overlap(const Plan& plan, const Value& a, const Value& b)
{
    const Region& left = plan.regions[plan.places.at(&a).index];
    const Region& right = plan.regions[plan.places.at(&b).index];
    return left.offset < right.offset + right.bytes && right.offset < left.offset + left.bytes;
}

}  // namespace

TEST_CASE("planner: what a loop's turns leave for behind it lies apart from all that the turns write")
{
    for (const bool is_output : {false, true}) {
        CAPTURE(is_output);
        HandMade made;
        Value* x = made.value("x", 64);
        Value* early = made.value("early", 64);
        Value* stacked = made.value("stacked", 192);
        Value* y = made.value("y", 192);
        Steps body;
        // Its last reader comes before the stack is written: within one turn the two would not meet.
        body.push_back(HandMade::step({x}, {early}));
        body.push_back(HandMade::step({early}, {stacked}));
        made.program.steps.push_back(HandMade::loop(std::move(body)));
        made.program.steps.push_back(HandMade::step({stacked}, {y}));
        made.model.graph.inputs = {x};
        made.model.graph.outputs = {is_output ? stacked : y};
        const Plan plan = plan_memory(made.model, made.program);
        CHECK(!overlap(plan, *early, *stacked));
        CHECK(!overlap(plan, *x, *stacked));
    }
}

TEST_CASE("planner: scratch that is read before it is written is a mistake of an operator's, and is found")
{
    for (const bool in_order : {false, true}) {
        HandMade made;
        Value* x = made.value("x", 64);
        Value* y = made.value("y", 64);
        made.program.temporaries.emplace_back(64);
        const Operand scratch{.kind = Operand::Kind::temporary, .index = 0, .dtype = DType::u8};
        Operand filled = scratch;
        filled.written = true;
        Step fill = HandMade::step({x}, {});
        fill.call.arguments.emplace_back(filled);
        Step read = HandMade::step({}, {y});
        read.call.arguments.emplace_back(scratch);
        made.program.steps.push_back(in_order ? fill : read);
        made.program.steps.push_back(in_order ? read : fill);
        made.model.graph.inputs = {x};
        made.model.graph.outputs = {y};
        if (in_order) {
            CHECK_NOTHROW(plan_memory(made.model, made.program));
        } else {
            CHECK_THROWS_AS(plan_memory(made.model, made.program), std::logic_error);
        }
    }
}

TEST_CASE("planner: what the inner of two loops leaves for behind the outer one is kept through both")
{
    HandMade made;
    Value* x = made.value("x", 64);
    Value* before = made.value("before", 64);
    Value* stacked = made.value("stacked", 64);
    Value* y = made.value("y", 64);
    Steps inner;
    inner.push_back(HandMade::step({x}, {stacked}));
    Steps outer;
    outer.push_back(HandMade::step({x}, {before}));
    outer.push_back(HandMade::step({before}, {}));
    outer.push_back(HandMade::loop(std::move(inner)));
    made.program.steps.push_back(HandMade::loop(std::move(outer)));
    made.program.steps.push_back(HandMade::step({stacked}, {y}));
    made.model.graph.inputs = {x};
    made.model.graph.outputs = {y};
    const Plan plan = plan_memory(made.model, made.program);
    CHECK(!overlap(plan, *before, *stacked));
}

TEST_CASE("planner: a loop does not write in place over what its next turn reads")
{
    HandMade made;
    Value* x = made.value("x", 64);
    Value* y = made.value("y", 64);
    Steps body;
    body.push_back(HandMade::step({x}, {y}));
    body.back().in_place.push_back({y, x});
    made.program.steps.push_back(HandMade::loop(std::move(body)));
    made.model.graph.inputs = {x};
    made.model.graph.outputs = {y};
    const Plan plan = plan_memory(made.model, made.program);
    CHECK(!overlap(plan, *x, *y));
}
