#pragma once

#include "emit/emit.hpp"
#include "emit/weights.hpp"

namespace wasminfer::gen {

/// An input or output as a module shows it.
struct ModuleTensor {
    std::string name;  ///< ONNX's own.
    DType dtype = DType::undefined;
    Shape shape;
    std::string accessor;        ///< Members of the generated class.
    std::string shape_accessor;  ///< The extents, where they are not fixed.
    bool state = false;          ///< Kept from one run to the next: callers need not give it.

    bool fixed() const { return is_static(shape); }
};

/// A free dimension that callers set.
struct ModuleSize {
    std::string name;
    std::int64_t lo = 1, hi = 1, multiple = 1;
    /// Of the rows of a cache: the member that counts them, and how many there may be.
    std::string counter = {};
    std::int64_t capacity = 0;
};

/// What a module's parts (program, script, types, manifest) must agree on.
struct ModuleFace {
    std::vector<ModuleTensor> inputs;
    std::vector<ModuleTensor> outputs;  ///< Without those that a state or cache takes over.
    std::vector<ModuleSize> sizes;
    std::int64_t state_bytes = 0;

    bool all_fixed() const;
    bool has_cache() const;
};

ModuleFace module_face(const Model& model, const Plan& plan, const EmittedModel& emitted);

/// The typed array that holds such elements: "Float32Array".
std::string_view script_array(DType dtype);

}  // namespace wasminfer::gen
