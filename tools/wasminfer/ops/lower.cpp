#include "ops/lower.hpp"

#include <algorithm>

#include <wasminfer/kernels/copy.hpp>

namespace wasminfer::gen {

CallBuilder& CallBuilder::templates(std::string arguments)
{
    step_.call.template_arguments = std::move(arguments);
    return *this;
}

CallBuilder& CallBuilder::read(Operand operand)
{
    operand.written = false;
    step_.call.arguments.emplace_back(std::move(operand));
    return *this;
}

CallBuilder& CallBuilder::write(Operand operand)
{
    operand.written = true;
    step_.call.arguments.emplace_back(std::move(operand));
    return *this;
}

CallBuilder& CallBuilder::extents(std::vector<Field> fields)
{
    step_.call.arguments.emplace_back(Extents{std::move(fields)});
    return *this;
}

CallBuilder& CallBuilder::text(std::string argument)
{
    step_.call.arguments.emplace_back(Text{std::move(argument)});
    return *this;
}

CallBuilder& CallBuilder::in_place(const Value& output, const Value& input)
{
    step_.in_place.push_back({&output, &input});
    return *this;
}

CallBuilder& CallBuilder::measures(const Dim& symbol)
{
    step_.measures = symbol.str();
    return *this;
}

CallBuilder& CallBuilder::host(std::function<void(const HostCall&)> body)
{
    step_.call.host = std::move(body);
    return *this;
}

CallBuilder Lower::call(std::string function, std::string header)
{
    Step& step = steps_.emplace_back();
    step.call.function = std::move(function);
    step.call.header = std::move(header);
    return CallBuilder{step};
}

Operand Lower::operand(const Value& value) const
{
    return {.kind = Operand::Kind::value, .value = &value, .dtype = value.dtype};
}

Operand Lower::operand(std::size_t input) const
{
    return has(input) ? operand(in(input)) : Operand{};
}

Operand Lower::bits(const Value& value) const
{
    Operand view = operand(value);
    view.dtype = bits_of(value.dtype);
    return view;
}

Operand Lower::result(std::size_t output) const
{
    return operand(out(output));
}

void Lower::alias(const Value& output, const Value& input, Dim byte_offset)
{
    program_.aliases[&output] = {&input, std::move(byte_offset)};
}

void Lower::copy(const Operand& to, const Operand& from, const Dim& elements)
{
    const auto as_bits = [](Operand operand) {
        operand.dtype = bits_of(operand.dtype);
        return operand;
    };
    call("copy", "kernels/copy.hpp")
        .read(as_bits(from))
        .write(as_bits(to))
        .extents({{"n", elements}})
        .host([](const HostCall& h) {
            dispatch_size(h.dtypes[0],
                          [&]<class T>() { wasminfer::copy(h.in<T>(0), h.out<T>(1), h.extents<copy_extents>()); });
        });
}

Operand Lower::temporary(DType dtype, const Dim& bytes)
{
    program_.temporaries.push_back(bytes);
    return {.kind = Operand::Kind::temporary, .index = program_.temporaries.size() - 1, .dtype = dtype};
}

Operand Lower::weight(std::string name, DType dtype, std::vector<std::byte> bytes)
{
    const auto same = std::ranges::find_if(
        program_.weights, [&](const Weight& other) { return other.dtype == dtype && other.bytes == bytes; });
    const auto index = static_cast<std::size_t>(same - program_.weights.begin());
    if (same == program_.weights.end()) {
        program_.weights.push_back({std::move(name), dtype, std::move(bytes)});
    }
    return {.kind = Operand::Kind::weight, .index = index, .dtype = dtype};
}

}  // namespace wasminfer::gen
