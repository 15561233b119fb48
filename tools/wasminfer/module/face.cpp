#include "module/face.hpp"

#include <algorithm>

namespace wasminfer::gen {

bool ModuleFace::all_fixed() const
{
    return std::ranges::all_of(inputs, &ModuleTensor::fixed) && std::ranges::all_of(outputs, &ModuleTensor::fixed);
}

bool ModuleFace::has_cache() const
{
    return std::ranges::any_of(sizes, [](const ModuleSize& size) { return !size.counter.empty(); });
}

ModuleFace module_face(const Model& model, const Plan& plan, const EmittedModel& emitted)
{
    ModuleFace face{.inputs = {}, .outputs = {}, .sizes = {}, .state_bytes = plan.state_bytes};
    for (std::size_t i = 0; i < model.graph.inputs.size(); ++i) {
        const Value& value = *model.graph.inputs[i];
        face.inputs.push_back({.name = value.name,
                               .dtype = value.dtype,
                               .shape = *value.shape,
                               .accessor = emitted.inputs[i],
                               .shape_accessor = emitted.input_shapes[i],
                               .state = std::ranges::find(model.states, i, &State::input) != model.states.end() ||
                                        std::ranges::find(model.caches, i, &Cache::input) != model.caches.end()});
    }
    for (std::size_t i = 0; i < model.graph.outputs.size(); ++i) {
        if (std::ranges::find(model.states, i, &State::output) != model.states.end() ||
            std::ranges::find(model.caches, i, &Cache::output) != model.caches.end()) {
            continue;
        }
        const Value& value = *model.graph.outputs[i];
        face.outputs.push_back({.name = model.graph.output_name(i),
                                .dtype = value.dtype,
                                .shape = *value.shape,
                                .accessor = emitted.outputs[i],
                                .shape_accessor = emitted.output_shapes[i]});
    }
    std::size_t counters = 0;
    for (const auto& [symbol, info] : model.symbols) {
        if (!info.measured_by) {
            face.sizes.push_back(
                {.name = symbol, .lo = info.lo.constant(), .hi = info.hi.constant(), .multiple = info.multiple});
            if (const auto cache = std::ranges::find(model.caches, symbol, &Cache::rows); cache != model.caches.end()) {
                face.sizes.back().counter = emitted.counters.at(counters++);
                face.sizes.back().capacity = cache->capacity;
            }
        }
    }
    return face;
}

std::string_view script_array(DType dtype)
{
    switch (dtype) {
    case DType::f32: return "Float32Array";
    case DType::f64: return "Float64Array";
    case DType::i8: return "Int8Array";
    case DType::i16: return "Int16Array";
    case DType::i32: return "Int32Array";
    case DType::i64: return "BigInt64Array";
    case DType::f16:  // The bits: not every platform has Float16Array.
    case DType::u16: return "Uint16Array";
    case DType::u32: return "Uint32Array";
    case DType::u64: return "BigUint64Array";
    default: return "Uint8Array";
    }
}

}  // namespace wasminfer::gen
