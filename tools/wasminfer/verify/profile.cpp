#include "verify/profile.hpp"

#include <cstring>
#include <map>

#include "import/face.hpp"
#include "ops/cost.hpp"
#include "plan/lower_graph.hpp"
#include "support/files.hpp"
#include "verify/driver.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::chrono::minutes run_limit{10};

/// What stands before the fill functions: the observer. Its clock is read twice, so that what it does itself counts
/// nowhere.
constexpr const char* observer = R"(
#include <wasminfer/peak.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double spent[step_count + 1];
double turns[step_count + 1];
int current = step_count;
double since = 0;

}  // namespace

void wasminfer::observe(int step) noexcept
{
    spent[current] += seconds() - since;
    turns[step] += 1;
    current = step;
    since = seconds();
}

namespace {

measured::Model model;

// Functions of their own: an engine replaces its first, slow code for a function when the function is called again.
__attribute__((noinline)) void run_model()
{
    model.run();
}
__attribute__((noinline)) float run_peak(float y)
{
    return wasminfer::peak::additions(4000, y);
}

template <class Span>
const unsigned char* fill(Span span, const unsigned char* from)
{
    std::memcpy(static_cast<void*>(span.data()), from, span.size_bytes());
    return from + span.size_bytes();
}

)";

constexpr const char* tail = R"(
}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3 || !model.ready()) {
        return 2;
    }
    std::vector<unsigned char> bytes;
    if (std::FILE* from = std::fopen(argv[1], "rb")) {
        std::fseek(from, 0, SEEK_END);
        bytes.resize(static_cast<std::size_t>(std::ftell(from)));
        std::rewind(from);
        const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), from);
        std::fclose(from);
        if (got != bytes.size()) {
            return 2;
        }
    }
    std::vector<double> least(step_count + 1, 1e30);
    double fastest = 1e30;
    double fastest_peak = 1e30;
    volatile float small = 1e-3f;
    volatile float sum = 0;
    double runs = 0;
    for (const double start = seconds(); runs < 8 || (seconds() - start < 2 && runs < 20000); ++runs) {
        fill_inputs(bytes.data());
        std::fill_n(spent, step_count + 1, 0.0);
        std::fill_n(turns, step_count + 1, 0.0);
        current = step_count;
        double at = since = seconds();
        run_model();
        fastest = std::min(fastest, seconds() - at);
        for (int i = 0; i < step_count; ++i) {
            least[static_cast<std::size_t>(i)] = std::min(least[static_cast<std::size_t>(i)], spent[i]);
        }
        at = seconds();
        sum = sum + run_peak(small);
        fastest_peak = std::min(fastest_peak, seconds() - at);
    }
    std::FILE* to = std::fopen(argv[2], "wb");
    const auto give = [&](double value) { std::fwrite(&value, sizeof value, 1, to); };
    give(fastest);
    give(runs);
    give(4000 * wasminfer::peak::additions_flops / fastest_peak);
    for (int i = 0; i < step_count; ++i) {
        give(least[static_cast<std::size_t>(i)]);
        give(turns[i]);
    }
    return std::fclose(to);
}
)";

std::string program(const EmittedModel& emitted, int step_count)
{
    std::string text =
        "#include \"model.hpp\"\n\nnamespace {\n\nconstexpr int step_count = " + std::to_string(step_count) +
        ";\n\n}  // namespace\n";
    text += observer;
    text += "void fill_inputs(const unsigned char* from)\n{\n";
    for (const auto& input : emitted.inputs) {
        text += "    from = fill(model." + input + "(), from);\n";
    }
    return text + "    static_cast<void>(from);\n}\n" + tail;
}

void collect_macs(const Graph& graph, std::map<std::string, std::vector<Dim>>& macs_of)
{
    for (const auto& node : graph.nodes()) {
        macs_of[node_label(*node)].push_back(macs(*node));
        for_each_subgraph(*node, [&](const Graph& body) { collect_macs(body, macs_of); });
    }
}

/// The plan's steps with the operations of one turn: a node's go to the last of its steps, behind those that prepare it.
std::vector<ProfiledStep> steps_of(Compiled& compiled)
{
    std::map<std::string, std::vector<Dim>> macs_of;
    collect_macs(compiled.model->graph, macs_of);
    std::vector<ProfiledStep> steps;
    for_each_step(compiled.plan.program.steps, [&](const Step& step, int number) {
        steps.push_back({.number = number, .function = step_text(step), .label = step.label});
    });
    std::map<std::string, std::size_t> taken;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const std::string& label = steps[i].label;
        if (i + 1 < steps.size() && steps[i + 1].label == label && macs_of[label].size() < 2) {
            continue;
        }
        if (const std::size_t which = taken[label]++; which < macs_of[label].size()) {
            steps[i].flops = 2.0 * static_cast<double>(largest(macs_of[label][which], compiled.model->symbols));
        }
    }
    return steps;
}

}  // namespace

Profile profile_case(const std::filesystem::path& folder, Target target, const std::vector<std::string>& flags)
{
    const TestCase test_case = read_test_case(folder);
    const ModelFace face = read_model_face(test_case.model());
    const DataSet& set = test_case.data_sets.front();
    CompileOptions options;
    std::vector<std::vector<std::int64_t>> shapes;
    std::string bytes;
    for (const Tensor& input : set.inputs) {
        shapes.push_back(input.shape());
        if (!input.bytes().empty()) {
            bytes.append(reinterpret_cast<const char*>(input.bytes().data()), input.bytes().size());
        }
    }
    options.import.dims = dims_from_shapes(face, shapes);
    for (const auto& [position, tensor] : set.outputs) {
        if (position < face.outputs.size()) {
            options.import.outputs.push_back(face.outputs[position]);
        }
    }
    Compiled compiled = compile_model(test_case.model(), options);

    const TemporaryFolder place;
    const EmittedModel emitted =
        write_header(compiled, place.path() / "model.hpp",
                     {.name = "measured", .header = "model.hpp", .weights = default_weights_mode(compiled.plan)});
    Profile profile{.name = std::filesystem::weakly_canonical(folder).filename().string(), .steps = steps_of(compiled)};
    write_file(place.path() / "profile.cpp", program(emitted, compiled.plan.step_count));
    write_file(place.path() / "inputs", bytes);
    Toolchain toolchain{target};
    std::vector<std::string> all_flags = flags.empty() ? std::vector<std::string>{"-O3"} : flags;
    all_flags.insert(all_flags.end(), {"-DNDEBUG", "-DWASMINFER_OBSERVE"});
    toolchain.set_flags(all_flags);
    const auto program_file = place.path() / (target == Target::wasm ? "profile.js" : "profile");
    toolchain.compile(place.path() / "profile.cpp", program_file, compiled.plan.weight_bytes);
    const auto results = place.path() / "results";
    const auto process = toolchain.run(program_file, {(place.path() / "inputs").string(), results.string()}, run_limit);
    if (process.status != 0 || !std::filesystem::exists(results)) {
        throw Refused{folder.string() + ": the program did not run to its end\n" + process.output};
    }
    const auto written = read_file(results);
    std::vector<double> numbers(written.size() / sizeof(double));
    std::memcpy(numbers.data(), written.data(), numbers.size() * sizeof(double));
    if (numbers.size() != 3 + 2 * profile.steps.size()) {
        throw Refused{folder.string() + ": the program's results are cut off\n"};
    }
    profile.seconds = numbers[0];
    profile.runs = static_cast<int>(numbers[1]);
    profile.peak = numbers[2];
    for (std::size_t i = 0; i < profile.steps.size(); ++i) {
        profile.steps[i].seconds = numbers[3 + 2 * i];
        profile.steps[i].flops *= numbers[4 + 2 * i];
    }
    return profile;
}

}  // namespace wasminfer::gen
