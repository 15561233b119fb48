#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <new>

#include "commands/commands.hpp"

namespace {

using namespace wasminfer::gen;

const std::array commands = {&header_command, &inspect_command, &verify_command, &profile_command,
                             &module_command, &bundle_command,  &ops_command};

void print_help(std::ostream& out)
{
    out << "wasminfer " << generator_version
        << ": ONNX models as C++ headers for WebAssembly\n\nusage: wasminfer COMMAND [arguments]\n\n";
    for (const Command* command : commands) {
        out << "  " << command->name << std::string(10 - std::string_view{command->name}.size(), ' ')
            << command->summary << "\n";
    }
    out << "\nwasminfer COMMAND --help tells more about each.\n";
}

int run(const Command& command, const std::vector<std::string>& words)
{
    if (std::ranges::find(words, "--help") != words.end() || std::ranges::find(words, "-h") != words.end()) {
        std::cout << command.help << (command.takes_model_options ? model_options_help : "");
        return 0;
    }
    try {
        return command.run(words);
    } catch (const UsageError& error) {
        std::cerr << "wasminfer " << command.name << ": " << error.what() << "\n'wasminfer " << command.name
                  << " --help' shows its options.\n";
    } catch (const Refused& refusal) {
        const std::string text = refusal.what();
        std::cerr << text << (text.ends_with('\n') ? "" : "\n");
    } catch (const std::bad_alloc&) {
        std::cerr << "wasminfer " << command.name << ": out of memory\n";
    } catch (const std::exception& error) {
        std::cerr << "wasminfer " << command.name << ": internal error: " << error.what()
                  << "\nThis is a defect of the generator: please report it with the model.\n";
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_help(words.empty() ? std::cerr : std::cout);
        return words.empty() ? 1 : 0;
    }
    if (words[0] == "--version") {
        std::cout << generator_version << "\n";
        return 0;
    }
    for (const Command* command : commands) {
        if (words[0] == command->name) {
            return run(*command, {words.begin() + 1, words.end()});
        }
    }
    std::cerr << "wasminfer: there is no command '" << words[0] << "'\n";
    print_help(std::cerr);
    return 1;
}
