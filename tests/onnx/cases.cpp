#include "cases.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> columns(const std::string& line)
{
    std::istringstream stream{line};
    std::vector<std::string> cells;
    for (std::string cell; std::getline(stream, cell, '\t');) {
        cells.push_back(cell);
    }
    return cells;
}

double number(const std::string& text, double fallback)
{
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return text.empty() || *end != '\0' ? fallback : value;
}

std::map<std::string, CaseInfo> read_table(const fs::path& path)
{
    std::map<std::string, CaseInfo> table;
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    const auto head = columns(line);
    while (std::getline(file, line)) {
        const auto cells = columns(line);
        const auto cell = [&](const char* title) {
            const auto at = static_cast<std::size_t>(std::ranges::find(head, title) - head.begin());
            return at < cells.size() ? cells[at] : std::string{};
        };
        CaseInfo info;
        info.tolerance.rtol = number(cell("rtol"), info.tolerance.rtol);
        info.tolerance.atol = number(cell("atol"), info.tolerance.atol);
        info.tier = cell("tier");
        if (cell("note").find("noise") != std::string::npos) {
            info.noise = "its expected values are rounding noise";
        }
        table[(cell("folder").empty() ? "" : cell("folder") + "/") + cell("case")] = info;
    }
    return table;
}

/// cmake -E tar knows .tar, .tar.gz, .tar.zst, .tar.xz and .zip by their contents.
void unpack(const fs::path& archive, const fs::path& folder)
{
    const auto tar = run_process(
        {"cmake", "-E", "chdir", folder.string(), "cmake", "-E", "tar", "xf", fs::absolute(archive).string()}, {},
        folder / "unpack.log", std::chrono::minutes{5});
    if (tar.status != 0) {
        throw Refused{archive.string() + ": could not be unpacked\n" + tar.output};
    }
}

}  // namespace

CaseTree::CaseTree(const fs::path& path)
{
    fs::path root = path;
    if (fs::is_regular_file(path)) {
        unpacked_ = std::make_unique<TemporaryFolder>();
        root = unpacked_->path();
        unpack(path, root);
    } else if (!fs::is_directory(path)) {
        throw Refused{path.string() + ": is neither a folder nor an archive\n"};
    }
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        if (entry.path().filename() == "model.onnx") {
            cases_.push_back(entry.path().parent_path());
        }
    }
    std::ranges::sort(cases_);
    for (const fs::path& folder : {root, fs::absolute(path).parent_path()}) {
        if (table_.empty() && fs::exists(folder / "cases.tsv")) {
            table_ = read_table(folder / "cases.tsv");
        }
    }
}

CaseInfo CaseTree::info(const fs::path& folder) const
{
    const std::string name = folder.filename().string();
    for (const std::string& key : {folder.parent_path().filename().string() + "/" + name, name}) {
        if (const auto it = table_.find(key); it != table_.end()) {
            return it->second;
        }
    }
    return {};
}

}  // namespace wasminfer::gen
