#include "compile/notes.hpp"

#include <set>

#include "support/printable.hpp"

namespace wasminfer::gen {

std::vector<std::string> face_notes(const Graph& graph)
{
    std::vector<std::string> notes;
    for (const auto& node : graph.nodes()) {
        if (node->op != "ZipMap" || node->domain != "ai.onnx.ml" || node->outputs.empty() || !node->outputs[0]) {
            continue;
        }
        std::string labels;
        std::size_t count = 0;
        const auto add = [&](const std::string& label) {
            constexpr std::size_t most = 8;
            labels += count < most ? (count > 0 ? ", " : "") + label : std::string{count == most ? ", …" : ""};
            ++count;
        };
        if (const auto* numbers = node->attributes.get<std::vector<std::int64_t>>("classlabels_int64s")) {
            for (const auto number : *numbers) {
                add(std::to_string(number));
            }
        }
        if (const auto* words = node->attributes.get<std::vector<std::string>>("classlabels_strings")) {
            for (const auto& word : *words) {
                add("'" + word + "'");
            }
        }
        notes.push_back(printable("'" + node->outputs[0]->name +
                                  "' is a tensor of scores, a column for each class, in place of ZipMap's maps" +
                                  (labels.empty() ? "" : "; the columns are " + labels)));
    }
    return notes;
}

std::vector<std::string> plan_notes(Plan& plan)
{
    std::vector<std::string> notes;
    std::set<std::string> labels;
    for_each_step(plan.program.steps, [&](const Step& step, int) {
        if (step.call.function == "trap" && labels.insert(step.label).second) {
            notes.push_back("a run that takes this branch ends the program: " + printable(step.label));
        }
    });
    return notes;
}

}  // namespace wasminfer::gen
