#include "module/script.hpp"

namespace wasminfer::gen {

std::string fill_template(std::string_view text, const std::set<std::string>& words, const std::string& facts)
{
    std::string filled;
    std::vector<bool> taken;
    const auto all_taken = [&] { return std::ranges::all_of(taken, std::identity{}); };
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t start = line.find_first_not_of(' ');
        if (line.starts_with("//#if ")) {
            taken.push_back(words.contains(std::string{line.substr(6)}));
        } else if (line == "//#else" && !taken.empty()) {
            taken.back() = !taken.back();
        } else if (line == "//#end" && !taken.empty()) {
            taken.pop_back();
        } else if (line == "//#facts") {
            filled += facts;
        } else if (line.starts_with("//#")) {
            throw std::logic_error{"a template has no place for " + std::string{line}};
        } else if (all_taken() && (start == std::string_view::npos || !line.substr(start).starts_with("//"))) {
            // One blank a level is as clear, and a tenth of the download.
            constexpr std::size_t blanks_a_level = 4;
            filled += std::string(start == std::string_view::npos ? 0 : start / blanks_a_level, ' ') +
                      std::string{line.substr(std::min(start, line.size()))} + "\n";
        }
    }
    if (!taken.empty()) {
        throw std::logic_error{"a template lacks an //#end"};
    }
    return filled;
}

}  // namespace wasminfer::gen
