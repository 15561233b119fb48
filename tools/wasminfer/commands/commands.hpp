#pragma once

#include <string>
#include <vector>

#include "commands/arguments.hpp"
#include "compile/compile.hpp"
#include "verify/toolchain.hpp"

namespace wasminfer::gen {

/// One verb of the command line. run() returns the exit code; it throws UsageError and Refused.
struct Command {
    const char* name;
    const char* summary;
    const char* help;
    bool takes_model_options = false;  ///< Those of model_options(), which --help explains too.
    int (*run)(const std::vector<std::string>& words);
};

extern const Command header_command;
extern const Command inspect_command;
extern const Command verify_command;
extern const Command profile_command;
extern const Command module_command;
extern const Command ops_command;
extern const Command bundle_command;

/// The options that say how a model is read, common to several verbs, and what they mean.
std::vector<Arguments::Option> model_options();
extern const char* const model_options_help;
CompileOptions compile_options(const Arguments& arguments);
/// Whether --weights-type says f16.
bool half_weights_of(const Arguments& arguments);
/// What --on says.
Target target_of(const Arguments& arguments);
/// The pairs of --state IN=OUT.
std::vector<std::pair<std::string, std::string>> state_pairs(const Arguments& arguments);
/// What --dim says.
DimBindings dim_bindings(const Arguments& arguments);
/// What --cache IN=OUT:ROWS says.
std::vector<CacheRequest> cache_requests(const Arguments& arguments);
/// What --custom and --shape say.
CustomOptions custom_options(const Arguments& arguments);
/// The pairs of --bind NAME=VALUE.
std::vector<std::pair<std::string, std::string>> bound_inputs(const Arguments& arguments);

}  // namespace wasminfer::gen
