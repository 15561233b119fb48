#include "verify/driver.hpp"

#include <algorithm>
#include <cstring>

#include "support/files.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* driver_head = R"(
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using reader = const unsigned char*;

template <class Span>
reader fill(Span span, reader from)
{
    std::memcpy(static_cast<void*>(span.data()), from, span.size_bytes());
    return from + span.size_bytes();
}

[[maybe_unused]] std::int64_t number(reader& from)
{
    std::int64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    from += sizeof value;
    return value;
}

void give(std::FILE* to, std::int64_t value)
{
    std::fwrite(&value, sizeof value, 1, to);
}

template <class Span, class Shape>
void give(std::FILE* to, Span span, const Shape& shape)
{
    give(to, static_cast<std::int64_t>(shape.size()));
    for (const auto extent : shape) {
        give(to, static_cast<std::int64_t>(extent));
    }
    std::fwrite(span.data(), 1, span.size_bytes(), to);
}

)";

constexpr const char* driver_tail = R"(
int main(int argc, char** argv)
{
    if (argc != 3) {
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
    std::FILE* to = std::fopen(argv[2], "wb");
    reader at = bytes.data();
    while (at != bytes.data() + bytes.size()) {
        const std::int64_t which = number(at);
        at = runs[which](at, to);
        if (at == nullptr) {
            return 3;
        }
        std::fflush(to);
    }
    return std::fclose(to);
}
)";

bool is_state(const Model& model, std::size_t input)
{
    return std::ranges::find(model.states, input, &State::input) != model.states.end() ||
           std::ranges::find(model.caches, input, &Cache::input) != model.caches.end();
}

std::string run_function(const DriverModel& model, std::size_t number)
{
    std::string text = "reader run_" + std::to_string(number) + "(reader from, std::FILE* to)\n{\n";
    text += "    static " + model.space + "::Model model;\n    if (!model.ready()) {\n        return nullptr;\n    }\n";
    const bool keeps = !model.model->states.empty() || !model.model->caches.empty();
    if (keeps) {
        text += "    [[maybe_unused]] const bool carry_state = number(from) != 0;\n";
    }
    std::string sizes;
    std::string reads;
    std::size_t count = 0;
    for (const auto& [symbol, info] : model.model->symbols) {
        if (!info.measured_by) {
            const std::string size = "size_" + std::to_string(count++);
            const std::string asked = "static_cast<wasminfer::index>(number(from))";
            // A cache that is carried has as many rows as the run before left.
            reads += info.cached ? "    if (const auto asked = " + asked + "; !carry_state) {\n        " + size +
                                       " = asked;\n    }\n"
                                 : "    " + size + " = " + asked + ";\n";
            sizes += (sizes.empty() ? "" : ", ") + size;
        }
    }
    if (!sizes.empty()) {
        text += "    auto [" + sizes + "] = model.sizes();\n" + reads + "    if (!model.resize({" + sizes +
                "})) {\n        return nullptr;\n    }\n";
    }
    for (std::size_t i = 0; i < model.emitted.inputs.size(); ++i) {
        const std::string fill = "from = fill(model." + model.emitted.inputs[i] + "(), from);\n";
        text += is_state(*model.model, i) ? "    if (!carry_state) {\n        " + fill + "    }\n" : "    " + fill;
    }
    text += model.model->caches.empty() ? "    model.run();\n"
                                        : "    if (!model.run()) {\n        return nullptr;\n    }\n";
    text += std::string{"    give(to, "} + (model.counts_calls ? "model.kernel_calls" : "0") + ");\n";
    for (std::size_t i = 0; i < model.emitted.outputs.size(); ++i) {
        text +=
            "    give(to, model." + model.emitted.outputs[i] + "(), model." + model.emitted.output_shapes[i] + "());\n";
    }
    return text + "    return from;\n}\n\n";
}

void put(std::string& bytes, std::int64_t number)
{
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string encode(const DriverRun& run, const Model& model)
{
    std::string bytes;
    put(bytes, static_cast<std::int64_t>(run.model));
    if (!model.states.empty() || !model.caches.empty()) {
        put(bytes, run.carry_state ? 1 : 0);
    }
    for (const auto size : run.sizes) {
        put(bytes, size);
    }
    for (std::size_t i = 0; i < run.inputs.size(); ++i) {
        const auto input = run.inputs[i].bytes();
        if (!input.empty() && !(run.carry_state && is_state(model, i))) {
            bytes.append(reinterpret_cast<const char*>(input.data()), input.size());
        }
    }
    return bytes;
}

/// Reads what the program wrote, as far as it is whole.
class Decoder {
public:
    explicit Decoder(std::vector<std::byte> bytes) : bytes_{std::move(bytes)} {}

    std::optional<DriverResult> result(const Model& model)
    {
        const auto calls = number();
        if (!calls) {
            return std::nullopt;
        }
        DriverResult result{.outputs = {}, .kernel_calls = *calls};
        for (const Value* output : model.graph.outputs) {
            const auto rank = number();
            if (!rank) {
                return std::nullopt;
            }
            std::vector<std::int64_t> shape;
            std::int64_t count = 1;
            for (std::int64_t axis = 0; axis < *rank; ++axis) {
                const auto extent = number();
                if (!extent) {
                    return std::nullopt;
                }
                shape.push_back(*extent);
                count *= *extent;
            }
            const auto size = static_cast<std::size_t>(count) * size_of(output->dtype);
            if (bytes_.size() - at_ < size) {
                return std::nullopt;
            }
            const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
            result.outputs.emplace_back(output->dtype, std::move(shape),
                                        std::vector<std::byte>(first, first + static_cast<std::ptrdiff_t>(size)));
            at_ += size;
        }
        return result;
    }

private:
    std::optional<std::int64_t> number()
    {
        std::int64_t value = 0;
        if (bytes_.size() - at_ < sizeof value) {
            return std::nullopt;
        }
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }

    std::vector<std::byte> bytes_;
    std::size_t at_ = 0;
};

}  // namespace

std::string driver_source(const std::vector<DriverModel>& models)
{
    std::string text;
    for (const auto& model : models) {
        text += "#include \"" + model.header + "\"\n";
    }
    text += driver_head;
    std::string table;
    for (std::size_t i = 0; i < models.size(); ++i) {
        text += run_function(models[i], i);
        table += (i == 0 ? "" : ", ") + ("run_" + std::to_string(i));
    }
    return text + "constexpr reader (*runs[])(reader, std::FILE*) = {" + table + "};\n\n}  // namespace\n" +
           driver_tail;
}

std::vector<std::optional<DriverResult>> drive(const Toolchain& toolchain, const std::filesystem::path& program,
                                               const std::vector<DriverModel>& models,
                                               const std::vector<DriverRun>& runs, std::chrono::seconds limit,
                                               std::string& log)
{
    const std::string input = program.string() + ".in";
    const std::string output = program.string() + ".out";
    std::vector<std::optional<DriverResult>> results;
    while (results.size() < runs.size()) {
        std::string bytes;
        for (std::size_t i = results.size(); i < runs.size(); ++i) {
            bytes += encode(runs[i], *models[runs[i].model].model);
        }
        write_file(input, bytes);
        std::filesystem::remove(output);
        const auto process = toolchain.run(program, {input, output}, limit);
        log += process.output;
        if (process.timed_out) {
            log += "took longer than " + std::to_string(limit.count()) + " s\n";
        }
        if (std::filesystem::exists(output)) {
            Decoder decoder{read_file(output)};
            while (results.size() < runs.size()) {
                auto result = decoder.result(*models[runs[results.size()].model].model);
                if (!result) {
                    break;
                }
                results.push_back(std::move(result));
            }
        }
        if (results.size() < runs.size()) {
            results.emplace_back();
        }
    }
    return results;
}

}  // namespace wasminfer::gen
