#include "ops/evaluate.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

/// 64-byte aligned storage for what the steps write.
class HostMemory {
public:
    std::byte* allocate(std::int64_t bytes)
    {
        constexpr std::size_t alignment = 64;
        blocks_.emplace_back(static_cast<std::size_t>(bytes) + alignment);
        void* start = blocks_.back().data();
        std::size_t space = blocks_.back().size();
        return static_cast<std::byte*>(std::align(alignment, static_cast<std::size_t>(bytes), start, space));
    }

private:
    std::vector<std::vector<std::byte>> blocks_;
};

class HostRun {
public:
    HostRun(const Program& program, const std::map<const Value*, Tensor>& numbers)
        : program_{program}, numbers_{numbers}
    {
        for (const Dim& bytes : program.temporaries) {
            temporaries_.push_back(memory_.allocate(bytes.constant()));
        }
    }

    const std::byte* bytes_of(const Value& value)
    {
        if (const auto given = numbers_.find(&value); given != numbers_.end()) {
            return given->second.bytes().data();
        }
        if (value.constant) {
            return value.constant->bytes().data();
        }
        if (const auto alias = program_.aliases.find(&value); alias != program_.aliases.end()) {
            return bytes_of(*alias->second.base) + alias->second.byte_offset.constant();
        }
        auto& place = values_[&value];
        if (!place) {
            const auto bytes = element_count(*value.shape).constant() * static_cast<std::int64_t>(size_of(value.dtype));
            place = memory_.allocate(bytes);
        }
        return place;
    }

    void run(const KernelCall& kernel)
    {
        HostCall host;
        for (const Argument& argument : kernel.arguments) {
            if (const auto* operand = std::get_if<Operand>(&argument)) {
                host.pointers.push_back(pointer(*operand));
                host.dtypes.push_back(operand->dtype);
            } else if (const auto* extents = std::get_if<Extents>(&argument)) {
                for (const Field& field : extents->fields) {
                    for (const Dim& dim : field.dims) {
                        host.numbers.push_back(dim.constant());
                    }
                }
            }
        }
        kernel.host(host);
    }

private:
    void* pointer(const Operand& operand)
    {
        const std::byte* start = nullptr;
        switch (operand.kind) {
        case Operand::Kind::none: return nullptr;
        case Operand::Kind::value: start = bytes_of(*operand.value); break;
        case Operand::Kind::weight: start = program_.weights[operand.index].bytes.data(); break;
        case Operand::Kind::temporary: start = temporaries_[operand.index]; break;
        }
        // Constants are shared and never written: only operands marked `written` are written through this.
        return const_cast<std::byte*>(start) + operand.byte_offset.constant();
    }

    const Program& program_;
    const std::map<const Value*, Tensor>& numbers_;
    HostMemory memory_;
    std::vector<std::byte*> temporaries_;
    std::map<const Value*, std::byte*> values_;
};

bool runs_on_host(const Step& step)
{
    return step.kind == Step::Kind::kernel && step.call.host && step.measures.empty();
}

bool static_inputs_and_outputs(const Node& node)
{
    const auto fixed = [](const Value* value) { return !value || (value->shape && is_static(*value->shape)); };
    return std::ranges::all_of(node.inputs, fixed) && std::ranges::all_of(node.outputs, fixed);
}

}  // namespace

std::optional<std::vector<Tensor>> evaluate(const Node& node, const Operator& row,
                                            const std::map<const Value*, Tensor>& numbers)
{
    if (!row.lower || !static_inputs_and_outputs(node)) {
        return std::nullopt;
    }
    // The pass channels_last has not been here yet, and the kernels know no other layout.
    if (row.channels_last == ChannelsLast::required && node.attributes.get_or<std::int64_t>("channels_last", 0) == 0) {
        return std::nullopt;
    }
    Program program;
    Lower lower{node, program, program.steps};
    row.lower(lower);
    if (!std::ranges::all_of(program.steps, runs_on_host)) {
        return std::nullopt;
    }
    HostRun host{program, numbers};
    for (const Step& step : program.steps) {
        host.run(step.call);
    }
    std::vector<Tensor> results;
    for (const Value* output : node.outputs) {
        if (!output) {
            results.emplace_back();
            continue;
        }
        auto shape = extents(*output->shape);
        const auto bytes = static_cast<std::size_t>(element_count(*output->shape).constant()) * size_of(output->dtype);
        const std::byte* start = host.bytes_of(*output);
        results.emplace_back(output->dtype, std::move(shape), std::vector<std::byte>(start, start + bytes));
    }
    return results;
}

}  // namespace wasminfer::gen
