#pragma once

#include <span>

#include "module/face.hpp"
#include "module/module.hpp"

namespace wasminfer::gen {

/// A step's kernel and nodes, for profiles.
struct ModuleStep {
    std::string function;
    std::string label;
};

/// What the scripts know of a module.
struct ScriptFacts {
    const ModuleFace& face;
    const ModuleOptions& options;
    std::string origin;             ///< "from digits.onnx (sha256 6f3aee1e...)", for the first line.
    std::string weights_file{};     ///< Empty where there are no weights.
    std::size_t weights_bytes = 0;  ///< Of that file.
    bool bundled = false;           ///< A Worker brings its weights along.
    std::span<const ModuleStep> steps{};
};

/// NAME.mjs: module/module.mjs with the model's facts, without what this model or platform doesn't need.
std::string module_script(const ScriptFacts& facts);
/// NAME.edge.mjs: the same where bundlers compile the program (as `import … from '…wasm?module'`) and nothing else may.
std::string edge_script(const ScriptFacts& facts);
/// NAME.workers.mjs, from module/workers.mjs.
std::string workers_script(const ScriptFacts& facts);
/// NAME.d.mts, for both.
std::string module_types(const ScriptFacts& facts);

/// `facts`, and a template's lines: between "//#if WORD" (and "//#else") and "//#end" only where the word is among `words`,
/// without comments, squeezed; "//#letters a b/c" lists names that become letters, b and c the same one. Throws
/// std::logic_error where a line has no partner.
std::string fill_template(std::string_view text, const std::set<std::string>& words, const std::string& facts);

/// The templates' texts: what tools/cmake/WasminferTemplates.cmake makes of the .mjs files beside this.
extern const std::string_view module_template;
extern const std::string_view workers_template;

}  // namespace wasminfer::gen
