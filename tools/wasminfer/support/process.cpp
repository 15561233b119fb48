#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace wasminfer::gen {

namespace {

/// What the child does between fork and exec: async-signal-safe calls alone.
[[noreturn]] void become(char* const* argv, char* const* environment, int output)
{
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    // A group of its own, so that a timeout ends its children too.
    ::setpgid(0, 0);
    environ = const_cast<char**>(environment);
    ::execvp(argv[0], argv);
    const char message[] = ": could not be started\n";
    (void)!::write(STDERR_FILENO, argv[0], std::strlen(argv[0]));
    (void)!::write(STDERR_FILENO, message, sizeof message - 1);
    ::_exit(127);
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added)
{
    std::vector<std::string> lines;
    for (char** line = environ; *line != nullptr; ++line) {
        const std::string text = *line;
        if (!added.contains(text.substr(0, text.find('=')))) {
            lines.push_back(text);
        }
    }
    for (const auto& [key, value] : added) {
        lines.push_back(key + "=" + value);
    }
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> list;
    for (auto& text : strings) {
        list.push_back(text.data());
    }
    list.push_back(nullptr);
    return list;
}

std::string content(const std::filesystem::path& path)
{
    std::ifstream stream{path, std::ios::binary};
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment, const std::filesystem::path& log,
                          std::chrono::seconds limit)
{
    auto words = arguments;
    auto lines = merged_environment(environment);
    const auto argv = pointers(words);
    const auto envp = pointers(lines);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (output < 0) {
        throw std::system_error{errno, std::generic_category(), log.string()};
    }
    const pid_t child = ::fork();
    if (child == 0) {
        become(argv.data(), envp.data(), output);
    }
    ::close(output);
    if (child < 0) {
        throw std::system_error{errno, std::generic_category(), "fork"};
    }
    ProcessResult result;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    int status = 0;
    auto pause = std::chrono::milliseconds{1};
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            result.timed_out = true;
            ::kill(-child, SIGKILL);
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            break;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::milliseconds{50});
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.output = content(log);
    return result;
}

std::filesystem::path executable_folder()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "wasminfer-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error{errno, std::generic_category(), pattern};
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace wasminfer::gen
