#include "verify/toolchain.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes compile_limit{15};

/// include/ beside the executable's folder: of an installation, or of a source tree with the build inside.
std::string own_include_folder()
{
    for (const fs::path& candidate : {executable_folder() / "../include", executable_folder() / "../../include"}) {
        if (fs::exists(candidate / "wasminfer/model.hpp")) {
            return fs::weakly_canonical(candidate).string();
        }
    }
    return "";
}

}  // namespace

std::vector<std::string> split_words(const std::string& text)
{
    std::istringstream stream{text};
    std::vector<std::string> list;
    for (std::string word; stream >> word;) {
        list.push_back(word);
    }
    return list;
}

Toolchain::Toolchain(Target target) : target_{target}
{
    std::ifstream file{executable_folder() / "../toolchain.env"};
    for (std::string line; std::getline(file, line);) {
        if (const auto equals = line.find('='); equals != std::string::npos) {
            settings_[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    settings_.try_emplace("WASMINFER_CXX", "c++");
    settings_.try_emplace("WASMINFER_EMXX", "em++");
    settings_.try_emplace("WASMINFER_NODE", "node");
    settings_.try_emplace("WASMINFER_INCLUDE", own_include_folder());
    for (auto& [key, value] : settings_) {
        if (const char* given = std::getenv(key.c_str())) {
            value = given;
        }
    }
    if (setting("WASMINFER_INCLUDE").empty()) {
        throw Refused{"the folder that holds wasminfer/model.hpp was not found: set WASMINFER_INCLUDE\n"};
    }
}

std::string Toolchain::setting(const std::string& key) const
{
    const auto it = settings_.find(key);
    return it == settings_.end() ? "" : it->second;
}

std::vector<std::string> Toolchain::compiler_words() const
{
    std::vector<std::string> words{setting(target_ == Target::wasm ? "WASMINFER_EMXX" : "WASMINFER_CXX"),
                                   "-std=c++20",
                                   "-ffp-contract=off",
                                   "-fno-exceptions",
                                   "-fno-rtti",
                                   "-Wall",
                                   "-Wextra"};
    words.insert(words.end(), flags_.begin(), flags_.end());
    words.insert(words.end(), {"-I", setting("WASMINFER_INCLUDE")});
    if (const auto system = setting("WASMINFER_SYSTEM_INCLUDE"); !system.empty()) {
        words.insert(words.end(), {"-isystem", system});
    }
    if (target_ == Target::wasm) {
        const auto own = split_words(setting("WASMINFER_EMXX_FLAGS"));
        words.insert(words.end(), own.begin(), own.end());
    }
    return words;
}

void Toolchain::run_compiler(const std::vector<std::string>& command, const fs::path& program) const
{
    const auto result = run_process(command, settings_, program.string() + ".log", compile_limit);
    if (result.status != 0) {
        throw Refused{"the compiler failed" + std::string{result.timed_out ? ": it took too long" : ""} + "\n" +
                      result.output};
    }
}

void Toolchain::compile(const fs::path& source, const fs::path& program, std::int64_t data_bytes,
                        const std::vector<fs::path>& includes) const
{
    std::vector<std::string> command = compiler_words();
    for (const fs::path& folder : includes) {
        command.insert(command.end(), {"-I", fs::absolute(folder).string()});
    }
    if (target_ == Target::wasm) {
        command.insert(command.end(), {"-msimd128", "-sNODERAWFS", "-sALLOW_MEMORY_GROWTH", "-sMAXIMUM_MEMORY=4GB",
                                       "-sEXIT_RUNTIME", "-sENVIRONMENT=node"});
        // The linker wants memory for all data at the start.
        constexpr std::int64_t page = 65536;
        const std::int64_t memory = (data_bytes / page + 1) * page + (std::int64_t{16} << 20);
        command.push_back("-sINITIAL_MEMORY=" + std::to_string(memory));
    }
    command.insert(command.end(), {source.string(), "-o", program.string()});
    run_compiler(command, program);
}

void Toolchain::compile_module(const fs::path& source, const fs::path& module,
                               const std::vector<std::string>& flags) const
{
    std::vector<std::string> command = compiler_words();
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(), {"-DNDEBUG", "--no-entry", "-sINITIAL_HEAP=0", "-sALLOW_MEMORY_GROWTH",
                                   source.string(), "-o", module.string()});
    run_compiler(command, module);
}

std::string Toolchain::module_compiler() const
{
    const TemporaryFolder folder;
    const auto result =
        run_process({setting("WASMINFER_EMXX"), "--version"}, settings_, folder.path() / "log", compile_limit);
    return result.output.substr(0, result.output.find('\n'));
}

ProcessResult Toolchain::run(const fs::path& program, const std::vector<std::string>& arguments,
                             std::chrono::seconds limit) const
{
    std::vector<std::string> command;
    if (target_ == Target::wasm) {
        command.push_back(setting("WASMINFER_NODE"));
    }
    command.push_back(program.string());
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_process(command, settings_, program.string() + ".run.log", limit);
}

}  // namespace wasminfer::gen
