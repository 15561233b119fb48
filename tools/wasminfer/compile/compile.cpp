#include "compile/compile.hpp"

#include "compile/notes.hpp"
#include "emit/half_weights.hpp"
#include "support/files.hpp"

namespace wasminfer::gen {

std::optional<Compiled> try_compile_model(const std::filesystem::path& path, const CompileOptions& options,
                                          Diagnostics& diagnostics)
{
    Compiled compiled;
    compiled.model = import_model(path, options.import, diagnostics, &compiled.data_files);
    if (compiled.model && !diagnostics.empty()) {
        // Not fit for inference, but what it lacks of operators can be said in the same run.
        remove_dead_nodes(*compiled.model, options.passes, diagnostics);
        check_operators(compiled.model->graph, diagnostics);
    }
    if (diagnostics.empty()) {
        compiled.notes = face_notes(compiled.model->graph);
        run_passes(*compiled.model, options.passes, diagnostics);
    }
    if (diagnostics.empty()) {
        compiled.plan = make_plan(*compiled.model, diagnostics);
        std::ranges::move(plan_notes(compiled.plan), std::back_inserter(compiled.notes));
    }
    if (diagnostics.empty() && options.half_weights) {
        round_weights_to_half(compiled.plan.program);
    }
    return diagnostics.empty() ? std::optional{std::move(compiled)} : std::nullopt;
}

Compiled compile_model(const std::filesystem::path& path, const CompileOptions& options)
{
    Diagnostics diagnostics{path.string()};
    auto compiled = try_compile_model(path, options, diagnostics);
    if (!compiled) {
        throw Refused{diagnostics.text()};
    }
    return *std::move(compiled);
}

EmittedModel write_header(const Compiled& compiled, const std::filesystem::path& header, const EmitOptions& options)
{
    EmittedModel emitted = emit(*compiled.model, compiled.plan, options);
    std::vector<FileContent> files;
    for (const EmittedFile& file : emitted.files) {
        files.push_back({header.parent_path() / file.name, std::as_bytes(std::span{file.bytes})});
    }
    try {
        write_files(files);
    } catch (const FileError& error) {
        throw Refused{error.what()};
    }
    return emitted;
}

WeightsMode default_weights_mode(const Plan& plan)
{
    constexpr std::int64_t largest_literal = std::int64_t{1} << 20;
    return plan.weight_bytes <= largest_literal ? WeightsMode::literal : WeightsMode::incbin;
}

}  // namespace wasminfer::gen
