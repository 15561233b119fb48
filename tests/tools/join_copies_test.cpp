// Copies of copies: what is joined computes what two steps did, and what must not be joined stays.
#include "plan/join_copies.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "ops/lower.hpp"
#include "ops/strided.hpp"
#include "plan/program_bytes.hpp"
#include "plan/remove_unread_steps.hpp"

using namespace wasminfer::gen;

namespace {

const std::map<std::string, std::int64_t> sizes{{"n", 3}, {"m", 5}};

std::size_t count(const Shape& shape)
{
    return static_cast<std::size_t>(element_count(shape).evaluate(sizes).value());
}

struct Copies {
    Graph graph;
    Program program;
    Node node;
    Lower lower{node, program, program.steps};

    Value* value(const std::string& name, const Shape& shape, bool made = true)
    {
        Value* value = graph.add_value(name);
        value->dtype = DType::f32;
        value->shape = shape;
        value->producer = made ? &node : nullptr;
        return value;
    }

    /// y = Transpose(x), without looking for an alias.
    Value* transpose(Value* x, const std::vector<std::size_t>& order)
    {
        const auto from = strides_of(*x->shape);
        Shape shape;
        for (const std::size_t axis : order) {
            shape.push_back((*x->shape)[axis]);
        }
        Value* y = value("y" + std::to_string(graph.values().size()), shape);
        const auto to = strides_of(shape);
        StridedCopy copy;
        for (std::size_t i = 0; i < order.size(); ++i) {
            copy.axes.push_back({shape[i], from[order[i]], to[i]});
        }
        lower_copy(lower, *y, *x, copy);
        return y;
    }

    /// Copies x into y, a Concat's output along an axis, at a place of it.
    void put(const Value* x, const Value* y, std::size_t axis, const Dim& at)
    {
        const auto from = strides_of(*x->shape);
        const auto to = strides_of(*y->shape);
        StridedCopy copy;
        for (std::size_t i = 0; i < from.size(); ++i) {
            copy.axes.push_back({(*x->shape)[i], from[i], to[i]});
        }
        copy.to_offset = at * to[axis];
        lower_copy(lower, *y, *x, copy);
    }

    void join(const std::vector<Value*>& outputs)
    {
        join_copies(program, outputs);
        remove_unread_steps(program, outputs);
    }

    /// What the steps leave in y, with x filled with 1, 2, 3, …
    std::vector<float> run(const Value* x, const Value* y) const
    {
        std::map<const Value*, std::vector<float>> memory;
        for (const auto& held : graph.values()) {
            memory[held.get()].assign(count(*held->shape), 0.0F);
        }
        std::iota(memory[x].begin(), memory[x].end(), 1.0F);
        for (const Step& step : program.steps) {
            HostCall call;
            for (const Argument& argument : step.call.arguments) {
                if (const auto* operand = std::get_if<Operand>(&argument)) {
                    auto* bytes = reinterpret_cast<std::byte*>(memory.at(root_of(operand->value, program)).data());
                    call.pointers.push_back(bytes + operand->byte_offset.evaluate(sizes).value());
                    call.dtypes.push_back(operand->dtype);
                } else if (const auto* extents = std::get_if<Extents>(&argument)) {
                    for (const Field& field : extents->fields) {
                        for (const Dim& dim : field.dims) {
                            call.numbers.push_back(dim.evaluate(sizes).value());
                        }
                    }
                }
            }
            step.call.host(call);
        }
        return memory.at(y);
    }
};

}  // namespace

TEST_CASE("joined copies compute what both did")
{
    std::size_t joined = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        const std::vector<Dim> extents{1, 2, 3, 4, Dim::symbol("n"), Dim::symbol("m"), Dim::symbol("n") * Dim{2}};
        Shape shape;
        for (std::size_t i = 0; i < 2 + random() % 3; ++i) {
            shape.push_back(extents[random() % extents.size()]);
        }
        Copies made;
        Value* x = made.value("x", shape, false);
        std::vector<std::size_t> order(shape.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::shuffle(order.begin(), order.end(), random);
        Value* t = made.transpose(x, order);
        Value* y = nullptr;
        if (random() % 4 == 0) {
            std::shuffle(order.begin(), order.end(), random);
            y = made.transpose(t, order);
        } else {
            const std::size_t axis = random() % shape.size();
            Shape whole = *t->shape;
            whole[axis] = whole[axis] * Dim{2} + Dim::symbol("m");
            y = made.value("concat", whole);
            made.put(t, y, axis, Dim::symbol("m"));
        }
        const auto wanted = made.run(x, y);
        made.join({y});
        CHECK(made.run(x, y) == wanted);
        joined += made.program.steps.size() == 1 ? 1 : 0;
    }
    CHECK(joined > 60);
}

namespace {

/// x is transposed into t, and t put into y.
struct Chain : Copies {
    Value* x = value("x", {2, 3, 4}, false);
    Value* t = transpose(x, {1, 0, 2});
    Value* y = value("y", {3, 8, 4});

    Chain() { put(t, y, 1, 0); }

    std::size_t steps_after(const std::vector<Value*>& outputs)
    {
        join(outputs);
        return program.steps.size();
    }
};

}  // namespace

TEST_CASE("a copy with one reader is joined to it")
{
    CHECK(Chain{}.steps_after({}) == 0);
    Chain chain;
    CHECK(chain.steps_after({chain.y}) == 1);
}

TEST_CASE("a copy that two steps read stays")
{
    Chain chain;
    chain.put(chain.t, chain.y, 1, 2);
    CHECK(chain.steps_after({chain.y}) == 3);
}

TEST_CASE("a copy that is an output stays")
{
    Chain chain;
    CHECK(chain.steps_after({chain.y, chain.t}) == 2);
}

TEST_CASE("a copy whose source is written before the second stays")
{
    Chain chain;
    Step second = chain.program.steps.back();
    chain.program.steps.pop_back();
    Value* other = chain.value("other", {2, 3, 4}, false);
    lower_copy(chain.lower, *chain.x, *other, {.axes = {{24, 1, 1}}});
    chain.program.steps.push_back(second);
    CHECK(chain.steps_after({chain.y, chain.x}) == 3);
}

TEST_CASE("a copy back to where the first one read stays")
{
    Copies made;
    Value* x = made.value("x", {2, 2, 4}, false);
    Value* t = made.transpose(x, {1, 0, 2});
    made.put(t, x, 0, 0);
    made.join({x});
    CHECK(made.program.steps.size() == 2);
}

TEST_CASE("single elements are not joined into rows that are none")
{
    Copies made;
    Value* x = made.value("x", {4, 6}, false);
    Value* t = made.transpose(x, {1, 0});
    Value* y = made.value("y", {6, 8});
    made.put(t, y, 1, 4);
    made.join({y});
    CHECK(made.program.steps.size() == 2);
}
