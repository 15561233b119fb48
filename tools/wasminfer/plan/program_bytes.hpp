#pragma once

#include <compare>

#include "ops/call.hpp"

namespace wasminfer::gen {

/// The bytes that an operand means: those of a value that is no other's alias, or a temporary.
struct Bytes {
    const Value* value = nullptr;
    std::size_t temporary = 0;

    auto operator<=>(const Bytes&) const = default;
};

/// The value whose bytes a value's are.
inline const Value* root_of(const Value* value, const Program& program)
{
    for (auto it = program.aliases.find(value); it != program.aliases.end(); it = program.aliases.find(value)) {
        value = it->second.base;
    }
    return value;
}

/// Calls f(bytes, operand) with every operand of the step itself that is no weight.
template <class F>
void for_each_operand(const Step& step, const Program& program, F f)
{
    const auto visit = [&](const Operand& operand) {
        if (operand.kind == Operand::Kind::value) {
            f(Bytes{.value = root_of(operand.value, program)}, operand);
        } else if (operand.kind == Operand::Kind::temporary) {
            f(Bytes{.temporary = operand.index}, operand);
        }
    };
    for (const Argument& argument : step.call.arguments) {
        if (const auto* operand = std::get_if<Operand>(&argument)) {
            visit(*operand);
        }
    }
    for (const Operand* read : {&step.condition, &step.trip_count, &step.body_condition}) {
        visit(*read);
    }
}

}  // namespace wasminfer::gen
