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

/// The value whose bytes a value's are, and where in them it begins.
inline Alias base_of(const Value* value, const Program& program)
{
    Alias base{.base = value};
    for (auto it = program.aliases.find(value); it != program.aliases.end(); it = program.aliases.find(base.base)) {
        base = {it->second.base, base.byte_offset + it->second.byte_offset};
    }
    return base;
}

inline const Value* root_of(const Value* value, const Program& program)
{
    return base_of(value, program).base;
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
