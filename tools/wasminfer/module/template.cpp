#include "module/script.hpp"
#include "module/squeeze.hpp"

namespace wasminfer::gen {

namespace {

/// Lists of names with blanks between, and the next letter for each; names with strokes between share one.
class Letters {
public:
    using Map = std::map<std::string, std::string, std::less<>>;

    void add(std::string_view names)
    {
        constexpr std::string_view alphabet = "abcdefghjklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$";
        while (!names.empty()) {
            const auto end = std::min(names.find_first_of(" /"), names.size());
            letters_.emplace(names.substr(0, end), alphabet.substr(used_, 1));
            used_ += end == names.size() || names[end] == ' ' ? 1 : 0;
            names.remove_prefix(std::min(end + 1, names.size()));
        }
    }

    const Map& map() const { return letters_; }

private:
    Map letters_;
    std::size_t used_ = 0;
};

}  // namespace

std::string fill_template(std::string_view text, const std::set<std::string>& words, const std::string& facts)
{
    std::string filled;
    std::vector<bool> taken;
    Letters letters;
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
        } else if (line.starts_with("//#letters ")) {
            letters.add(line.substr(line.find(' ') + 1));
        } else if (line.starts_with("//#")) {
            throw std::logic_error{"a template has no place for " + std::string{line}};
        } else if (all_taken() && start != std::string_view::npos && !line.substr(start).starts_with("//")) {
            filled.append(line).append("\n");
        }
    }
    if (!taken.empty()) {
        throw std::logic_error{"a template lacks an //#end"};
    }
    return squeeze(facts) + squeeze(filled, letters.map());
}

}  // namespace wasminfer::gen
