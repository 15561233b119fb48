#pragma once

#include <cassert>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <wasminfer/core.hpp>

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// Bytes that a kernel reads or writes: a value of the graph (in the arena, or in the weights where it is constant), a
/// packed constant, a temporary of the plan, or nothing (an optional operand that is absent).
struct Operand {
    enum class Kind { none, value, weight, temporary };
    Kind kind = Kind::none;
    const Value* value = nullptr;
    std::size_t index = 0;           ///< Into Program::weights or Program::temporaries.
    DType dtype = DType::undefined;  ///< What the kernel sees, which need not be the value's own type.
    Dim byte_offset = 0;
    bool written = false;
    /// Text around the pointer in the generated code, where it is a member of a functor:
    /// "residual<relu>{" pointer ", relu{}}".
    std::string before{}, after{};
    /// Handed over as a view that knows these extents, not as a pointer.
    std::optional<std::vector<Dim>> view{};
};

/// One member of an extents aggregate, in the order of its declaration.
struct Field {
    Field(std::string field_name, Dim dim) : name{std::move(field_name)}, dims{std::move(dim)} {}
    Field(std::string field_name, std::vector<Dim> list)
        : name{std::move(field_name)}, dims{std::move(list)}, array{true}
    {
    }
    std::string name;
    std::vector<Dim> dims;
    bool array = false;
};

struct Extents {
    std::vector<Field> fields;
};

/// A functor or a scalar, as it stands in the generated code.
struct Text {
    std::string text;
};

using Argument = std::variant<Operand, Extents, Text>;

/// The arguments of a call that runs in the generator itself.
class HostCall {
public:
    std::vector<void*> pointers;  ///< The operands in their order; nullptr where absent.
    std::vector<DType> dtypes;
    std::vector<std::int64_t> numbers;  ///< All members of the extents, flattened.

    template <class T>
    const T* in(std::size_t operand) const
    {
        assert(!pointers[operand] || sizeof(T) == size_of(dtypes[operand]));
        return static_cast<const T*>(pointers[operand]);
    }

    template <class T>
    T* out(std::size_t operand) const
    {
        assert(!pointers[operand] || sizeof(T) == size_of(dtypes[operand]));
        return static_cast<T*>(pointers[operand]);
    }

    /// The extents as the kernel's aggregate, whose members are all of type index.
    template <class Aggregate>
    Aggregate extents() const
    {
        static_assert(std::is_trivially_copyable_v<Aggregate> && sizeof(Aggregate) % sizeof(index) == 0);
        std::vector<index> members(numbers.begin(), numbers.end());
        if (members.size() * sizeof(index) != sizeof(Aggregate)) {
            throw std::logic_error{"a call lists other members than its extents have"};
        }
        Aggregate aggregate;
        std::memcpy(static_cast<void*>(&aggregate), members.data(), sizeof(Aggregate));
        return aggregate;
    }
};

/// A neutral record of one kernel call: it can be printed, and, where `host` is set, run.
struct KernelCall {
    std::string function;
    std::string header;  ///< Below include/wasminfer/.
    std::string template_arguments;
    std::vector<Argument> arguments;
    std::function<void(const HostCall&)> host;
};

/// An output that may lie where an input lies, because the kernel reads each element before it writes it.
struct InPlace {
    const Value* output;
    const Value* input;
};

struct Step;
using Steps = std::vector<Step>;

/// One line of the plan: a kernel call, or control flow around other steps.
struct Step {
    enum class Kind { kernel, branch, loop };
    Kind kind = Kind::kernel;
    std::string label;  ///< The nodes that it stands for.
    KernelCall call;
    std::vector<InPlace> in_place;
    /// Names of run-time sizes that the call's result sets (its return value), for outputs sized by their data.
    std::string measures;

    Operand condition{};   ///< branch: a bool. loop: the initial condition, or none.
    Operand trip_count{};  ///< loop: an i64, or none where `trips` says it or nothing does.
    std::optional<Dim> trips{};
    Operand iteration{};          ///< loop: where the body reads the i64 counter, or none.
    Operand body_condition{};     ///< loop: the bool that the body leaves, or none.
    std::string turn{};           ///< loop: the symbol of its counter.
    std::vector<Steps> bodies{};  ///< branch: then, else. loop: body.
};

/// Constant bytes that the generated code reads.
struct Weight {
    std::string name;
    DType dtype = DType::undefined;
    std::vector<std::byte> bytes;
};

/// A value that lies inside another one's bytes.
struct Alias {
    const Value* base = nullptr;
    Dim byte_offset = 0;
};

/// What lowering makes of a graph.
struct Program {
    Steps steps;
    std::vector<Dim> temporaries;  ///< Bytes each.
    std::vector<Weight> weights;
    std::map<const Value*, std::size_t> constants;  ///< Constant values that became weights as they are.
    std::map<const Value*, Alias> aliases;
};

/// Calls f.template operator()<T>() with the C++ type of the elements.
template <class F>
decltype(auto) dispatch(DType type, F f)
{
    switch (type) {
    case DType::f32: return f.template operator()<float>();
    case DType::f16: return f.template operator()<half>();
    case DType::f64: return f.template operator()<double>();
    case DType::boolean: return f.template operator()<bool>();
    case DType::i8: return f.template operator()<std::int8_t>();
    case DType::i16: return f.template operator()<std::int16_t>();
    case DType::i32: return f.template operator()<std::int32_t>();
    case DType::i64: return f.template operator()<std::int64_t>();
    case DType::u8: return f.template operator()<std::uint8_t>();
    case DType::u16: return f.template operator()<std::uint16_t>();
    case DType::u32: return f.template operator()<std::uint32_t>();
    case DType::u64: return f.template operator()<std::uint64_t>();
    default: throw std::logic_error{"no kernel has elements of this type"};
    }
}

/// The same for kernels that compute on floating-point elements alone.
template <class F>
decltype(auto) dispatch_float(DType type, F f)
{
    switch (type) {
    case DType::f32: return f.template operator()<float>();
    case DType::f16: return f.template operator()<half>();
    case DType::f64: return f.template operator()<double>();
    default: throw std::logic_error{"this kernel has floating-point elements alone"};
    }
}

/// The same for kernels that move elements and never look at them: an unsigned integer of the element's size.
template <class F>
decltype(auto) dispatch_size(DType type, F f)
{
    switch (size_of(type)) {
    case 1: return f.template operator()<std::uint8_t>();
    case 2: return f.template operator()<std::uint16_t>();
    case 4: return f.template operator()<std::uint32_t>();
    case 8: return f.template operator()<std::uint64_t>();
    default: throw std::logic_error{"no kernel moves elements of this type"};
    }
}

/// The unsigned integer type of the same size.
constexpr DType bits_of(DType type)
{
    switch (size_of(type)) {
    case 1: return DType::u8;
    case 2: return DType::u16;
    case 4: return DType::u32;
    case 8: return DType::u64;
    default: return DType::undefined;
    }
}

/// A float as a C++ literal that reads back as the same float.
std::string literal(float number);
std::string literal(double number);
std::string literal(std::int64_t number);

}  // namespace wasminfer::gen
