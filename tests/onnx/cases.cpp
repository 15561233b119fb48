#include "cases.hpp"

#include <algorithm>
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

std::map<std::string, Tolerance> read_tolerances(const fs::path& table)
{
    std::map<std::string, Tolerance> tolerances;
    std::ifstream file{table};
    std::string line;
    std::getline(file, line);
    const auto head = columns(line);
    const auto column = [&](const char* title) {
        return static_cast<std::size_t>(std::ranges::find(head, title) - head.begin());
    };
    const auto name = column("case");
    const auto rtol = column("rtol");
    const auto atol = column("atol");
    while (std::getline(file, line)) {
        const auto cells = columns(line);
        if (std::max({name, rtol, atol}) < cells.size()) {
            tolerances[cells[name]] = {.rtol = std::stod(cells[rtol]), .atol = std::stod(cells[atol])};
        }
    }
    return tolerances;
}

}  // namespace

CaseTree::CaseTree(const fs::path& path)
{
    fs::path root = path;
    if (fs::is_regular_file(path)) {
        unpacked_ = std::make_unique<TemporaryFolder>();
        root = unpacked_->path();
        const auto tar = run_process({"tar", "-C", root.string(), "-xf", path.string()}, {}, root / "tar.log",
                                     std::chrono::minutes{5});
        if (tar.status != 0) {
            throw Refused{path.string() + ": tar could not unpack it\n" + tar.output};
        }
    } else if (!fs::is_directory(path)) {
        throw Refused{path.string() + ": is neither a folder nor an archive\n"};
    }
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        if (entry.path().filename() == "model.onnx") {
            cases_.push_back(entry.path().parent_path());
        }
    }
    std::ranges::sort(cases_);
    for (const fs::path& folder : {root, path.parent_path()}) {
        if (tolerances_.empty() && fs::exists(folder / "cases.tsv")) {
            tolerances_ = read_tolerances(folder / "cases.tsv");
        }
    }
}

Tolerance CaseTree::tolerance(const std::string& name) const
{
    const auto it = tolerances_.find(name);
    return it == tolerances_.end() ? Tolerance{} : it->second;
}

}  // namespace wasminfer::gen
